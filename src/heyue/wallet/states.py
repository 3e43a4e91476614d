"""The link between a borrower and one bank's account feed: its states, moves and facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from heyue.acts import Fact
from heyue.engine.moves import Move, Role, StateTable, from_each


class State(StrEnum):
    """Where a link stands."""

    ASKING = "asking"
    LINKED = "linked"
    NOT_CUSTOMER = "not-customer"
    UNBOUND = "unbound"


class Event(StrEnum):
    """What may happen to it."""

    LINKED = "linked"
    NOT_CUSTOMER = "not-customer"
    SYNCED = "synced"
    ASKED_AGAIN = "asked-again"
    UNBOUND = "unbound"


WORKER = (Role.PLATFORM,)
BORROWER = (Role.BORROWER,)

TABLE = StateTable(
    "account-link",
    State.ASKING,
    frozenset({State.UNBOUND}),
    (
        Move(State.ASKING, Event.LINKED, State.LINKED, WORKER),
        Move(State.ASKING, Event.NOT_CUSTOMER, State.NOT_CUSTOMER, WORKER),
        Move(State.LINKED, Event.SYNCED, State.LINKED, WORKER),
        Move(State.NOT_CUSTOMER, Event.ASKED_AGAIN, State.ASKING, BORROWER),
        *from_each((State.ASKING, State.LINKED, State.NOT_CUSTOMER), Event.UNBOUND, State.UNBOUND, BORROWER),
    ),
)


@dataclass(frozen=True, slots=True)
class Unbound(Fact):
    """The borrower withdrew the consent to this bank's feed."""

    link_id: UUID
    borrower_id: UUID
    bank_id: UUID
