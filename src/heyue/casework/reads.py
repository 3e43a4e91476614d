"""What a bank's officers may see of the work on their cases; nobody else sees any of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from heyue.casework.actions import CHECKLIST
from heyue.casework.models import (
    BulkItem,
    BulkRun,
    CaseNote,
    CaseTick,
    Duty,
    MessageTemplate,
    OfferDraft,
    OfferTemplate,
    PolicyDraft,
)
from heyue.casework.sharing import load_of
from heyue.casework.states import PolicyState, State
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.identity.models import Person
from heyue.identity.reads import staff
from heyue.vault import keyring

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Noted:
    """A note with its words opened."""

    row: CaseNote
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the checklist: its name, its words (a message id), and who checked it when."""

    name: str
    message: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """One officer of the bank: open cases in hand, what he or she knows best, and whether there."""

    person: Person
    open: int
    kinds: tuple[str, ...]
    is_away: bool


def notes(actor: Actor, dispatch_id: UUID) -> list[Noted]:
    """Return the internal notes on a case of the officer's bank, the oldest first."""
    rows = list(_own(actor, CaseNote.objects.select_related("author")).filter(dispatch_id=dispatch_id))
    if not rows:
        return []
    ring = keyring(rows[0].borrower_id)
    return [Noted(row, ring.open_text(row.sealed_text, "case-note")) for row in rows]


def checklist(actor: Actor, dispatch_id: UUID) -> list[Item]:
    """Return the checklist of a case as it stands."""
    ticked = {
        one.item: one for one in _own(actor, CaseTick.objects.select_related("officer")).filter(dispatch_id=dispatch_id)
    }
    return [
        Item(name, message, ticked[name].officer.display_name, ticked[name].ticked_at)
        if name in ticked
        else Item(name, message, "", None)
        for name, message in CHECKLIST.items()
    ]


def templates(actor: Actor) -> QuerySet[OfferTemplate]:
    """Return the bank's templates by name."""
    return _own(actor, OfferTemplate.objects.all())


def template(actor: Actor, template_id: UUID) -> OfferTemplate:
    """Return one template. Raises ``NotFound``."""
    found = templates(actor).filter(pk=template_id).first()
    if found is None:
        raise NotFound()
    return found


def message_templates(actor: Actor) -> QuerySet[MessageTemplate]:
    """Return the words that the bank's officers keep, by name."""
    return _own(actor, MessageTemplate.objects.all())


def message_template(actor: Actor, template_id: UUID) -> MessageTemplate:
    """Return one of them. Raises ``NotFound``."""
    found = message_templates(actor).filter(pk=template_id).first()
    if found is None:
        raise NotFound()
    return found


def bulk_run(actor: Actor, run_id: UUID) -> BulkRun:
    """Return an act on many cases that is the actor's own. Raises ``NotFound``."""
    found = BulkRun.objects.filter(pk=run_id, person_id=actor.me).first()
    if found is None:
        raise NotFound()
    return found


def bulk_items(run: BulkRun) -> QuerySet[BulkItem]:
    """Return its cases with what became of each."""
    return run.items.select_related("dispatch__application__borrower", "dispatch__bank")


def bulk_waiting(actor: Actor, run_id: UUID) -> list[UUID]:
    """Return what is still to be done of it."""
    return list(bulk_run(actor, run_id).items.filter(fate=BulkItem.Fate.WAITING).values_list("pk", flat=True))


def colleagues(actor: Actor) -> list[Colleague]:
    """Return the officers of one's bank with what each has in hand. Three queries."""
    if actor.role != Role.OFFICER or actor.bank_id is None:
        return []
    duties = {duty.officer_id: duty for duty in _own(actor, Duty.objects.all())}
    load = load_of(actor.bank_id)
    return [
        Colleague(
            one,
            load.get(one.staff_number, 0),
            tuple(duties[one.pk].kinds) if one.pk in duties else (),
            one.pk in duties and duties[one.pk].is_away,
        )
        for one in staff(actor.bank_id)
    ]


def drafts(actor: Actor) -> QuerySet[OfferDraft]:
    """Return all answers of the bank that were put before a second officer, the oldest first."""
    related = (
        "author",
        "decided_by",
        "negotiation__dispatch",
        "negotiation__debt",
        "negotiation__application__borrower",
    )
    return _own(actor, OfferDraft.objects.select_related(*related))


def awaiting(actor: Actor) -> QuerySet[OfferDraft]:
    """Return the answers that wait for a second officer."""
    return drafts(actor).filter(state=State.AWAITING_APPROVAL.value)


def draft(actor: Actor, draft_id: UUID) -> OfferDraft:
    """Return one of them. Raises ``NotFound``."""
    found = drafts(actor).filter(pk=draft_id).first()
    if found is None:
        raise NotFound()
    return found


def latest_draft(actor: Actor, negotiation_id: UUID) -> OfferDraft | None:
    """Return the newest answer of a case that a second officer had to see, None where there was none."""
    return drafts(actor).filter(negotiation_id=negotiation_id).order_by("-sent_at", "-id").first()


def is_awaiting(row: OfferDraft) -> bool:
    """Whether it still waits for a second officer."""
    return row.state == State.AWAITING_APPROVAL


def was_returned(row: OfferDraft) -> bool:
    """Whether the second officer gave it back."""
    return row.state == State.RETURNED


def policy_drafts(actor: Actor) -> QuerySet[PolicyDraft]:
    """Return the bank's changes of policy, the newest first."""
    return _own(actor, PolicyDraft.objects.select_related("author", "decided_by"))


def policy_draft(actor: Actor, draft_id: UUID) -> PolicyDraft:
    """Return one change of policy. Raises ``NotFound``."""
    found = policy_drafts(actor).filter(pk=draft_id).first()
    if found is None:
        raise NotFound()
    return found


def policy_in_the_making(actor: Actor) -> PolicyDraft | None:
    """Return the change that is being written or waits for a second officer."""
    return policy_drafts(actor).filter(state__in=[PolicyState.DRAFT.value, PolicyState.AWAITING_APPROVAL.value]).first()


def is_being_written(row: PolicyDraft) -> bool:
    """Whether it is still being written."""
    return row.state == PolicyState.DRAFT


def policy_awaits(row: PolicyDraft) -> bool:
    """Whether it waits for a second officer."""
    return row.state == PolicyState.AWAITING_APPROVAL


def _own(actor: Actor, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Keep the rows of the officer's bank; anybody else sees none."""
    if actor.role != Role.OFFICER or actor.bank_id is None:
        return rows.none()
    return rows.filter(bank_id=actor.bank_id)
