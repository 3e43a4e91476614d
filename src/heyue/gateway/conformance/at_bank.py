"""The bank that is judged, and the talk that the kit has with it as the platform."""

from __future__ import annotations

import hashlib
import json
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from heyue.engine.money import fen, yuan
from heyue.engine.schedule import build
from heyue.gateway import events, wire
from heyue.gateway.client import BankClient
from heyue.gateway.conformance.case import Failed, Skipped, must
from heyue.gateway.conformance.door import Ask, Door
from heyue.gateway.conformance.listener import Heard, Listener
from heyue.gateway.values import instant_text

PDF = b"%PDF-1.4\n% a form for the conformance kit\n%%EOF\n"
STRANGER = {"name": "无此人", "id_number": "110101190001010003", "phone": "10000000000"}
SCOPES = ("accounts", "statements", "payments")
TOO_LARGE_BYTES = 16 * 1024 * 1024
DUE_DAY = 18
PERIODS = 12
LEAD_DAYS = 20
POLL_SECONDS = 0.05
DAYS_MAX = 5
A_DAY_SECONDS = 0.5
"""How long a bank has for one of its days, where its clock is moved for it."""


@dataclass
class AtBank:
    """What the cases need of the bank under test.

    ``holder`` is one of its customers with a debt, made for tests; without one, what needs a customer is skipped.
    ``listener`` hears what the bank sends; without one, what waits for the bank is skipped. ``next_day`` moves the
    bank's test clock by a day, where it has one.
    """

    door: Door
    client: BankClient
    now: Callable[[], datetime]
    holder: dict[str, str] | None = None
    listener: Listener | None = None
    patience_seconds: float = 10.0
    next_day: Callable[[], None] | None = None
    too_large_bytes: int = TOO_LARGE_BYTES
    nothing: str = field(default_factory=lambda: str(uuid.uuid4()))
    _cards: dict[str, Any] | None = field(default=None, repr=False)

    # ── what the door's cases ask for ────────────────────────────────────────────────────────────────────────────────

    @property
    def get(self) -> Ask:
        """The fate of an event that nobody sent."""
        return Ask("GET", f"/v1/negotiations/{self.nothing}/events/{self.nothing}")

    @property
    def get_with_query(self) -> Ask:
        """The activity of a link that is not there."""
        return Ask("GET", "/v1/account-links/none/activity?after=0")

    def post(self) -> Ask:
        """Ask for the accounts of somebody who is nobody's customer."""
        return link_ask(STRANGER)

    def kept_post(self) -> Ask:
        """The same: its answer is kept like any other."""
        return self.post()

    def elsewhere(self) -> str:
        """Where applications go."""
        return "/v1/applications"

    # ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def known_holder(self) -> dict[str, str]:
        """The customer to try with. Raises ``Skipped``."""
        if self.holder is None:
            raise Skipped("没有给出银行的测试客户（--holder）")
        return self.holder

    def linked(self, scopes: tuple[str, ...] = SCOPES) -> str:
        """Return a fresh link to the customer's accounts."""
        reply = self.door.ask(link_ask(self.known_holder(), scopes))
        must(reply.status == 201, f"测试客户应能关联，实际 {reply.status} {reply.code} {reply.shown}")
        return str(reply.json["link"])

    def cards(self) -> dict[str, Any]:
        """Return the customer's cards, asked for once."""
        if self._cards is None:
            reply = self.door.ask(Ask("GET", f"/v1/account-links/{self.linked()}/cards"))
            must(reply.status == 200, f"应答 200，实际 {reply.status} {reply.code}")
            self._cards = wire.shaped(wire.Cards, reply.json).model_dump(mode="json")
        return self._cards

    # ── talking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def ear(self) -> Listener:
        """The listener. Raises ``Skipped``."""
        if self.listener is None:
            raise Skipped("没有开听（--listen），银行发来的消息收不到")
        return self.listener

    def talk(self, **changes: Any) -> Talk:
        """Return a new negotiation, not sent yet."""
        return Talk(self, application(self.cards(), self.known_holder()) | changes)

    def applied(self, **changes: Any) -> Talk:
        """Return a negotiation whose application the bank has stored."""
        talk = self.talk(**changes)
        reply = self.door.ask(talk.ask())
        must(reply.status == 202, f"申请应答 202，实际 {reply.status} {reply.code} {reply.shown}")
        return talk


@dataclass
class Talk:
    """The platform's end of one negotiation."""

    bank: AtBank
    application: dict[str, Any]
    sequence: int = 0

    @property
    def id(self) -> str:
        """The negotiation's id."""
        return str(self.application["id"])

    def ask(self) -> Ask:
        """The request that carries the application."""
        return Ask("POST", "/v1/applications", _written(self.application), "application/json", self.id)

    def event(self, name: str, data: dict[str, Any], sequence: int | None = None, **changes: Any) -> dict[str, Any]:
        """Return an event, the next in number unless told another."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return envelope(self.id, wire.PLATFORM_SOURCE, name, data, sequence, self.bank.now(), self.day) | changes

    @property
    def day(self) -> str:
        """The business day that messages say."""
        return str(self.application["base_date"])

    def event_ask(self, event: dict[str, Any]) -> Ask:
        """The request that carries an event."""
        return event_ask(self.id, event)

    def fate(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return what the bank says became of an event."""
        reply = self.bank.door.ask(Ask("GET", f"/v1/negotiations/{self.id}/events/{event['id']}"))
        must(reply.status == 200, f"问事件下落应答 200，实际 {reply.status} {reply.code}")
        return wire.shaped(wire.Fate, reply.json).model_dump()

    def judged(self, event: dict[str, Any]) -> dict[str, Any]:
        """Wait until an event is judged. Raises ``Failed``."""
        until = monotonic() + self.bank.patience_seconds
        while (told := self.fate(event))["state"] == "waiting":
            if monotonic() > until:
                raise Failed(f"{self.bank.patience_seconds:g} 秒后事件还没有结论")
            sleep(POLL_SECONDS)
        return told

    def send(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send an event and return what became of it."""
        event = self.event(name, data)
        reply = self.bank.door.ask(self.event_ask(event))
        must(reply.status == 202, f"事件应答 202，实际 {reply.status} {reply.code} {reply.shown}")
        return self.judged(event)

    def wait(self, *names: str, number: int = 1, seconds: float | None = None) -> list[Heard]:
        """Wait for the bank's events of these names, in the order they came. Raises ``Failed``."""
        types = {f"heyue.{name}.v1" for name in names}

        def wanted(one: Heard) -> bool:
            return one.json.get("subject") == self.id and one.json.get("type") in types

        patience = self.bank.patience_seconds if seconds is None else seconds
        return self.bank.ear().wait(wanted, patience, "、".join(names), number)

    def wait_days(self, *names: str) -> Heard:
        """Wait for an event that the bank's officer may take days for. Raises ``Skipped`` when it does not come."""
        move, patience = self.bank.next_day, self.bank.patience_seconds
        waits = [A_DAY_SECONDS] * DAYS_MAX + [patience] if move else [patience]
        for left, seconds in zip(reversed(range(len(waits))), waits, strict=True):
            try:
                return self.wait(*names, seconds=seconds)[-1]
            except Failed:
                if move and left:
                    move()
        raise Skipped(f"银行这边没有等到{'、'.join(names)}（--patience 可以多等，--control 可以拨它的日期）")


def link_ask(holder: dict[str, str], scopes: tuple[str, ...] = SCOPES, **more: Any) -> Ask:
    """Return the request that asks for a holder's accounts under a fresh consent."""
    consent = {"id": str(uuid.uuid4()), "given_at": "2026-11-16T01:00:00Z", "scopes": list(scopes)}
    body = _written({"consent": consent, "holder": holder, **more})
    return Ask("POST", "/v1/account-links", body, "application/json", str(uuid.uuid4()))


def event_ask(negotiation_id: str, event: dict[str, Any]) -> Ask:
    """Return the request that carries an event in either direction."""
    path = f"/v1/negotiations/{negotiation_id}/events"
    return Ask("POST", path, _written(event), wire.EVENT_MEDIA_TYPE, event["id"])


def envelope(
    negotiation_id: str, source: str, name: str, data: dict[str, Any], sequence: int, now: datetime, day: str
) -> dict[str, Any]:
    """Return a CloudEvents object; its data is not checked, so that it may be wrong."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": source,
        "type": f"heyue.{name}.v1",
        "subject": negotiation_id,
        "time": instant_text(now.astimezone(UTC)),
        "businessdate": day,
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "data": data,
    }


def document(content: bytes = PDF) -> dict[str, str]:
    """Return a PDF as it travels in a message."""
    sha256 = hashlib.sha256(content).hexdigest()
    return {"sha256": sha256, "media_type": "application/pdf", "base64": b64encode(content).decode()}


def application(cards: dict[str, Any], holder: dict[str, str]) -> dict[str, Any]:
    """Return an application for all of a customer's cards: twelve instalments without interest, nothing waived."""
    structure = [
        {
            **{name: card[name] for name in ("last4", "product", "balance", "days_overdue")},
            **{name: card["owed"][name] for name in ("principal", "interest", "fee")},
            "card": card["token"],
        }
        for card in cards["cards"]
    ]
    if not structure:
        raise Skipped("测试客户名下没有卡")
    balance, waivable = (sum(fen(card[name]) for card in cards["cards"]) for name in ("balance", "waivable"))
    day = date.fromisoformat(cards["as_of"])
    terms = {
        "principal": yuan(balance),
        "down_payment": "0.00",
        "periods": PERIODS,
        "method": "interest_free",
        "first_due": first_due(day).isoformat(),
        "due_day": DUE_DAY,
    }
    return {
        "id": str(uuid.uuid4()),
        "number": f"HY-{day:%Y%m%d}-TEST-{uuid.uuid4().hex[:4].upper()}",
        "application_number": f"HY-{day:%Y%m%d}-TEST",
        "submitted_on": day.isoformat(),
        "base_date": day.isoformat(),
        "holder": holder,
        "debt": {"balance": yuan(balance), "waivable": yuan(waivable), "currency": "CNY", "structure": structure},
        "asked": {"terms": terms, "waived": "0.00", "hash": build(terms).hash, "interest_after_base_date": "waived"},
        "budget": {name: "0.00" for name in ("income", "expenses", "reserve", "affordable", "other_banks_monthly")},
        "hardship": {"kind": "income-fell", "story": "协议检验，不是真的申请。"},
        "proofs": [],
        "form": document(),
        "standstill": {"requested": True, "until": (day + timedelta(days=45)).isoformat()},
    }


def question_of_dispute(day: str) -> dict[str, Any]:
    """Return what ``dispute.asked`` tells, of a dispute that nobody raised."""
    dispute_id, question_id = str(uuid.uuid4()), str(uuid.uuid4())
    return {
        "dispute_id": dispute_id,
        "number": f"HY-TEST-{dispute_id[:4].upper()}-Y1",
        "question_id": question_id,
        "kind": "payment",
        "said": "协议检验，不是真的异议。",
        "text": "这笔款入账了吗？",
        "raised_on": day,
        "answer_by": (date.fromisoformat(day) + timedelta(days=DAYS_MAX)).isoformat(),
    }


def first_due(day: date) -> date:
    """Return the due day of the first month that leaves time enough."""
    ahead = day + timedelta(days=LEAD_DAYS)
    return (
        ahead.replace(day=DUE_DAY)
        if ahead.day <= DUE_DAY
        else (ahead.replace(day=1) + timedelta(days=45)).replace(day=DUE_DAY)
    )


def of_bank(heard: Heard) -> tuple[dict[str, Any], Any]:
    """Return a bank's event and its data, read in their shapes. Raises ``Problem``."""
    read = wire.shaped(wire.Envelope, heard.json)
    return heard.json, events.data_from_bank(read)


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
