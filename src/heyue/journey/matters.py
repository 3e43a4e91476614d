"""Where each bank's matter stands, over all stages: one phase, the wait that runs, the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.agreement.states import State as AgreementState
from heyue.banks.models import Bank
from heyue.deadlines import WaitKind, open_waits
from heyue.deadlines.models import Wait
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.dispatch.states import State as DispatchState
from heyue.engine.moves import Actor
from heyue.engine.refusal import NotFound
from heyue.execution import reads as plans
from heyue.execution.models import Plan
from heyue.execution.states import State as PlanState
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import State


class Phase(StrEnum):
    """Where the matter with one bank stands, from the form's making to the last payment."""

    PREPARING = "preparing"
    ON_THE_WAY = "on-the-way"
    UNRECEIVED = "unreceived"
    STOPPED = "stopped"
    AWAITING = "awaiting"
    OVERDUE = "overdue"
    OFFERED = "offered"
    COUNTERED = "countered"
    OFFER_EXPIRED = "offer-expired"
    OFFER_DECLINED = "offer-declined"
    DRAWING = "drawing"
    TO_SIGN = "to-sign"
    BANK_SIGNS = "bank-signs"
    RUNNING = "running"
    BEHIND = "behind"
    COMPLETED = "completed"
    REFUSED = "refused"
    ENDED = "ended"
    LAPSED = "lapsed"


SETTLED = frozenset(
    {Phase.STOPPED, Phase.RUNNING, Phase.BEHIND, Phase.COMPLETED, Phase.REFUSED, Phase.ENDED, Phase.LAPSED}
)
"""Phases in which nothing is talked about any more."""

_ON_ITS_WAY = {
    DispatchState.QUEUED: Phase.PREPARING,
    DispatchState.READY: Phase.ON_THE_WAY,
    DispatchState.SENT: Phase.ON_THE_WAY,
    DispatchState.UNRECEIVED: Phase.UNRECEIVED,
    DispatchState.RECEIVED: Phase.AWAITING,
    DispatchState.STOPPED: Phase.STOPPED,
}
_TALKED = {
    State.AWAITING_FIRST_ANSWER: Phase.AWAITING,
    State.OVERDUE: Phase.OVERDUE,
    State.OFFERED: Phase.OFFERED,
    State.COUNTERED: Phase.COUNTERED,
    State.OFFER_EXPIRED: Phase.OFFER_EXPIRED,
    State.OFFER_DECLINED: Phase.OFFER_DECLINED,
    State.REFUSED: Phase.REFUSED,
    State.ENDED: Phase.ENDED,
    State.LAPSED: Phase.LAPSED,
    State.CONCLUDED: Phase.COMPLETED,
}
_AGREED = {
    AgreementState.DRAWING: Phase.DRAWING,
    AgreementState.AWAITING_BORROWER: Phase.TO_SIGN,
    AgreementState.AWAITING_BANK: Phase.BANK_SIGNS,
    AgreementState.IN_FORCE: Phase.RUNNING,
    AgreementState.COMPLETED: Phase.COMPLETED,
}
_CARRIED_OUT = {
    PlanState.RUNNING: Phase.RUNNING,
    PlanState.BEHIND: Phase.BEHIND,
    PlanState.COMPLETED: Phase.COMPLETED,
}


@dataclass(frozen=True, slots=True)
class Matter:
    """One bank's matter. ``id`` is the negotiation's, which the form carries before the talk is open.

    ``promised`` is the day for which the bank promised something in a call; ``wait`` the nearest of all others.
    """

    id: UUID
    bank: Bank
    phase: Phase
    dispatch: Dispatch
    talk: Negotiation | None
    agreement: Agreement | None
    plan: Plan | None
    wait: Wait | None
    promised: Wait | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is talked about with this bank any more."""
        return self.phase in SETTLED

    @property
    def paused(self) -> bool:
        """Whether the bank granted a standstill (暂停催收) meanwhile."""
        return self.dispatch.standstill == "granted"

    @property
    def pause_refused(self) -> bool:
        """Whether the bank refused it; its reason is the dispatch's."""
        return self.dispatch.standstill == "refused"


def matters(actor: Actor, application_id: UUID) -> list[Matter]:
    """Return every bank's matter of one application, in the banks' order."""
    forms = list(dispatches.visible(actor).filter(application_id=application_id))
    return _joined(actor, forms)


def all_matters(actor: Actor) -> list[Matter]:
    """Return every bank's matter of every application, the newest application first."""
    return _joined(actor, list(dispatches.visible(actor).order_by("-queued_at", "bank__colour")))


def matter(actor: Actor, negotiation_id: UUID) -> Matter:
    """Return one bank's matter. Raises ``NotFound``."""
    found = _joined(actor, list(dispatches.visible(actor).filter(pk=negotiation_id)))
    if not found:
        raise NotFound()
    return found[0]


def _joined(actor: Actor, forms: list[Dispatch]) -> list[Matter]:
    ids = [form.pk for form in forms]
    talks = {talk.pk: talk for talk in negotiations.visible(actor).filter(pk__in=ids)}
    drawn: dict[UUID, Agreement] = {}
    for row in agreements.visible(actor).filter(negotiation_id__in=ids).order_by("drawn_at"):
        drawn[row.negotiation_id] = row
    running = {plan.negotiation_id: plan for plan in plans.visible(actor).filter(negotiation_id__in=ids)}
    waits = open_waits([*ids, *(row.pk for row in drawn.values())])
    found = []
    for form in forms:
        talk, agreement, plan = talks.get(form.pk), drawn.get(form.pk), running.get(form.pk)
        opened = [*waits.get(form.pk, []), *(waits.get(agreement.pk, []) if agreement else [])]
        nearest = [wait for wait in opened if wait.kind != WaitKind.PROMISED_ANSWER]
        found.append(
            Matter(
                id=form.pk,
                bank=form.bank,
                phase=_phase(form, talk, agreement, plan),
                dispatch=form,
                talk=talk,
                agreement=agreement,
                plan=plan,
                wait=min(nearest, key=lambda wait: wait.due_on, default=None),
                promised=next((wait for wait in opened if wait.kind == WaitKind.PROMISED_ANSWER), None),
            )
        )
    return found


def _phase(form: Dispatch, talk: Negotiation | None, agreement: Agreement | None, plan: Plan | None) -> Phase:
    if plan:
        return _CARRIED_OUT[PlanState(plan.state)]
    if talk and talk.state == State.AGREED and agreement:
        return _AGREED[AgreementState(agreement.state)]
    if talk:
        return _TALKED[State(talk.state)]
    return _ON_ITS_WAY[DispatchState(form.state)]
