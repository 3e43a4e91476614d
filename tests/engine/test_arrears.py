"""Arrears, credit and the order of payment, told one by one; the contract, section 2."""

from datetime import date
from typing import Any

import pytest

from heyue.engine import card_account
from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.interest_request import Event, read_request

TERMS: dict[str, Any] = {"daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23}
OPENING: dict[str, Any] = {"date": "2026-01-06", "purchase": "1000", "overdue_since": "2025-12-23"}


def event(day: str, kind: str, amount: str) -> dict[str, str]:
    return {"date": day, "kind": kind, "amount": amount}


def owed(until: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = account({"terms": TERMS, "events": list(events), "until": until, "detail": True, **more})
    return dict(answer["owed"])


def test_arrears_of_an_opening_end_when_the_last_of_its_lots_is_paid() -> None:
    some = event("2026-01-07", "payment", "999.99")
    new = event("2026-01-08", "purchase", "50")
    assert owed("2026-01-08", some, new, opening=OPENING)["overdue_since"] == "2025-12-23"
    rest = event("2026-01-09", "payment", "0.01")
    assert owed("2026-01-09", some, new, rest, opening=OPENING)["overdue_since"] is None
    # a new purchase need not be paid for that, and does not begin arrears
    assert owed("2026-01-09", some, new, rest, opening=OPENING)["purchase"] == "50.00"


def test_a_payment_pays_the_opening_before_what_came_since() -> None:
    new = event("2026-01-06", "purchase", "70")
    found = account(
        {
            "terms": TERMS,
            "opening": OPENING,
            "events": [new, event("2026-01-07", "payment", "1000")],
            "until": "2026-02-05",
        }
    )
    # of the opening one day; of the new purchase nothing yet
    assert [line["interest"] for line in found["statements"][0]["lines"]] == ["0.50"]
    assert found["balance"] == "70.50"


@pytest.mark.parametrize(
    ("paid_on", "amount", "since"),
    [
        # the minimum is 100: less begins arrears on the judgement day, the rest ends them again
        ("2026-04-23", "100", None),
        ("2026-04-23", "99.99", "2026-04-23"),
        ("2026-04-05", "100", "2026-04-23"),
        ("2026-04-06", "100", None),
        ("2026-04-24", "100", None),
    ],
)
def test_arrears_count_from_the_due_date_that_was_missed(paid_on: str, amount: str, since: str | None) -> None:
    events = (event("2026-03-30", "purchase", "1000"), event(paid_on, "payment", amount))
    if paid_on == "2026-04-05":
        # paid before that day's statement is cut: it lowers the balance, and the minimum of 90 is still asked for
        assert (
            account({"terms": TERMS, "events": list(events), "until": "2026-04-05"})["statements"][0]["minimum_payment"]
            == "90.00"
        )
    assert owed("2026-04-24", *events)["overdue_since"] == since


def test_arrears_move_to_the_later_due_date_once_the_earlier_minimum_is_paid() -> None:
    purchase = event("2026-03-30", "purchase", "1000")
    assert owed("2026-05-24", purchase)["overdue_since"] == "2026-04-23"
    # the statement of 5 May asks for 218.00 with the 100 of April in it: the 100 alone are late from 23 May on
    assert owed("2026-05-24", purchase, event("2026-05-10", "payment", "100"))["overdue_since"] == "2026-05-23"
    assert owed("2026-05-24", purchase, event("2026-05-10", "payment", "99.99"))["overdue_since"] == "2026-04-23"


def test_a_card_may_be_due_some_days_after_its_statement() -> None:
    terms = {**{name: value for name, value in TERMS.items() if name != "due_day"}, "due_after_days": 20}
    found = account({"terms": terms, "events": [event("2026-03-30", "purchase", "1000")], "until": "2026-04-05"})
    assert [one["due_date"] for one in found["statements"]] == ["2026-04-25"]


def test_days_overdue_are_counted_from_the_day_of_arrears() -> None:
    found = owed("2026-05-01", event("2026-03-30", "purchase", "1000"))
    assert (found["overdue_since"], found["days_overdue"]) == ("2026-04-23", 8)
    assert owed("2026-04-22", event("2026-03-30", "purchase", "1000"))["days_overdue"] == 0


def test_what_is_paid_too_much_adds_up_as_credit() -> None:
    twice = [event("2026-03-01", "payment", "30"), event("2026-03-02", "refund", "12.50")]
    assert owed("2026-03-02", *twice)["credit"] == "42.50"
    spent = event("2026-03-03", "purchase", "40")
    assert owed("2026-03-03", *twice, spent)["credit"] == "2.50"
    assert owed("2026-03-03", *twice, spent)["purchase"] == "0.00"


def test_what_is_left_within_the_tolerance_is_a_purchase_of_the_next_day() -> None:
    terms = {**TERMS, "tolerance": "10", "grace_days": 3}
    events = [event("2026-03-30", "purchase", "1000"), event("2026-04-26", "payment", "995")]
    # alone it is within the tolerance again and again; beside another purchase it is not
    assert account({"terms": terms, "events": events, "until": "2026-07-05"})["interest_total"] == "0.00"
    events.append(event("2026-04-28", "purchase", "100"))
    found = account({"terms": terms, "events": events, "until": "2026-06-05"})
    later = found["statements"][2]
    assert [line["posting"] for line in later["lines"]] == [
        {"date": "2026-04-27", "kind": "purchase"},
        {"date": "2026-04-28", "kind": "purchase"},
    ]
    # 5.00 × 39 days from 27 April to 4 June
    assert (later["lines"][0]["days"], later["lines"][0]["interest"]) == (39, "0.10")


def test_all_that_is_left_within_the_tolerance_becomes_one_purchase() -> None:
    amounts = (("2026-03-30", "1000"), ("2026-03-31", "3"), ("2026-04-01", "4"), ("2026-04-28", "100"))
    events = [event(day, "purchase", amount) for day, amount in amounts] + [event("2026-04-23", "payment", "1000")]
    found = account({"terms": {**TERMS, "tolerance": "10"}, "events": events, "until": "2026-06-05"})
    assert [line["principal"] for line in found["statements"][2]["lines"]] == ["7.00", "100.00"]


def test_no_interest_is_charged_on_a_minimum_of_nothing() -> None:
    found = account({"terms": TERMS, "opening": {"date": "2026-01-06"}, "events": [], "until": "2026-03-05"})
    assert [(one["minimum_payment"], one["balance"], one["lines"]) for one in found["statements"]] == [
        ("0.00", "0.00", []),
        ("0.00", "0.00", []),
    ]


def test_what_is_within_the_tolerance_is_no_unpaid_minimum() -> None:
    terms = {**TERMS, "tolerance": "10", "minimum_ratio": "1", "late_fee_minimum": "20"}
    events = [event("2026-03-30", "purchase", "1000"), event("2026-04-10", "payment", "995")]
    changes = [{"from": "2026-05-01", "minimum_ratio": "0.1"}]
    found = account({"terms": terms, "events": events, "until": "2026-05-05", "terms_changes": changes})
    # the 5.00 of the first minimum are settled: no late fee, but a new purchase, of which a tenth is asked
    assert [(one["balance"], one["minimum_payment"]) for one in found["statements"]] == [
        ("1000.00", "1000.00"),
        ("5.00", "0.50"),
    ]
    assert found["late_fee_total"] == "0.00"


@pytest.mark.parametrize(("terms", "interest"), [({}, "12.00"), ({"tolerance": "0.01"}, "0.00")])
def test_without_a_tolerance_a_fen_left_unpaid_is_not_paid_in_full(terms: dict[str, str], interest: str) -> None:
    events = [event("2026-03-30", "purchase", "1000"), event("2026-04-23", "payment", "999.99")]
    found = account({"terms": {**TERMS, **terms}, "events": events, "until": "2026-05-05"})
    assert found["interest_total"] == interest


@pytest.mark.parametrize(("compound", "left"), [(False, ("0.00", "5.00")), (True, ("5.08", "0.00"))])
def test_interest_left_within_the_tolerance_becomes_a_purchase_only_where_it_is_compounded(
    compound: bool, left: tuple[str, str]
) -> None:
    terms = {**TERMS, "tolerance": "10", "compound": compound}
    opening = {"date": "2026-01-06", "interest": "5"}
    asked = {"terms": terms, "opening": opening, "events": [], "until": "2026-02-24", "detail": True}
    found = account(asked)["owed"]
    assert (found["purchase"], found["interest"]) == left


def test_a_fee_left_within_the_tolerance_stays_a_fee() -> None:
    asked = {"terms": {**TERMS, "tolerance": "10"}, "opening": {"date": "2026-01-06", "fee": "5"}, "events": []}
    found = account({**asked, "until": "2026-02-24", "detail": True})["owed"]
    assert (found["purchase"], found["fee"]) == ("0.00", "5.00")


def test_where_the_day_of_payment_counts_it_bears_on_the_whole_amount_even_on_a_statement_day() -> None:
    events = [event("2026-03-30", "purchase", "1000"), event("2026-05-05", "payment", "400")]
    found = account({"terms": {**TERMS, "count_payment_day": True}, "events": events, "until": "2026-06-05"})
    lines = [line for line in found["statements"][2]["lines"] if line["posting"]["kind"] == "purchase"]
    assert [(line["from"], line["days"], line["principal"]) for line in lines] == [
        ("2026-05-05", 1, "1000.00"),
        ("2026-05-06", 30, "600.00"),
    ]


@pytest.mark.parametrize(("until", "interest"), [("2026-02-22", "0.45"), ("2026-02-23", "0.00")])
def test_what_becomes_a_new_purchase_tomorrow_bears_nothing_tomorrow(until: str, interest: str) -> None:
    terms, opening = {**TERMS, "tolerance": "1000"}, {"date": "2026-01-06", "purchase": "900"}
    found = account({"terms": terms, "opening": opening, "events": [], "until": until, "detail": True})
    assert found["next_day_interest"] == interest


@pytest.mark.parametrize(("paid", "since"), [("100", "2025-12-23"), ("1099.99", "2025-12-23"), ("1100", None)])
def test_all_parts_of_an_opening_are_to_be_paid_before_its_arrears_end(paid: str, since: str | None) -> None:
    opening = {**OPENING, "fee": "100"}
    assert owed("2026-01-08", event("2026-01-07", "payment", paid), opening=opening)["overdue_since"] == since


def test_charges_paid_since_lower_no_more_than_themselves_of_an_earlier_minimum() -> None:
    paid = event("2026-02-10", "payment", "50")
    found = account({"terms": TERMS, "opening": {**OPENING, "fee": "100"}, "events": [paid], "until": "2026-03-05"})
    # first 100 of fee, 15 of interest and a tenth of 1,000; then of the 165 unpaid 65 are charges left: what is asked
    # is fee 50, interest 15 and 14.21, the other 100 whole, and a tenth of 900
    assert [one["minimum_payment"] for one in found["statements"]] == ["215.00", "269.21"]


def test_lines_stand_in_the_order_in_which_their_lots_came() -> None:
    events = [event("2026-03-30", "purchase", "1000"), event("2026-04-10", "cash_advance", "500")]
    found = account({"terms": TERMS, "events": events, "until": "2026-05-05"})
    assert [line["posting"]["kind"] for line in found["statements"][1]["lines"]] == ["purchase", "cash_advance"]


def test_an_account_goes_on_where_it_stood() -> None:
    asked = {"terms": TERMS, "events": [event("2026-03-30", "purchase", "1000")], "until": "2026-04-10"}
    running = card_account.Account(read_request(asked))
    running.run()
    running.go_on(date(2026, 5, 5), (Event(date(2026, 4, 23), "payment", 100_00),))
    paid = [*asked["events"], event("2026-04-23", "payment", "100")]
    assert running.answer() == account({**asked, "events": paid, "until": "2026-05-05"})


@pytest.mark.parametrize(("until", "refused"), [("2026-06-05", False), ("2026-07-05", True)])
def test_no_more_lines_are_answered_than_are_allowed(
    until: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_account, "LINES_MAX", 3)
    # each of the statements from April on has one line
    cash = event("2026-03-30", "cash_advance", "1000")
    asked = {"terms": {**TERMS, "compound": False}, "events": [cash], "until": until}
    if not refused:
        assert sum(len(one["lines"]) for one in account(asked)["statements"]) == 3
        return
    with pytest.raises(BadInput) as found:
        account(asked)
    assert [pointer for pointer, _ in found.value.errors] == ["/events"]
