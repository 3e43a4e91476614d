"""Moving the sandbox banks' business clocks along with the demo's (their control address is not protocol)."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
from django.db.models import Q, QuerySet

from heyue import clock
from heyue.banks.models import SandboxControl
from heyue.work import fail

SECONDS_MAX = 60.0
"""A bank that is moved on by months does those months' work before it answers."""
RETRY_LONGEST = timedelta(seconds=15)


class ClockNotTaken(Exception):
    """A bank did not take the day; it is told again soon."""


def in_step(bank: str) -> Q:
    """Return the condition that the bank at this lookup lives on our business day, as banks without a sandbox do.

    What a bank is told or asked before it has turned the page would be dated to its yesterday.
    """
    return Q(**{f"{bank}__sandbox__isnull": True}) | Q(**{f"{bank}__sandbox__told_on__gte": clock.today()})


def to_tell() -> QuerySet[SandboxControl]:
    """Return the sandbox banks that do not know the day yet."""
    return SandboxControl.objects.filter(Q(told_on__isnull=True) | Q(told_on__lt=clock.today())).select_related("bank")


def tell(control: SandboxControl, day: date) -> None:
    """Tell one bank the day. A bank that refuses is not asked again that day, so that it holds up nothing.

    Raises ``ClockNotTaken`` when it could not be reached.
    """
    try:
        answer = httpx.post(
            control.url.rstrip("/") + "/control/clock",
            json={"today": day.isoformat()},
            headers={"authorization": f"Bearer {control.token}"},
            timeout=SECONDS_MAX,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        raise ClockNotTaken(type(error).__name__) from error
    if answer.status_code >= 500 or answer.status_code in (408, 429):
        raise ClockNotTaken(f"HTTP {answer.status_code}")
    refused = "" if answer.is_success else f"HTTP {answer.status_code}"
    SandboxControl.objects.filter(pk=control.pk).update(told_on=day, leased_until=None, tries=0, last_error=refused)


def push_on(control: SandboxControl, why: str) -> None:
    """Try again soon: somebody is waiting for the day to turn."""
    fail(control, why)
    soon = clock.machine_now() + RETRY_LONGEST
    SandboxControl.objects.filter(pk=control.pk, next_try_at__gt=soon).update(next_try_at=soon)
