"""What each actor may see of agreements: both sides of each, reviewers and operators all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from heyue.acts.scope import seen_by
from heyue.agreement.actions import FOLDER
from heyue.agreement.models import Agreement, Signature
from heyue.agreement.states import TABLE, Event, State
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.engine.schedule import Row, build
from heyue.vault.files import load


def visible(actor: Actor) -> QuerySet[Agreement]:
    """Return the agreements that this actor may see, in the banks' order."""
    rows = Agreement.objects.select_related("bank", "negotiation", "application", "offer")
    return seen_by(actor, rows)


def agreement(actor: Actor, agreement_id: UUID) -> Agreement:
    """Return one agreement. Raises ``NotFound``."""
    found = visible(actor).filter(pk=agreement_id).first()
    if found is None:
        raise NotFound()
    return found


def of_negotiation(actor: Actor, negotiation_id: UUID) -> Agreement | None:
    """Return the newest agreement of a negotiation, or None."""
    return visible(actor).filter(negotiation_id=negotiation_id).order_by("-drawn_at").first()


def document(actor: Actor, agreement_id: UUID) -> bytes:
    """Return the PDF. Raises ``NotFound`` until it is made."""
    row = agreement(actor, agreement_id)
    if not row.file or actor.role is Role.HELPER:  # papers are no helper's
        raise NotFound()
    return load(row.borrower_id, FOLDER, row.file)


def signatures(actor: Actor, agreement_id: UUID) -> list[Signature]:
    """Return the signatures of one agreement, the borrower's first."""
    return list(Signature.objects.filter(agreement=agreement(actor, agreement_id)).order_by("signed_at"))


def signatures_of(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, list[Signature]]:
    """Return the signatures of visible agreements by agreement, the earliest first. One query."""
    found: dict[UUID, list[Signature]] = {}
    for row in Signature.objects.filter(agreement__in=visible(actor).filter(pk__in=list(ids))).order_by("signed_at"):
        found.setdefault(row.agreement_id, []).append(row)
    return found


def rows_of(row: Agreement) -> tuple[Row, ...]:
    """Return the schedule's rows as the engine lays them out."""
    return build(row.terms).rows


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agreement stands, as plain yes or no; ``version`` changes with it."""

    drawing: bool
    to_sign: bool
    bank_signs: bool
    in_force: bool
    completed: bool
    lapsed: bool
    cancelled: bool
    may_cancel: bool
    signed: bool
    version: str


def standing(row: Agreement) -> Standing:
    """Return where a visible agreement stands for its borrower."""
    state = State(row.state)
    return Standing(
        drawing=state == State.DRAWING,
        to_sign=state == State.AWAITING_BORROWER,
        bank_signs=state == State.AWAITING_BANK,
        in_force=state == State.IN_FORCE,
        completed=state == State.COMPLETED,
        lapsed=state == State.LAPSED,
        cancelled=state == State.CANCELLED,
        may_cancel=Event.CANCELLED in TABLE.possible(state, Role.BORROWER),
        signed=state in (State.AWAITING_BANK, State.IN_FORCE, State.COMPLETED),
        version=f"{state.value}:{row.collection_stopped_on or ''}",
    )


def to_typeset() -> QuerySet[Agreement]:
    """Return the rows whose document is still to be made."""
    return Agreement.objects.filter(state=State.DRAWING)
