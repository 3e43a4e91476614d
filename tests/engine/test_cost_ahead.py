"""What a card debt comes to from here: month by month, as the account itself would be with the same payments."""

from datetime import date
from typing import Any

import pytest

from heyue.engine.cost_ahead import MONTHS_MAX, Month, Pay, months_ahead, pay_each_month, pay_nothing, pay_the_minimum
from heyue.engine.interest import account
from heyue.engine.money import fen, yuan

TERMS: dict[str, Any] = {
    "daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23, "late_fee_ratio": "0.05",
}  # fmt: skip
PURCHASE = {"date": "2026-03-30", "kind": "purchase", "amount": "1000"}
ASKED: dict[str, Any] = {"terms": TERMS, "events": [PURCHASE], "until": "2026-04-10"}


@pytest.mark.parametrize("pay", [pay_nothing, pay_the_minimum, pay_each_month(300_00)])
def test_the_account_with_the_same_payments_stands_the_same(pay: Pay) -> None:
    found = months_ahead(ASKED, 6, pay)
    paid = [
        {"date": month.due_on.isoformat(), "kind": "payment", "amount": yuan(month.paid_fen)}
        for month in found
        if month.paid_fen
    ]
    alone = account({**ASKED, "events": [PURCHASE, *paid], "until": found[-1].due_on.isoformat()})
    assert found[-1].owed_fen == fen(alone["balance"])
    # the first statement was cut before; interest and fees of the others are the months'
    charged_fen = fen(alone["interest_total"]) + fen(alone["late_fee_total"])
    assert sum(month.charged_fen for month in found) == charged_fen


def test_the_first_month_is_that_of_the_statement_already_cut() -> None:
    (first, second) = months_ahead(ASKED, 2, pay_the_minimum)
    assert first == Month(date(2026, 4, 23), 100_00, 100_00, 900_00, 0)
    # 24 days on 1,000 and 12 on 900; of that all, and a tenth of 900
    assert second == Month(date(2026, 5, 23), 107_40, 107_40, 810_00, 17_40)


def test_what_was_paid_since_the_statement_is_not_asked_again() -> None:
    paid = {"date": "2026-04-08", "kind": "payment", "amount": "40"}
    (first,) = months_ahead({**ASKED, "events": [PURCHASE, paid]}, 1, pay_the_minimum)
    assert (first.minimum_fen, first.paid_fen, first.owed_fen) == (60_00, 60_00, 900_00)


def test_no_more_is_paid_than_is_owed_and_the_months_end_with_the_debt() -> None:
    found = months_ahead(ASKED, MONTHS_MAX, pay_each_month(2_000_00))
    assert found == (Month(date(2026, 4, 23), 100_00, 1_000_00, 0, 0),)
    assert months_ahead({**ASKED, "events": []}, 3, pay_nothing) == ()


def test_interest_still_to_be_charged_is_a_month_of_its_own() -> None:
    late = {
        **ASKED,
        "until": "2026-04-24",
        "events": [PURCHASE, {"date": "2026-04-24", "kind": "payment", "amount": "1000"}],
    }
    (only,) = months_ahead(late, 6, pay_each_month(1_000_00))
    # 25 days on 1,000, and the late fee on a minimum of 100 that was not there on its day
    assert (only.charged_fen, only.paid_fen, only.owed_fen) == (17_50, 17_50, 0)


def test_ten_years_are_the_most() -> None:
    with pytest.raises(ValueError, match="120"):
        months_ahead(ASKED, MONTHS_MAX + 1, pay_nothing)
