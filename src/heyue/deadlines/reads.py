"""What each actor may see of waits: the platform's desk all, a bank's officer the bank's, a borrower the own."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet

from heyue import clock
from heyue.deadlines.kinds import WaitKind
from heyue.deadlines.models import Wait
from heyue.engine.moves import Actor, Role


def visible(actor: Actor) -> QuerySet[Wait]:
    """Return the waits of this actor's matters, open and ended, the nearest first."""
    rows = Wait.objects.order_by("due_on", "id")
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows
    if actor.role in (Role.OFFICER, Role.BANK):
        return rows.filter(bank_id=actor.bank_id)
    if actor.role == Role.BORROWER:
        return rows.filter(borrower_id=actor.person_id)
    return rows.none()


def standing(actor: Actor) -> QuerySet[Wait]:
    """Return the open waits, the nearest first."""
    return visible(actor).filter(outcome=Wait.Outcome.OPEN)


def reached(actor: Actor, kinds: tuple[WaitKind, ...]) -> QuerySet[Wait]:
    """Return the waits of these kinds whose day went by without the act, the earliest first."""
    return visible(actor).filter(outcome=Wait.Outcome.REACHED, kind__in=[k.value for k in kinds])


def ended_lately(actor: Actor, kind: WaitKind, days: int) -> QuerySet[Wait]:
    """Return the waits of one kind that ended, met or reached, within the last ``days`` days."""
    since = clock.now() - timedelta(days=days)
    return visible(actor).filter(kind=kind.value, ended_at__gte=since).exclude(outcome=Wait.Outcome.OPEN)
