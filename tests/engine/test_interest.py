"""Interest: worked examples, the same contract told a second time day by day, and bad input."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.bad_input import BadInput
from heyue.engine.billing_cycle import Cycle
from heyue.engine.interest import account
from heyue.engine.money import fen, yuan
from tests.engine.naive_account import NaiveAccount
from tests.engine.worked_examples import cases, check

TERMS: dict[str, Any] = {"daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23}
ASKED: dict[str, Any] = {"terms": TERMS, "events": [], "until": "2026-05-05"}
START = date(2027, 11, 20)


@pytest.mark.parametrize("case", cases("interest") + cases("interest_published"), ids=lambda case: case["name"])
def test_worked_example(case: dict[str, Any]) -> None:
    check(case, account(case["given"]))


def some_money(most: int = 300_000) -> st.SearchStrategy[str]:
    return (st.integers(1, most) | st.sampled_from([100, 5_000, 100_000])).map(yuan)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    due = draw(st.sampled_from(("due_day", "due_after_days")))
    terms = {
        "daily_rate": draw(st.sampled_from(("0.0005", "0.00035", "0.01", "0.000499999999", "0"))),
        "method": draw(st.sampled_from(("full", "partial"))),
        "statement_day": draw(st.sampled_from((1, 5, 15, 28, 29, 30, 31))),
        due: draw(st.integers(1, 28)),
        "grace_days": draw(st.sampled_from((0, 0, 3))),
        "tolerance": draw(st.sampled_from(("0", "10", "1000"))),
        "minimum_ratio": draw(st.sampled_from(("0.05", "0.1", "1", "0", "0.333333333333"))),
        "late_fee_ratio": draw(st.sampled_from(("0", "0.05"))),
        "late_fee_minimum": draw(st.sampled_from(("0", "10"))),
        "count_payment_day": draw(st.booleans()),
        "compound": draw(st.booleans()),
    }
    span = draw(st.integers(20, 220))
    kinds = ("purchase", "purchase", "cash_advance", "payment", "payment", "refund", "fee")
    event = st.fixed_dictionaries(
        {
            "date": st.integers(0, span + 5).map(lambda days: (START + timedelta(days=days)).isoformat()),
            "kind": st.sampled_from(kinds),
            "amount": some_money(),
        }
    )
    asked = {
        "terms": terms,
        "events": draw(st.lists(event, max_size=14)),
        "until": (START + timedelta(days=span)).isoformat(),
    }
    if draw(st.booleans()):
        parts = st.dictionaries(
            st.sampled_from(("purchase", "cash_advance", "interest", "fee", "credit")), some_money()
        )
        since = START - timedelta(days=draw(st.integers(0, 110)))
        asked["opening"] = {
            "date": START.isoformat(),
            **draw(parts),
            "overdue_since": draw(st.sampled_from((None, since.isoformat()))),
        }
    return asked


def answer_or_refusal(asked: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return account(asked)
    except BadInput as refused:
        return _judged_too_late(refused)


def _judged_too_late(refused: BadInput) -> None:
    assert [pointer for pointer, _ in refused.errors] in (["/terms/due_day"], ["/terms/due_after_days"])


@settings(max_examples=250, deadline=None)
@given(requests())
def test_lots_and_runs_give_what_every_single_day_gives(asked: dict[str, Any]) -> None:
    answer = answer_or_refusal(asked)
    if answer is None:
        return
    for statement in answer["statements"]:
        for line in statement["lines"]:
            assert line.pop("why")
    assert answer == NaiveAccount(asked).run()


@settings(max_examples=60, deadline=None)
@given(requests())
def test_the_balance_is_all_that_came_less_all_that_was_paid(asked: dict[str, Any]) -> None:
    answer = answer_or_refusal(asked)
    if answer is None:
        return
    opening = asked.get("opening", {})
    total = sum(fen(opening.get(kind, "0")) for kind in ("purchase", "cash_advance", "interest", "fee"))
    total -= fen(opening.get("credit", "0"))
    for event in asked["events"]:
        if event["date"] <= asked["until"]:
            sign = -1 if event["kind"] in ("payment", "refund") else 1
            total += sign * fen(event["amount"])
    total += fen(answer["interest_total"]) + fen(answer["late_fee_total"])
    assert fen(answer["balance"]) == total


@settings(max_examples=60, deadline=None)
@given(requests())
def test_detail_adds_and_changes_nothing(asked: dict[str, Any]) -> None:
    answer = answer_or_refusal(asked)
    if answer is None:
        return
    more = account({**asked, "detail": True})
    owed = more.pop("owed")
    assert more.pop("next_day_interest") >= "0.00"
    assert more == answer
    parts = sum(fen(owed[kind]) for kind in ("purchase", "cash_advance", "interest", "fee"))
    assert parts - fen(owed["credit"]) == fen(answer["balance"])
    assert (owed["overdue_since"] is None) == (owed["days_overdue"] == 0) or owed["days_overdue"] == 0


def test_accrued_before_a_statement_day_is_that_statement_s_interest() -> None:
    events = [{"date": "2026-03-30", "kind": "purchase", "amount": "1000"}]
    before = account({**ASKED, "events": events, "until": "2026-06-04"})
    after = account({**ASKED, "events": events, "until": "2026-06-05"})
    assert before["accrued"] == after["statements"][-1]["interest"] != "0.00"


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"terms": {**TERMS, "due_day": None}}, ["/terms/due_day"]),
        ({"terms": {**TERMS, "due_after_days": 18}}, ["/terms/due_after_days"]),
        ({"terms": {**TERMS, "due_day": 5, "grace_days": 1}}, ["/terms/due_day"]),
        ({"terms": {**TERMS, "daily_rate": "0.0101"}}, ["/terms/daily_rate"]),
        ({"terms": {**TERMS, "compound": 1, "method": "both"}}, ["/terms/method", "/terms/compound"]),
        ({"terms": []}, ["/terms"]),
        ({"events": [{"date": "2026-01-01", "kind": "gift", "amount": "0"}]}, ["/events/0/kind", "/events/0/amount"]),
        ({"opening": {"date": "2026-05-06"}}, ["/until"]),
        ({"opening": {"date": "2026-05-01", "overdue_since": "2026-05-02"}}, ["/opening/overdue_since"]),
        ({"opening": {"purchase": "-1"}}, ["/opening/date", "/opening/purchase"]),
        (
            {"opening": {"date": "2026-05-01"}, "events": [{"date": "2026-04-30", "kind": "fee", "amount": "1"}]},
            ["/events/0/date"],
        ),
        ({"until": "2101-01-01", "extra": 1}, ["/extra", "/until"]),
        ({"events": "none"}, ["/events"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        account({**ASKED, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_nothing_at_all_names_what_is_required() -> None:
    with pytest.raises(BadInput) as refused:
        account({})
    assert {pointer for pointer, _ in refused.value.errors} == {"/terms", "/events", "/until"}
    with pytest.raises(BadInput) as refused:
        account({**ASKED, "terms": {}})
    named = {pointer for pointer, _ in refused.value.errors}
    assert named == {"/terms/daily_rate", "/terms/method", "/terms/statement_day", "/terms/due_day"}


def test_too_many_lines_are_refused() -> None:
    purchase = {"date": "1990-01-02", "kind": "cash_advance", "amount": "1"}
    with pytest.raises(BadInput) as refused:
        account({**ASKED, "events": [purchase] * 2_000, "until": "2100-12-31"})
    assert refused.value.errors[0][0] == "/events"


@pytest.mark.parametrize(
    ("cycle", "in_time"),
    [
        (Cycle(5, 5, None, 0), True),
        (Cycle(5, 5, None, 1), False),
        (Cycle(30, 31, None, 0), False),  # the last day of February is statement and due day
        (Cycle(31, 31, None, 0), True),
        (Cycle(31, None, 28, 0), True),
        (Cycle(31, None, 29, 0), False),  # January's statement is due after February's
        (Cycle(1, None, 28, 0), True),
        (Cycle(1, None, 25, 4), False),
    ],
)
def test_judgement_must_not_fall_after_the_next_statement(cycle: Cycle, in_time: bool) -> None:
    assert cycle.is_judged_in_time() is in_time
