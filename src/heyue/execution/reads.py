"""What each actor may see of running plans, instalments and payments."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.engine.schedule import Row
from heyue.execution.models import Instalment, Payment, Plan
from heyue.execution.states import InstalmentState, State


def visible(actor: Actor) -> QuerySet[Plan]:
    """Return the plans that this actor may see, with bank, agreement, instalments and payments."""
    rows = Plan.objects.select_related("bank", "agreement", "negotiation").prefetch_related(
        Prefetch("instalments", Instalment.objects.order_by("due_on", "period")),
        Prefetch("payments", Payment.objects.order_by("paid_on", "id")),
    )
    if actor.role == Role.BORROWER:
        return rows.filter(borrower_id=actor.person_id)
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows
    if actor.role in (Role.OFFICER, Role.BANK):
        return rows.filter(bank_id=actor.bank_id)
    return rows.none()


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


def unmatched(actor: Actor) -> QuerySet[Payment]:
    """Return the payments that match no instalment, the oldest first."""
    return (
        Payment.objects.filter(plan__in=visible(actor), instalment__isnull=True)
        .select_related("bank", "plan")
        .order_by("paid_on")
    )


def open_rows(one: Plan) -> tuple[Row, ...]:
    """Return the unpaid rows of a plan as the engine's rows."""
    return tuple(
        Row(i.period, i.due_on, i.amount_fen, i.principal_fen, i.interest_fen, i.balance_after_fen)
        for i in one.instalments.all()
        if i.state != InstalmentState.PAID
    )
