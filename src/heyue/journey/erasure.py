"""Erasure seen over all stages: whether something is open, the calendar's address, and the key at the end."""

from __future__ import annotations

from uuid import UUID

from heyue.acts import current, verb
from heyue.application import reads as applications
from heyue.disputes import reads as disputes
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.execution import calendar_feed
from heyue.identity import erasure
from heyue.journey.standing import busy_banks
from heyue.review import actions as review
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from heyue.wallet.statement_acts import forget_wallet


@verb
def ask() -> UUID:
    """Ask for erasure: links to banks and the calendar's address end at once. Raises ``Refusal("matters-open")``."""
    actor = current().actor
    asked = erasure.ask_erasure(open_matters=is_something_open(actor))
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
    calendar_feed.close_feed_of(row.borrower_id)  # one that was opened after the asking
    forget_wallet(row.borrower_id)
    review.forget_words(row.borrower_id)
    erasure.carry_out(request_id, open_matters=is_something_open(holder))


def is_something_open(actor: Actor) -> bool:
    """Whether the data is still needed: an application under review, a dispute, or something open with a bank."""
    return applications.any_under_review(actor) or bool(busy_banks(actor)) or disputes.open_ones(actor).exists()
