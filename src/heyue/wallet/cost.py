"""What a card's debt costs, line by line, recomputed by the engine from the feed's terms and events."""

from __future__ import annotations

from datetime import date
from typing import Any

from heyue.engine.interest import account
from heyue.engine.money import yuan
from heyue.wallet.models import Activity, Card


def explain(card: Card, until: date | None = None) -> dict[str, Any]:
    """Return the answer of ``heyue interest`` for the card up to ``until`` (the feed's day by default).

    Raises ``BadInput`` when the bank's terms are not computable. Compare its ``balance`` with the bank's.
    """
    return account(request_of(card, until))


def request_of(card: Card, until: date | None = None) -> dict[str, Any]:
    """Return what ``heyue interest`` is asked for the card up to ``until`` (the day of its sums by default)."""
    request: dict[str, Any] = {
        "terms": card.terms,
        "events": [
            {"date": e.date.isoformat(), "kind": kind, "amount": yuan(e.amount_fen)}
            for e in sorted(card.activity.all(), key=lambda e: (e.date, e.seq))
            if (kind := _kind(card, e))
        ],
        "until": (until or card.as_of).isoformat(),
        "detail": True,
    }
    if card.opening:
        request["opening"] = card.opening
    return request


def _kind(card: Card, posting: Activity) -> str:
    """Return what a posting is to the engine, empty where it does not count.

    A feed's counts as the bank tells it. Of an own card what its opening holds already is left out: a statement's
    rows up to the opening's day; and interest and late fees, which the engine works out itself.
    """
    if not card.is_own:
        return posting.kind
    opened_on = date.fromisoformat((card.opening or {}).get("date", date.min.isoformat()))
    if posting.date < opened_on or (posting.statement_on is not None and posting.statement_on <= opened_on):
        return ""
    return COUNTED_AS.get(posting.kind, "")


COUNTED_AS = {
    "purchase": "purchase",
    "cash_advance": "cash_advance",
    "payment": "payment",
    "refund": "refund",
    "reward": "refund",
    "fee": "fee",
    "instalment": "purchase",
}
"""A statement's kinds of row by the engine's kinds of event; interest, late fees and internal moves are none."""
