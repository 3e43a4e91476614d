"""What the kit keeps, and the protocol by which it keeps it: an SQLite file, or tables of the bank's own database.

Everything that must outlive a kill goes through one ``Transaction``: what came, what became of it, what is to be
sent, which nonces were seen. A handler's own rows belong there too, so that an event and its effect stand or fall
together (``Negotiation.transaction``).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Kind = Literal["link", "application", "event", "malformed"]
Fate = Literal["waiting", "taken", "refused"]
Delivery = Literal["pending", "sent", "taken", "refused", "dead"]
LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class Conflict(Exception):
    """A row of this key, or of this place in a negotiation's sequence, is there already: another was quicker."""


@dataclass(frozen=True, slots=True)
class Message:
    """A POST of the platform as it came, the answer it got, and what became of it.

    ``key`` is its Idempotency-Key (an event's id, an application's negotiation). ``sequence`` is its place in the
    negotiation, 0 for the application, None for what has no place. ``headers`` verify the signature years later.
    """

    key: str
    kind: Kind
    path: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    stored_at: datetime
    status: int
    answer: bytes = field(repr=False)
    name: str = ""
    negotiation_id: str | None = None
    sequence: int | None = None
    fate: Fate = "taken"
    problem: dict[str, Any] | None = None
    attempts: int = 0
    not_before: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event of the bank on its way: ``since`` when it is tried, ``next_at`` its next attempt or the
    next look at what became of it."""

    id: str
    negotiation_id: str
    sequence: int
    name: str
    body: bytes = field(repr=False)
    since: datetime
    next_at: datetime
    delivery: Delivery = "pending"
    attempts: int = 0
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A holder's consent to the account feed: ``customer`` is the bank's own reference."""

    ref: str
    customer: str
    consent: dict[str, Any]
    opened_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the platform; from ``retired_at`` on it signs nothing new."""

    keyid: str
    public_key: str
    retired_at: datetime | None = None


class Transaction(Protocol):
    """One transaction: all of it, or nothing. Rows are given and taken whole; ``save_…`` writes a row anew.

    ``before`` is the row as it was read, maybe in an earlier transaction. Where another process has written it since,
    nothing is written: compare and write in one statement, ``UPDATE … WHERE``, and tell by its count.
    """

    def remember_nonce(self, keyid: str, nonce: str, expires_at: datetime) -> bool:
        """Keep a nonce until it expires; False when it is kept already."""

    def forget_nonces(self, expired_before: datetime) -> None:
        """Drop what expired before."""

    def message(self, key: str) -> Message | None:
        """Return the message of an Idempotency-Key."""

    def messages(self, negotiation_id: str) -> list[Message]:
        """Return what came in a negotiation and has a place in it, in sequence."""

    def add_message(self, message: Message) -> None:
        """Keep a new message. Raises ``Conflict`` when its key, or its negotiation and sequence, is taken."""

    def save_message(self, message: Message, before: Message) -> bool:
        """Write what became of a message: ``fate``, ``problem``, ``attempts``, ``not_before``; whether it was written.

        It is while ``fate`` and ``attempts`` are those of ``before``.
        """

    def next_message(self, now: datetime) -> Message | None:
        """Return a message whose turn it is, the oldest first, locked against other processes until the end.

        Its turn: it is ``waiting``, ``not_before`` is past, and every lower sequence of its negotiation, from 0 on,
        is there and judged.
        """

    def early_messages(self) -> list[Message]:
        """Return what waits for one before it that has not come, by negotiation and sequence."""

    def last_sequence(self, negotiation_id: str) -> int:
        """Return the highest sequence of the bank's events in a negotiation, 0 when there is none.

        Two transactions may not count on from the same: lock the negotiation, or let ``add_outgoing`` conflict.
        """

    def add_outgoing(self, event: Outgoing) -> None:
        """Keep a new event. Raises ``Conflict`` when its id, or its negotiation and sequence, is taken."""

    def save_outgoing(self, event: Outgoing, before: Outgoing) -> bool:
        """Write how an event fares: ``delivery``, ``since``, ``attempts``, ``next_at``, ``problem``; whether it was.

        It is while ``delivery`` and ``next_at`` (the claim) are those of ``before``, to the microsecond.
        """

    def outgoing(self, negotiation_id: str) -> list[Outgoing]:
        """Return the bank's events of a negotiation, in sequence."""

    def claim_outgoing(self, now: datetime, until: datetime, limit: int) -> list[Outgoing]:
        """Push the ``next_at`` of what is due on to ``until``, and return it so; no other process takes it meanwhile.

        Due is what has ``next_at`` at or before ``now`` and is ``sent``, or ``pending`` with nothing ``pending`` or
        ``dead`` before it in its negotiation: events go out in their order. What is ``pending`` comes first.
        """

    def troubled_outgoing(self) -> list[Outgoing]:
        """Return what is ``refused`` or ``dead``, the oldest first."""

    def link(self, ref: str) -> Link | None:
        """Return a link."""

    def save_link(self, link: Link) -> None:
        """Write a link, new or not."""

    def platform_keys(self) -> list[Key]:
        """Return the platform's keys, retired ones included."""

    def save_key(self, key: Key) -> None:
        """Write a key, new or not; a name's ``public_key`` never changes."""


class Store(Protocol):
    """Where the kit keeps what must not be lost. Several processes and threads may share it."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back when it raises.

        It must be as strict as the above asks: what was read decides what is written.
        """

    def reading(self) -> AbstractContextManager[Transaction]:
        """Open a transaction in which only what returns rows is asked.

        It sees one state of the store, nothing unfinished, and waits for no ``transaction`` that is open: the door
        reads before it knows who asks.
        """
