"""What a borrower bears beside one bank: the other banks' months, nameless, and the sum they stand under."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role
from heyue.engine.schedule import Row
from heyue.journey.standing import commitments, standings


@dataclass(frozen=True, slots=True)
class Beside:
    """The other banks' rows (one tuple for each bank, no names), and the household's sums in fen."""

    rows: tuple[tuple[Row, ...], ...]
    affordable_fen: int
    savings_fen: int


def beside(actor: Actor, negotiation_id: UUID) -> Beside:
    """Return what stands beside one bank's plan, for whoever may see that bank's case. Raises ``NotFound``.

    The bank learns how much others ask and until when, never who they are: the form that the borrower agreed
    to hand over states their monthly sum already.
    """
    row = dispatches.dispatch(actor, negotiation_id)
    borrower = Actor(Role.BORROWER, row.borrower_id)
    here = [s for s in standings(borrower, row.application_id) if s.bank.pk != row.bank_id]
    known = {row.bank_id, *(s.bank.pk for s in here)}
    elsewhere = [c.rows for c in commitments(borrower) if c.bank_id not in known]
    application = row.application
    return Beside(
        rows=(*(s.rows for s in here), *elsewhere),
        affordable_fen=application.affordable_fen or 0,
        savings_fen=(application.savings_fen or 0) - sum(s.down_payment_fen for s in here),
    )
