"""The processes of a soak: sandbox banks, the platform's server and workers; killed at random and started again."""

import base64
import contextlib
import json
import random
import signal
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.engine.bad_input import BadInput
from heyue.engine.canonical import canonical
from heyue.engine.interest import account
from heyue.engine.schedule import schedule
from sandbox_bank import database, onboarding, portfolio, signing
from sandbox_bank.database import as_json
from sandbox_bank.money import to_fen

ROOT = Path(__file__).parents[1]
PROFILES = ("donghu", "nanshan", "donghu", "nanshan", "donghu", "nanshan", "donghu", "nanshan", "donghu", "beichuan")
"""How the banks behave, in turn: they accept or offer the nearest, they offer their own, they never answer."""
FIRST_PORT = 21_000
START_SECONDS_MAX = 900.0
ENGINE = {"interest": account, "schedule": schedule}


class _Calculator(socketserver.StreamRequestHandler):
    """Answers one question of a bank by the engine, as `heyue` would."""

    def handle(self) -> None:
        command, question = json.load(self.rfile)
        try:
            told = {"status": 0, "said": canonical(ENGINE[command](question))}
        except BadInput as refused:
            told = {"status": 2, "said": json.dumps({"errors": refused.errors})}
        self.wfile.write(json.dumps(told).encode())


class _Listener(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 256


def calculate(at: Path) -> None:
    """Keep the engine ready at a socket for as long as this process lives."""
    at.unlink(missing_ok=True)
    threading.Thread(target=_Listener(str(at), _Calculator).serve_forever, daemon=True).start()


@dataclass
class Process:
    """One process that may be killed at any time and is started again."""

    name: str
    command: list[str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    killed: int = 0

    def start(self) -> None:
        """Start it; what it says goes to its log."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait until it has ended."""
        if self.running and self.running.poll() is None:
            self.running.send_signal(number)
            try:
                self.running.wait(20)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()

    def restart(self) -> None:
        """kill -9, and start it again."""
        self.end(signal.SIGKILL)
        self.killed += 1
        self.start()


@dataclass
class SandboxBank:
    """One bank: its file, its ports, its process."""

    number: int
    home: Path
    facts: dict[str, Any] = field(default_factory=dict)
    process: Process | None = None

    @property
    def slug(self) -> str:
        """Its name on both sides."""
        return f"soak-{self.number:02d}"

    @property
    def path(self) -> Path:
        """Its own database."""
        return self.home / f"{self.slug}.db"

    @property
    def port(self) -> int:
        """Where its protocol is; its control address is a hundred ports further."""
        return FIRST_PORT + self.number

    def open(self, today: date) -> None:
        """Make the bank's file where there is none."""
        profile = PROFILES[self.number % len(PROFILES)]
        self.facts = onboarding.open_bank(self.path, profile, today, slug=self.slug)
        self.facts |= {"name": f"浸泡{self.number}银行", "short_name": f"浸泡{self.number}", "seal": "浸"}
        self.facts |= {"base_url": f"http://127.0.0.1:{self.port}", "requests_per_minute": 1_000_000}
        self.facts |= {"control_url": f"http://127.0.0.1:{self.port + 100}", "colour": self.number % 6 + 1}

    def add_customer(self, person: dict[str, str], card: dict[str, Any], token: str) -> None:
        """Give the bank a customer with one card, as the platform will be told of it."""
        with database.opened(self.path) as connection, database.transaction(connection):
            if connection.execute("SELECT 1 FROM cards WHERE token = ?", (token,)).fetchone():
                return
            customer = connection.execute(
                "INSERT INTO customers (name, id_number, phone) VALUES (?, ?, ?)",
                (person["name"], person["id_number"], person["phone"]),
            ).lastrowid
            connection.execute(
                "INSERT INTO cards (token, customer_id, last4, product, terms) VALUES (?, ?, ?, ?, ?)",
                (token, customer, card["last4"], card["product"], as_json(card["terms"])),
            )
            for event in card["events"]:
                on, fen = date.fromisoformat(event["date"]), to_fen(event["amount"])
                portfolio.record(connection, token, on, event["kind"], fen, "")

    def serve(self, platform: str, key: str, calculator: Path) -> None:
        """Start its process."""
        client = f"'{sys.executable}' -I -S '{ROOT / 'bench' / 'soak_calculator.py'}' '{calculator}'"
        command = [sys.executable, "-P", "-m", "sandbox_bank", "serve", "--db", str(self.path)]
        command += ["--port", str(self.port), "--control-port", str(self.port + 100), "--platform-url", platform]
        command += ["--platform-key", key, "--heyue", client, "--retry-seconds", "0.3"]
        self.process = Process(self.slug, command, self.home / f"{self.slug}.log")
        self.process.start()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Read from its file, beside its process."""
        with database.opened(self.path) as connection:
            return connection.execute(sql, values).fetchall()

    def trouble(self, kind: str) -> None:
        """Let its next request fail, or be slow."""
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(
                f"{self.facts['control_url']}/control/faults",
                json={"kind": kind, "until_cleared": False, "seconds": 0.5},
                headers={"authorization": f"Bearer {self.facts['control_token']}"},
                timeout=5,
                trust_env=False,
            )

    def send_twice(self, platform: str, chance: random.Random) -> int:
        """Send again an event that the platform has: it must be answered as the first time. Returns how many."""
        sent = self.rows("SELECT * FROM outbox WHERE state = 'sent' ORDER BY random() LIMIT 3")
        with database.opened(self.path) as connection:
            key, keyid = onboarding.private_key(connection), database.setting(connection, "keyid")
        done = 0
        for row in sent:
            path = f"/v1/negotiations/{row['negotiation_id']}/events"
            target = signing.Target("POST", httpx.URL(platform).netloc.decode(), path)
            headers = {"content-type": "application/cloudevents+json", "idempotency-key": row["id"]}
            now = int(datetime.now(UTC).timestamp())
            signed = signing.sign(target, key, keyid, now, row["body"], headers)
            for expected in (202, 401):  # the very same bytes once more are a replay
                try:
                    answer = httpx.post(
                        platform + path, content=row["body"], headers=signed, timeout=30, trust_env=False
                    )
                except httpx.HTTPError:
                    break
                if answer.status_code >= 500:
                    break
                if answer.status_code != expected:
                    raise SystemExit(f"{self.slug}: event {row['id']} sent again: {answer.status_code} {answer.text}")
                if expected == 202 and answer.json()["id"] != row["id"]:
                    raise SystemExit(f"{self.slug}: event {row['id']} sent again was answered otherwise: {answer.text}")
                done += 1
            if chance.random() < 0.5:
                break
        return done


def wait_until_up(urls: list[str]) -> None:
    """Wait until something answers at each address."""
    until = time.monotonic() + START_SECONDS_MAX
    for url in urls:
        while True:
            try:
                httpx.get(url, timeout=2, trust_env=False)
                break
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise SystemExit(f"nothing answers at {url}") from None
                time.sleep(0.1)


class Chaos:
    """Kills, slows and repeats at random from a seed while the soak goes on."""

    def __init__(self, banks: list[SandboxBank], platform: list[Process], url: str, every: float, seed: int) -> None:
        self._banks, self._platform, self._url, self._every = banks, platform, url, every
        self._chance = random.Random(seed)  # noqa: S311 - trouble that can be had again
        self._stop = threading.Event()
        self.did: dict[str, int] = {}
        self.broke: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Chaos":
        if self._every:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._every:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every * self._chance.uniform(0.5, 1.5)):
            what = self._chance.choices(("kill bank", "kill platform", "error", "slow", "twice"), (3, 1, 2, 1, 5))[0]
            bank = self._chance.choice(self._banks)
            try:
                number = self._do(what, bank)
            except SystemExit as broken:
                self.broke.append(str(broken))
                continue
            self.did[what] = self.did.get(what, 0) + number

    def _do(self, what: str, bank: SandboxBank) -> int:
        if what == "kill bank" and bank.process:
            bank.process.restart()
        elif what == "kill platform":
            self._chance.choice(self._platform).restart()
        elif what == "twice":
            return bank.send_twice(self._url, self._chance)
        else:
            bank.trouble(what)
        return 1


def platform_key() -> tuple[str, str]:
    """A signing key for this soak: as the platform's setting, and as the banks are told it."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return f"soak-1={base64.b64encode(private.private_bytes_raw()).decode()}", f"soak-1={public}"
