"""Moving the demo's business clock: the platform's day, and what must be looked at anew on it."""

from __future__ import annotations

from datetime import date

from heyue import clock as business_clock
from heyue.acts import current, verb
from heyue.engine.moves import Role
from heyue.engine.refusal import NotPermitted
from heyue.evidence import Subject, append
from heyue.evidence.ledger import PLATFORM_OWNER
from heyue.wallet.actions import sync_soon


@verb
def advance(day: date) -> date:
    """Move the held clock forward to ``day``; every feed is read again on the new day.

    Raises the clock's refusals; ``NotPermitted`` for anybody but a reviewer or an operator.
    """
    actor = current().actor
    if actor.role not in (Role.REVIEWER, Role.OPERATOR):
        raise NotPermitted()
    earlier = business_clock.today()
    moved = business_clock.advance_to(day)
    append(
        "clock.moved",
        Subject("clock", PLATFORM_OWNER),
        actor,
        {"from": earlier.isoformat(), "to": moved.isoformat()},
    )
    sync_soon()
    return moved
