"""Whose turn it is to write, where a database has one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from django.db import connection

_TURN = RLock()


@contextmanager
def one_writer() -> Iterator[None]:
    """Let the threads of this process write in turn on SQLite; elsewhere nothing waits here.

    SQLite itself lets who comes second sleep, ever longer, and look again: most of that time nobody writes.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with _TURN:
        yield
