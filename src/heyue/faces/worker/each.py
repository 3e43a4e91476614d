"""One row after another: each its own claim, its own transaction, its own failure."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db.models import QuerySet

from heyue.engine.refusal import Refusal
from heyue.work import Leased, claim, fail, put_off, release, renew

log = logging.getLogger("heyue.worker")

BATCH = 10
Row = TypeVar("Row", bound=Leased)


class NotNow(Exception):
    """Nothing failed, but the row's time has not come; it is tried again after ``wait``."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait


def each(rows: QuerySet[Row], do: Callable[[Row], None], *, limit: int = BATCH) -> int:
    """Claim what is due and do it row by row; a row that fails is pushed on and stops no other.

    Returns how many rows were claimed.
    """
    claimed = claim(rows, limit)
    for place, row in enumerate(claimed):
        if place and not renew(row):
            continue
        try:
            do(row)
        except NotNow as later:
            put_off(row, later.wait)
        except Exception as error:
            why = where(error)
            log.warning("%s %s, try %d: %s", type(row).__name__, row.pk, row.tries, why)
            fail(row, why)
        else:
            release(row)
    return len(claimed)


def where(error: Exception) -> str:
    """Say what failed and where, without the error's own words: they may hold personal data."""
    name = error.code if isinstance(error, Refusal) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "heyue" in f.filename.split("/")] or frames
    last = ours[-1] if ours else None
    return f"{name} at {last.filename.rpartition('heyue/')[2]}:{last.lineno}" if last else name
