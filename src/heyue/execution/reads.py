"""What each actor may see of running plans, instalments and payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from heyue import clock
from heyue.acts.scope import seen_by
from heyue.engine.moves import Actor
from heyue.engine.refusal import NotFound
from heyue.engine.schedule import Row, build
from heyue.execution.models import EarlyWarning, Instalment, Payment, Plan, SaidPaid
from heyue.execution.states import InstalmentState, State


def visible(actor: Actor) -> QuerySet[Plan]:
    """Return the plans that this actor may see, with bank, agreement, instalments and payments."""
    rows = Plan.objects.select_related(
        "bank", "agreement__offer", "application", "negotiation", "borrower"
    ).prefetch_related(
        Prefetch("instalments", Instalment.objects.order_by("due_on", "period")),
        Prefetch("payments", Payment.objects.order_by("paid_on", "id")),
    )
    return seen_by(actor, rows)


def plan(actor: Actor, plan_id: UUID) -> Plan:
    """Return one plan. Raises ``NotFound``."""
    found = visible(actor).filter(pk=plan_id).first()
    if found is None:
        raise NotFound()
    return found


def of_negotiation(actor: Actor, negotiation_id: UUID) -> Plan | None:
    """Return the plan of a negotiation, or None."""
    return visible(actor).filter(negotiation_id=negotiation_id).order_by("-started_on").first()


def upcoming(actor: Actor) -> QuerySet[Instalment]:
    """Return all instalments that are still to be paid, of all banks, the nearest first."""
    return (
        Instalment.objects.filter(plan__in=visible(actor).exclude(state=State.COMPLETED))
        .exclude(state=InstalmentState.PAID)
        .select_related("plan__bank")
        .order_by("due_on", "period")
    )


def is_paid(row: Instalment) -> bool:
    """Whether the bank reported that this instalment is paid."""
    return row.state == InstalmentState.PAID


def is_upcoming(row: Instalment) -> bool:
    """Whether it is neither paid nor late."""
    return row.state == InstalmentState.UPCOMING


def coming(first: date, last: date) -> QuerySet[Instalment]:
    """Return everybody's instalments that are neither paid nor late and due between two days; for the worker."""
    return Instalment.objects.filter(state=InstalmentState.UPCOMING, due_on__gte=first, due_on__lte=last)


def instalment(actor: Actor, instalment_id: UUID) -> Instalment:
    """Return one instalment of a visible plan, with plan and bank. Raises ``NotFound``."""
    found = Instalment.objects.filter(pk=instalment_id, plan__in=visible(actor)).select_related("plan__bank").first()
    if found is None:
        raise NotFound()
    return found


def said_paid(actor: Actor, one: Plan) -> dict[UUID, SaidPaid]:
    """Return what the borrower said of instalments of a visible plan that they are paid, by instalment."""
    mine = visible(actor).filter(pk=one.pk)
    rows = SaidPaid.objects.filter(instalment__plan__in=mine).select_related("instalment").order_by("said_at")
    return {row.instalment_id: row for row in rows}


def warnings(actor: Actor, one: Plan) -> list[EarlyWarning]:
    """Return what the borrower told the bank ahead about a visible plan, the newest first."""
    return list(EarlyWarning.objects.filter(plan__in=visible(actor).filter(pk=one.pk)).order_by("-warned_at", "-id"))


def all_warnings(actor: Actor) -> list[EarlyWarning]:
    """Return what the borrower told banks ahead about any visible plan, the oldest first."""
    return list(seen_by(actor, EarlyWarning.objects.order_by("warned_at", "id")))


def late_count(one: Plan) -> int:
    """Return how many instalments of a plan from ``visible`` are late."""
    return sum(row.state == InstalmentState.LATE for row in one.instalments.all())


def unmatched(actor: Actor) -> QuerySet[Payment]:
    """Return the payments that match no instalment, the oldest first."""
    return (
        Payment.objects.filter(plan__in=visible(actor), instalment__isnull=True)
        .select_related("bank", "plan")
        .order_by("paid_on")
    )


class Mark(StrEnum):
    """How one instalment is shown."""

    PAID = "paid"
    LATE = "late"
    NEXT = "next"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment with its bank and how it stands; ``days`` until it is due, negative when that is over."""

    row: Instalment
    plan: Plan
    mark: Mark
    days: int


@dataclass(frozen=True, slots=True)
class Carried:
    """How far one plan has been carried out. Sums in fen; ``hash_holds``: offer, agreement and rows agree."""

    plan: Plan
    dues: tuple[Due, ...]
    paid_fen: int
    left_fen: int
    paid_count: int
    completed: bool
    behind: bool
    hash_holds: bool

    @property
    def next(self) -> Due | None:
        """The oldest instalment that is not paid."""
        return next((due for due in self.dues if due.mark is not Mark.PAID), None)


def carried(actor: Actor) -> list[Carried]:
    """Return how far each visible plan has been carried out, in the banks' order."""
    return [carried_out(plan) for plan in visible(actor)]


def carried_out(one: Plan) -> Carried:
    """Return how far a plan from ``visible`` has been carried out."""
    today = clock.today()
    dues: list[Due] = []
    next_seen = False
    for row in one.instalments.all():
        mark = _MARKS[InstalmentState(row.state)]
        if mark is Mark.LATER and not next_seen:
            mark, next_seen = Mark.NEXT, True
        dues.append(Due(row, one, mark, (row.due_on - today).days))
    paid = [due.row.amount_fen for due in dues if due.mark is Mark.PAID]
    return Carried(
        plan=one,
        dues=tuple(dues),
        paid_fen=sum(paid),
        left_fen=sum(due.row.amount_fen for due in dues) - sum(paid),
        paid_count=len(paid),
        completed=one.state == State.COMPLETED,
        behind=one.state == State.BEHIND,
        hash_holds=_hash_holds(one),
    )


_MARKS = {
    InstalmentState.PAID: Mark.PAID,
    InstalmentState.LATE: Mark.LATE,
    InstalmentState.UPCOMING: Mark.LATER,
}


def _hash_holds(one: Plan) -> bool:
    """Whether the accepted offer, the agreement, the plan and the terms worked out anew have one hash."""
    agreed = one.agreement
    return {agreed.offer.hash, agreed.schedule_hash, build(agreed.terms).hash} == {one.schedule_hash}


def all_rows(one: Plan) -> tuple[Row, ...]:
    """Return all rows of a plan as the engine's rows, paid ones too."""
    return tuple(_as_row(i) for i in one.instalments.all())


def open_rows(one: Plan) -> tuple[Row, ...]:
    """Return the unpaid rows of a plan as the engine's rows."""
    return tuple(_as_row(i) for i in one.instalments.all() if i.state != InstalmentState.PAID)


def _as_row(row: Instalment) -> Row:
    return Row(row.period, row.due_on, row.amount_fen, row.principal_fen, row.interest_fen, row.balance_after_fen)
