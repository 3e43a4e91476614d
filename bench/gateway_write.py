"""Goals 5 and 6: a signed, idempotent, durable write through the gateway, against bare commits of the same database.

SQLite in a folder of its own, or PostgreSQL where HEYUE_DATABASE_URL names a server (a database of its own is made and
dropped there, as for the tests). The requests are signed beforehand: what is measured is the platform's side.
"""

import argparse
import itertools
import json
import os
import tempfile
import uuid
import warnings
from collections.abc import Callable

os.environ.setdefault("HEYUE_MODE", "test")
os.environ.setdefault("HEYUE_VAR", tempfile.mkdtemp(prefix="heyue-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django's settings come first
from django.db import connection, transaction  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from rounds import compare  # noqa: E402

from heyue.banks import nonces  # noqa: E402
from heyue.banks.models import Bank, InboundMessage  # noqa: E402
from heyue.faces.worker.judge import judge  # noqa: E402
from protocol.gateway_peer import EVENT_TYPE, BankPeer, matter  # noqa: E402

NEGOTIATIONS = 20


class Writes:
    """Batches of signed events, each with its place in a negotiation's sequence."""

    def __init__(self, batches: int, number: int, slug: str = "donghu") -> None:
        self.bank = BankPeer(slug)
        Bank.objects.update(requests_per_minute=10_000_000)
        places = [matter(self.bank.bank).pk for _ in range(NEGOTIATIONS)]
        counts = {place: itertools.count(1) for place in places}
        turns = itertools.cycle(places)
        self.batches = iter([[self._signed(next(turns), counts) for _ in range(number)] for _ in range(batches)])

    def _signed(self, place: uuid.UUID, counts: dict[uuid.UUID, "itertools.count[int]"]) -> tuple[str, bytes, dict]:
        event = self.bank.event(place, "officer.assigned", next(counts[place]))
        path, body = f"/v1/negotiations/{place}/events", json.dumps(event).encode()
        headers = {"content-type": EVENT_TYPE, "idempotency-key": event["id"]}
        return path, body, self.bank.signed("POST", path, body, headers)

    def store(self) -> int:
        """Send one batch; gives how many were stored."""
        answers = [self.bank.raw("POST", *one).status_code for one in next(self.batches)]
        return sum(status == 202 for status in answers)

    def store_and_judge(self) -> int:
        """The same, and every event judged: its effect or its refusal, and its leaf."""
        stored = self.store()
        while judge():
            pass
        return stored - InboundMessage.objects.filter(judgement="waiting").count()


def bare(number: int) -> Callable[[], int]:
    """One durable commit for each: an update and an insert of as many bytes, as pgbench's simple update has it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_account (id integer primary key, balance bigint)")
        cursor.execute("CREATE TABLE bare_history (account integer, filler varchar(900))")
        cursor.executemany("INSERT INTO bare_account VALUES (%s, 0)", [[n] for n in range(1000)])

    def run() -> int:
        done = 0
        for n in range(number):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE bare_account SET balance = balance + 1 WHERE id = %s", [n % 1000])
                cursor.execute("INSERT INTO bare_history VALUES (%s, %s)", [n % 1000, "x" * 900])
                done += cursor.rowcount
        return done

    return run


def main() -> None:
    """Compare in a database of the bench's own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=200)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if connection.vendor == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{os.environ['HEYUE_VAR']}/bench.sqlite"
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with override_settings(ROOT_URLCONF="heyue.faces.bank.urls"):
            writes = Writes(2 * (given.rounds + 1), given.number)
            contenders: dict[str, Callable[[], int]] = {
                "bare commits": bare(given.number),
                "stored": writes.store,
                "stored and judged": writes.store_and_judge,
            }
            title = f"gateway write, {connection.vendor}"
            compare(title, contenders, "bare commits", given.number, "writes", given.rounds)
            print(f"nonces kept: {nonces.SeenNonce.objects.count()}")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
