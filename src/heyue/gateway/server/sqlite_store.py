"""The store that ships: one SQLite file, which only its owner may read. A bank may keep tables of its own in it."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heyue.gateway.server.store import Conflict, Key, Link, Message, Outgoing

BUSY_SECONDS = 20.0
OWNER_ONLY = 0o600
SCHEMA = """
CREATE TABLE IF NOT EXISTS gateway_nonce (
  keyid TEXT NOT NULL, nonce TEXT NOT NULL, expires_at TEXT NOT NULL, PRIMARY KEY (keyid, nonce)) STRICT;
CREATE INDEX IF NOT EXISTS gateway_nonce_expired ON gateway_nonce (expires_at);
CREATE TABLE IF NOT EXISTS gateway_message (
  key TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, body BLOB NOT NULL, headers TEXT NOT NULL,
  stored_at TEXT NOT NULL, status INTEGER NOT NULL, answer BLOB NOT NULL, name TEXT NOT NULL, negotiation_id TEXT,
  sequence INTEGER, fate TEXT NOT NULL CHECK (fate IN ('waiting', 'taken', 'refused')), problem TEXT,
  attempts INTEGER NOT NULL, not_before TEXT NOT NULL, UNIQUE (negotiation_id, sequence)) STRICT;
CREATE INDEX IF NOT EXISTS gateway_message_waiting ON gateway_message (stored_at) WHERE fate = 'waiting';
CREATE TABLE IF NOT EXISTS gateway_outgoing (
  id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, sequence INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  since TEXT NOT NULL, next_at TEXT NOT NULL,
  delivery TEXT NOT NULL CHECK (delivery IN ('pending', 'sent', 'taken', 'refused', 'dead')),
  attempts INTEGER NOT NULL, problem TEXT, UNIQUE (negotiation_id, sequence)) STRICT;
CREATE INDEX IF NOT EXISTS gateway_outgoing_open ON gateway_outgoing (next_at) WHERE delivery IN ('pending', 'sent');
CREATE TABLE IF NOT EXISTS gateway_link (
  ref TEXT PRIMARY KEY, customer TEXT NOT NULL, consent TEXT NOT NULL, opened_at TEXT NOT NULL, ended_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS gateway_key (keyid TEXT PRIMARY KEY, public_key TEXT NOT NULL, retired_at TEXT) STRICT;
"""
MESSAGE = (
    "key, kind, path, body, headers, stored_at, status, answer, name, negotiation_id, sequence, fate, problem,"
    " attempts, not_before"
)
OUTGOING = "id, negotiation_id, sequence, name, body, since, next_at, delivery, attempts, problem"
WAITS = """
 FROM gateway_message AS m WHERE fate = 'waiting' AND {} m.sequence {} (
   SELECT count(*) FROM gateway_message AS earlier
   WHERE earlier.negotiation_id = m.negotiation_id AND earlier.sequence < m.sequence {})
"""
NEXT_MESSAGE = WAITS.format("not_before <= ? AND", "=", "AND earlier.fate <> 'waiting'")
EARLY = WAITS.format("", ">", "")
DUE = """
 FROM gateway_outgoing AS o WHERE delivery IN ('pending', 'sent') AND next_at <= ?
 AND (delivery = 'sent' OR NOT EXISTS (
   SELECT 1 FROM gateway_outgoing AS earlier WHERE earlier.negotiation_id = o.negotiation_id
   AND earlier.sequence < o.sequence AND earlier.delivery IN ('pending', 'dead')))
 ORDER BY delivery = 'sent', next_at LIMIT ?
"""


class SqliteStore:
    """``path`` is made when missing. ``schema`` is SQL of the bank's own tables, in ``IF NOT EXISTS`` statements."""

    def __init__(self, path: str | Path, schema: str = "") -> None:
        self._path = Path(path)
        self._path.touch(mode=OWNER_ONLY)
        self._mine = threading.local()
        with closing(self._opened()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA + schema)
            self._narrow()

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Open a transaction; SQLite lets one at a time write, so it is locked from its beginning.

        Within one there is no other in the same thread: a handler uses its negotiation's.
        """
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqliteTransaction(connection)
        except BaseException:
            self._roll_back(connection)
            raise
        try:
            if not connection.in_transaction:
                raise sqlite3.OperationalError("the transaction was ended before its block was")
            connection.commit()
        except BaseException:
            self._drop(connection)
            raise

    @contextmanager
    def reading(self) -> Iterator[SqliteTransaction]:
        """Open a transaction that sees one state of the file and waits for no lock; to write in it is an error."""
        connection = self._connection()
        connection.execute("BEGIN DEFERRED")
        try:
            connection.execute("PRAGMA query_only = ON")
            yield SqliteTransaction(connection)
        finally:
            self._roll_back(connection)
            connection.execute("PRAGMA query_only = OFF")

    def _connection(self) -> sqlite3.Connection:
        """Return the thread's own connection, kept open: to open one costs more than most transactions.

        A process that was forked off opens its own.
        """
        if getattr(self._mine, "process", None) != os.getpid():
            self._mine.process, self._mine.connection = os.getpid(), self._opened()
        connection: sqlite3.Connection = self._mine.connection
        return connection

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.rollback()
        except BaseException:
            self._drop(connection)
            raise

    def _drop(self, connection: sqlite3.Connection) -> None:
        """Forget a connection of which nobody knows how it stands; to close it ends what it had begun."""
        self._mine.process = None
        connection.close()

    def _narrow(self) -> None:
        """Let only the owner read what was there before, with wider rights; SQLite's own files beside it too."""
        for suffix in ("", "-wal", "-shm"):
            file = self._path.with_name(self._path.name + suffix)
            if file.exists() and file.stat().st_mode & ~OWNER_ONLY & 0o777:
                file.chmod(OWNER_ONLY)

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


class SqliteTransaction:
    """``connection`` is open for the bank's own tables, within the same transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def remember_nonce(self, keyid: str, nonce: str, expires_at: datetime) -> bool:
        """Keep a nonce; False when it is kept already."""
        values = (keyid, nonce, _text(expires_at))
        return self.connection.execute("INSERT OR IGNORE INTO gateway_nonce VALUES (?, ?, ?)", values).rowcount == 1

    def forget_nonces(self, expired_before: datetime) -> None:
        """Drop what expired before."""
        self.connection.execute("DELETE FROM gateway_nonce WHERE expires_at < ?", (_text(expired_before),))

    def message(self, key: str) -> Message | None:
        """Return the message of an Idempotency-Key."""
        return next(iter(self._messages("FROM gateway_message WHERE key = ?", key)), None)

    def messages(self, negotiation_id: str) -> list[Message]:
        """Return a negotiation's messages, in sequence."""
        placed = "FROM gateway_message WHERE negotiation_id = ? AND sequence IS NOT NULL ORDER BY sequence"
        return self._messages(placed, negotiation_id)

    def add_message(self, message: Message) -> None:
        """Keep a new message. Raises ``Conflict``."""
        one = message
        values = (one.key, one.kind, one.path, one.body, _json(one.headers), _text(one.stored_at), one.status,
                  one.answer, one.name, one.negotiation_id, one.sequence, one.fate, _json(one.problem), one.attempts,
                  _text(one.not_before))  # fmt: skip
        self._insert("gateway_message", MESSAGE, values)

    def save_message(self, message: Message, before: Message) -> bool:
        """Write what became of a message, unless another was quicker."""
        told = (message.fate, _json(message.problem), message.attempts, _text(message.not_before))
        asked = (
            "UPDATE gateway_message SET fate = ?, problem = ?, attempts = ?, not_before = ?"
            " WHERE key = ? AND fate = ? AND attempts = ?"
        )
        return self.connection.execute(asked, (*told, message.key, before.fate, before.attempts)).rowcount == 1

    def next_message(self, now: datetime) -> Message | None:
        """Return the oldest message whose turn it is."""
        return next(iter(self._messages(NEXT_MESSAGE + "ORDER BY stored_at, m.rowid LIMIT 1", _text(now))), None)

    def early_messages(self) -> list[Message]:
        """Return what waits for one that has not come."""
        return self._messages(EARLY + "ORDER BY negotiation_id, sequence")

    def last_sequence(self, negotiation_id: str) -> int:
        """Return the highest sequence of the bank's events in a negotiation."""
        asked = "SELECT coalesce(max(sequence), 0) FROM gateway_outgoing WHERE negotiation_id = ?"
        return int(self.connection.execute(asked, (negotiation_id,)).fetchone()[0])

    def add_outgoing(self, event: Outgoing) -> None:
        """Keep a new event. Raises ``Conflict``."""
        one = event
        values = (one.id, one.negotiation_id, one.sequence, one.name, one.body, _text(one.since), _text(one.next_at),
                  one.delivery, one.attempts, _json(one.problem))  # fmt: skip
        self._insert("gateway_outgoing", OUTGOING, values)

    def save_outgoing(self, event: Outgoing, before: Outgoing) -> bool:
        """Write how an event fares, unless its claim ran out and another has seen to it."""
        told = (event.delivery, _text(event.since), event.attempts, _text(event.next_at), _json(event.problem))
        asked = (
            "UPDATE gateway_outgoing SET delivery = ?, since = ?, attempts = ?, next_at = ?, problem = ?"
            " WHERE id = ? AND delivery = ? AND next_at = ?"
        )
        return self.connection.execute(asked, (*told, event.id, before.delivery, _text(before.next_at))).rowcount == 1

    def outgoing(self, negotiation_id: str) -> list[Outgoing]:
        """Return the bank's events of a negotiation, in sequence."""
        return self._outgoing("FROM gateway_outgoing WHERE negotiation_id = ? ORDER BY sequence", negotiation_id)

    def claim_outgoing(self, now: datetime, until: datetime, limit: int) -> list[Outgoing]:
        """Push on what is due, and return it."""
        due = self._outgoing(DUE, _text(now), limit)
        pushed = [(_text(until), event.id) for event in due]
        self.connection.executemany("UPDATE gateway_outgoing SET next_at = ? WHERE id = ?", pushed)
        return [replace(event, next_at=until) for event in due]

    def troubled_outgoing(self) -> list[Outgoing]:
        """Return what is refused or dead."""
        return self._outgoing("FROM gateway_outgoing WHERE delivery IN ('refused', 'dead') ORDER BY since")

    def link(self, ref: str) -> Link | None:
        """Return a link."""
        row = self.connection.execute(
            "SELECT ref, customer, consent, opened_at, ended_at FROM gateway_link WHERE ref = ?", (ref,)
        ).fetchone()
        return Link(row[0], row[1], json.loads(row[2]), _instant(row[3]), _instant_or_none(row[4])) if row else None

    def save_link(self, link: Link) -> None:
        """Write a link."""
        self.connection.execute(
            "INSERT INTO gateway_link VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (ref) DO UPDATE SET ended_at = excluded.ended_at",
            (link.ref, link.customer, _json(link.consent), _text(link.opened_at), _text_or_none(link.ended_at)),
        )

    def platform_keys(self) -> list[Key]:
        """Return the platform's keys."""
        rows = self.connection.execute("SELECT keyid, public_key, retired_at FROM gateway_key ORDER BY rowid")
        return [Key(keyid, public, _instant_or_none(retired)) for keyid, public, retired in rows]

    def save_key(self, key: Key) -> None:
        """Write a key."""
        self.connection.execute(
            "INSERT INTO gateway_key VALUES (?, ?, ?)"
            " ON CONFLICT (keyid) DO UPDATE SET retired_at = excluded.retired_at",
            (key.keyid, key.public_key, _text_or_none(key.retired_at)),
        )

    def _insert(self, table: str, columns: str, values: Sequence[Any]) -> None:
        places = ", ".join("?" * len(values))
        try:
            # Table and columns are constants of this module.
            self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)  # noqa: S608
        except sqlite3.IntegrityError as taken:
            raise Conflict(str(taken)) from taken

    def _messages(self, source: str, *values: Any) -> list[Message]:
        return [_message(row) for row in self.connection.execute(f"SELECT {MESSAGE} {source}", values)]

    def _outgoing(self, source: str, *values: Any) -> list[Outgoing]:
        return [_outgoing(row) for row in self.connection.execute(f"SELECT {OUTGOING} {source}", values)]


def _message(row: Sequence[Any]) -> Message:
    key, kind, path, body, headers, stored_at, status, answer, name, place, sequence, fate, problem, *tries = row
    come = (key, kind, path, body, json.loads(headers), _instant(stored_at), status, answer)
    return Message(*come, name, place, sequence, fate, _read(problem), tries[0], _instant(tries[1]))


def _outgoing(row: Sequence[Any]) -> Outgoing:
    id_, place, sequence, name, body, since, next_at, delivery, attempts, problem = row
    written = (id_, place, sequence, name, body, _instant(since), _instant(next_at))
    return Outgoing(*written, delivery, attempts, _read(problem))


def _text(instant: datetime) -> str:
    """Write an instant so that texts compare as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _text_or_none(instant: datetime | None) -> str | None:
    return _text(instant) if instant else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _instant_or_none(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(text: str | None) -> Any:
    return json.loads(text) if text else None
