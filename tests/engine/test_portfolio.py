"""A portfolio over columns answers what each account alone does, to the fen."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heyue.engine import portfolio_compiler as compiler
from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.interest_request import read_request
from heyue.engine.money import fen
from heyue.engine.months import in_month
from heyue.engine.portfolio import STATEMENT_COLUMNS, TOTAL_COLUMNS, columns_of, interest_columns
from heyue.engine.portfolio_account import month_day
from tests.engine.test_interest import ASKED, requests
from tests.engine.worked_examples import cases


def alone(asked: dict[str, Any]) -> tuple[list[list[int]], list[int]]:
    answer = account(asked)
    rows = [
        [
            date.fromisoformat(one[name]).toordinal() if name.endswith("date") else fen(one[name])
            for name in STATEMENT_COLUMNS
        ]
        for one in answer["statements"]
    ]
    return rows, [fen(answer[name]) for name in TOTAL_COLUMNS]


def sound(asked: dict[str, Any]) -> bool:
    try:
        read_request(asked)
    except BadInput:
        return False
    return True


def assert_same(asked: list[dict[str, Any]]) -> None:
    found = interest_columns(columns_of([read_request(one) for one in asked]))
    assert not found.set_aside.any()
    for index, one in enumerate(asked):
        rows, totals = alone(one)
        assert found.statements[found.starts[index] : found.starts[index + 1]].tolist() == rows
        assert found.totals[index].tolist() == totals


@settings(max_examples=250, deadline=None)
@given(st.lists(requests(), min_size=1, max_size=3))
def test_every_account_is_answered_as_if_alone(asked: list[dict[str, Any]]) -> None:
    kept = [one for one in asked if sound(one)]
    if kept:
        assert_same(kept)


def test_the_worked_examples_hold_over_columns() -> None:
    found = [case["given"] for name in ("interest", "interest_published") for case in cases(name)]
    assert_same(found)


@pytest.mark.parametrize("terms", [{"daily_rate": "0.009999999999"}, {"minimum_ratio": "0.333333333333"}])
def test_an_account_that_64_bits_cannot_hold_is_set_aside(terms: dict[str, str]) -> None:
    event = {"date": "2026-03-30", "kind": "cash_advance", "amount": "999999999.99"}
    if "minimum_ratio" in terms:
        event = {**event, "kind": "purchase"}
    asked = [{**ASKED, "terms": {**ASKED["terms"], **terms}, "events": [event]}, ASKED]
    with np.errstate(over="ignore"):
        found = interest_columns(columns_of([read_request(one) for one in asked]))
    assert found.set_aside.tolist() == [True, False]


def test_old_interest_within_the_tolerance_bears_interest_until_it_is_folded() -> None:
    opening = {"date": "2026-01-01", "interest": "500", "purchase": "400", "fee": "1"}
    terms = {**ASKED["terms"], "tolerance": "1000"}
    assert_same([{**ASKED, "terms": {**terms, "compound": compound}, "opening": opening} for compound in (True, False)])


def test_terms_that_change_have_no_columns() -> None:
    changing = read_request({**ASKED, "terms_changes": [{"from": "2026-01-01", "daily_rate": "0.0004"}]})
    with pytest.raises(ValueError, match="change"):
        columns_of([changing])


def test_no_account_has_no_answer() -> None:
    empty = columns_of([read_request(ASKED)])
    assert interest_columns(empty).statements.shape == (0, len(STATEMENT_COLUMNS))


def test_events_after_the_last_day_are_ignored() -> None:
    event = {"date": "2026-03-30", "kind": "purchase", "amount": "1000"}
    columns = columns_of([read_request({**ASKED, "events": [event]})])
    found = interest_columns(replace(columns, untils=np.array([date(2026, 3, 29).toordinal()])))
    assert (found.statements.size, found.totals.tolist()) == (0, [[0, 0, 0, 0]])


@settings(max_examples=200, deadline=None)
@example(date(2001, 1, 31), 31)
@given(st.dates(date(1990, 1, 1), date(2101, 12, 31)), st.integers(1, 31))
def test_days_of_months_are_those_of_the_calendar(day: date, wanted: int) -> None:
    month = (day.year - 1980) * 12 + day.month - 1
    assert month_day(month, wanted) == in_month(day.year, day.month, wanted).toordinal()


def test_a_day_outside_the_contract_s_years_is_refused() -> None:
    columns = columns_of([read_request(ASKED)])
    with pytest.raises(ValueError, match="1990-01-01"):
        interest_columns(replace(columns, untils=np.array([date(2101, 1, 1).toordinal()])))


def long_account(seed: int) -> dict[str, Any]:
    """Three years of a card with everything: refunds, fees, tolerances, months of arrears and payments in full."""
    chance = random.Random(seed)
    start = date(2024, 1, 30)
    kinds = chance.choices(("purchase", "cash_advance", "payment", "refund", "fee"), k=5)
    events = [
        {
            "date": (start + timedelta(days=chance.randrange(1_000))).isoformat(),
            "kind": chance.choice(("payment", "purchase", *kinds)),
            "amount": f"{chance.choice((chance.randrange(1, 2_000), chance.randrange(1, 300_000))) / 100:.2f}",
        }
        for _ in range(chance.randrange(20, 300))
    ]
    terms = {
        "daily_rate": chance.choice(("0.0005", "0.00035", "0.01", "0.000499999")),
        "method": chance.choice(("full", "partial")), "statement_day": chance.choice((1, 5, 20, 31)),
        "due_after_days": chance.randrange(1, 28), "tolerance": chance.choice(("0", "10", "3000")),
        "minimum_ratio": chance.choice(("0.1", "0", "1")), "late_fee_ratio": chance.choice(("0", "0.05")),
        "count_payment_day": chance.random() < 0.5, "compound": chance.random() < 0.7,
    }  # fmt: skip
    return {**ASKED, "terms": terms, "events": events, "until": "2026-11-05"}


def test_years_of_an_account_are_answered_as_if_alone() -> None:
    assert_same([long_account(seed) for seed in range(60)])


class Compiler:
    """In numba's place: remembers what it was asked to compile, and how."""

    def __init__(self, *, can_cache: bool) -> None:
        self.seen: list[tuple[str, list[str]]] = []
        self._can_cache = can_cache

    def njit(self, **options: Any) -> Any:
        if "cache" in options and not self._can_cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda loop: self.seen.append((loop.__name__, sorted(options))) or loop


def month_day_again() -> None:
    """A loop."""


@pytest.mark.parametrize(
    ("how", "can_cache", "options"),
    [(compiler.compiled, True, []), (compiler.inlined, True, ["forceinline"]), (compiler.entry, True, ["cache"]),
     (compiler.entry, False, [])],
)  # fmt: skip
def test_loops_are_compiled_where_a_compiler_is_installed(
    monkeypatch: pytest.MonkeyPatch, how: Any, can_cache: bool, options: list[str]
) -> None:
    numba = Compiler(can_cache=can_cache)
    monkeypatch.setattr(compiler, "find_spec", lambda name: name)
    monkeypatch.setattr(compiler, "import_module", lambda name: numba)
    assert how(month_day_again) is month_day_again
    assert numba.seen == [("month_day_again", sorted(["_nrt", "error_model", *options]))]


def test_loops_stay_as_they_are_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "find_spec", lambda name: None)
    assert compiler.entry(month_day_again) is month_day_again
