"""The platform that is judged, and the bank that the kit plays to it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from heyue.gateway import wire
from heyue.gateway.conformance.at_bank import POLL_SECONDS, envelope, event_ask
from heyue.gateway.conformance.case import Failed, Skipped, must
from heyue.gateway.conformance.door import Ask, Door
from heyue.gateway.conformance.listener import Heard, Listener

TOO_LARGE_BYTES = 2 * 1024 * 1024
DAY = "2026-11-16"
ASSIGNED = {"name": "协议检验", "staff_number": "T-0001"}
PAGES_MAX = 400


@dataclass
class AtPlatform:
    """What the cases need of the platform under test.

    ``slug`` is the bank that the kit plays, registered there with the key that ``door`` signs with. ``negotiation``
    is one that was opened for the kit alone: its events are counted. ``listener`` is where the platform reaches that
    bank; an application that comes there is a negotiation too.
    """

    door: Door
    slug: str
    now: Callable[[], datetime]
    negotiation: str = ""
    listener: Listener | None = None
    patience_seconds: float = 10.0
    too_large_bytes: int = TOO_LARGE_BYTES
    nothing: str = field(default_factory=lambda: str(uuid.uuid4()))
    _none_came: bool = False

    # ── what the door's cases ask for ────────────────────────────────────────────────────────────────────────────────

    @property
    def get(self) -> Ask:
        """The fate of an event that nobody sent."""
        return Ask("GET", f"/v1/negotiations/{self.nothing}/events/{self.nothing}")

    @property
    def get_with_query(self) -> Ask:
        """The first page of our negotiations."""
        return Ask("GET", "/v1/negotiations?limit=1")

    def post(self) -> Ask:
        """An event of a negotiation that is not there."""
        return event_ask(self.nothing, self.event("officer.assigned", ASSIGNED, 1, self.nothing))

    def kept_post(self) -> Ask:
        """The next event of our negotiation."""
        return self.ask(self.event("officer.assigned", ASSIGNED))

    def elsewhere(self) -> str:
        """The events of another negotiation."""
        return f"/v1/negotiations/{self.nothing}/events"

    # ── our negotiation ──────────────────────────────────────────────────────────────────────────────────────────────

    def ours(self) -> str:
        """The negotiation to try with. Raises ``Skipped``."""
        if not self.negotiation and self.listener:
            applied = [one for one in list(self.listener.heard) if one.path == "/v1/applications" and not one.wrong]
            if applied:
                self.negotiation = str(applied[-1].json.get("id", ""))
        if not self.negotiation:
            raise Skipped("没有专为检验开的协商（--negotiation，或向本机的 --listen 地址发来一份申请）")
        return self.negotiation

    def lines(self, limit: int = 200) -> list[dict[str, Any]]:
        """Return all of the bank's negotiations, page by page."""
        found: list[dict[str, Any]] = []
        path = f"/v1/negotiations?limit={limit}"
        for _ in range(PAGES_MAX):
            reply = self.door.ask(Ask("GET", path))
            must(reply.status == 200, f"应答 200，实际 {reply.status} {reply.code}")
            page = wire.shaped(wire.NegotiationPage, reply.json).model_dump(mode="json")
            must(len(page["negotiations"]) <= limit, f"一页多于 {limit} 条")
            found += page["negotiations"]
            if page["next"] is None:
                return found
            must(page["negotiations"], "空的一页却说还有")
            path = f"/v1/negotiations?limit={limit}&after={page['next']}"
        raise Failed("翻页没有尽头")

    def next_sequence(self) -> int:
        """Return the number that our next event must have."""
        ours = self.ours()
        for line in self.lines():
            if line["id"] == ours:
                return int(line["next_sequence"])
        raise Failed(f"{ours} 不在本行的协商里")

    def event(
        self, name: str, data: Any, sequence: int | None = None, negotiation: str = "", **changes: Any
    ) -> dict[str, Any]:
        """Return an event of the bank, the next in number unless told another."""
        place = negotiation or self.ours()
        number = self.next_sequence() if sequence is None else sequence
        source = f"urn:heyue:bank:{self.slug}"
        return envelope(place, source, name, data, number, self.now(), DAY) | changes

    def ask(self, event: dict[str, Any]) -> Ask:
        """The request that carries an event of our negotiation."""
        return event_ask(self.ours(), event)

    def fate(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return what the platform says became of an event."""
        reply = self.door.ask(Ask("GET", f"/v1/negotiations/{event['subject']}/events/{event['id']}"))
        must(reply.status == 200, f"问事件下落应答 200，实际 {reply.status} {reply.code}")
        return wire.shaped(wire.Fate, reply.json).model_dump()

    def judged(self, event: dict[str, Any]) -> dict[str, Any]:
        """Wait until an event is judged. Raises ``Failed``."""
        until = monotonic() + self.patience_seconds
        while (told := self.fate(event))["state"] == "waiting":
            if monotonic() > until:
                raise Failed(f"{self.patience_seconds:g} 秒后事件还没有结论")
            sleep(POLL_SECONDS)
        return told

    # ── what the platform sends ──────────────────────────────────────────────────────────────────────────────────────

    def ear(self) -> Listener:
        """The listener. Raises ``Skipped``."""
        if self.listener is None:
            raise Skipped("没有开听（--listen），平台发来的消息收不到")
        return self.listener

    def applied(self, number: int = 1) -> list[Heard]:
        """Return every try of the application that came. Raises ``Skipped`` when none comes."""
        ear = self.ear()
        try:
            seconds = 0.0 if self._none_came else self.patience_seconds
            return ear.wait(lambda one: one.path == "/v1/applications", seconds, "申请", number)
        except Failed as none:
            self._none_came = True
            raise Skipped(f"{none}：在平台上向这家银行递交一份申请，再等它发来") from none


def take(heard: Heard) -> tuple[int, dict[str, Any]]:
    """Answer as a bank does: store, say so, and know no accounts."""
    key = heard.headers.get("idempotency-key", "")
    if heard.method == "GET":
        return 200, {"state": "taken", "problem": None}
    return 202, {"id": key, "stored_at": "2026-11-16T00:00:00Z"}


def body_of(event: dict[str, Any]) -> bytes:
    """Write an event as it travels."""
    return json.dumps(event, ensure_ascii=False).encode()
