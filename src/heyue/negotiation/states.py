"""The negotiation (协商) with one bank: its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import BANK_SIDE, Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where a negotiation stands."""

    AWAITING_FIRST_ANSWER = "awaiting-first-answer"
    OVERDUE = "overdue"
    OFFERED = "offered"
    COUNTERED = "countered"
    OFFER_EXPIRED = "offer-expired"
    OFFER_DECLINED = "offer-declined"
    AGREED = "agreed"
    REFUSED = "refused"
    ENDED = "ended"
    LAPSED = "lapsed"
    CONCLUDED = "concluded"


class Event(StrEnum):
    """What may happen to it."""

    OFFICER_ASSIGNED = "officer-assigned"
    QUESTION_ASKED = "question-asked"
    BANK_WROTE = "bank-wrote"
    QUESTION_ANSWERED = "question-answered"
    CALL_RECORDED = "call-recorded"
    PROMISE_BROKEN = "promise-broken"
    ANSWER_TOLD = "answer-told"
    OFFER_MADE = "offer-made"
    ACCEPTED_AS_ASKED = "accepted-as-asked"
    BANK_REFUSED = "bank-refused"
    BANK_SILENT = "bank-silent"
    STILL_SILENT = "still-silent"
    BORROWER_ACCEPTS = "borrower-accepts"
    BORROWER_DECLINES = "borrower-declines"
    BORROWER_COUNTERS = "borrower-counters"
    COUNTER_ACCEPTED = "counter-accepted"
    COUNTER_REFUSED = "counter-refused"
    COUNTER_REFUSED_LATE = "counter-refused-late"
    OFFER_EXPIRES = "offer-expires"
    LAPSES = "lapses"
    AGREEMENT_LAPSED = "agreement-lapsed"
    BORROWER_ENDS = "borrower-ends"
    CONCLUDED = "concluded"


BORROWER = (Role.BORROWER,)
CLOCK_ONLY = (Role.CLOCK,)
BEFORE_ANSWER = (State.AWAITING_FIRST_ANSWER, State.OVERDUE)
NO_TERMS = (State.OFFER_EXPIRED, State.OFFER_DECLINED)
"""Nothing lies on the table. Such a talk does not stay open for ever (``ASK-AGAIN-DAYS``): its base date grows old."""
TALKING = (*BEFORE_ANSWER, State.OFFERED, State.COUNTERED, *NO_TERMS)
BANK_MAY_OFFER = TALKING
COUNTER_ANSWERED = (WaitKind.COUNTER_ANSWER, WaitKind.CHASED_ANSWER, WaitKind.PROMISED_ANSWER)
ANSWERED = (*COUNTER_ANSWERED, WaitKind.FIRST_ANSWER, WaitKind.OFFER_VALID, WaitKind.ASK_AGAIN)

TABLE = StateTable(
    "negotiation",
    State.AWAITING_FIRST_ANSWER,
    frozenset({State.REFUSED, State.ENDED, State.LAPSED, State.CONCLUDED}),
    (
        *from_each(TALKING, Event.OFFICER_ASSIGNED, None, BANK_SIDE),
        *from_each(TALKING, Event.QUESTION_ASKED, None, BANK_SIDE, tells=NoticeKind.BANK_ASKS),
        *from_each((*TALKING, State.AGREED), Event.BANK_WROTE, None, BANK_SIDE, tells=NoticeKind.BANK_WROTE),
        *from_each(TALKING, Event.QUESTION_ANSWERED, None, (*BORROWER, Role.HELPER)),
        *from_each((*TALKING, State.AGREED), Event.CALL_RECORDED, None, BORROWER),
        *from_each((*TALKING, State.AGREED), Event.PROMISE_BROKEN, None, CLOCK_ONLY, tells=NoticeKind.PROMISE_BROKEN),
        *from_each(
            BEFORE_ANSWER,
            Event.ANSWER_TOLD,
            State.AWAITING_FIRST_ANSWER,
            BORROWER,
            stops=(WaitKind.FIRST_ANSWER, WaitKind.CHASED_ANSWER, WaitKind.PROMISED_ANSWER),
        ),
        *from_each(
            BANK_MAY_OFFER,
            Event.OFFER_MADE,
            State.OFFERED,
            BANK_SIDE,
            starts=WaitKind.OFFER_VALID,
            stops=ANSWERED,
            tells=NoticeKind.OFFER_MADE,
        ),
        *from_each(
            BEFORE_ANSWER,
            Event.ACCEPTED_AS_ASKED,
            State.AGREED,
            BANK_SIDE,
            stops=ANSWERED,
            tells=NoticeKind.BANK_ACCEPTED,
        ),
        *from_each(
            TALKING, Event.BANK_REFUSED, State.REFUSED, BANK_SIDE, stops=ANSWERED, tells=NoticeKind.BANK_REFUSED
        ),
        Move(
            State.AWAITING_FIRST_ANSWER,
            Event.BANK_SILENT,
            State.OVERDUE,
            CLOCK_ONLY,
            starts=WaitKind.CHASED_ANSWER,
            tells=NoticeKind.WHAT_TO_DO_NOW,
        ),
        Move(
            State.COUNTERED,
            Event.BANK_SILENT,
            State.COUNTERED,
            CLOCK_ONLY,
            starts=WaitKind.CHASED_ANSWER,
            tells=NoticeKind.WHAT_TO_DO_NOW,
        ),
        *from_each(
            (State.OVERDUE, State.COUNTERED), Event.STILL_SILENT, None, CLOCK_ONLY, tells=NoticeKind.COMPLAIN_NOW
        ),
        Move(State.OFFERED, Event.BORROWER_ACCEPTS, State.AGREED, BORROWER, stops=ANSWERED),
        Move(
            State.OFFERED,
            Event.BORROWER_DECLINES,
            State.OFFER_DECLINED,
            BORROWER,
            starts=WaitKind.ASK_AGAIN,
            stops=(WaitKind.OFFER_VALID,),
        ),
        *from_each(
            (State.OFFERED, *NO_TERMS),
            Event.BORROWER_COUNTERS,
            State.COUNTERED,
            BORROWER,
            starts=WaitKind.COUNTER_ANSWER,
            stops=(WaitKind.ASK_AGAIN,),
        ),
        Move(
            State.COUNTERED,
            Event.COUNTER_ACCEPTED,
            State.AGREED,
            BANK_SIDE,
            stops=ANSWERED,
            tells=NoticeKind.BANK_ACCEPTED,
        ),
        Move(
            State.COUNTERED,
            Event.COUNTER_REFUSED,
            State.OFFERED,
            BANK_SIDE,
            stops=COUNTER_ANSWERED,
            tells=NoticeKind.COUNTER_REFUSED,
        ),
        Move(
            State.COUNTERED,
            Event.COUNTER_REFUSED_LATE,
            State.OFFER_EXPIRED,
            BANK_SIDE,
            starts=WaitKind.ASK_AGAIN,
            stops=(*COUNTER_ANSWERED, WaitKind.OFFER_VALID),
            tells=NoticeKind.COUNTER_REFUSED,
        ),
        Move(
            State.OFFERED,
            Event.OFFER_EXPIRES,
            State.OFFER_EXPIRED,
            CLOCK_ONLY,
            starts=WaitKind.ASK_AGAIN,
            tells=NoticeKind.OFFER_EXPIRED,
        ),
        Move(State.COUNTERED, Event.OFFER_EXPIRES, State.COUNTERED, CLOCK_ONLY),
        Move(
            State.AGREED,
            Event.AGREEMENT_LAPSED,
            State.OFFER_EXPIRED,
            (Role.CLOCK, Role.BORROWER),
            starts=WaitKind.ASK_AGAIN,
        ),
        *from_each(NO_TERMS, Event.LAPSES, State.LAPSED, CLOCK_ONLY, stops=ANSWERED, tells=NoticeKind.TALK_LAPSED),
        *from_each((*TALKING, State.AGREED), Event.BORROWER_ENDS, State.ENDED, BORROWER, stops=ANSWERED),
        Move(
            State.AGREED,
            Event.CONCLUDED,
            State.CONCLUDED,
            (*BANK_SIDE, Role.REVIEWER, Role.OPERATOR),
            stops=(WaitKind.PROMISED_ANSWER,),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class BothAgreed(Fact):
    """Borrower and bank stand on the same terms: one offer, one schedule hash."""

    negotiation_id: UUID
    offer_id: UUID


@dataclass(frozen=True, slots=True)
class Over(Fact):
    """A negotiation ended without an agreement."""

    negotiation_id: UUID
    application_id: UUID


@dataclass(frozen=True, slots=True)
class ToldByTelephone(Fact):
    """A bank that is reached by telephone alone answered there, as the borrower noted it."""

    negotiation_id: UUID
    result: str
    call_id: UUID
