"""A dispute (异议): its states and moves."""

from __future__ import annotations

from enum import StrEnum

from heyue.deadlines import WaitKind
from heyue.engine.moves import BANK_SIDE, Move, Role, StateTable, from_each
from heyue.notices import NoticeKind


class State(StrEnum):
    """Where a dispute stands."""

    WAITING = "waiting"
    IN_HAND = "in-hand"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly-upheld"
    NOT_UPHELD = "not-upheld"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What may happen to it."""

    TAKEN = "taken"
    BORROWER_ASKED = "borrower-asked"
    BORROWER_ANSWERED = "borrower-answered"
    BANK_ASKED = "bank-asked"
    BANK_ANSWERED = "bank-answered"
    BANK_LATE = "bank-late"
    OVERDUE = "overdue"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly-upheld"
    NOT_UPHELD = "not-upheld"
    WITHDRAWN = "withdrawn"


DESK = (Role.REVIEWER, Role.OPERATOR)
OPEN = (State.WAITING, State.IN_HAND)
OUTCOMES = {
    Event.UPHELD: State.UPHELD,
    Event.PARTLY_UPHELD: State.PARTLY_UPHELD,
    Event.NOT_UPHELD: State.NOT_UPHELD,
}
_ENDED = (WaitKind.DISPUTE, WaitKind.DISPUTE_ANSWER)
_ANSWERED = (WaitKind.DISPUTE_ANSWER,)

TABLE = StateTable(
    "dispute",
    State.WAITING,
    frozenset({*OUTCOMES.values(), State.WITHDRAWN}),
    (
        *from_each(OPEN, Event.TAKEN, State.IN_HAND, DESK),
        Move(State.IN_HAND, Event.BORROWER_ASKED, State.IN_HAND, DESK, tells=NoticeKind.DISPUTE_ASKED),
        Move(State.IN_HAND, Event.BORROWER_ANSWERED, State.IN_HAND, (Role.BORROWER,)),
        Move(State.IN_HAND, Event.BANK_ASKED, State.IN_HAND, DESK, starts=WaitKind.DISPUTE_ANSWER),
        Move(State.IN_HAND, Event.BANK_ANSWERED, State.IN_HAND, BANK_SIDE, stops=_ANSWERED),
        Move(State.IN_HAND, Event.BANK_LATE, State.IN_HAND, (Role.CLOCK,)),
        *from_each(OPEN, Event.OVERDUE, None, (Role.CLOCK,)),
        *(
            Move(State.IN_HAND, event, outcome, DESK, stops=_ENDED, tells=NoticeKind.DISPUTE_DECIDED)
            for event, outcome in OUTCOMES.items()
        ),
        *from_each(OPEN, Event.WITHDRAWN, State.WITHDRAWN, (Role.BORROWER,), stops=_ENDED),
    ),
)
