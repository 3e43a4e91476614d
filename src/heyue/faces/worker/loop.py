"""The worker: lanes side by side, each a loop of steps over rows; many workers may run at once.

What waits on a bank's network, on typesetting or on the database alone has a lane of its own, so that a slow bank
holds up neither another's papers nor a deadline.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connections

from heyue.faces.worker.bank_calls import FEED_SECONDS_MAX, BankCalls
from heyue.faces.worker.bank_mails import fail_over, fetch, judge_mails, send_to_banks
from heyue.faces.worker.days import forget_nonces, forget_uploads, reach_waits, tell_the_day
from heyue.faces.worker.deliver import deliver
from heyue.faces.worker.each import where
from heyue.faces.worker.fates import ask_fates
from heyue.faces.worker.feeds import sync
from heyue.faces.worker.judge import judge
from heyue.faces.worker.own_cards import count_cards_on, drop_statements, read_statements
from heyue.faces.worker.papers import typeset_agreements, typeset_forms
from heyue.faces.worker.texts import announce, remind, send_mails, send_texts
from heyue.notices import sms

log = logging.getLogger("heyue.worker")

IDLE_SECONDS = 0.2
AFTER_ERROR_SECONDS = 2.0
FATES_EVERY_SECONDS = 1.0
NONCES_EVERY_SECONDS = 60.0
CARDS_EVERY_SECONDS = 1.0
INBOX_EVERY_SECONDS = 2.0
STOP_SECONDS_MAX = 30.0

Step = Callable[[], int]


@dataclass(frozen=True)
class Lane:
    """Steps that run one after another, again and again; ``idle_seconds`` is the rest when nothing was due."""

    name: str
    steps: tuple[Step, ...]
    idle_seconds: float = IDLE_SECONDS


def lanes(calls: BankCalls, feeds: BankCalls) -> tuple[Lane, ...]:
    """Return all lanes. The demo's day is told before what depends on it; ``sandbox_clock.in_step`` sees to that."""
    texts = sms.provider()
    return (
        Lane("events", (judge, reach_waits)),
        Lane("days", (tell_the_day,)),
        Lane("banks", (lambda: deliver(calls),)),
        Lane("fates", (lambda: ask_fates(calls),), FATES_EVERY_SECONDS),
        Lane("feeds", (lambda: sync(feeds),)),
        Lane("papers", (typeset_forms, typeset_agreements)),
        Lane("texts", (remind, announce, lambda: send_texts(texts))),
        Lane("mails", (send_mails,)),
        Lane("bank mails", (send_to_banks,)),
        Lane("inbox", (fetch, judge_mails, fail_over), INBOX_EVERY_SECONDS),
        Lane("statements", (read_statements,)),
        Lane("cards", (count_cards_on, drop_statements), CARDS_EVERY_SECONDS),
        Lane("nonces", (forget_nonces, forget_uploads), NONCES_EVERY_SECONDS),
    )


def run(stop: threading.Event) -> None:
    """Work until told to stop; what is in hand is finished, what is not is taken up by the next worker."""
    calls, feeds = BankCalls(), BankCalls(FEED_SECONDS_MAX)
    threads = [
        threading.Thread(target=_run_lane, args=(lane, stop), name=f"worker-{lane.name}", daemon=True)
        for lane in lanes(calls, feeds)
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(STOP_SECONDS_MAX)
    calls.close()
    feeds.close()


def run_once() -> int:
    """Run every step once, in this thread, and return how many rows were worked on."""
    calls, feeds = BankCalls(), BankCalls(FEED_SECONDS_MAX)
    try:
        return sum(step() for lane in lanes(calls, feeds) for step in lane.steps)
    finally:
        calls.close()
        feeds.close()


def _run_lane(lane: Lane, stop: threading.Event) -> None:
    while not stop.is_set():
        close_old_connections()
        rest = lane.idle_seconds
        try:
            if sum(step() for step in lane.steps):
                rest = 0.0
        except Exception as error:
            # A row's own failure never comes here: the database is away, or a query is wrong.
            log.error("lane %s stumbled: %s", lane.name, where(error))
            rest = AFTER_ERROR_SECONDS
        stop.wait(rest)
    connections.close_all()
