"""Business time. In production it is the machine's; in the demo it is a stored day that is moved by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from heyue.clock.models import BusinessClock
from heyue.engine.refusal import Refusal, words

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENING_HOUR = time(9, 0)


def machine_now() -> datetime:
    """Return the machine's instant in UTC: for signatures, codes, sessions, nonces, retries and leases."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the business instant in UTC."""
    if not settings.HEYUE_CLOCK_HELD:
        return machine_now()
    clock = BusinessClock.objects.filter(pk=1).first()
    return machine_now() if clock is None else _held(clock)


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
    BusinessClock.objects.update_or_create(pk=1, defaults={"held_at": held, "moved_at": machine_now()})
    return day


def _held(clock: BusinessClock) -> datetime:
    """Let the minutes run on within the held day, so that acts keep their order, but never into the next."""
    run = clock.held_at + max(machine_now() - clock.moved_at, timedelta())
    last = datetime.combine(clock.held_at.astimezone(SHANGHAI).date(), time(23, 59, 59), SHANGHAI)
    return min(run, last.astimezone(UTC))
