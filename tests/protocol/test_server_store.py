"""The check by which a bank tries a store of its own: the one that ships passes, each of these wrong ones does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from heyue.gateway.server import SqliteStore, SqliteTransaction
from heyue.gateway.server.store import LONG_AGO, Key, Message, Outgoing
from heyue.gateway.server.store_check import NotAsAsked, check


class Forgetful(SqliteTransaction):
    def remember_nonce(self, keyid: str, nonce: str, expires_at: datetime) -> bool:
        return True


class Hasty(SqliteTransaction):
    """Takes messages as they come, in whatever order."""

    def next_message(self, now: datetime) -> Message | None:
        return next(iter(self._messages("FROM gateway_message WHERE fate = 'waiting' ORDER BY rowid")), None)


class Impatient(SqliteTransaction):
    """Does not wait for what was put off."""

    def next_message(self, now: datetime) -> Message | None:
        return super().next_message(datetime.fromisoformat("2100-01-01T00:00:00+00:00"))


class Unclaimed(SqliteTransaction):
    def claim_outgoing(self, now: datetime, until: datetime, limit: int) -> list[Outgoing]:
        return super().claim_outgoing(now, now, limit)


class Unfenced(SqliteTransaction):
    """Writes what became of a message whatever became of it meanwhile."""

    def save_message(self, message: Message, before: Message) -> bool:
        return super().save_message(message, self.message(message.key) or before)


class Untold(SqliteTransaction):
    """Writes as asked, and says of each that it was written."""

    def save_message(self, message: Message, before: Message) -> bool:
        super().save_message(message, before)
        return True


class Stale(SqliteTransaction):
    """Lets an old claim write how an event fares."""

    def save_outgoing(self, event: Outgoing, before: Outgoing) -> bool:
        (now,) = (one for one in self.outgoing(event.negotiation_id) if one.id == event.id)
        return super().save_outgoing(event, now)


class Overwriting(SqliteTransaction):
    """Lets a second message of a key replace the first."""

    def add_message(self, message: Message) -> None:
        self.connection.execute("DELETE FROM gateway_message WHERE key = ?", (message.key,))
        super().add_message(message)


class Losing(SqliteTransaction):
    """Forgets when a message may come again."""

    def save_message(self, message: Message, before: Message) -> bool:
        return super().save_message(replace(message, not_before=LONG_AGO), before)


def of(kind: type[SqliteTransaction], path: Path) -> SqliteStore:
    """A store whose transactions are of a kind."""

    class Store(SqliteStore):
        @contextmanager
        def transaction(self) -> Iterator[Any]:
            with super().transaction() as transaction:
                yield kind(transaction.connection)

    return Store(path)


def test_the_store_that_ships_is_as_asked(tmp_path: Path) -> None:
    check(SqliteStore(tmp_path / "store.sqlite"))


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "store.sqlite")
    assert (tmp_path / "store.sqlite").stat().st_mode & 0o077 == 0


KINDS = [Forgetful, Hasty, Impatient, Unclaimed, Unfenced, Untold, Stale, Overwriting, Losing]


def test_a_file_that_others_could_read_is_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.touch()
    path.chmod(0o644)
    store = SqliteStore(path)
    with store.transaction():
        assert [file.name for file in tmp_path.iterdir() if file.stat().st_mode & 0o077] == []


def test_a_commit_that_failed_leaves_nothing_and_the_next_transaction_goes_on(tmp_path: Path) -> None:
    """As when the disk is full; here a constraint that is looked at when the transaction ends."""
    own = (
        "CREATE TABLE IF NOT EXISTS own (k INTEGER PRIMARY KEY, o INTEGER REFERENCES own DEFERRABLE INITIALLY DEFERRED)"
    )
    store = SqliteStore(tmp_path / "store.sqlite", own)
    with store.transaction() as transaction:
        pass
    transaction.connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as transaction:
        transaction.connection.execute("INSERT INTO own VALUES (1, 2)")
    with store.transaction() as transaction:
        transaction.connection.execute("INSERT INTO own VALUES (3, NULL)")
    with store.reading() as transaction:
        assert transaction.connection.execute("SELECT k FROM own").fetchall() == [(3,)]


def test_a_transaction_that_the_banks_own_code_ended_is_no_quiet_success(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    with pytest.raises(sqlite3.OperationalError, match="ended before"), store.transaction() as transaction:
        transaction.connection.executescript("CREATE TABLE own (k INTEGER)")
    with store.transaction() as transaction:
        transaction.connection.execute("INSERT INTO own VALUES (1)")


def test_a_read_within_a_transaction_is_an_error_that_spoils_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    with store.transaction() as transaction:
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"), store.reading():
            raise AssertionError("it is not opened")
        transaction.save_key(Key("k", "AAAA"))
    with store.reading() as transaction:
        assert transaction.platform_keys() == [Key("k", "AAAA")]


def test_who_only_reads_cannot_write(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    with pytest.raises(sqlite3.OperationalError, match="readonly"), store.reading() as transaction:
        transaction.save_key(Key("k", "AAAA"))
    with store.transaction() as transaction:
        transaction.save_key(Key("k", "AAAA"))
    with store.reading() as transaction:
        assert transaction.platform_keys() == [Key("k", "AAAA")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_is_wrong_is_found(tmp_path: Path, kind: type[SqliteTransaction]) -> None:
    with pytest.raises(NotAsAsked):
        check(of(kind, tmp_path / "store.sqlite"))


def test_a_store_that_keeps_what_was_rolled_back_is_found(tmp_path: Path) -> None:
    class Store(SqliteStore):
        @contextmanager
        def transaction(self) -> Iterator[Any]:
            with super().transaction() as transaction:
                try:
                    yield transaction
                except KeyboardInterrupt:
                    transaction.connection.commit()
                    raise

    with pytest.raises(NotAsAsked, match="raised"):
        check(Store(tmp_path / "store.sqlite"))


def test_a_store_whose_readers_wait_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Store(SqliteStore):
        def reading(self) -> Any:
            return self.transaction()

    monkeypatch.setattr("heyue.gateway.server.store_check.PATIENCE_SECONDS", 0.1)
    with pytest.raises(NotAsAsked, match="waits for nobody"):
        check(Store(tmp_path / "store.sqlite"))
