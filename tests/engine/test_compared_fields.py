"""Fields are compared with each other only when each is sound by itself, and every limit holds to its last fen.

Each case gives the exact pointers, in order: no bad field is left out, and no sound one is named for another's sake.
"""

from typing import Any

import pytest

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.recommend import recommend
from heyue.engine.rules.agreement import read_agreement
from heyue.engine.schedule import schedule
from tests.engine.test_recommend import ASKED, DEBT, POLICY
from tests.engine.test_rules import SOUND

TERMS: dict[str, Any] = {
    "principal": "10000", "periods": 12, "method": "flat_fee", "monthly_rate": "0.006",
    "first_due": "2026-12-18", "due_day": 18,
}  # fmt: skip
CARD: dict[str, Any] = {"daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23}
PURCHASE = {"date": "2026-03-30", "kind": "purchase", "amount": "1000"}
ACCOUNT: dict[str, Any] = {"terms": CARD, "events": [PURCHASE], "until": "2026-05-05"}
FREE = {"method": "interest_free", "monthly_rate": None}
# the first of sixty rows, each half as much again as the one before, has no fen of 600
NO_FIRST_FEN = {"principal": "600", "periods": 60, "step_up": {"every": 1, "ratio": "0.5"}}
WAIVER = {"on": "late_fee", "owed": "5", "amount": "5"}


def pointers(answer: Any, asked: dict[str, Any]) -> list[str]:
    """What is bad; nothing when it is answered. None takes a field away."""
    try:
        answer({name: value for name, value in asked.items() if value is not None})
    except BadInput as refused:
        return [pointer for pointer, _ in refused.errors]
    return []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"principal": "0"}, ["/principal"]),
        ({"due_day": 32}, ["/due_day"]),
        ({"periods": 60, "deferral": {"months": 99, "interest": "waived"}}, ["/deferral/months"]),
        ({"periods": 57, "deferral": {"months": 3, "interest": "waived"}}, []),
        ({"principal": "5", "down_payment": "x"}, ["/down_payment"]),
        ({"principal": "5", "first_period_days": 0}, ["/first_period_days"]),
        ({"down_payment": "9999.99"}, ["/principal"]),
        ({"principal": "5", "periods": 0}, ["/periods"]),
        ({"principal": "120"}, []),
        ({"method": "x", "monthly_rate": "1", "periods": 36}, ["/method"]),
        ({**FREE, **NO_FIRST_FEN}, ["/periods"]),
        # 7,670 over weights of 767,000 in all: the first two rows have a fen each
        ({**FREE, "principal": "7670", "periods": 60, "step_up": {"every": 2, "ratio": "0.5"}}, []),
        ({**FREE, "principal": "3800", "periods": 60, "step_up": {"every": 2, "ratio": "0.5"}}, ["/periods"]),
        ({"first_period_days": 1}, []),
        ({"step_up": {"every": 60, "ratio": "0.5"}}, []),
        ({"step_up": {"every": 61, "ratio": "0.5"}}, ["/step_up/every"]),
        ({**NO_FIRST_FEN, "monthly_rate": None, "annual_rate": "x"}, ["/annual_rate"]),
        ({**NO_FIRST_FEN, "monthly_rate": "x"}, ["/monthly_rate"]),
        ({**NO_FIRST_FEN, "method": "x"}, ["/method"]),
        ({"waivers": [{**WAIVER, "owed": "0"}]}, ["/waivers/0/owed"]),
        ({"waivers": [{**WAIVER, "amount": "0"}]}, ["/waivers/0/amount"]),
        ({"waivers": [{**WAIVER, "amount": "5.01"}]}, ["/waivers/0/amount"]),
        ({"waivers": [WAIVER]}, []),
        ({"waivers": [{**WAIVER, "owed": "x"}]}, ["/waivers/0/owed"]),
    ],
)  # fmt: skip
def test_of_a_schedule(change: dict[str, Any], expected: list[str]) -> None:
    assert pointers(schedule, {**TERMS, **change}) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"until": "2026-03-01", "events": [], "opening": {"date": "2026-03-01"}}, []),
        ({"until": "2026-02-28", "events": [], "opening": {"date": "2026-03-01"}}, ["/until"]),
        ({"until": "x", "opening": {"date": "2026-03-01"}}, ["/until"]),
        ({"opening": {"date": "2026-03-31"}}, ["/events/0/date"]),
        ({"opening": {"date": "2026-03-30"}, "owed_on": ["2026-03-30"]}, []),
        ({"opening": {"date": "2026-03-30"}, "what_if": [{"date": "2026-03-30", "amount": "1"}]}, []),
        ({"opening": {"date": "x", "overdue_since": "2026-05-01"}}, ["/opening/date"]),
        ({"opening": {"date": "2026-03-01", "overdue_since": "x"}}, ["/opening/overdue_since"]),
        ({"opening": {"date": "2026-03-01", "overdue_since": "2026-03-02"}}, ["/opening/overdue_since"]),
        ({"opening": {"date": "2026-03-01", "overdue_since": "2026-03-01"}}, []),
        ({"opening": {"date": "2026-03-01", "overdue_since": None}}, []),
        ({"opening": {"date": "2026-03-31"}, "events": [{**PURCHASE, "date": "x"}]}, ["/events/0/date"]),
        ({"terms": {**CARD, "grace_days": 13}}, ["/terms/due_day"]),
        ({"terms": {**CARD, "grace_days": 10}}, []),
        ({"terms": {**CARD, "grace_days": 31}}, ["/terms/grace_days"]),
        ({"terms": {**CARD, "statement_day": 30, "due_day": 31, "grace_days": 31}}, ["/terms/grace_days"]),
        ({"terms": {**CARD, "statement_day": 32, "grace_days": 30}}, ["/terms/statement_day"]),
        ({"terms": {**CARD, "due_day": 0, "grace_days": 30}}, ["/terms/due_day"]),
        ({"terms": {**CARD, "due_day": 32}}, ["/terms/due_day"]),
        ({"terms": {**CARD, "due_day": 1}}, []),
        ({"owed_on": ["2026-05-05"], "what_if": [{"date": "2026-05-05", "amount": "1"}]}, []),
        ({"until": "x", "owed_on": ["2026-05-06"], "what_if": [{"date": "2026-05-06", "amount": "1"}]}, ["/until"]),
        ({"opening": {"date": "2026-03-01"}, "what_if": [{"date": "x", "amount": "1"}]}, ["/what_if/0/date"]),
        ({"terms_changes": [{"from": "x"}, {"from": "2026-05-01"}]}, ["/terms_changes/0/from"]),
        ({"terms_changes": [{"from": "2026-05-01"}, {"from": "x"}]}, ["/terms_changes/1/from"]),
    ],
)  # fmt: skip
def test_of_an_account(change: dict[str, Any], expected: list[str]) -> None:
    assert pointers(account, {**ACCOUNT, **change}) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"waivable": "12000"}, []),
        ({"balance": "x", "waivable": "1"}, ["/debts/0/balance"]),
        ({"waivable": "x"}, ["/debts/0/waivable"]),
        ({"policy": {**POLICY, "usual": {"periods": 1}}}, []),
        ({"overdue_days": -1}, ["/debts/0/overdue_days"]),
        ({"policy": {**POLICY, "periods": list(range(1, 51)), "waiver_ratios": ["0"] * 4}}, []),
        ({"policy": {**POLICY, "due_day": 1}}, []),
        ({"policy": {**POLICY, "due_day": 31}}, []),
        ({"policy": {**POLICY, "due_day": 32}}, ["/debts/0/policy/due_day"]),
        ({"policy": {**POLICY, "periods": [12, 1_200]}}, []),
        ({"policy": {**POLICY, "periods": [12, 1_201]}}, ["/debts/0/policy/periods/1"]),
        ({"policy": {**POLICY, "usual": {"periods": 36, "down_payment_ratio": "x"}}},
         ["/debts/0/policy/usual/down_payment_ratio"]),
        ({"policy": {**POLICY, "usual": {"periods": 36, "waiver_ratio": "x"}}}, ["/debts/0/policy/usual/waiver_ratio"]),
    ],
)  # fmt: skip
def test_of_a_debt(change: dict[str, Any], expected: list[str]) -> None:
    assert pointers(recommend, {**ASKED, "debts": [{**DEBT, **change}]}) == expected


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({"monthly_affordable": ["1000"]}, []),
        ({"monthly_affordable": ["1000"] * 1_200, "savings": "0"}, []),
        ({"monthly_affordable": ["1000", "1000000000.01"]}, ["/budget/monthly_affordable/1"]),
        ({"monthly_affordable": "1000", "savings": "x"}, ["/budget/savings"]),
        ({"savings": "0"}, ["/budget/monthly_affordable"]),
        ({"income": "x", "expenses": []}, ["/budget/income"]),
        # a month is the request's, so a budget that varies needs no date of its own
        ({"income": [{"kind": "wage", "monthly": "5000", "until": "2027-01-31"}], "expenses": []}, []),
    ],
)
def test_of_a_budget(budget: dict[str, Any], expected: list[str]) -> None:
    assert pointers(recommend, {**ASKED, "budget": budget}) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"balance": "0"}, ["/balance"]),
        ({"structure": []}, []),
        ({"structure": [{"card": "1234", "purchase": "x"}]}, ["/structure/0/purchase"]),
        ({"other_matters": "有" * 20_000}, []),
        ({"other_matters": "有" * 20_001}, ["/other_matters"]),
        (
            {"charges_during_plan": {"annual_fee": "x", "interest": True, "other_fees": True}},
            ["/charges_during_plan/annual_fee"],
        ),
    ],
)
def test_of_an_agreement(change: dict[str, Any], expected: list[str]) -> None:
    assert pointers(read_agreement, {**SOUND, **change}) == expected
