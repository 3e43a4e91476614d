"""What each actor may see of reviews: reviewers and operators all, a borrower the own one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.review.models import Review
from heyue.review.states import AppealState, Event, State


def visible(actor: Actor) -> QuerySet[Review]:
    """Return the reviews that this actor may see, the oldest first."""
    rows = Review.objects.select_related("application", "borrower", "reviewer").order_by("opened_at")
    rows = rows.prefetch_related("application__debts", "appeals")
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows
    if actor.role == Role.BORROWER:
        return rows.filter(borrower_id=actor.person_id)
    return rows.none()


def queue(actor: Actor) -> QuerySet[Review]:
    """Return what waits for a reviewer or is in one's hand."""
    return visible(actor).filter(state__in=[State.WAITING, State.IN_HAND])


def review(actor: Actor, review_id: UUID) -> Review:
    """Return one review. Raises ``NotFound``."""
    found = visible(actor).filter(pk=review_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class May:
    """What a reviewer may do with one review now."""

    take: bool
    take_over: bool
    decide: bool


def was_overturned(actor: Actor, row: Review) -> bool:
    """Whether this reviewer rejected it and an appeal changed that: another reviews it now."""
    mine = [one for one in row.appeals.all() if one.rejected_by_id == actor.person_id]
    return any(one.state in (AppealState.PASSED, AppealState.MORE_ASKED) for one in mine)


def is_barred(actor: Actor, row: Review) -> bool:
    """Whether it waits for a reviewer, but not for this one."""
    return row.state in (State.WAITING, State.IN_HAND) and was_overturned(actor, row)


def may(actor: Actor, row: Review) -> May:
    """Return what this reviewer may do: who has it in hand decides, another may take it over.

    Whose rejection an appeal changed may do nothing more with it.
    """
    if was_overturned(actor, row):
        return May(take=False, take_over=False, decide=False)
    possible = row.TABLE.possible(row.state, actor.role)
    in_hand, mine = Event.PASSED in possible, row.reviewer_id == actor.person_id
    return May(
        take=Event.TAKEN in possible and not in_hand,
        take_over=in_hand and not mine,
        decide=in_hand and mine,
    )
