"""The link between a borrower and a bank's account feed, and a statement file: states, moves and facts."""

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


class FileState(StrEnum):
    """Where a statement file stands: a draft until it is taken into the wallet or thrown away."""

    WAITING = "waiting"
    LOCKED = "locked"
    UNMAPPED = "unmapped"
    UNREADABLE = "unreadable"
    READ = "read"
    TAKEN = "taken"
    THROWN_AWAY = "thrown-away"


class FileEvent(StrEnum):
    """What may happen to it."""

    READ = "read"
    PASSWORD_ASKED = "password-asked"  # noqa: S105 - an event, no password
    COLUMNS_ASKED = "columns-asked"
    NOT_READABLE = "not-readable"
    UNLOCKED = "unlocked"
    COLUMNS_SAID = "columns-said"
    CORRECTED = "corrected"
    TAKEN = "taken"
    THROWN_AWAY = "thrown-away"
    EXPIRED = "expired"


DRAFTS = (FileState.WAITING, FileState.LOCKED, FileState.UNMAPPED, FileState.UNREADABLE, FileState.READ)

FILE_TABLE = StateTable(
    "statement-file",
    FileState.WAITING,
    frozenset({FileState.TAKEN, FileState.THROWN_AWAY}),
    (
        Move(FileState.WAITING, FileEvent.READ, FileState.READ, WORKER),
        Move(FileState.WAITING, FileEvent.PASSWORD_ASKED, FileState.LOCKED, WORKER),
        Move(FileState.WAITING, FileEvent.COLUMNS_ASKED, FileState.UNMAPPED, WORKER),
        Move(FileState.WAITING, FileEvent.NOT_READABLE, FileState.UNREADABLE, WORKER),
        Move(FileState.LOCKED, FileEvent.UNLOCKED, FileState.WAITING, BORROWER),
        Move(FileState.UNMAPPED, FileEvent.COLUMNS_SAID, FileState.READ, BORROWER),
        Move(FileState.READ, FileEvent.CORRECTED, FileState.READ, BORROWER),
        Move(FileState.READ, FileEvent.TAKEN, FileState.TAKEN, BORROWER),
        *from_each(DRAFTS, FileEvent.THROWN_AWAY, FileState.THROWN_AWAY, BORROWER),
        *from_each(DRAFTS, FileEvent.EXPIRED, FileState.THROWN_AWAY, WORKER),
    ),
)
