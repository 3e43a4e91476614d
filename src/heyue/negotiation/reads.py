"""What each actor may see of negotiations: a borrower the own ones, a bank's people those of their bank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from heyue.acts.scope import seen_by
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.negotiation.models import Call, Negotiation, Offer, Question
from heyue.negotiation.states import NO_TERMS, TABLE, TALKING, Event, State
from heyue.vault import keyring


def visible(actor: Actor) -> QuerySet[Negotiation]:
    """Return the negotiations that this actor may see, in the banks' order."""
    rows = Negotiation.objects.select_related("bank", "debt", "dispatch", "application__borrower", "offer")
    return seen_by(actor, rows)


def negotiation(actor: Actor, negotiation_id: UUID) -> Negotiation:
    """Return one negotiation. Raises ``NotFound``."""
    found = visible(actor).filter(pk=negotiation_id).first()
    if found is None:
        raise NotFound()
    return found


def of_application(actor: Actor, application_id: UUID) -> list[Negotiation]:
    """Return the visible negotiations of one application."""
    return list(visible(actor).filter(application_id=application_id))


def is_talking(row: Negotiation) -> bool:
    """Whether it is still talked about, so that either side may end it."""
    return row.state in TALKING


def is_agreed(row: Negotiation) -> bool:
    """Whether both sides stand on the same terms."""
    return row.state == State.AGREED


def is_declined(row: Negotiation) -> bool:
    """Whether the borrower turned the bank's offer down and nothing else has been put forward."""
    return row.state == State.OFFER_DECLINED


def is_countered(row: Negotiation) -> bool:
    """Whether the borrower's counter-offer lies with the bank."""
    return row.state == State.COUNTERED


def may_note_a_call(row: Negotiation) -> bool:
    """Whether the note of a call can still be kept with it."""
    return Event.CALL_RECORDED in TABLE.possible(row.state, Role.BORROWER)


def is_ended(row: Negotiation) -> bool:
    """Whether the borrower ended it."""
    return row.state == State.ENDED


def to_answer(actor: Actor) -> QuerySet[Negotiation]:
    """Return what a bank's officer has to act on, the oldest first."""
    waiting = (State.AWAITING_FIRST_ANSWER, State.OVERDUE, State.COUNTERED, *NO_TERMS)
    return visible(actor).filter(state__in=waiting).order_by("opened_on", "id")


def offers(actor: Actor, row: Negotiation) -> QuerySet[Offer]:
    """Return all offers of a visible negotiation, the newest first."""
    return Offer.objects.filter(negotiation__in=visible(actor).filter(pk=row.pk)).order_by("-made_at", "-id")


def offers_of(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, list[Offer]]:
    """Return the offers of visible negotiations by negotiation, the oldest first. One query."""
    found: dict[UUID, list[Offer]] = {}
    for offer in Offer.objects.filter(negotiation__in=visible(actor).filter(pk__in=list(ids))).order_by(
        "made_at", "id"
    ):
        found.setdefault(offer.negotiation_id, []).append(offer)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its words opened."""

    row: Question
    question: str
    answer: str


def questions_of(actor: Actor, borrower_id: UUID, ids: Iterable[UUID]) -> dict[UUID, list[Asked]]:
    """Return the questions of one borrower's visible negotiations by negotiation, the oldest first. Two queries.

    A helper sees them where reading the messages is part of the help.
    """
    if actor.role == Role.HELPER and "messages" not in actor.scopes:
        return {}
    ring = keyring(borrower_id)
    rows = Question.objects.filter(negotiation__in=visible(actor).filter(pk__in=list(ids)), borrower_id=borrower_id)
    found: dict[UUID, list[Asked]] = {}
    for q in rows.order_by("asked_at", "id"):
        asked = Asked(q, ring.open_text(q.sealed_question, "question"), ring.open_text(q.sealed_answer, "answer"))
        found.setdefault(q.negotiation_id, []).append(asked)
    return found


def questions(actor: Actor, row: Negotiation) -> list[Asked]:
    """Return the questions of a visible negotiation with their words, the oldest first; a helper's scope as above."""
    return questions_of(actor, row.borrower_id, [row.pk]).get(row.pk, [])


def call(actor: Actor, call_id: UUID) -> Call:
    """Return one call of the borrower's own. Raises ``NotFound``."""
    found = Call.objects.filter(pk=call_id, borrower_id=actor.me).first()
    if found is None or actor.role != Role.BORROWER:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Called:
    """A call with its words opened."""

    row: Call
    staff: str
    notes: str


def calls(actor: Actor, negotiation_id: UUID) -> list[Called]:
    """Return the borrower's own call notes with one bank, the newest first; banks do not see them."""
    if actor.role != Role.BORROWER or actor.person_id is None:
        return []
    ring = keyring(actor.person_id)
    return [
        Called(c, ring.open_text(c.sealed_staff, "call-staff"), ring.open_text(c.sealed_notes, "call-notes"))
        for c in Call.objects.filter(dispatch_id=negotiation_id, borrower_id=actor.person_id).order_by("-called_at")
    ]
