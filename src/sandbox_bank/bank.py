"""The running bank: what its threads share, and how one piece of work becomes one transaction."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sandbox_bank import business_clock, database
from sandbox_bank.faults import Faults
from sandbox_bank.heyue_command import HeyueCommand
from sandbox_bank.profile import Profile
from sandbox_bank.signing import PublicKey
from sandbox_bank.wrongs import Wrongs

Result = TypeVar("Result")


@dataclass
class Bank:
    """One bank's file, profile, calculator and peers; `authorities` are the host names that it answers to."""

    path: Path
    profile: Profile
    engine: HeyueCommand
    platform_url: str
    platform_keys: dict[str, PublicKey]
    authorities: frozenset[str]
    retry_seconds: float
    faults: Faults = field(default_factory=Faults)
    wrongs: Wrongs = field(default_factory=Wrongs)
    work_lock: threading.RLock = field(default_factory=threading.RLock)
    judge_wake: threading.Event = field(default_factory=threading.Event)
    send_wake: threading.Event = field(default_factory=threading.Event)

    def in_one_transaction(self, act: Callable[["Work"], Result]) -> Result:
        """Do one piece of work whole or not at all, one at a time; figures are computed outside it."""

        def attempt() -> Result:
            with database.opened(self.path) as connection, database.transaction(connection):
                return act(Work(self, connection, business_clock.today(connection)))

        with self.work_lock:
            result = self.engine.with_answers(attempt)
        self.send_wake.set()
        return result

    def storing(self, act: Callable[["Work"], Result]) -> Result:
        """Write something that needs no figures; it waits for no other work."""
        with database.opened(self.path) as connection, database.transaction(connection):
            return act(Work(self, connection, business_clock.today(connection)))

    def reading(self, read: Callable[["Work"], Result]) -> Result:
        """Read with figures from the calculator; nothing is written but its kept answers."""

        def attempt() -> Result:
            with database.opened(self.path) as connection:
                return read(Work(self, connection, business_clock.today(connection)))

        return self.engine.with_answers(attempt)


@dataclass(frozen=True)
class Work:
    """What a piece of work holds in its hands: the bank, its open connection and the business date."""

    bank: Bank
    connection: sqlite3.Connection
    today: date

    def schedule(self, terms: dict[str, Any]) -> dict[str, Any]:
        """The answer of `heyue schedule` for these terms."""
        answer: dict[str, Any] = self.bank.engine.ask(self.connection, "schedule", terms)
        return answer

    def interest(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer of `heyue interest` for one card."""
        answer: dict[str, Any] = self.bank.engine.ask(self.connection, "interest", question)
        return answer

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or none."""
        found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        return found

    def write(self, sql: str, *values: Any) -> int:
        """Run one statement and tell how many rows it changed."""
        return self.connection.execute(sql, values).rowcount
