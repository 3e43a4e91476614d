"""The lease. A worker that dies leaves a row whose lease runs out; another takes it up."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TypeVar

from django.db import models
from django.db.models import F, Q, QuerySet

from heyue.clock import machine_now

LEASE = timedelta(seconds=20)
RETRY_FIRST = timedelta(seconds=2)
RETRY_LONGEST = timedelta(hours=1)
ERROR_CHARS_MAX = 500


class Leased(models.Model):
    """A row of work: when it may next be tried, who holds it until when, how often it was tried."""

    next_try_at = models.DateTimeField(default=machine_now)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=ERROR_CHARS_MAX, blank=True, default="")

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)


def claim(rows: QuerySet[Row], limit: int = 20) -> list[Row]:
    """Take up to ``limit`` rows that are due and free, each by a conditional update whose count is read.

    A row that was not tried yet, or whose tries were set back to none, is due as soon as ``rows`` has it.
    """
    at = machine_now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=at)
    due = Q(next_try_at__lte=at) | Q(tries=0)
    taken = []
    for row in rows.filter(free, due).order_by("next_try_at", "pk")[:limit]:
        won = (
            type(row)
            ._default_manager.filter(free, pk=row.pk, tries=row.tries)
            .update(leased_until=at + LEASE, tries=F("tries") + 1)
        )
        if won == 1:
            row.tries += 1
            row.leased_until = at + LEASE
            taken.append(row)
    return taken


def renew(row: Leased) -> bool:
    """Let the lease run anew from now, when a row's turn comes late in its batch; False when another took it up."""
    until = machine_now() + LEASE
    if _held(row).update(leased_until=until) != 1:
        return False
    row.leased_until = until
    return True


def release(row: Leased) -> None:
    """Give the row back after work well done."""
    _held(row).update(leased_until=None, last_error="")


def fail(row: Leased, error: str, *, dice: random.Random | None = None) -> None:
    """Push a failed row on: back-off doubles from 2 seconds to one hour, with jitter of a fifth."""
    wait = min(RETRY_FIRST * 2 ** min(row.tries - 1, 20), RETRY_LONGEST)
    wait *= (dice or random.Random()).uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing
    _held(row).update(leased_until=None, next_try_at=machine_now() + wait, last_error=error[:ERROR_CHARS_MAX])


def put_off(row: Leased, wait: timedelta) -> None:
    """Give the row back undone, to be tried again after ``wait``: nothing failed, its time has not come."""
    _held(row).update(leased_until=None, next_try_at=machine_now() + wait)


def _held(row: Row) -> QuerySet[Row]:
    """Return the row while this very lease stands: not once it ended, nor once another took it up after its time."""
    return type(row)._default_manager.filter(pk=row.pk, leased_until=row.leased_until)
