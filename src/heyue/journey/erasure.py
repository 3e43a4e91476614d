"""Erasure seen over all stages: whether something is open, the calendar's address, and the key at the end."""

from __future__ import annotations

from uuid import UUID

from heyue.acts import current, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.execution import calendar_feed
from heyue.identity import erasure
from heyue.journey.standing import busy_banks
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from heyue.wallet.statement_acts import forget_brought


@verb
def ask() -> UUID:
    """Ask for erasure: links to banks and the calendar's address end at once. Raises ``Refusal("matters-open")``."""
    actor = current().actor
    asked = erasure.ask_erasure(open_matters=bool(busy_banks(actor)))
    for link in wallets.links(actor):
        wallet.unbind(link.pk)
    calendar_feed.close_feed()
    return asked


@verb
def carry_out(request_id: UUID) -> None:
    """Erase whoever asked. Raises ``NotFound``, ``NotPermitted``, ``Refusal("matters-open")``."""
    row = erasure.requests(current().actor).filter(pk=request_id).first()
    if row is None:
        raise NotFound()
    holder = Actor(Role.BORROWER, row.borrower_id)
    forget_brought(row.borrower_id)
    erasure.carry_out(request_id, open_matters=bool(busy_banks(holder)))
