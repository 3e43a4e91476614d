"""What a card debt costs: interest, minimum payments and late fees; what is owed on a day, what a payment saves.

Source: the published contract of the command line, section 2.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from heyue.engine.card_account import Account
from heyue.engine.interest_request import Event, Request, read_request
from heyue.engine.lots import CASH_ADVANCE, PURCHASE
from heyue.engine.money import fen, yuan


def account(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the contract's section 2; raises BadInput with every bad field.

    With ``"detail": true`` the answer also says what is owed by kind at the end of ``until``, and the
    interest that the next day would add; ``owed_on`` asks the same of other days, ``what_if`` what each of some
    payments would save by ``until``.
    """
    asked = read_request(request)
    found = answered(asked)
    if asked.owed_on:
        found["owed_on"] = [owed_at_end_of(asked, day) for day in asked.owed_on]
    if asked.what_if:
        cost_fen = cost(found)
        found["what_if"] = [_what_if(asked, payment, cost_fen) for payment in asked.what_if]
    return found


def answered(asked: Request) -> dict[str, Any]:
    """The answer of a request that was read."""
    running = Account(asked)
    running.run()
    return running.answer()


def owed_at_end_of(asked: Request, day: date) -> dict[str, Any]:
    """What is owed at the end of a day: principal, interest charged, interest accrued and not yet charged, fees."""
    found = answered(_until(asked, day))
    owed = found["owed"]
    return {
        "date": day.isoformat(),
        **owed,
        "principal": yuan(fen(owed[PURCHASE]) + fen(owed[CASH_ADVANCE])),
        "accrued": found["accrued"],
        "total": yuan(fen(found["balance"]) + fen(found["accrued"])),
        "next_day_interest": found["next_day_interest"],
    }


def cost(found: Mapping[str, Any]) -> int:
    """All interest and late fees of an answer in fen, accrued interest too."""
    return fen(found["interest_total"]) + fen(found["late_fee_total"]) + fen(found["accrued"])


def _what_if(asked: Request, payment: Event, cost_fen: int) -> dict[str, str]:
    """What one more payment would save; below 0 where it makes the debt dearer (set-off turns after 90 days)."""
    at = sum(event.on <= payment.on for event in asked.events)
    events = (*asked.events[:at], payment, *asked.events[at:])
    found = answered(replace(asked, events=events))
    return {
        "date": payment.on.isoformat(),
        "amount": yuan(payment.amount_fen),
        "cost": yuan(cost(found)),
        "saves": yuan(cost_fen - cost(found)),
        "balance": found["balance"],
    }


def _until(asked: Request, day: date) -> Request:
    events = tuple(event for event in asked.events if event.on <= day)
    return replace(asked, events=events, until=day, detail=True)
