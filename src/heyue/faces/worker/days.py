"""What the passing of time brings: waits that are over, the sandbox banks' day, nonces and uploads to forget."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from heyue import clock
from heyue.application import uploads
from heyue.banks import nonces, sandbox_clock
from heyue.banks.models import SandboxControl
from heyue.deadlines import due_now
from heyue.deadlines.models import Wait
from heyue.engine.moves import PLATFORM
from heyue.faces.worker.each import NotNow, each
from heyue.journey import perform, waits

AGAIN = timedelta(minutes=10)
AGAIN_IN_THE_DEMO = timedelta(seconds=2)


def reach_waits() -> int:
    """Reach the waits whose last day is over, each once."""
    return each(due_now(), _reach)


def _reach(wait: Wait) -> None:
    try:
        waits.reach(wait)
    except waits.NotYet as not_yet:
        raise NotNow(AGAIN_IN_THE_DEMO if settings.HEYUE_CLOCK_HELD else AGAIN) from not_yet


def tell_the_day() -> int:
    """Tell the sandbox banks the demo's day; one that is down is told soon after it is back."""
    if not settings.HEYUE_CLOCK_HELD:
        return 0
    return each(sandbox_clock.to_tell(), _tell)


def _tell(control: SandboxControl) -> None:
    try:
        sandbox_clock.tell(control, clock.today())
    except sandbox_clock.ClockNotTaken as not_taken:
        sandbox_clock.push_on(control, str(not_taken))


def forget_nonces() -> int:
    """Forget nonces of expired signatures. Returns 0: it is no reason to hurry on."""
    nonces.forget_expired()
    return 0


def forget_uploads() -> int:
    """Forget files that were begun days ago and never came whole. Returns how many."""
    return perform(PLATFORM, uploads.forget_stale)
