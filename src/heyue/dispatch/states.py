"""The dispatch (送达) of one bank's application form: its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import BANK_SIDE, Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where a form stands on its way to the bank."""

    QUEUED = "queued"
    READY = "ready"
    SENT = "sent"
    UNRECEIVED = "unreceived"
    RECEIVED = "received"
    STOPPED = "stopped"


class Event(StrEnum):
    """What may happen to it."""

    TYPESET = "typeset"
    SENT = "sent"
    RECEIVED = "received"
    RECEIPT_TOLD = "receipt-told"
    NO_RECEIPT = "no-receipt"
    CALL_RECORDED = "call-recorded"
    PROMISE_BROKEN = "promise-broken"
    STANDSTILL_GRANTED = "standstill-granted"
    STANDSTILL_REFUSED = "standstill-refused"
    STOPPED = "stopped"


WORKER = (Role.PLATFORM,)
ON_THE_WAY = (State.READY, State.SENT, State.UNRECEIVED)

TABLE = StateTable(
    "dispatch",
    State.QUEUED,
    frozenset({State.STOPPED}),
    (
        Move(State.QUEUED, Event.TYPESET, State.READY, WORKER, starts=WaitKind.DELIVERY),
        Move(State.READY, Event.SENT, State.SENT, WORKER),
        Move(State.UNRECEIVED, Event.SENT, State.UNRECEIVED, WORKER),
        *from_each(
            ON_THE_WAY,
            Event.RECEIVED,
            State.RECEIVED,
            BANK_SIDE,
            stops=(WaitKind.DELIVERY,),
            tells=NoticeKind.BANK_RECEIVED,
        ),
        *from_each(ON_THE_WAY, Event.RECEIPT_TOLD, State.RECEIVED, (Role.BORROWER,), stops=(WaitKind.DELIVERY,)),
        *from_each((State.QUEUED, *ON_THE_WAY), Event.CALL_RECORDED, None, (Role.BORROWER,)),
        *from_each(
            (State.QUEUED, *ON_THE_WAY), Event.PROMISE_BROKEN, None, (Role.CLOCK,), tells=NoticeKind.PROMISE_BROKEN
        ),
        *from_each(
            (State.READY, State.SENT),
            Event.NO_RECEIPT,
            State.UNRECEIVED,
            (Role.CLOCK,),
            tells=NoticeKind.NO_RECEIPT,
        ),
        Move(State.RECEIVED, Event.STANDSTILL_GRANTED, State.RECEIVED, BANK_SIDE),
        Move(State.RECEIVED, Event.STANDSTILL_REFUSED, State.RECEIVED, BANK_SIDE),
        *from_each(
            (State.QUEUED, *ON_THE_WAY),
            Event.STOPPED,
            State.STOPPED,
            (Role.BORROWER, *WORKER),
            stops=(WaitKind.DELIVERY, WaitKind.PROMISED_ANSWER),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Received(Fact):
    """The bank's signed receipt, or by telephone its word; the first-answer deadline starts here."""

    dispatch_id: UUID


@dataclass(frozen=True, slots=True)
class Stopped(Fact):
    """It is not sent, since the borrower's consent to show it to this bank was taken back."""

    application_id: UUID
