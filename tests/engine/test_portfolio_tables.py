"""Tables of a portfolio give what each account alone gives: the same fen, or the same complaints."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.schedule import METHODS, schedule
from heyue.faces.cli import portfolio_parts
from tests.engine import portfolio_tables as tables
from tests.engine.test_interest import ASKED, requests
from tests.engine.worked_examples import cases

BAD_TERMS = st.sampled_from(
    [
        {"daily_rate": "0.010000000001"}, {"daily_rate": None}, {"daily_rate": "-0.0005"}, {"method": "half"},
        {"method": None}, {"statement_day": 32}, {"statement_day": 0}, {"statement_day": None}, {"due_day": None},
        {"due_day": 31, "due_after_days": 31}, {"due_day": None, "due_after_days": 31, "grace_days": 30},
        {"grace_days": 31}, {"grace_days": -1}, {"tolerance": "0.001"}, {"tolerance": "1000000000.01"},
        {"minimum_ratio": "1.000000000001"}, {"late_fee_ratio": "0.0000000000001"}, {"late_fee_minimum": "-1"},
    ]
)  # fmt: skip
BAD_EVENT = st.sampled_from(
    [
        {"date": None}, {"date": "1989-12-31"}, {"date": "2101-01-01"}, {"kind": None}, {"kind": "interest"},
        {"kind": "消费"}, {"amount": None}, {"amount": "0"}, {"amount": "-0.01"}, {"amount": "0.005"},
        {"amount": "1000000000.01"}, {"amount": "99999999999999999999.99"}, {"date": "1990-01-01"},
    ]
)  # fmt: skip
BAD_OPENING = st.sampled_from(
    [
        {"date": None, "fee": "1"}, {"date": "1989-12-31"}, {"purchase": "-1"}, {"credit": "0.001"},
        {"date": "2030-01-01"}, {"overdue_since": "2030-01-01"}, {"overdue_since": "1989-12-31"},
    ]
)  # fmt: skip


@st.composite
def accounts(draw: st.DrawFn) -> dict[str, Any]:
    """An account, sound or with a few bad fields."""
    asked: dict[str, Any] = draw(requests())
    which = draw(st.sampled_from(("sound", "sound", "terms", "event", "opening", "until")))
    if which == "terms":
        asked["terms"] = {**asked["terms"], **draw(BAD_TERMS)}
    elif which == "event" and asked["events"]:
        at = draw(st.integers(0, len(asked["events"]) - 1))
        asked["events"][at] = {**asked["events"][at], **draw(BAD_EVENT)}
    elif which == "opening":
        asked["opening"] = {**asked.get("opening", {"date": "2027-11-20"}), **draw(BAD_OPENING)}
    elif which == "until":
        asked["until"] = draw(st.sampled_from((None, "1990-01-01", "2101-01-01")))
    return asked


def without_null(value: Any) -> Any:
    """As the single path is asked: what a table leaves empty is absent."""
    if isinstance(value, dict):
        return {name: without_null(entry) for name, entry in value.items() if entry is not None}
    return [without_null(entry) for entry in value] if isinstance(value, list) else value


def expected(answer: Any, asked: list[dict[str, Any]], rows_name: str) -> tuple[Any, Any, Any]:
    rows, totals, bad = {}, {}, {}
    for index, one in enumerate(asked):
        name = tables.name(index)
        try:
            found = answer(without_null(one))
        except BadInput as refused:
            bad[name] = list(refused.errors)
            continue
        own = [{each: value for each, value in row.items() if each != "lines"} for row in found[rows_name]]
        if own:
            rows[name] = own
        totals[name] = {each: value for each, value in found.items() if each in TOTALS}
    return rows, totals, bad


TOTALS = ("interest_total", "late_fee_total", "balance", "accrued", "total_payment", "total_interest")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts so small that a few accounts fill several."""
    monkeypatch.setattr(portfolio_parts, "ACCOUNTS_A_PART", 2)
    monkeypatch.setattr(portfolio_parts, "EVENTS_A_PART", 7)


def assert_same_interest(asked: list[dict[str, Any]], suffix: str = ".parquet") -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        tables.write(tables.accounts_table(asked), place / f"accounts{suffix}")
        tables.write(tables.events_table(asked), place / f"events{suffix}")
        found = tables.work_out("interest", place, place / f"out{suffix}")
        answers = expected(account, asked, "statements")
        assert tables.results(place / f"out{suffix}") == answers
        assert found == {
            "accounts": len(asked), "answered": len(answers[1]), "set_aside": len(answers[2]),
            "rows": sum(map(len, answers[0].values())),
        }  # fmt: skip


@pytest.mark.usefixtures("small_parts")
@settings(max_examples=40, deadline=None)
@given(st.lists(accounts(), max_size=5), st.sampled_from((".parquet", ".arrow")))
def test_every_account_of_the_tables_is_answered_or_refused_as_if_alone(asked: list[Any], suffix: str) -> None:
    assert_same_interest(asked, suffix)


def test_the_worked_examples_hold_in_tables() -> None:
    found = [case["given"] for name in ("interest", "interest_published") for case in cases(name)]
    assert_same_interest([one for one in found if not {"detail", "terms_changes"} & set(one)])


def test_an_account_that_64_bits_cannot_hold_is_answered_all_the_same() -> None:
    terms = {**ASKED["terms"], "daily_rate": "0.009999999999"}
    event = {"date": "2026-03-30", "kind": "cash_advance", "amount": "999999999.99"}
    assert_same_interest([ASKED, {**ASKED, "terms": terms, "events": [event]}, ASKED])


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    """Terms of a schedule, sound more often than not."""
    method = draw(st.sampled_from((*METHODS, *METHODS, None, "balloon")))
    rate = draw(st.sampled_from(("monthly_rate", "annual_rate"))) if method != "interest_free" else None
    asked = {
        "principal": draw(st.sampled_from(("100000", "1234.56", "600", "10", "0", "0.001", "1000000000"))),
        "down_payment": draw(st.sampled_from((None, "0", "5.5", "20000"))),
        "periods": draw(st.sampled_from((1, 12, 36, 60, 61, None))),
        "method": method,
        "first_due": draw(st.sampled_from(("2026-12-31", "2027-02-28", "2100-12-31", None))),
        "due_day": draw(st.sampled_from((1, 18, 31, 31, 0))),
    }
    if rate:
        asked[rate] = draw(st.sampled_from(("0.01", "0.005", "0", "1", "1.01", "0.000123456789")))
    if draw(st.integers(0, 9)) == 0:
        asked["monthly_rate"] = "0.01"
    return asked


@settings(max_examples=40, deadline=None)
@given(st.lists(terms(), max_size=12), st.sampled_from((".parquet", ".arrow")))
def test_every_schedule_of_the_table_is_laid_out_or_refused_as_if_alone(asked: list[Any], suffix: str) -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        tables.write(tables.schedules_table(asked), place / f"terms{suffix}")
        tables.work_out("schedule", place / f"terms{suffix}", place / f"out{suffix}")
        assert tables.results(place / f"out{suffix}") == expected(schedule, asked, "rows")
