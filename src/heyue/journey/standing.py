"""How a borrower stands with all banks at once: what is agreed, offered, asked; handed down as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.agreement.states import State as AgreementState
from heyue.application.plan import Commitment
from heyue.banks.models import Bank
from heyue.dispatch import reads as dispatches
from heyue.dispatch.states import State as DispatchState
from heyue.engine.moves import Actor
from heyue.engine.schedule import Row, build
from heyue.execution import reads as plans
from heyue.execution.models import Plan
from heyue.execution.states import State as PlanState
from heyue.journey.outline import Matter, Outline, outline
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import TABLE, State


class Firmness(StrEnum):
    """How firm a bank's part of the whole is, from running to merely asked."""

    RUNNING = "running"
    AGREED = "agreed"
    OFFERED = "offered"
    COUNTERED = "countered"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Standing:
    """One bank's part in the borrower's months: its rows still to be paid, and how firm they are."""

    bank: Bank
    negotiation_id: UUID
    firmness: Firmness
    rows: tuple[Row, ...]
    down_payment_fen: int
    hash: str


def commitments(actor: Actor) -> list[Commitment]:
    """Return what is agreed already and must be kept: running plans, and agreements on their way to force."""
    found = [
        Commitment(plan.bank_id, plan.bank.name, plans.open_rows(plan))
        for plan in plans.visible(actor)
        if plan.state != PlanState.COMPLETED
    ]
    waiting = (AgreementState.DRAWING, AgreementState.AWAITING_BORROWER, AgreementState.AWAITING_BANK)
    for row in agreements.visible(actor).filter(state__in=[s.value for s in waiting]):
        found.append(Commitment(row.bank_id, row.bank.name, agreements.rows_of(row)))
    return found


def plans_of_cards(actor: Actor, under_way: Outline | None = None) -> dict[tuple[UUID, str], Plan]:
    """Return the running plan of each card that is paid by one, by its bank and the card's token there."""
    if under_way and not under_way.has(Matter.PLAN):
        return {}
    running = plans.visible(actor).exclude(state=PlanState.COMPLETED.value).select_related("negotiation__debt")
    return {(plan.bank_id, entry["card"]): plan for plan in running for entry in plan.negotiation.debt.structure}


def busy_banks(actor: Actor, under_way: Outline | None = None) -> frozenset[UUID]:
    """Return the banks with which something is open: a form on its way, a talk, an agreement, a plan."""
    known = under_way or outline(actor)
    talking = known.banks(Matter.NEGOTIATION, but=frozenset(TABLE.final))
    on_the_way = known.banks(Matter.DISPATCH, but=frozenset({DispatchState.RECEIVED, DispatchState.STOPPED}))
    return talking | on_the_way | known.banks(Matter.PLAN, but=frozenset({PlanState.COMPLETED}))


def standings(actor: Actor, application_id: UUID) -> list[Standing]:
    """Return every bank's part of one application as it stands now, in the banks' order.

    A bank that refused, or a negotiation that ended, has no part.
    """
    running = {p.negotiation_id: p for p in plans.visible(actor).filter(application_id=application_id)}
    drawn = {a.negotiation_id: a for a in agreements.visible(actor).filter(application_id=application_id)}
    talks = {n.pk: n for n in negotiations.of_application(actor, application_id)}
    found = []
    for row in dispatches.visible(actor).filter(application_id=application_id):
        if row.state == DispatchState.STOPPED:
            continue
        talk = talks.get(row.pk)
        if talk and talk.state in (State.REFUSED, State.ENDED, State.LAPSED):
            continue
        if plan := running.get(row.pk):
            rows = plans.open_rows(plan)
            found.append(Standing(row.bank, row.pk, Firmness.RUNNING, rows, 0, plan.schedule_hash))
        else:
            found.append(_not_running(row.bank, row.pk, row.debt.asked_terms, talk, drawn.get(row.pk)))
    return found


def _not_running(
    bank: Bank, negotiation_id: UUID, asked: dict[str, object], talk: Negotiation | None, drawn: Agreement | None
) -> Standing:
    firmness, terms = Firmness.ASKED, asked
    if talk and talk.state == State.AGREED and drawn:
        firmness, terms = Firmness.AGREED, drawn.terms
    elif talk and talk.offer and talk.state == State.OFFERED:
        firmness, terms = Firmness.OFFERED, talk.offer.terms
    elif talk and talk.offer and talk.state == State.COUNTERED:
        firmness, terms = Firmness.COUNTERED, talk.offer.terms
    schedule = build(terms)
    return Standing(bank, negotiation_id, firmness, schedule.rows, schedule.plan.down_payment_fen, schedule.hash)
