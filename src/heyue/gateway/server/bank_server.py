"""The bank's side of the gateway as one object: handlers are hung on it, an ASGI or WSGI server serves it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

import httpx

from heyue.clock.machine import machine_now
from heyue.gateway import events, wire
from heyue.gateway.client import SECONDS_MAX, PlatformClient
from heyue.gateway.server import trouble, web
from heyue.gateway.server.door import Door, Request, Response
from heyue.gateway.server.feed import Feed
from heyue.gateway.server.inbox import Inbox
from heyue.gateway.server.judging import Gap, Judge
from heyue.gateway.server.negotiation import Negotiation
from heyue.gateway.server.outbox import Sender
from heyue.gateway.server.platform_keys import PlatformKeys, may_follow
from heyue.gateway.server.setting import (
    FindCustomer,
    Setting,
    TakeApplication,
    TakeRefusal,
    TellActivity,
    TellCards,
    shanghai_day,
)
from heyue.gateway.server.store import Outgoing, Store
from heyue.gateway.signing import Signer

POLL_SECONDS = 0.5
STOP_SECONDS_MAX = 30.0
RETRY_SECONDS = 2
E = TypeVar("E", bound=wire.Shape)
F = TypeVar("F", bound=Callable[..., object])
_NAMES = {model: name for name, model in events.FROM_PLATFORM.items()}


class BankServer:
    """One bank's service. Hang handlers on it with its decorators, then serve ``asgi()`` or ``wsgi()``.

    ``slug``, ``signer``: the bank's name and key at the platform. ``platform_url``, ``platform_keys``: the platform's
    address and its public keys (base64 by name), as onboarding told them. ``addresses``: those by which the platform
    reaches this service, as registered. ``store``: where nothing gets lost. ``national``: take SM2 with SM3 too.
    ``today``: the bank's business day, Shanghai's unless told. ``retry_seconds``: the first pause before a retry.

    Handlers run one at a time in each process, within a transaction of the store; what a handler says through its
    ``Negotiation`` is sent when it has ended well. It waits for no network: with SQLite all that is signed waits for
    it. Whatever it raises but ``NotTaken`` leaves the event waiting, and it is handed over again: a handler may run
    more than once, and only its last run counts.
    """

    def __init__(
        self,
        slug: str,
        signer: Signer,
        platform_url: str,
        platform_keys: Mapping[str, str],
        addresses: Sequence[str],
        store: Store,
        *,
        national: bool = False,
        today: Callable[[], date] = shanghai_day,
        now: Callable[[], datetime] = machine_now,
        retry_seconds: int | float = RETRY_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        client = PlatformClient(platform_url, signer, slug, SECONDS_MAX, now=now, transport=transport)
        keys = PlatformKeys(platform_keys, store, now, client.platform_keys if may_follow(platform_url) else None)
        self._setting = Setting(slug, tuple(addresses), store, client, keys, now, today, national, retry_seconds)
        self._judge_wake, self._send_wake = threading.Event(), threading.Event()
        inbox = Inbox(self._setting, self._wake)
        self._door = Door(self._setting, inbox.operations() | Feed(self._setting, inbox).operations())
        self._judge = Judge(self._setting)
        self._sender = Sender(self._setting, self._judge.refused)
        self._stop = threading.Event()
        self._loops: list[threading.Thread] = []

    # ── handlers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def customer(self, handler: FindCustomer) -> FindCustomer:
        """Say who a holder is: ``(holder: wire.Holder) -> str | None``, the bank's own reference of a customer.

        Name and number must both fit.
        """
        self._setting.handlers.customer = handler
        return handler

    def cards(self, handler: TellCards) -> TellCards:
        """Tell a customer's cards: ``(customer: str) -> wire.Cards``, or the JSON of that shape."""
        self._setting.handlers.cards = handler
        return handler

    def activity(self, handler: TellActivity) -> TellActivity:
        """Tell what happened on a customer's cards after a ``seq``: ``(customer: str, after: int) -> Iterable``.

        It gives the JSON of ``wire.Activity`` in the order of ``seq``, and is read as far as a page goes.
        """
        self._setting.handlers.activity = handler
        return handler

    def application(self, handler: TakeApplication) -> TakeApplication:
        """Take an application: ``(negotiation, application: wire.Application)``.

        Its receipt is on its way already; it is never ``NotTaken``, but refused.
        """
        self._setting.handlers.application = handler
        return handler

    def on(self, model: type[E]) -> Callable[[Callable[[Negotiation, E], None]], Callable[[Negotiation, E], None]]:
        """Take an event of a type, ``@bank.on(events.OfferAccepted)``: ``(negotiation, event)``.

        Events without a handler are taken as read.
        """

        def hung(handler: Callable[[Negotiation, E], None]) -> Callable[[Negotiation, E], None]:
            self._setting.handlers.events[_NAMES[model]] = handler
            return handler

        return hung

    def refused(self, handler: TakeRefusal) -> TakeRefusal:
        """Hear of an event of the bank's own that was refused: ``(negotiation, name: str, problem: Mapping)``."""
        self._setting.handlers.refused = handler
        return handler

    # ── acts of the bank's own ───────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def negotiation(self, negotiation_id: str) -> Iterator[Negotiation]:
        """Open a negotiation for an officer's act or a booked payment; what is said is sent when the block ends well.

        Raises ``LookupError`` where there is none.
        """
        with self._setting.store.transaction() as transaction:
            yield Negotiation(self._setting, transaction, negotiation_id)
        self._send_wake.set()

    @property
    def platform(self) -> PlatformClient:
        """The client, for proofs and lists."""
        return self._setting.client

    def gaps(self) -> list[Gap]:
        """Return where events wait for one that has not come."""
        return self._judge.gaps()

    def troubled(self) -> list[Outgoing]:
        """Return the bank's events that were refused, or given up after 72 hours."""
        with self._setting.store.reading() as transaction:
            return transaction.troubled_outgoing()

    def send_again(self, event_id: str) -> bool:
        """Try a troubled event anew; whether there was one. One that was refused when judged is refused again."""
        with self._setting.store.transaction() as transaction:
            found = [event for event in transaction.troubled_outgoing() if event.id == event_id]
            now = self._setting.now()
            anew = [replace(event, delivery="pending", attempts=0, since=now, next_at=now) for event in found]
            tried = [transaction.save_outgoing(*pair) for pair in zip(anew, found, strict=True)]
        self._send_wake.set()
        return any(tried)

    # ── serving ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def asgi(self) -> web.AsgiApp:
        """Return the ASGI application; its server's start and end are those of the loops too."""
        return web.asgi(self._door.answer, self.start, self.stop)

    def wsgi(self) -> web.WsgiApp:
        """Return the WSGI application; ``start`` the loops in the process that serves it, or in a worker."""
        return web.wsgi(self._door.answer)

    def answer(self, request: Request) -> Response:
        """Answer one request, for a framework that is neither."""
        return self._door.answer(request)

    def work(self) -> None:
        """Judge and send what is due now, and return: for a job that comes round, and for tests."""
        self._judge_all()
        self._send_all()

    def start(self) -> None:
        """Judge and send in threads, until ``stop``. Several processes may do so with one store."""
        if not self._loops:
            self._stop.clear()
            steps = ((self._judge_all, self._judge_wake), (self._send_all, self._send_wake))
            self._loops = [threading.Thread(target=self._loop, args=step, daemon=True) for step in steps]
            for loop in self._loops:
                loop.start()

    def stop(self) -> None:
        """End the loops; what they are at is finished first."""
        self._stop.set()
        self._wake()
        for loop in self._loops:
            loop.join(STOP_SECONDS_MAX)
        self._loops = []

    def _wake(self) -> None:
        self._judge_wake.set()
        self._send_wake.set()

    def _loop(self, step: Callable[[], None], wake: threading.Event) -> None:
        while not self._stop.is_set():
            wake.clear()
            try:
                step()
            except Exception as error:
                trouble.tell(error, "the gateway's loop stumbled; it goes on")
            wake.wait(POLL_SECONDS)

    def _judge_all(self) -> None:
        while not self._stop.is_set() and self._judge.judge_next():
            self._send_wake.set()

    def _send_all(self) -> None:
        self._setting.keys.follow()
        while not self._stop.is_set() and self._sender.send_due():
            pass
