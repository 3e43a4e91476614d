"""What is owed on any day, what a payment would save, and terms that change on a date."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.money import fen, round_half_up
from tests.engine.test_interest import ASKED, TERMS, requests
from tests.engine.test_schemas import assert_fits

PURCHASE = {"date": "2026-03-30", "kind": "purchase", "amount": "1000"}
PAID = {"date": "2026-04-23", "kind": "payment", "amount": "100"}
PUBLISHED = {**ASKED, "events": [PURCHASE, PAID]}


def owed(asked: dict[str, Any], *days: str) -> list[dict[str, Any]]:
    answer = account({**asked, "owed_on": list(days)})
    assert_fits(answer, "interest.output.json")
    return list(answer["owed_on"])


def test_what_is_owed_is_split_by_kind_on_any_day() -> None:
    before, after = owed(PUBLISHED, "2026-04-30", "2026-05-05")
    # 12.00 for 24 days on 1,000 and 900 × 0.05 % × 8 days since
    assert (before["principal"], before["interest"], before["accrued"]) == ("900.00", "0.00", "15.60")
    assert (after["principal"], after["interest"], after["accrued"]) == ("900.00", "17.40", "0.45")
    assert (before["total"], after["total"]) == ("915.60", "917.85")
    assert before["next_day_interest"] == "0.45"
    assert before["days_overdue"] == 0


def test_cash_is_principal_too_and_a_fee_is_not() -> None:
    cash, fee = ({**PURCHASE, "kind": kind, "amount": "200"} for kind in ("cash_advance", "fee"))
    (found,) = owed({**ASKED, "events": [PURCHASE, cash, fee]}, "2026-03-30")
    # and the cash of its first day has borne 0.10
    assert (found["principal"], found["fee"], found["total"]) == ("1200.00", "200.00", "1400.10")


def test_a_payment_counts_on_its_day_and_saves_its_late_fee() -> None:
    asked = {**ASKED, "terms": {**TERMS, "late_fee_minimum": "10"}, "events": [PURCHASE]}
    (before, on) = owed({**asked, "events": [PURCHASE, PAID]}, "2026-04-22", "2026-04-23")
    assert (before["purchase"], on["purchase"]) == ("1000.00", "900.00")
    (saved,) = account({**asked, "what_if": [{"date": "2026-04-23", "amount": "100"}]})["what_if"]
    # 18.00 less 17.40 charged, 0.50 less 0.45 of the last day, and the late fee of 10
    assert saved["saves"] == "10.65"


def test_one_more_payment_comes_after_what_else_its_day_brings() -> None:
    events = [PURCHASE, {**PAID, "date": "2026-04-06", "amount": "1000"}, {**PURCHASE, "date": "2026-04-06"}]
    refund = {"date": "2026-04-06", "kind": "refund", "amount": "500"}
    (found,) = account({**ASKED, "events": [*events, refund], "what_if": [{"date": "2026-04-06", "amount": "500"}]})[
        "what_if"
    ]
    assert (found["balance"], found["cost"]) == ("0.00", "0.00")


@settings(max_examples=40, deadline=None)
@given(requests(), st.integers(0, 300))
def test_owed_on_a_day_is_what_a_request_until_that_day_answers(asked: dict[str, Any], back: int) -> None:
    day = max(date.fromisoformat(asked["until"]) - timedelta(days=back), date(2027, 11, 20)).isoformat()
    try:
        (found,) = owed(asked, day)
    except BadInput:
        return
    alone = account({**asked, "until": day, "detail": True})
    assert {name: found[name] for name in alone["owed"]} == alone["owed"]
    assert (found["accrued"], found["next_day_interest"]) == (alone["accrued"], alone["next_day_interest"])
    assert fen(found["total"]) == fen(alone["balance"]) + fen(alone["accrued"])


def test_paying_in_time_saves_all_the_interest() -> None:
    payments = [{"date": "2026-04-23", "amount": "900"}, {"date": "2026-04-24", "amount": "900"}]
    answer = account({**PUBLISHED, "what_if": payments})
    in_time, late = answer["what_if"]
    # without it: 17.40 charged, and 900 × 0.05 % accrued on the statement day
    assert (in_time["cost"], in_time["saves"], in_time["balance"]) == ("0.00", "17.85", "0.00")
    # a day late the 24 days on 1,000 and one day on 900 are due all the same
    assert (late["cost"], late["saves"]) == ("12.45", "5.40")
    assert_fits(answer, "interest.output.json")
    assert {name: answer[name] for name in account(PUBLISHED)} == account(PUBLISHED)


def test_paying_a_day_before_the_set_off_turns_saves_less_than_a_day_after() -> None:
    opening = {"date": "2026-01-01", "purchase": "10000", "interest": "1000", "overdue_since": "2025-12-01"}
    terms = {**TERMS, "compound": False, "statement_day": 28, "due_day": 20}
    days = [{"date": day, "amount": "1000"} for day in ("2026-03-01", "2026-03-02")]
    asked = {"terms": terms, "opening": opening, "events": [], "until": "2026-05-27", "what_if": days}
    day_90, day_91 = account(asked)["what_if"]
    assert (day_90["saves"], day_91["saves"]) == ("0.00", "43.50")


def test_a_new_rate_parts_the_line_on_its_day() -> None:
    change = {"from": "2026-04-29", "daily_rate": "0.0004"}
    answer = account({**PUBLISHED, "terms_changes": [change]})
    lines = answer["statements"][1]["lines"]
    assert [(line["days"], line["rate"], line["interest"]) for line in lines] == [
        (24, "0.0005", "12.00"),
        (6, "0.0005", "2.70"),
        (6, "0.0004", "2.16"),
    ]
    assert answer["statements"][1]["interest"] == "16.86"
    assert "0.0004" in lines[2]["why"]
    assert_fits(answer, "interest.output.json")
    assert account({**PUBLISHED, "detail": True, "terms_changes": [change]})["next_day_interest"] == "0.36"
    eve = {**change, "from": "2026-05-06"}
    assert account({**PUBLISHED, "detail": True, "terms_changes": [eve]})["next_day_interest"] == "0.36"


@pytest.mark.parametrize(
    ("change", "path", "expected"),
    [
        # interest 17.46, the 10 still unpaid of the earlier minimum, and 5 % of the other 900
        ({"minimum_ratio": "0.05"}, "minimum_payment", "72.46"),
        ({"late_fee_ratio": "0.05"}, "late_fee", "0.50"),
        ({"late_fee_minimum": "3"}, "late_fee", "3.00"),
        ({"method": "partial"}, "interest", "16.38"),
        ({"tolerance": "910"}, "interest", "0.00"),
    ],
)
def test_each_changed_term_is_that_of_its_own_day(change: dict[str, str], path: str, expected: str) -> None:
    asked = {**ASKED, "events": [PURCHASE, {**PAID, "amount": "90"}]}
    changes = [{"from": "2026-04-10", "daily_rate": "0.0005"}, {"from": "2026-04-23", **change}]
    assert account({**asked, "terms_changes": changes})["statements"][1][path] == expected
    assert account(asked)["statements"][1][path] != expected


@settings(max_examples=40, deadline=None)
@given(requests())
def test_a_change_to_the_same_terms_changes_nothing(asked: dict[str, Any]) -> None:
    terms = asked["terms"]
    same = {name: terms[name] for name in ("daily_rate", "method", "tolerance", "minimum_ratio", "late_fee_ratio")}
    try:
        plain = account(asked)
    except BadInput:
        return
    changed = account({**asked, "terms_changes": [{"from": "2027-12-24", **same}, {"from": "2028-02-01"}]})
    for statement in changed["statements"]:
        for line in statement["lines"]:
            assert Fraction(line.pop("rate")) == Fraction(terms["daily_rate"])
    assert changed == plain


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(("0.0005", "0.0003", "0.01"))), max_size=4))
def test_each_day_bears_its_own_rate(drawn: list[tuple[int, str]]) -> None:
    start = date(2026, 1, 1)
    steps = dict(sorted(drawn))
    changes = [{"from": (start + timedelta(days=day)).isoformat(), "daily_rate": rate} for day, rate in steps.items()]
    event = {"date": "2026-01-01", "kind": "cash_advance", "amount": "50000"}
    asked = {"terms": {**TERMS, "compound": False}, "events": [event], "until": "2026-03-31"}
    answer = account({**asked, "terms_changes": changes} if changes else asked)
    exact, rate = Fraction(0), "0.0005"
    for day in range(90):
        rate = steps.get(day, rate)
        exact += 50_000_00 * Fraction(rate)
    charged = fen(answer["interest_total"]) + fen(answer["accrued"])
    lines = sum(len(statement["lines"]) for statement in answer["statements"]) + len(changes) + 1
    assert abs(charged - round_half_up(exact)) <= lines


@pytest.mark.parametrize(
    ("more", "pointers"),
    [
        ({"owed_on": ["2026-05-06", "x"]}, ["/owed_on/0", "/owed_on/1"]),
        ({"owed_on": []}, ["/owed_on"]),
        ({"what_if": [{"date": "2026-05-06", "amount": "0"}]}, ["/what_if/0/amount", "/what_if/0/date"]),
        ({"what_if": [{"date": "2026-05-05"}]}, ["/what_if/0/amount"]),
        (
            {
                "opening": {"date": "2026-05-01"},
                "owed_on": ["2026-04-30"],
                "what_if": [{"date": "2026-04-30", "amount": "1"}],
            },
            ["/owed_on/0", "/what_if/0/date"],
        ),
        ({"terms_changes": [{"from": "2026-05-01", "due_day": 3}]}, ["/terms_changes/0/due_day"]),
        ({"terms_changes": [{"from": "2026-05-01"}, {"from": "2026-05-01"}]}, ["/terms_changes/1/from"]),
        ({"terms_changes": [{"from": "2026-05-01", "daily_rate": "0.5"}]}, ["/terms_changes/0/daily_rate"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(more: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        account({**ASKED, **more})
    assert [pointer for pointer, _ in refused.value.errors] == pointers
