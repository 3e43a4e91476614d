"""The agreement (个性化分期还款协议) with one bank: its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import BANK_SIDE, Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where an agreement stands."""

    DRAWING = "drawing"
    AWAITING_BORROWER = "awaiting-borrower"
    AWAITING_BANK = "awaiting-bank"
    IN_FORCE = "in-force"
    COMPLETED = "completed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What may happen to it."""

    TYPESET = "typeset"
    BORROWER_SIGNED = "borrower-signed"
    BANK_SIGNED = "bank-signed"
    BANK_SIGNS_LATE = "bank-signs-late"
    COLLECTION_STOPPED = "collection-stopped"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


UNSIGNED = (State.DRAWING, State.AWAITING_BORROWER)

TABLE = StateTable(
    "agreement",
    State.DRAWING,
    frozenset({State.COMPLETED, State.LAPSED, State.CANCELLED}),
    (
        Move(
            State.DRAWING,
            Event.TYPESET,
            State.AWAITING_BORROWER,
            (Role.PLATFORM,),
            starts=WaitKind.BORROWER_SIGNS,
            tells=NoticeKind.SIGN_NOW,
        ),
        Move(
            State.AWAITING_BORROWER,
            Event.BORROWER_SIGNED,
            State.AWAITING_BANK,
            (Role.BORROWER,),
            starts=WaitKind.BANK_SIGNS,
            stops=(WaitKind.BORROWER_SIGNS,),
        ),
        Move(
            State.AWAITING_BANK,
            Event.BANK_SIGNED,
            State.IN_FORCE,
            BANK_SIDE,
            stops=(WaitKind.BANK_SIGNS,),
            tells=NoticeKind.AGREEMENT_IN_FORCE,
        ),
        Move(
            State.AWAITING_BANK,
            Event.BANK_SIGNS_LATE,
            State.AWAITING_BANK,
            (Role.CLOCK,),
            starts=WaitKind.BANK_SIGNS,
            tells=NoticeKind.BANK_SIGNS_LATE,
        ),
        Move(
            State.IN_FORCE,
            Event.COLLECTION_STOPPED,
            State.IN_FORCE,
            BANK_SIDE,
            tells=NoticeKind.COLLECTION_STOPPED,
        ),
        *from_each(
            (State.AWAITING_BORROWER, State.AWAITING_BANK),
            Event.LAPSED,
            State.LAPSED,
            (Role.CLOCK,),
            stops=(WaitKind.BORROWER_SIGNS, WaitKind.BANK_SIGNS),
            tells=NoticeKind.AGREEMENT_LAPSED,
        ),
        *from_each(
            (*UNSIGNED, State.AWAITING_BANK),
            Event.CANCELLED,
            State.CANCELLED,
            (Role.BORROWER,),
            stops=(WaitKind.BORROWER_SIGNS, WaitKind.BANK_SIGNS),
        ),
        Move(State.IN_FORCE, Event.COMPLETED, State.COMPLETED, (*BANK_SIDE, Role.OPERATOR, Role.REVIEWER)),
    ),
)


@dataclass(frozen=True, slots=True)
class BothSigned(Fact):
    """Both signatures stand; the schedule runs from here."""

    agreement_id: UUID
    negotiation_id: UUID


@dataclass(frozen=True, slots=True)
class Lapsed(Fact):
    """The borrower did not sign before the offer's last day, or the bank before the first due date."""

    agreement_id: UUID
    negotiation_id: UUID


@dataclass(frozen=True, slots=True)
class Cancelled(Fact):
    """The borrower cancelled it before it was in force."""

    agreement_id: UUID
    negotiation_id: UUID
