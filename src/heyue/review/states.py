"""The preliminary review (初审) of one application: its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where a review stands."""

    WAITING = "waiting"
    IN_HAND = "in-hand"
    MORE_ASKED = "more-asked"
    PASSED = "passed"
    REJECTED = "rejected"
    DROPPED = "dropped"


class Event(StrEnum):
    """What may happen to it."""

    TAKEN = "taken"
    MORE_ASKED = "more-asked"
    RESUBMITTED = "resubmitted"
    PASSED = "passed"
    REJECTED = "rejected"
    DROPPED = "dropped"
    OVERDUE = "overdue"
    APPEAL_LAPSED = "appeal-lapsed"
    APPEALED = "appealed"
    OVERTURNED = "overturned"
    REOPENED = "reopened"


class AppealState(StrEnum):
    """Where an appeal (申诉) against a rejection stands."""

    WAITING = "waiting"
    IN_HAND = "in-hand"
    UPHELD = "upheld"
    MORE_ASKED = "more-asked"
    PASSED = "passed"
    DROPPED = "dropped"


class AppealEvent(StrEnum):
    """What may happen to an appeal. Upheld is the rejection, passed or more asked the application."""

    TAKEN = "taken"
    OVERDUE = "overdue"
    UPHELD = "upheld"
    MORE_ASKED = "more-asked"
    PASSED = "passed"
    DROPPED = "dropped"


REVIEWER = (Role.REVIEWER,)
OPEN = (State.WAITING, State.IN_HAND)

TABLE = StateTable(
    "review",
    State.WAITING,
    frozenset({State.PASSED, State.DROPPED}),
    (
        Move(State.WAITING, Event.TAKEN, State.IN_HAND, REVIEWER),
        Move(State.IN_HAND, Event.TAKEN, State.IN_HAND, REVIEWER),
        Move(
            State.IN_HAND,
            Event.MORE_ASKED,
            State.MORE_ASKED,
            REVIEWER,
            stops=(WaitKind.REVIEW,),
            tells=NoticeKind.MORE_ASKED,
        ),
        Move(State.MORE_ASKED, Event.RESUBMITTED, State.WAITING, (Role.BORROWER,), starts=WaitKind.REVIEW),
        Move(
            State.IN_HAND,
            Event.PASSED,
            State.PASSED,
            REVIEWER,
            stops=(WaitKind.REVIEW,),
            tells=NoticeKind.REVIEW_PASSED,
        ),
        Move(
            State.IN_HAND,
            Event.REJECTED,
            State.REJECTED,
            REVIEWER,
            starts=WaitKind.MAY_APPEAL,
            stops=(WaitKind.REVIEW,),
            tells=NoticeKind.REVIEW_REJECTED,
        ),
        *from_each((*OPEN, State.MORE_ASKED), Event.DROPPED, State.DROPPED, (Role.BORROWER,), stops=(WaitKind.REVIEW,)),
        *from_each(OPEN, Event.OVERDUE, None, (Role.CLOCK,)),
        Move(State.REJECTED, Event.APPEAL_LAPSED, State.REJECTED, (Role.CLOCK,)),
        Move(State.REJECTED, Event.APPEALED, State.REJECTED, (Role.BORROWER,), stops=(WaitKind.MAY_APPEAL,)),
        Move(State.REJECTED, Event.OVERTURNED, State.PASSED, REVIEWER),
        Move(State.REJECTED, Event.REOPENED, State.MORE_ASKED, REVIEWER),
    ),
)

APPEAL_OPEN = (AppealState.WAITING, AppealState.IN_HAND)
_ANSWERED = (WaitKind.APPEAL_ANSWER,)

APPEAL_TABLE = StateTable(
    "appeal",
    AppealState.WAITING,
    frozenset({AppealState.UPHELD, AppealState.MORE_ASKED, AppealState.PASSED, AppealState.DROPPED}),
    (
        *from_each(APPEAL_OPEN, AppealEvent.TAKEN, AppealState.IN_HAND, REVIEWER),
        *from_each(APPEAL_OPEN, AppealEvent.OVERDUE, None, (Role.CLOCK,)),
        Move(
            AppealState.IN_HAND,
            AppealEvent.UPHELD,
            AppealState.UPHELD,
            REVIEWER,
            stops=_ANSWERED,
            tells=NoticeKind.APPEAL_UPHELD,
        ),
        Move(
            AppealState.IN_HAND,
            AppealEvent.MORE_ASKED,
            AppealState.MORE_ASKED,
            REVIEWER,
            stops=_ANSWERED,
            tells=NoticeKind.APPEAL_MORE_ASKED,
        ),
        Move(
            AppealState.IN_HAND,
            AppealEvent.PASSED,
            AppealState.PASSED,
            REVIEWER,
            stops=_ANSWERED,
            tells=NoticeKind.APPEAL_PASSED,
        ),
        *from_each(APPEAL_OPEN, AppealEvent.DROPPED, AppealState.DROPPED, (Role.BORROWER,), stops=_ANSWERED),
    ),
)


@dataclass(frozen=True, slots=True)
class Passed(Fact):
    """The reviewer let it go to the banks."""

    application_id: UUID


@dataclass(frozen=True, slots=True)
class MoreAsked(Fact):
    """The reviewer asked for more; ``words_back`` is shown to the borrower."""

    application_id: UUID
    words_back: str


@dataclass(frozen=True, slots=True)
class Rejected(Fact):
    """The reviewer rejected it, with a reason that the borrower sees."""

    application_id: UUID
    words_back: str


@dataclass(frozen=True, slots=True)
class Appealed(Fact):
    """The borrower appealed against the rejection, with these words."""

    application_id: UUID
    said: str


@dataclass(frozen=True, slots=True)
class Upheld(Fact):
    """Another reviewer looked at the appeal and the rejection stands, with a reason that the borrower sees."""

    application_id: UUID
    words_back: str
