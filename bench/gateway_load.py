"""Goals 5 and 6 over HTTP: signed writes into the platform's own server, against the database's bare durable commits.

The server stands on one processor, whoever asks on the other; the database where the system puts it. On PostgreSQL the
base is `pgbench` (simple-update, 8 clients), on SQLite bare commits in WAL with FULL. In turn A-B-A-B; requests are
signed anew before each round, outside of what is measured. An answer counts when it is 202, and every stored message
is counted in the database at the end.

    HEYUE_DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres PYTHONPATH=src:bench:tests \\
        .venv/bin/python bench/gateway_load.py
"""

import argparse
import http.client
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

PORT = 20_900
WARM_UP = 50
KEY = "bench-1=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
os.environ.setdefault("HEYUE_MODE", "test")
os.environ.setdefault("HEYUE_VAR", tempfile.mkdtemp(prefix="heyue-bench-"))
os.environ["HEYUE_PUBLIC_URL"] = f"http://127.0.0.1:{PORT}"
os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"

import django  # noqa: E402 - it reads what was just set

django.setup()

from django.conf import settings  # noqa: E402 - Django's settings come first
from django.db import connection  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from gateway_write import Writes  # noqa: E402

from heyue.banks.models import InboundMessage  # noqa: E402
from protocol import gateway_peer  # noqa: E402

gateway_peer.AUTHORITY = f"127.0.0.1:{PORT}"


class Server:
    """`heyue serve` on the first processor."""

    def __init__(self, database: str) -> None:
        command = [sys.executable, "-P", "-m", "heyue.faces.cli", "serve", "--port", str(PORT)]
        more = {"HEYUE_DATABASE_URL": database, "HEYUE_LOG_LEVEL": "ERROR", "HEYUE_SIGNING_KEY": KEY}
        pinned = ["taskset", "-c", "0", *command]
        self.process = subprocess.Popen(pinned, env=os.environ | more, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
                line.request("GET", "/v1/keys")
                line.getresponse().read()
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the server did not come up")

    def processor_seconds(self) -> float:
        """What the server and its workers have used of the processor so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                told = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended in between
            if self.process.pid in (int(stat.parent.name), int(told[1])):
                ticks += int(told[11]) + int(told[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def post(batch: list[tuple[str, bytes, dict[str, str]]], clients: int) -> tuple[float, list[float]]:
    """Send a batch over kept connections; the seconds it took and each answer's own. Any answer but 202 ends it."""
    waiting, lock, took, bad = iter(batch), threading.Lock(), [], []

    def client() -> None:
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        while True:
            with lock:
                one = next(waiting, None)
            if one is None:
                return
            path, body, headers = one
            begun = time.perf_counter()
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            content = answer.read()
            took.append(time.perf_counter() - begun)
            if answer.status != 202:
                bad.append((answer.status, content))
                return

    hands = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    seconds = time.perf_counter() - begun
    if bad:
        raise SystemExit(f"not stored: {bad[0]}")
    return seconds, took


class PgBench:
    """`pgbench` in the same database: commits a second, and the mean of one in seconds."""

    name = "pgbench simple-update, 8 clients"

    def __init__(self, seconds: int) -> None:
        told = connection.settings_dict
        where = ["-h", told["HOST"], "-p", str(told["PORT"] or 5432), "-U", told["USER"], told["NAME"]]
        self._run = ["taskset", "-c", "1", "pgbench", "-n", "-N", "-c", "8", "-T", str(seconds), *where]
        subprocess.run(["pgbench", "-i", "-q", "-s", "10", *where], check=True, capture_output=True)

    def run(self) -> tuple[float, float]:
        """One round."""
        said = subprocess.run(self._run, check=True, capture_output=True, text=True).stdout
        rate, mean = re.search(r"tps = ([0-9.]+)", said), re.search(r"latency average = ([0-9.]+) ms", said)
        if rate is None or mean is None:
            raise SystemExit(said)
        return float(rate[1]), float(mean[1]) / 1000


class BareSqlite:
    """An update and an insert of as many bytes, committed one by one, in a file beside the platform's."""

    name = "bare commits, WAL and FULL"

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._file = sqlite3.connect(Path(os.environ["HEYUE_VAR"]) / "bare.sqlite", isolation_level=None)
        self._file.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE account (id integer primary key, balance integer); CREATE TABLE history (id integer, filler);"
        )
        self._file.executemany("INSERT INTO account VALUES (?, 0)", [[n] for n in range(1000)])

    def run(self) -> tuple[float, float]:
        """One round."""
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < self._seconds:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("UPDATE account SET balance = balance + 1 WHERE id = ?", [done % 1000])
            self._file.execute("INSERT INTO history VALUES (?, ?)", [done % 1000, "x" * 900])
            self._file.execute("COMMIT")
            done += 1
        rate = done / (time.perf_counter() - begun)
        return rate, 1 / rate


def measured(given: argparse.Namespace, server: Server) -> dict[str, Any]:
    """Both in turn; every figure of ours with its base of the same round."""
    base = (PgBench if connection.vendor == "postgresql" else BareSqlite)(given.seconds)
    rates, ratios, tails, all_took, stored, used = [], [], [], [], 0, 0.0
    first = Writes(1, WARM_UP)
    post(next(first.batches), given.clients)
    for number in range(given.rounds):
        writes = Writes(1, given.number, f"bank-{number}")
        base_rate, base_mean = base.run()
        before = server.processor_seconds()
        seconds, took = post(next(writes.batches), given.clients)
        used += server.processor_seconds() - before
        rate, p99 = given.number / seconds, sorted(took)[int(len(took) * 0.99)]
        stored += given.number
        rates.append((base_rate, rate))
        ratios.append(rate / base_rate)
        tails.append(p99 / base_mean)
        all_took += took
    kept = InboundMessage.objects.count() - WARM_UP
    if kept != stored:
        raise SystemExit(f"{stored} answered 202, {kept} kept")
    told = {
        "title": f"gateway write over HTTP, {connection.vendor}",
        "base": base.name,
        "rounds": given.rounds,
        "writes a round": given.number,
        "clients": given.clients,
        "base per second": round(statistics.median(one for one, _ in rates), 1),
        "writes per second": round(statistics.median(one for _, one in rates), 1),
        "ratio": round(statistics.median(ratios), 4),
        "spread": [round(min(ratios), 4), round(max(ratios), 4)],
        "server's processor, ms a write": round(used / stored * 1000, 3),
        "p50 ms": round(statistics.median(all_took) * 1000, 2),
        "p99 of base's mean": round(statistics.median(tails), 2),
        "load average": os.getloadavg(),
        "check": kept,
    }
    return told


def main() -> None:
    """Measure in a database of the bench's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    os.sched_setaffinity(0, {1})
    if connection.vendor == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{os.environ['HEYUE_VAR']}/bench.sqlite"
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with Server(_url()) as server:
            told = measured(given, server)
        for name, value in told.items():
            print(f"{name:<32} {value}")
        print(json.dumps(told))
    finally:
        runner.teardown_databases(databases)


def _url() -> str:
    """The bench's own database, for the server."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    login = f"{told['USER']}:{told['PASSWORD']}@" if told["USER"] else ""
    return f"postgresql://{login}{told['HOST']}:{told['PORT'] or 5432}/{told['NAME']}"


if __name__ == "__main__":
    main()
