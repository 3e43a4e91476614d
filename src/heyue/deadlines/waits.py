"""Start, meet and reach waits. Three steps: when does it start; when does it end; what is it now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.deadlines.kinds import RULES, WaitKind
from heyue.deadlines.models import Wait
from heyue.engine.working_days import Deadline, nth_working_day, working_days_between
from heyue.evidence import Subject
from heyue.policy.holidays import mainland
from heyue.policy.load import rule


def ends(kind: WaitKind, started_on: date) -> Deadline:
    """Return the last day of a wait of this kind, counted in mainland working days after its start."""
    rule_id = RULES[kind].rule_id
    if rule_id is None:
        raise ValueError(f"{kind}: its date is given by {RULES[kind].dated_by}")
    return nth_working_day(started_on, int(rule(rule_id, started_on).value), mainland())


def start(kind: WaitKind, subject: Subject, *, due_on: date | None = None) -> Wait:
    """Open a wait on the business day of the act; one that stands open already is ended as met."""
    today = clock.today()
    meet(subject.id, (kind,))
    deadline = Deadline(due_on, False) if due_on else ends(kind, today)
    return Wait.objects.create(
        kind=kind.value,
        rule_id=RULES[kind].rule_id or "",
        subject_type=subject.type,
        subject_id=subject.id,
        borrower_id=subject.borrower_id,
        bank_id=subject.bank_id,
        owed_by=RULES[kind].owed_by.value,
        started_on=today,
        due_on=deadline.on,
        provisional=deadline.provisional,
    )


def meet(subject_id: UUID, kinds: Iterable[WaitKind]) -> int:
    """End the open waits of these kinds as met and return how many there were."""
    return Wait.objects.filter(
        subject_id=subject_id, kind__in=[k.value for k in kinds], outcome=Wait.Outcome.OPEN
    ).update(outcome=Wait.Outcome.MET, ended_at=clock.now())


def due_now() -> QuerySet[Wait]:
    """Return the waits whose last day is over."""
    return Wait.objects.filter(outcome=Wait.Outcome.OPEN, due_on__lt=clock.today())


def reach(wait_id: UUID) -> bool:
    """Mark a wait as reached; False when another worker or an answer came first."""
    won = Wait.objects.filter(pk=wait_id, outcome=Wait.Outcome.OPEN).update(
        outcome=Wait.Outcome.REACHED, ended_at=clock.now()
    )
    return won == 1


def open_waits(subject_ids: Iterable[UUID]) -> dict[UUID, list[Wait]]:
    """Return the open waits of each subject, the nearest first."""
    found: dict[UUID, list[Wait]] = {}
    for wait in Wait.objects.filter(subject_id__in=list(subject_ids), outcome=Wait.Outcome.OPEN).order_by("due_on"):
        found.setdefault(wait.subject_id, []).append(wait)
    return found


def days_left(wait: Wait) -> int:
    """Return the working days from tomorrow up to the wait's last day; negative when it is over."""
    today = clock.today()
    if wait.due_on < today:
        return -working_days_between(wait.due_on, today, mainland())
    return working_days_between(today, wait.due_on, mainland())
