"""What a card's debt costs, line by line, recomputed by the engine from the feed's terms and events."""

from __future__ import annotations

from datetime import date
from typing import Any

from heyue.engine.interest import account
from heyue.engine.money import yuan
from heyue.wallet.models import Card


def explain(card: Card, until: date | None = None) -> dict[str, Any]:
    """Return the answer of ``heyue interest`` for the card up to ``until`` (the feed's day by default).

    Raises ``BadInput`` when the bank's terms are not computable. Compare its ``balance`` with the bank's.
    """
    request: dict[str, Any] = {
        "terms": card.terms,
        "events": [
            {"date": e.date.isoformat(), "kind": e.kind, "amount": yuan(e.amount_fen)}
            for e in sorted(card.activity.all(), key=lambda e: (e.date, e.seq))
        ],
        "until": (until or card.as_of).isoformat(),
        "detail": True,
    }
    if card.opening:
        request["opening"] = card.opening
    return account(request)
