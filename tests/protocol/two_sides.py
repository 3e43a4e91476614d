"""Both sides of one negotiation in one process: the platform's own code and the sandbox bank's, and a line between.

The line does as it is told, message by message (``Luck``); the bank keeps its own database in a file of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import httpx
from django.test import Client

import bargain
import build
from cast import PASSWORD
from heyue import clock
from heyue.banks.actions import join
from heyue.banks.models import Bank as PlatformBank
from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.banks.reads import menu, platform_signer
from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.moves import Actor, Role
from heyue.engine.schedule import schedule
from heyue.faces.worker.bank_calls import BankCalls
from heyue.faces.worker.deliver import deliver
from heyue.faces.worker.fates import ask_fates
from heyue.faces.worker.feeds import sync
from heyue.faces.worker.judge import judge
from heyue.faces.worker.papers import typeset_agreements, typeset_forms
from heyue.gateway.client import BankClient
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.wallet import actions as wallet
from protocol.sandbox_bank_peer import LIN
from sandbox_bank import database, fates, judging, onboarding, outbox, profile, serve, signing
from sandbox_bank.bank import Bank
from sandbox_bank.heyue_command import HeyueCommand
from sandbox_bank.profile import Profile, Reaction

PLATFORM_URL = "http://testserver"
BANK_URL = "http://nanshan.example"
OPERATOR = Actor(Role.OPERATOR)
ROUNDS_MAX = 80
MOVES_SEEN = """
CREATE TABLE moves_seen (old TEXT, new TEXT);
CREATE TRIGGER moved AFTER UPDATE OF state ON applications WHEN old.state <> new.state
BEGIN INSERT INTO moves_seen VALUES (old.state, new.state); END;
"""


class Luck(StrEnum):
    """What the line does with one request."""

    THROUGH = "through"
    LOST = "lost"
    LATE = "late"
    BUSY = "busy"
    UNHEARD = "its answer is lost"
    BROKEN = "stored, and answered 500"


class Line(httpx.BaseTransport):
    """One direction of the line: to the far side by ``carry``; what is late is held until it is let go."""

    def __init__(self) -> None:
        self.luck: list[Luck] = []
        self.held: list[httpx.Request] = []
        self.carried: list[httpx.Request] = []

    def carry(self, request: httpx.Request) -> httpx.Response:
        """Bring a request to the far side and its answer back."""
        raise NotImplementedError

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Do with this request what comes next."""
        luck = self.luck.pop(0) if self.luck else Luck.THROUGH
        request.read()
        if luck is Luck.LOST:
            raise httpx.ConnectError("lost", request=request)
        if luck is Luck.LATE:
            self.held.append(request)
            raise httpx.ReadTimeout("late", request=request)
        if luck is Luck.BUSY:
            return httpx.Response(503)
        answer = self.carry(request)
        if request.method == "POST":
            self.carried.append(request)
        if luck is Luck.UNHEARD:
            raise httpx.ReadTimeout("answer lost", request=request)
        return httpx.Response(500) if luck is Luck.BROKEN else answer


class ToBank(Line):
    """To the bank's own application, by ASGI."""

    def __init__(self, bank: Bank, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._app, self._loop = httpx.ASGITransport(serve.main_app(bank)), loop

    def carry(self, request: httpx.Request) -> httpx.Response:
        return self._loop.run_until_complete(self._asked(request))

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


class ToPlatform(Line):
    """To the platform's own gateway, with all its middlewares."""

    def __init__(self) -> None:
        super().__init__()
        self._client = Client()

    def carry(self, request: httpx.Request) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        content_type = headers.pop("content-type", "application/octet-stream")
        answer = self._client.generic(
            request.method, request.url.raw_path.decode(), request.content, content_type=content_type, headers=headers
        )
        return httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)


class Calls(BankCalls):
    """The worker's client, on the machine's line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def to(self, bank: PlatformBank) -> BankClient:
        return BankClient(bank.base_url, platform_signer(), 5.0, now=clock.machine_now, transport=self._line)


class Engine(HeyueCommand):
    """The bank's calculator without a process of its own: what the command line computes, and refuses."""

    def _run(self, command: str, question: dict[str, Any]) -> dict[str, Any]:
        compute = {"schedule": schedule, "interest": account}[command]
        try:
            return {"answer": compute(question)}
        except BadInput as bad:
            return {"refused": str(bad.errors)}


def by_hand(signs_after: int) -> Profile:
    """南山银行 with an officer who answers by hand alone; the bank signs so many working days after the holder."""
    habits = (
        *(Reaction("application", do, 0, 0, {}) for do in ("receive", "grant_standstill", "assign_officer")),
        Reaction("holder_signed", "sign", signs_after, 0, {}),
    )
    return replace(profile.load("nanshan"), reactions=habits)


@dataclass(frozen=True)
class Setting:
    """What every example begins with: Lin's application handed in, and the bank's file as it was then."""

    lin: Actor
    reviewer: Actor
    bank_id: UUID
    application_id: UUID
    bank_path: Path
    bank_file: bytes
    loop: asyncio.AbstractEventLoop


class Sides:
    """The two sides as they stand, and every step that either may take."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, signs_after: int = 0) -> None:
        self.path = path
        signer = platform_signer()
        self.bank = Bank(
            path=path,
            profile=by_hand(signs_after),
            engine=Engine("heyue", path),
            platform_url=PLATFORM_URL,
            platform_keys={signer.keyid: signing.public_key(signer.public_text)},
            authorities=frozenset({"nanshan.example"}),
            retry_seconds=1.0,
        )
        self.to_bank, self.to_platform = ToBank(self.bank, loop), ToPlatform()
        self.calls = Calls(self.to_bank)

    # ── the platform's worker ────────────────────────────────────────────────────────────────────────────────────────

    def papers(self) -> int:
        """Make forms and agreements."""
        return typeset_forms() + typeset_agreements()

    def deliver(self, luck: list[Luck] | None = None) -> int:
        """One round to the bank, with everything due."""
        self.to_bank.luck = list(luck or [])
        OutboundMessage.objects.filter(delivery="waiting").update(next_try_at=clock.machine_now(), leased_until=None)
        return deliver(self.calls)

    def judge(self) -> int:
        """One round over the platform's inbox."""
        InboundMessage.objects.filter(judgement="waiting").update(next_try_at=clock.machine_now(), leased_until=None)
        return judge()

    def ask_bank(self) -> int:
        """Ask the bank for the fates of what it has stored."""
        self.to_bank.luck = []
        stored = OutboundMessage.objects.filter(delivery="delivered", fate="")
        stored.update(next_try_at=clock.machine_now(), leased_until=None)
        return ask_fates(self.calls)

    def replay_stuck(self) -> int:
        """The operator has everything that is stuck tried again."""
        from heyue.banks.outbox import replay

        stuck = list(OutboundMessage.objects.filter(delivery__in=["dead", "refused"]).order_by("sequence"))
        for message in stuck:
            replay(message.pk, OPERATOR)
        return len(stuck)

    # ── the bank ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def bank_judges(self) -> None:
        """The bank's judging loop, once."""
        self._write("UPDATE messages SET not_before = 0")
        self._write("UPDATE acts SET not_before = 0")
        judging.judge_waiting(self.bank)
        judging.do_due_work(self.bank)

    def bank_sends(self, luck: list[Luck] | None = None) -> bool:
        """The bank's sending loop, once, with everything due."""
        self.to_platform.luck = list(luck or [])
        self._write("UPDATE outbox SET next_attempt_at = 0")
        with httpx.Client(transport=self.to_platform) as client:
            return outbox.send_due(self.bank, client, Event())

    def bank_asks(self) -> bool:
        """The bank asks what the platform judged of its events."""
        self.to_platform.luck = []
        self._write("UPDATE outbox SET next_attempt_at = 0")
        with httpx.Client(transport=self.to_platform) as client:
            return fates.ask_due(self.bank, client, Event())

    def bank_sends_again(self) -> int:
        """What was refused or given up at the bank is sent again."""
        return self.bank.storing(outbox.send_again)

    def bank_clock(self, day: date) -> None:
        """The bank's business day turns, with each day's work on its day."""
        judging.move_clock(self.bank, day)

    def _write(self, sql: str) -> None:
        with database.opened(self.path) as connection, database.transaction(connection):
            connection.execute(sql)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What the bank's database says."""
        with database.opened(self.path) as connection:
            return connection.execute(sql, values).fetchall()

    # ── together ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def turn_of_the_day(self, days: int) -> None:
        """Both clocks move on."""
        day = clock.today() + timedelta(days=days)
        self.bank_clock(day)
        bargain.day(day)

    def round(self) -> int:
        """Everybody does once what is due, over a good line; gives how much there was."""
        done = self.papers() + self.deliver()
        done += len(self.rows("SELECT 1 FROM messages WHERE state = 'waiting'"))
        self.bank_judges()
        return done + self.bank_sends() + self.judge() + self.bank_asks() + bargain.reach_due() + self.ask_bank()

    def until_quiet(self) -> None:
        """Round by round until nothing is left to do."""
        for _ in range(ROUNDS_MAX):
            if not self.round():
                return
        raise AssertionError(f"still busy after {ROUNDS_MAX} rounds")


def settled_in(loop: asyncio.AbstractEventLoop, path: Path) -> Setting:
    """Lin's cards by the bank's own feed, her application for twenty-four months handed in, a reviewer at the desk."""
    bargain.day(bargain.BASE_DAY)
    onboarding.open_bank(path, "nanshan", bargain.BASE_DAY)
    with database.opened(path) as connection:
        facts = onboarding.facts(connection, profile.load("nanshan"))
        connection.executescript(MOVES_SEEN)
    bank = join(facts | {"base_url": BANK_URL})
    sides = Sides(path, loop)
    lin = build.borrower(LIN["phone"], LIN["name"], LIN["id_number"])
    perform(lin, identity.give_consent, bank_id=bank.pk, purpose="accounts")
    perform(lin, wallet.ask_bank, bank_id=bank.pk)
    while sync(sides.calls):
        pass
    application_id = bargain.handed_in(lin, {bank.pk: menu(bank.pk, bargain.BASE_DAY)}, wage="9000", periods=24)
    reviewer = build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD)
    return Setting(lin, reviewer, bank.pk, application_id, path, path.read_bytes(), loop)
