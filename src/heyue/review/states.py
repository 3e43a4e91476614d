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


REVIEWER = (Role.REVIEWER,)
OPEN = (State.WAITING, State.IN_HAND)

TABLE = StateTable(
    "review",
    State.WAITING,
    frozenset({State.PASSED, State.REJECTED, State.DROPPED}),
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
            stops=(WaitKind.REVIEW,),
            tells=NoticeKind.REVIEW_REJECTED,
        ),
        *from_each((*OPEN, State.MORE_ASKED), Event.DROPPED, State.DROPPED, (Role.BORROWER,), stops=(WaitKind.REVIEW,)),
        *from_each(OPEN, Event.OVERDUE, None, (Role.CLOCK,)),
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
