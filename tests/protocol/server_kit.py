"""A bank on the server kit, in the test's own process; the platform's own client asks it, a stand-in hears it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway import events, examples, wire
from heyue.gateway.client import BankClient
from heyue.gateway.conformance.at_bank import document, envelope
from heyue.gateway.server import BankServer, Negotiation, Request, SqliteStore, hash_of
from heyue.gateway.signing import Signer

URL, PLATFORM_URL = "http://bank.example", "https://platform.example"
TODAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 2, 30, tzinfo=UTC)
CHASED = examples.FROM_PLATFORM["answer.chased"]
CONSENT: dict[str, Any] = examples.LINK_ASKED["consent"]  # type: ignore[assignment]
HOLDER: dict[str, Any] = examples.LINK_ASKED["holder"]  # type: ignore[assignment]
ACTIVITY: dict[str, Any] = examples.ACTIVITY_PAGE["events"][0]  # type: ignore[index]
TABLE = "CREATE TABLE IF NOT EXISTS seen (what TEXT NOT NULL) STRICT;"


def signer(keyid: str) -> Signer:
    return Signer(keyid, Ed25519PrivateKey.generate())


class Platform(httpx.BaseTransport):
    """What the bank speaks to. ``troubles`` are the statuses of its next answers, ``fate`` what became of events."""

    def __init__(self) -> None:
        self.keys = [signer("platform-1")]
        self.heard: list[dict[str, Any]] = []
        self.troubles: list[int] = []
        self.fate: dict[str, Any] = {"state": "taken", "problem": None}
        self.asked_for_keys = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/keys":
            self.asked_for_keys += 1
            told = [{"keyid": one.keyid, "alg": one.alg, "public_key": one.public_text} for one in self.keys]
            return httpx.Response(200, json={"keys": told})
        if request.method == "GET":
            return httpx.Response(200, json=self.fate)
        status = self.troubles.pop(0) if self.troubles else 202
        if status == 202:
            self.heard.append(json.loads(request.content))
        return httpx.Response(status, json={"type": "urn:heyue:problem:malformed"} if status == 422 else {})

    def names(self) -> list[str]:
        return [wire.Envelope.model_validate(one).name for one in self.heard]


class ToDoor(httpx.BaseTransport):
    """Hands requests to a bank's door as they are, without a web server between."""

    def __init__(self, bank: BankServer) -> None:
        self._bank = bank

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._bank.answer(Request(request.method, path, query, headers, request.read()))
        told = {"content-type": answer.media_type} if answer.body else {}
        return httpx.Response(answer.status, headers={**told, **answer.headers}, content=answer.body)


@dataclass
class Kit:
    """A bank's server, the platform's line to it, and a clock that both go by."""

    folder: Path
    platform: Platform = field(default_factory=Platform)
    now: datetime = NOW
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.applied: list[str] = []
        self.took: list[Any] = []
        self.store = SqliteStore(self.folder / "bank.sqlite", TABLE)
        self.key = signer("bank-1")
        self.bank = self.opened()

    def opened(self) -> BankServer:
        """The server, as a process that starts has it."""
        given = {key.keyid: key.public_text for key in self.platform.keys[:1]}
        options: dict[str, Any] = {"today": lambda: TODAY, "now": lambda: self.now, "transport": self.platform}
        bank = BankServer("qinghe", self.key, PLATFORM_URL, given, [URL], self.store, **(options | self.more))
        bank.customer(lambda holder: "c-1" if holder.name == HOLDER["name"] else None)
        bank.cards(lambda customer: {"as_of": TODAY.isoformat(), "cards": [examples.CARD]})
        bank.application(lambda negotiation, application: self.applied.append(application.number))
        bank.on(events.AnswerChased)(self.chased)
        return bank

    def chased(self, negotiation: Negotiation, event: events.AnswerChased) -> None:
        """The handler of the event that the tests send most; a test may put another in its place."""
        self.took.append(event.due_on)

    def client(self, key: Signer | None = None) -> BankClient:
        """The platform's client, over WSGI to the bank."""
        transport = httpx.WSGITransport(app=self.bank.wsgi())
        return BankClient(URL, key or self.platform.keys[0], 5.0, now=lambda: self.now, transport=transport)

    def later(self, **parts: int) -> None:
        self.now += timedelta(**parts)


@dataclass
class Talk:
    """The platform's end of one negotiation with the bank."""

    kit: Kit
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def apply(self, **changes: Any) -> Talk:
        told = application(self.id) | changes
        self.kit.client().post("/v1/applications", json.dumps(told).encode(), self.id, "application/json")
        return self

    def event(self, name: str, sequence: int, data: Mapping[str, Any] = CHASED) -> dict[str, Any]:
        return envelope(self.id, wire.PLATFORM_SOURCE, name, dict(data), sequence, self.kit.now, TODAY.isoformat())

    def send(self, name: str, sequence: int, data: Mapping[str, Any] = CHASED) -> dict[str, Any]:
        """Send an event and return it."""
        event = self.event(name, sequence, data)
        path = f"/v1/negotiations/{self.id}/events"
        self.kit.client().post(path, json.dumps(event).encode(), event["id"], wire.EVENT_MEDIA_TYPE)
        return event

    def fate(self, event: dict[str, Any]) -> dict[str, Any]:
        return self.kit.client().fate(self.id, event["id"])

    def said(self) -> list[str]:
        """The names of what the bank told here."""
        mine = [one for one in self.kit.platform.heard if one["subject"] == self.id]
        return [wire.Envelope.model_validate(one).name for one in mine]


def application(negotiation_id: str) -> dict[str, Any]:
    """The example's application, with a form that is one and terms whose hash stands."""
    asked: Any = examples.APPLICATION["asked"]
    terms = wire.Terms.model_validate(asked["terms"])
    told = {"id": negotiation_id, "form": document(), "asked": asked | {"hash": hash_of(terms)}}
    return examples.APPLICATION | told
