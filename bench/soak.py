"""A soak: so many negotiations across so many sandbox banks, with trouble on the way, and a count at the end.

Every bank is a process with a database of its own that speaks the public protocol; the platform is `heyue serve` and
workers. Borrowers act at random from a seed; meanwhile banks, workers and the server are killed and started again,
requests fail, and messages are sent twice. At the end nothing may be lost, nothing may have happened twice, both sides
must agree, and the ledger must lead to the same. The same command with the same --home goes on where it was ended.

    HEYUE_DATABASE_URL=postgresql://postgres@127.0.0.1:5432/soak \\
        PYTHONPATH=src:bench:tests .venv/bin/python bench/soak.py --negotiations 10000 --home /tmp/soak
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from soak_banks import FIRST_PORT, Chaos, Process, SandboxBank, calculate, platform_key, wait_until_up

BEGINS_ON = date(2026, 11, 16)
PAY_DAY = date(2026, 12, 18)
PLATFORM = f"http://127.0.0.1:{FIRST_PORT - 1}"
LANES = ("events", "days", "banks", "fates")
REST_SECONDS = 0.5
STILL_SECONDS_MAX = 600.0


def arguments() -> argparse.Namespace:
    """What may be chosen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--negotiations", type=int, default=300)
    parser.add_argument("--banks", type=int, default=20)
    parser.add_argument("--home", type=Path, required=True, help="where the banks' files and the logs are")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trouble-every", type=float, default=2.0, help="seconds; 0: none")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--hands", type=int, default=2, help="processes in which the borrowers act")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def set_up(home: Path) -> str:
    """Set what every process reads, make the database where there is none, start Django. Gives the banks' key."""
    private, public = platform_key()
    os.environ["HEYUE_MODE"] = "test"
    os.environ["HEYUE_VAR"] = str(home)
    os.environ["HEYUE_SIGNING_KEY"] = private
    os.environ["HEYUE_PUBLIC_URL"] = PLATFORM
    os.environ.setdefault("HEYUE_DATABASE_URL", f"sqlite:///{home}/platform.sqlite")
    os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"
    import django

    django.setup()
    return public


def make_database() -> None:
    """Make the platform's database and its tables."""
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "postgresql":
        import psycopg

        told = connection.settings_dict
        login = {"user": told["USER"] or None, "password": told["PASSWORD"] or None}
        where = {"host": told["HOST"], "port": told["PORT"] or None, **login}
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [told["NAME"]]).fetchone():
                server.execute(f'CREATE DATABASE "{told["NAME"]}"')
    call_command("migrate", interactive=False, verbosity=0)


def work() -> int:
    """Be a worker of the soak: the lanes that have to do with banks; papers are not typeset, texts not sent."""
    import threading

    from heyue.faces.worker import loop

    stop, calls = threading.Event(), loop.BankCalls()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    lanes = [lane for lane in loop.lanes(calls, calls) if lane.name in LANES]
    threads = [threading.Thread(target=loop._run_lane, args=(lane, stop)) for lane in lanes]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()
    return 0


class Soak:
    """One soak, from the first borrower to the count."""

    def __init__(self, given: argparse.Namespace, key: str) -> None:
        self.given, self.key = given, key
        self.banks = [SandboxBank(number, given.home) for number in range(given.banks)]
        self.people = -(-given.negotiations // given.banks)
        self.chose: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        own = {"mp_context": get_context("spawn"), "initializer": set_up, "initargs": (given.home,)}
        self.hands = ProcessPoolExecutor(given.hands, **own)
        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
        self.progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn())

    def platform(self) -> list[Process]:
        """Return the platform's processes: the server and the workers."""
        serve = [sys.executable, "-P", "-m", "heyue.faces.cli", "serve", "--port", str(FIRST_PORT - 1)]
        worker = [sys.executable, str(Path(__file__)), "--work", "--home", str(self.given.home)]
        made = [Process("serve", serve, self.given.home / "serve.log")]
        return made + [
            Process(f"worker-{n}", worker, self.given.home / f"worker-{n}.log") for n in range(self.given.workers)
        ]

    def open_banks(self) -> None:
        """Make the banks and let each join the platform."""
        import build
        from heyue.banks.actions import join
        from heyue.engine.moves import Actor, Role
        from heyue.identity.models import Person
        from heyue.journey import perform
        from heyue.journey.clock import advance

        if not Person.objects.filter(login="soak-reviewer").exists():
            perform(Actor(Role.OPERATOR), advance, day=BEGINS_ON)
            build.staff(Role.REVIEWER, "soak-reviewer", "周初", "S-001")
        for bank in self.banks:
            bank.open(BEGINS_ON)
            join(bank.facts)

    def run(self) -> dict[str, Any]:
        """Go through the phases; each looks at what is there, so that it can be gone on with."""
        calculator = self.given.home / "engine.socket"
        calculate(calculator)
        self.open_banks()
        processes = self.platform()
        for process in processes:
            process.start()
        for bank in self.banks:
            bank.serve(PLATFORM, self.key, calculator)
        wait_until_up([f"{PLATFORM}/v1/keys", *(f"{bank.facts['base_url']}/v1/openapi.json" for bank in self.banks)])
        try:
            with (
                self.progress,
                Chaos(self.banks, processes, PLATFORM, self.given.trouble_every, self.given.seed) as chaos,
            ):
                self.phases()
            return {"trouble": chaos.did, "broke": chaos.broke, "killed": sum(one.killed for one in processes)}
        finally:
            self.hands.shutdown(cancel_futures=True)
            for process in [*processes, *(bank.process for bank in self.banks if bank.process)]:
                process.end()

    def phases(self) -> None:
        """All have applied; the banks answer, the borrowers decide and sign, the first instalment is paid."""
        from heyue import clock

        if clock.today() == BEGINS_ON:
            self.timed("applications", self.apply)
        self.timed("sent and received", self.rest)
        if clock.today() < BEGINS_ON + timedelta(days=1):
            self.day(BEGINS_ON + timedelta(days=1))
        self.timed("answered by the banks", self.rest)
        for turn in range(1, 4):
            if clock.today() < PAY_DAY:
                self.timed(f"borrowers' turn {turn}", self.turn)
                self.timed(f"settled {turn}", self.rest)
        if clock.today() < PAY_DAY:
            self.day(PAY_DAY)
        self.timed("first instalment", self.rest)

    def timed(self, what: str, do: Callable[[str], None]) -> None:
        """Do one phase and keep how long it took."""
        begun = time.monotonic()
        do(what)
        self.seconds[what] = round(time.monotonic() - begun, 1)

    def apply(self, what: str) -> None:
        """Let those arrive who have not yet."""
        from heyue.dispatch.models import Dispatch
        from heyue.identity.models import Person

        there = Dispatch.objects.exclude(state="queued").values("borrower").distinct().count()
        if there < Person.objects.filter(role="borrower").count():
            raise SystemExit("ended while somebody applied: begin anew with another --home and database")
        done = self.progress.add_task(what, total=self.people, completed=there)
        banks = [replace(bank, process=None) for bank in self.banks]
        for _ in self.by_hand(_arrive, [(number, banks) for number in range(there, self.people)]):
            self.progress.advance(done)

    def turn(self, what: str) -> None:
        """Let each borrower answer each offer and sign or leave each agreement."""
        from heyue.agreement.models import Agreement
        from heyue.negotiation.models import Negotiation

        drawing = list(Agreement.objects.filter(state="drawing").values_list("pk", flat=True))
        for _ in self.by_hand(_draw, [(one,) for one in drawing]):
            pass
        ids = list(Negotiation.objects.filter(state__in=["offered", "agreed"]).values_list("pk", flat=True))
        shown = self.progress.add_task(what, total=len(ids))
        for chosen in self.by_hand(_answer, [(one, self.given.seed) for one in ids]):
            self.chose[chosen] += 1
            self.progress.advance(shown)

    def by_hand(self, do: Callable[..., str], all_of_it: list[tuple[Any, ...]]) -> Iterable[str]:
        """Do it for all, in several processes."""
        return self.hands.map(do, *zip(*all_of_it, strict=True)) if all_of_it else ()

    def day(self, day: date) -> None:
        """Let the business day come on both sides."""
        from heyue.engine.moves import Actor, Role
        from heyue.journey import perform
        from heyue.journey.clock import advance

        perform(Actor(Role.OPERATOR), advance, day=day)

    def rest(self, what: str) -> None:
        """Wait until nothing is on its way any more, on either side."""
        most, moved, before = 1, time.monotonic(), -1
        shown = self.progress.add_task(what, total=None)
        while True:
            left = self.on_the_way()
            number = sum(left.values())
            most = max(most, number)
            self.progress.update(shown, total=most, completed=most - number)
            if not number:
                return
            if number != before:
                before, moved = number, time.monotonic()
            if time.monotonic() - moved > STILL_SECONDS_MAX:
                raise SystemExit(f"nothing moves any more in {what!r}: {left}")
            time.sleep(REST_SECONDS)

    def on_the_way(self) -> dict[str, int]:
        """Count what is still to be sent, asked, judged or done."""
        from soak_people import open_on_the_platform

        from heyue.banks.sandbox_clock import to_tell

        left = open_on_the_platform() | {"days to tell": to_tell().count()}
        for name, sql in (
            ("events of banks", "SELECT count(*) FROM outbox WHERE state = 'pending'"),
            ("messages at banks", "SELECT count(*) FROM messages WHERE state = 'waiting'"),
            ("acts of banks", "SELECT count(*) FROM acts WHERE done_on IS NULL AND cancelled = 0 AND due_on <= "
             "(SELECT value FROM bank WHERE key = 'today')"),
        ):  # fmt: skip
            left[name] = sum(int(bank.rows(sql)[0][0]) for bank in self.banks)
        return left


def _arrive(number: int, banks: list[SandboxBank]) -> str:
    from soak_people import arrive

    from heyue.engine.refusal import Refusal

    try:
        arrive(number, banks)
    except Refusal as refused:  # from None: it does not travel between processes
        raise RuntimeError(f"borrower {number}: {refused.code}: {refused}") from None
    return "applied"


def _answer(negotiation_id: UUID, seed: int) -> str:
    from soak_people import answer

    return answer(negotiation_id, seed)


def _draw(agreement_id: UUID) -> str:
    from soak_people import draw

    draw(agreement_id)
    return "drawn"


def main() -> int:
    """Run the soak and print the count; 1 where it found a fault."""
    given = arguments()
    given.home.mkdir(parents=True, exist_ok=True)
    key = set_up(given.home.resolve())
    given.home = given.home.resolve()
    if given.work:
        return work()
    make_database()
    soak = Soak(given, key)
    begun = time.monotonic()
    trouble = soak.run()
    seconds = round(time.monotonic() - begun, 1)
    from soak_count import count

    found = count(soak.banks, soak.people * given.banks)
    told = {"seconds": seconds, "by phase": soak.seconds, "chosen": dict(soak.chose), **trouble, **found.told()}
    print(json.dumps(told, ensure_ascii=False, indent=1))
    print(json.dumps(told, ensure_ascii=False))
    return 1 if found.faults or trouble["broke"] else 0


if __name__ == "__main__":
    sys.exit(main())
