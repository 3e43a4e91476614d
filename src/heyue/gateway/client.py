"""Typed clients of the gateway (gateway-v1 sections 2 to 4): the platform's to a bank, a bank's to the platform.

Both stand alone: they need no Django and no settings, only a key and an address.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx

from heyue.clock.machine import machine_now
from heyue.gateway import events
from heyue.gateway.line import Answer, Line, Refused, Unreachable, part, read
from heyue.gateway.signing import Signer
from heyue.gateway.wire import (
    EVENT_MEDIA_TYPE,
    Activity,
    ActivityPage,
    Cards,
    Consent,
    Envelope,
    Fate,
    Holder,
    KeyTold,
    LinkAsked,
    Linked,
    NegotiationPage,
    NegotiationTold,
    PlatformKeys,
    ProofRef,
    shaped,
)

JSON_TYPE = "application/json"
PAGES_MAX = 400
SECONDS_MAX = 10.0

__all__ = [
    "Answer",
    "BankClient",
    "BankRefused",
    "BankUnreachable",
    "NotOurCustomer",
    "PlatformClient",
    "Refused",
    "Unreachable",
]

BankUnreachable = Unreachable
BankRefused = Refused


class NotOurCustomer(Refused):
    """The bank does not know this holder."""


class BankClient(Line):
    """The platform's side of the line to one bank."""

    def link_account(self, consent: Consent, holder: Holder, asking: str = "") -> str:
        """Ask for the holder's accounts and return the bank's reference of the link.

        ``asking`` tells one asking from the next under the same consent: a retry gets the same answer, a holder
        who became a customer meanwhile a new one. Raises ``NotOurCustomer``, ``BankRefused``,
        ``BankUnreachable``.
        """
        body = LinkAsked(consent=consent, holder=holder).model_dump_json().encode()
        key = f"{consent.id}-{sha256(asking.encode() + body).hexdigest()[:24]}"
        try:
            answer = self.post("/v1/account-links", body, key, JSON_TYPE)
        except Refused as refused:
            if refused.code == "not-our-customer":
                raise NotOurCustomer(refused.status, refused.problem) from None
            raise
        return read(Linked, answer).link

    def cards(self, link: str) -> Cards:
        """Return the cards behind a link, with their statements, as of the bank's business day."""
        return read(Cards, self.ask("GET", f"/v1/account-links/{part(link)}/cards"))

    def activity(self, link: str, after: int) -> list[Activity]:
        """Return all that happened after ``after``, page by page, in order."""
        found: list[Activity] = []
        for _ in range(PAGES_MAX):
            page = read(ActivityPage, self.ask("GET", f"/v1/account-links/{part(link)}/activity?after={after}"))
            found += page.events
            if not page.more:
                return found
            if page.next <= after:
                raise BankUnreachable("the bank's pages do not go on")
            after = page.next
        return found

    def unlink(self, link: str) -> None:
        """Tell the bank that the consent is withdrawn; a link that it does not know any more is as good."""
        try:
            self.ask("DELETE", f"/v1/account-links/{part(link)}")
        except BankRefused as refused:
            if refused.code != "unknown-link":
                raise


class PlatformClient(Line):
    """A bank's side of the line to the platform.

    ``slug`` is the bank's name in ``urn:heyue:bank:<slug>``. Events carry numbers that count up from 1 in each
    negotiation without gaps: the bank keeps count, ``negotiations`` tells where the platform stands.
    """

    def __init__(
        self,
        base_url: str,
        signer: Signer,
        slug: str,
        timeout: float = SECONDS_MAX,
        *,
        now: Callable[[], datetime] = machine_now,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(base_url, signer, timeout, now=now, transport=transport)
        self._slug = slug

    def event(
        self, name: str, negotiation_id: str, sequence: int, businessdate: date, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Return an event in its CloudEvents envelope, ready to be kept and sent. Raises ``Problem`` for bad data."""
        envelope = Envelope(
            specversion="1.0",
            id=str(uuid.uuid4()),
            source=f"urn:heyue:bank:{self._slug}",
            type=f"heyue.{name}.v1",
            subject=negotiation_id,
            time=self._now(),
            businessdate=businessdate,
            sequence=str(sequence),
            data=data,
        )
        events.data_from_bank(envelope)
        return envelope.model_dump(mode="json")

    def send(self, event: dict[str, Any]) -> Answer:
        """Send an event; sending the same again is safe. Raises ``Refused``, ``Unreachable`` (then send it again)."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return self.post(f"/v1/negotiations/{part(event['subject'])}/events", body, event["id"], EVENT_MEDIA_TYPE)

    def became(self, event: dict[str, Any]) -> Fate:
        """Return what became of an event that was sent."""
        return shaped(Fate, self.fate(event["subject"], event["id"]))

    def negotiations(self) -> Iterator[NegotiationTold]:
        """Return the bank's negotiations, page by page, in the order of time."""
        path = "/v1/negotiations"
        for _ in range(PAGES_MAX):
            page = read(NegotiationPage, self.ask("GET", path))
            yield from page.negotiations
            if page.next is None:
                return
            path = f"/v1/negotiations?after={part(page.next)}"

    def proof(self, proof: ProofRef) -> bytes:
        """Fetch a proof under its grant; the holder is shown that it was fetched.

        Raises ``Refused`` (``grant-expired``), ``Unreachable``, ``ValueError`` when the bytes are not those listed.
        """
        content = self.ask("GET", urlsplit(proof.grant).path, binary=True).content
        if sha256(content).hexdigest() != proof.sha256:
            raise ValueError("the proof is not the one that the application lists")
        return content

    def platform_keys(self) -> tuple[KeyTold, ...]:
        """Return the platform's public keys, the one in use first."""
        return read(PlatformKeys, self.ask("GET", "/v1/keys")).keys
