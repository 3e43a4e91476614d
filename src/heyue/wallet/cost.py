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
            {"date": e.date.isoformat(), "kind": e.kind, "amount": yuan(e.amount_fen)}
            for e in sorted(card.activity.all(), key=lambda e: (e.date, e.seq))
            if not card.is_own or _counts(card, e)
        ],
        "until": (until or card.as_of).isoformat(),
        "detail": True,
    }
    if card.opening:
        request["opening"] = card.opening
    return request


def _counts(card: Card, posting: Activity) -> bool:
    """Whether a posting of an own card comes on top of its opening: what a statement up to then told is within it."""
    opened_on = date.fromisoformat((card.opening or {}).get("date", date.min.isoformat()))
    within = posting.statement_on is not None and posting.statement_on <= opened_on
    return not within and posting.date >= opened_on
