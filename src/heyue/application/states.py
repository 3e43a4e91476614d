"""The application (协商申请): its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.deadlines import WaitKind
from heyue.engine.moves import Move, Role, StateTable, from_each


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PASSED = "passed"
    REJECTED = "rejected"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Event(StrEnum):
    """What may happen to it."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    PASSED = "passed"
    REJECTED = "rejected"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


BORROWER = (Role.BORROWER,)
REVIEWER = (Role.REVIEWER,)
ANYBODY = (Role.BORROWER, Role.BANK, Role.OFFICER, Role.CLOCK, Role.PLATFORM, Role.REVIEWER, Role.OPERATOR)

UNDER_REVIEW = (State.SUBMITTED, State.APPEALED)
"""It waits for a reviewer's word: the first one's, or another's on the appeal."""

TABLE = StateTable(
    "application",
    State.DRAFT,
    frozenset({State.WITHDRAWN, State.CLOSED}),
    (
        Move(State.DRAFT, Event.SUBMITTED, State.SUBMITTED, BORROWER),
        Move(State.RETURNED, Event.SUBMITTED, State.SUBMITTED, BORROWER, stops=(WaitKind.MORE_PROOFS,)),
        Move(State.SUBMITTED, Event.RETURNED, State.RETURNED, REVIEWER, starts=WaitKind.MORE_PROOFS),
        Move(State.SUBMITTED, Event.PASSED, State.PASSED, REVIEWER),
        Move(State.SUBMITTED, Event.REJECTED, State.REJECTED, REVIEWER),
        Move(State.REJECTED, Event.APPEALED, State.APPEALED, BORROWER),
        Move(State.APPEALED, Event.UPHELD, State.REJECTED, REVIEWER),
        Move(State.APPEALED, Event.RETURNED, State.RETURNED, REVIEWER, starts=WaitKind.MORE_PROOFS),
        Move(State.APPEALED, Event.PASSED, State.PASSED, REVIEWER),
        *from_each(
            (State.DRAFT, State.SUBMITTED, State.RETURNED, State.APPEALED, State.PASSED),
            Event.WITHDRAWN,
            State.WITHDRAWN,
            BORROWER,
            stops=(WaitKind.MORE_PROOFS,),
        ),
        Move(State.PASSED, Event.CLOSED, State.CLOSED, ANYBODY),
    ),
)
ENDED = TABLE.final | {State.REJECTED}
"""Nothing is open about it; a rejected one goes on only when the borrower appeals in time."""


@dataclass(frozen=True, slots=True)
class Submitted(Fact):
    """The borrower declared it true and handed it in."""

    application_id: UUID
    borrower_id: UUID


@dataclass(frozen=True, slots=True)
class Withdrawn(Fact):
    """The borrower took it back."""

    application_id: UUID
    borrower_id: UUID
