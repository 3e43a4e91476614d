"""Business time. In production it is the machine's; in the demo it is a stored day that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from heyue.clock.machine import machine_now
from heyue.clock.models import BusinessClock
from heyue.engine.refusal import Refusal, words

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENING_HOUR = time(9, 0)


_read_once: ContextVar[list[BusinessClock | None] | None] = ContextVar("heyue_clock_read_once", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Read the held clock at most once in this block (a request, an act): it cannot stand on two days."""
    known = _read_once.get()
    token = _read_once.set([] if known is None else known)
    try:
        yield
    finally:
        _read_once.reset(token)


def now() -> datetime:
    """Return the business instant in UTC."""
    if not settings.HEYUE_CLOCK_HELD:
        return machine_now()
    clock = _standing()
    return machine_now() if clock is None else _held(clock)


def _standing() -> BusinessClock | None:
    known = _read_once.get()
    if known:
        return known[0]
    clock = BusinessClock.objects.filter(pk=1).first()
    if known is not None:
        known.append(clock)
    return clock


def today() -> date:
    """Return the business day in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def advance_to(day: date) -> date:
    """Move the held clock to the opening hour of ``day`` and return it.

    Raises ``Refusal``: ``clock-not-held`` outside the demo, ``clock-goes-forward`` for an earlier day.
    """
    if not settings.HEYUE_CLOCK_HELD:
        raise Refusal("clock-not-held", words("这里用的是真实时间，不能拨动。"))
    clock = BusinessClock.objects.select_for_update().filter(pk=1).first()
    if clock is not None and day <= _held(clock).astimezone(SHANGHAI).date():
        raise Refusal("clock-goes-forward", words("日子只能往后拨。选一个更晚的日期。"), field="day")
    held = datetime.combine(day, OPENING_HOUR, SHANGHAI).astimezone(UTC)
    if known := _read_once.get():
        known.clear()
    BusinessClock.objects.update_or_create(pk=1, defaults={"held_at": held, "moved_at": machine_now()})
    return day


def _held(clock: BusinessClock) -> datetime:
    """Let the minutes run on within the held day, so that acts keep their order, but never into the next."""
    run = clock.held_at + max(machine_now() - clock.moved_at, timedelta())
    last = datetime.combine(clock.held_at.astimezone(SHANGHAI).date(), time(23, 59, 59), SHANGHAI)
    return min(run, last.astimezone(UTC))
