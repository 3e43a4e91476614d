"""The other side of the sandbox bank in its tests: a tiny platform that keeps what it gets, and the bank's process.

Signatures and shapes are the platform's own (`heyue.gateway`), so that the two implementations check each other.
"""

import base64
import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway import events as gateway_events
from heyue.gateway import signing
from heyue.gateway.client import BankClient
from heyue.gateway.wire import Consent, Envelope, Holder, shaped

SOURCE = Path(__file__).parents[2] / "src"
HEYUE = shlex.join([sys.executable, "-P", "-m", "heyue.faces.cli"])
TODAY = "2026-11-16"
LIN = {"name": "林晓", "id_number": "110101199003074477", "phone": "13800005678"}
ZHAO = {"name": "赵宁", "id_number": "42010619881123212X", "phone": "13900001234"}
PDF = b"%PDF-1.7 a form\n"
WAIT_SECONDS = 20.0
OPENED: dict[str, tuple[bytes, dict[str, Any]]] = {}


def machine_now() -> datetime:
    """Wire time of the test's side."""
    return datetime.now(UTC)


def eventually(found: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """Wait until something is there, and give it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds} s")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Platform:
    """Verifies, checks the shape of and keeps every event; `status` is what it answers."""

    def __init__(self) -> None:
        self.signer = signing.Signer("platform-test", Ed25519PrivateKey.generate())
        self.bank_keys: dict[str, str] = {}
        self.status = 202
        self.arrivals: list[tuple[str, str, str]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.faults: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of(self, negotiation_id: str) -> list[dict[str, Any]]:
        """The negotiation's events in sequence."""
        mine = [event for event in list(self.events.values()) if event["subject"] == negotiation_id]
        return sorted(mine, key=lambda event: int(event["sequence"]))

    def names(self, negotiation_id: str) -> list[str]:
        return [event["type"].removeprefix("heyue.").removesuffix(".v1") for event in self.of(negotiation_id)]

    def wait_for(self, negotiation_id: str, name: str, number: int = 1) -> dict[str, Any]:
        """The data of the latest of so many events of one name."""

        def found() -> dict[str, Any] | None:
            same = [event for event in self.of(negotiation_id) if event["type"] == f"heyue.{name}.v1"]
            return same[-1] if len(same) >= number else None

        event: dict[str, Any] = eventually(found, name)
        return {**event["data"], "businessdate": event["businessdate"]}

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        """Judge one request as the platform would."""
        incoming = signing.Incoming(method, self.url + path, headers, body)

        def key(keyid: str) -> Any:
            return signing.public_key(self.bank_keys[keyid]) if keyid in self.bank_keys else None

        verified = signing.verify(incoming, key, machine_now())
        event = json.loads(body)
        gateway_events.data_from_bank(shaped(Envelope, event))
        assert event["id"] == headers["idempotency-key"]
        assert path == f"/v1/negotiations/{event['subject']}/events"
        self.arrivals.append((event["id"], verified.nonce, hashlib.sha256(body).hexdigest()))
        if self.status == 202:
            self.events[event["id"]] = event
        return self.status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status = platform.take("POST", self.path, headers, body)
                except Exception as error:
                    platform.faults.append(repr(error))
                    status = 400
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        return Handler


class BankProcess:
    """One sandbox bank as a process, with its database in a folder of its own."""

    def __init__(self, profile: str, folder: Path, platform: Platform, heyue: str = HEYUE) -> None:
        self.db, self.platform, self.heyue = folder / f"{profile}.db", platform, heyue
        self.profile = profile
        self.facts = self._opened()
        platform.bank_keys[self.facts["keyid"]] = self.facts["public_key"]
        self.port, self.control_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.client = BankClient(self.url, platform.signer, 10.0, now=machine_now)

    def _opened(self) -> dict[str, Any]:
        """The bank's database, opened once in a run of tests and copied from then on."""
        if self.profile not in OPENED:
            facts = self.init()
            OPENED[self.profile] = (self.db.read_bytes(), facts)
        content, facts = OPENED[self.profile]
        self.db.write_bytes(content)
        return facts

    def init(self) -> dict[str, Any]:
        """Run `init` and read what it prints."""
        arguments = ["init", "--db", str(self.db), "--profile", self.profile, "--today", TODAY, "--json"]
        done = subprocess.run(self._command(*arguments), capture_output=True, text=True, env=self._env(), check=True)
        facts: dict[str, Any] = json.loads(done.stdout)
        return facts

    def start(self, *more: str) -> "BankProcess":
        """Start serving and wait until it says so."""
        self.process = subprocess.Popen(
            self._command(*self.serve_arguments(), *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._env(),
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert self.url in line, line
        return self

    def serve_arguments(self) -> list[str]:
        return [
            *("serve", "--db", str(self.db), "--port", str(self.port), "--control-port", str(self.control_port)),
            *("--platform-url", self.platform.url, "--heyue", self.heyue, "--retry-seconds", "0.1"),
            *("--platform-key", f"{self.platform.signer.keyid}={self.platform.signer.public_text}"),
        ]

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, and give its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        status = self.process.wait(WAIT_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return status

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the bank to its end."""
        return subprocess.run(
            self._command(*arguments), capture_output=True, text=True, env=self._env(), timeout=60, check=False
        )

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "sandbox_bank", *arguments]

    def _env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(SOURCE)}

    def control(self, path: str, value: dict[str, Any] | None = None) -> Any:
        """Call the control address; `GET` without a value."""
        url = f"http://127.0.0.1:{self.control_port}/control/{path}"
        headers = {"authorization": f"Bearer {self.facts['control_token']}"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            done = client.get(url, headers=headers) if value is None else client.post(url, json=value, headers=headers)
        done.raise_for_status()
        return done.json()

    def move_to(self, day: str) -> None:
        self.control("clock", {"today": day})

    def link(self, holder: dict[str, str], scopes: tuple[str, ...] = ("accounts", "statements", "payments")) -> str:
        consent = Consent.model_validate({"id": str(uuid.uuid4()), "given_at": machine_now(), "scopes": scopes})
        return self.client.link_account(consent, Holder.model_validate(holder), "test")

    def raw(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
        """Send a request as it is, signed or not."""
        with httpx.Client(trust_env=False, timeout=20) as client:
            return client.request(method, self.url + path, content=body or None, headers=headers)


def schedule(terms: dict[str, Any]) -> dict[str, Any]:
    """The answer of `heyue schedule`, as the platform would have it."""
    return _heyue("schedule", terms)


def interest(question: dict[str, Any]) -> dict[str, Any]:
    """The answer of `heyue interest`."""
    return _heyue("interest", question)


def _heyue(command: str, question: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [*shlex.split(HEYUE), command, "-"], input=json.dumps(question), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def document(content: bytes = PDF) -> dict[str, str]:
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "media_type": "application/pdf",
        "base64": base64.b64encode(content).decode(),
    }


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    return int(text.replace(".", ""))


def application(bank: BankProcess, periods: int, waived: str | None = None, **changes: Any) -> dict[str, Any]:
    """An application of Lin for all her cards at a bank, on terms of its policy but for the periods."""
    cards = bank.client.cards(bank.link(LIN)).model_dump(mode="json")["cards"]
    structure = [
        {
            **{name: card[name] for name in ("last4", "product", "balance", "days_overdue")},
            **{name: card["owed"][name] for name in ("principal", "interest", "fee")},
            "card": card["token"],
        }
        for card in cards
    ]
    balance, waivable = (sum(fen(card[name]) for card in cards) for name in ("balance", "waivable"))
    policy = bank.facts["policy"]
    waived = yuan(waivable) if waived is None else waived
    terms = {
        "principal": yuan(balance - fen(waived)),
        "down_payment": "0.00",
        "periods": periods,
        "method": policy["method"],
        "first_due": f"2026-12-{policy['due_day']:02d}",
        "due_day": policy["due_day"],
        **({"monthly_rate": policy["monthly_rate"]} if "monthly_rate" in policy else {}),
        **changes,
    }
    return {
        "id": str(uuid.uuid4()),
        "number": "HY-20261116-0001-XX",
        "application_number": "HY-20261116-0001",
        "submitted_on": TODAY,
        "base_date": TODAY,
        "holder": LIN,
        "debt": {"balance": yuan(balance), "waivable": yuan(waivable), "currency": "CNY", "structure": structure},
        "asked": {
            "terms": terms,
            "waived": waived,
            "hash": schedule(terms)["hash"],
            "interest_after_base_date": "waived",
        },
        "budget": {name: "0.00" for name in ("income", "expenses", "reserve", "affordable", "other_banks_monthly")},
        "hardship": {"kind": "unemployment", "story": "服装店关门"},
        "proofs": [],
        "form": document(),
        "standstill": {"requested": True, "until": "2026-12-31"},
    }


class Negotiation:
    """The platform's end of one negotiation: sends events with their sequence."""

    def __init__(self, bank: BankProcess, sent: dict[str, Any]) -> None:
        self.bank, self.application, self.id = bank, sent, sent["id"]
        self.sequence = 0

    def apply(self) -> int:
        body = json.dumps(self.application).encode()
        return self.bank.client.post("/v1/applications", body, self.id, "application/json").status

    def event(self, name: str, data: dict[str, Any], sequence: int | None = None) -> dict[str, Any]:
        """An event, next in sequence unless told another."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "urn:heyue:platform",
            "type": f"heyue.{name}.v1",
            "subject": self.id,
            "time": machine_now().isoformat(),
            "businessdate": TODAY,
            "sequence": str(sequence),
            "datacontenttype": "application/json",
            "data": data,
        }

    def post(self, event: dict[str, Any]) -> int:
        body, path = json.dumps(event).encode(), f"/v1/negotiations/{self.id}/events"
        return self.bank.client.post(path, body, event["id"], "application/cloudevents+json").status

    def send(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send an event and wait until it is judged; gives its fate."""
        event = self.event(name, data)
        assert self.post(event) == 202

        def judged() -> dict[str, Any] | None:
            fate = self.bank.client.fate(self.id, event["id"])
            return fate if fate["state"] != "waiting" else None

        fate: dict[str, Any] = eventually(judged, f"the fate of {name}")
        return fate

    def conclude(self, offer_id: str, terms: dict[str, Any]) -> str:
        """Accept an offer, draw the agreement and sign as the holder; gives the agreement's id."""
        agreement_id, stated = str(uuid.uuid4()), schedule(terms)["hash"]
        paper = document(b"%PDF-1.7 an agreement\n")
        drawn = {"agreement_id": agreement_id, "offer_id": offer_id, "schedule_hash": stated, "terms": terms}
        signed = {"agreement_id": agreement_id, "document_sha256": paper["sha256"], "method": "one-time-code"}
        for name, data in (
            ("offer.accepted", {"offer_id": offer_id, "hash": stated}),
            ("agreement.drawn", {**drawn, "document": paper}),
            ("agreement.signed", {**signed, "signed_at": machine_now().isoformat()}),
        ):
            fate = self.send(name, data)
            assert fate == {"state": "taken", "problem": None}, (name, fate)
        return agreement_id
