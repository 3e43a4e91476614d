"""Carrying out a plan (履约): the plan's and an instalment's states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import BANK_SIDE, Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where a plan stands."""

    RUNNING = "running"
    BEHIND = "behind"
    COMPLETED = "completed"


class Event(StrEnum):
    """What may happen to it."""

    PAYMENT_MATCHED = "payment-matched"
    PAYMENT_UNMATCHED = "payment-unmatched"
    FELL_BEHIND = "fell-behind"
    CAUGHT_UP = "caught-up"
    COMPLETED = "completed"


class InstalmentState(StrEnum):
    """Where one instalment stands."""

    UPCOMING = "upcoming"
    PAID = "paid"
    LATE = "late"


class InstalmentEvent(StrEnum):
    """What may happen to it."""

    PAID = "paid"
    MISSED = "missed"


PAYERS = (*BANK_SIDE, Role.REVIEWER, Role.OPERATOR)
GOING = (State.RUNNING, State.BEHIND)

TABLE = StateTable(
    "plan",
    State.RUNNING,
    frozenset({State.COMPLETED}),
    (
        *from_each(GOING, Event.PAYMENT_MATCHED, None, PAYERS, tells=NoticeKind.PAYMENT_MATCHED),
        *from_each(GOING, Event.PAYMENT_UNMATCHED, None, PAYERS, tells=NoticeKind.PAYMENT_UNMATCHED),
        *from_each(GOING, Event.FELL_BEHIND, State.BEHIND, (Role.CLOCK,), tells=NoticeKind.INSTALMENT_LATE),
        Move(State.BEHIND, Event.CAUGHT_UP, State.RUNNING, PAYERS),
        *from_each(GOING, Event.COMPLETED, State.COMPLETED, PAYERS, tells=NoticeKind.PLAN_COMPLETED),
    ),
)

INSTALMENT_TABLE = StateTable(
    "instalment",
    InstalmentState.UPCOMING,
    frozenset({InstalmentState.PAID}),
    (
        Move(
            InstalmentState.UPCOMING,
            InstalmentEvent.PAID,
            InstalmentState.PAID,
            PAYERS,
            stops=(WaitKind.INSTALMENT,),
        ),
        Move(InstalmentState.LATE, InstalmentEvent.PAID, InstalmentState.PAID, PAYERS),
        Move(InstalmentState.UPCOMING, InstalmentEvent.MISSED, InstalmentState.LATE, (Role.CLOCK,)),
    ),
)


@dataclass(frozen=True, slots=True)
class Completed(Fact):
    """The last instalment is paid."""

    plan_id: UUID
    agreement_id: UUID
    negotiation_id: UUID
