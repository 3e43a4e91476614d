"""A bank's end of the gateway inside the test: it signs with the sandbox bank's own code, the platform judges."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from heyue import clock
from heyue.application.models import Application, Debt
from heyue.banks import outbox
from heyue.banks.actions import join
from heyue.banks.models import Bank, OutboundMessage
from heyue.dispatch.models import Dispatch
from heyue.gateway import examples
from heyue.identity.models import Consent, Person
from sandbox_bank import signing as banks

EVENT_TYPE = "application/cloudevents+json"
AUTHORITY = "testserver"
FORM_SHA256 = examples.DIGEST
_numbers = itertools.count(1)


def onboarding(slug: str, key: Ed25519PrivateKey, **more: Any) -> dict[str, Any]:
    """What a bank hands over when it joins."""
    facts = {
        "slug": slug,
        "name": f"{slug}银行",
        "short_name": slug[:4],
        "seal": "东",
        "hotline": "400-000-1357",
        "keyid": f"{slug}-1",
        "public_key": banks.public_text(key),
        "pay_instructions": "打开手机银行。",
        "policy": {"method": "interest_free", "periods": [12]},
        "base_url": f"http://{slug}.example",
    }
    return facts | more


class BankPeer:
    """A bank that joined, with its key; ``post`` and ``get`` sign and call the platform's door."""

    def __init__(self, slug: str = "donghu", **more: Any) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.keyid = f"{slug}-1"
        self.bank: Bank = join(onboarding(slug, self.key, **more))
        self.http = Client()

    def signed(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> dict[str, str]:
        """The headers of a fresh request."""
        plain, _, query = path.partition("?")
        target = banks.Target(method, AUTHORITY, plain, query)
        now = int(datetime.now(UTC).timestamp())
        return banks.sign(target, self.key, self.keyid, now, body, headers or {})

    def post(self, path: str, body: bytes, key: str, content_type: str = EVENT_TYPE) -> HttpResponse:
        """Post a body under an Idempotency-Key."""
        headers = self.signed("POST", path, body, {"content-type": content_type, "idempotency-key": key})
        return self.raw("POST", path, body, headers)

    def get(self, path: str) -> HttpResponse:
        return self.raw("GET", path, b"", self.signed("GET", path))

    def raw(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> HttpResponse:
        """Send exactly this."""
        sent = dict(headers)
        content_type = sent.pop("content-type", "application/octet-stream")
        answer: HttpResponse = self.http.generic(method, path, body, content_type=content_type, headers=sent)
        return answer

    def event(
        self, negotiation_id: UUID, name: str, sequence: int, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """One of the bank's events; its data is the example's unless told."""
        return {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"urn:heyue:bank:{self.bank.slug}",
            "type": f"heyue.{name}.v1",
            "subject": str(negotiation_id),
            "time": "2026-11-16T02:30:00Z",
            "businessdate": "2026-11-16",
            "sequence": str(sequence),
            "datacontenttype": "application/json",
            "data": examples.FROM_BANK[name] if data is None else data,
        }

    def send(self, event: dict[str, Any], negotiation_id: UUID | None = None) -> HttpResponse:
        """Post an event to its negotiation, or to another's."""
        path = f"/v1/negotiations/{negotiation_id or event['subject']}/events"
        return self.post(path, json.dumps(event).encode(), event["id"])

    def fate(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the platform tells of an event."""
        return json.loads(self.get(f"/v1/negotiations/{event['subject']}/events/{event['id']}").content)


def matter(bank: Bank, state: str = "sent") -> Dispatch:
    """One application on its way to a bank; the dispatch's id is the negotiation's."""
    number = next(_numbers)
    borrower = Person.objects.create(role="borrower", login=f"borrower-{number}", created_at=clock.now())
    application = Application.objects.create(
        number=f"HY-20261116-{number:04d}", borrower=borrower, state="passed", started_at=clock.now()
    )
    debt = Debt.objects.create(
        application=application,
        borrower=borrower,
        bank=bank,
        balance_fen=2_960_000,
        waivable_fen=120_000,
        days_overdue=63,
        structure=[],
        asked_terms=examples.TERMS,
        asked_hash=examples.HASH,
        asked_waived_fen=120_000,
        asked_instalment_fen=67_687,
    )
    Consent.objects.create(borrower=borrower, bank=bank, purpose=Consent.Purpose.APPLICATION, given_at=clock.now())
    return Dispatch.objects.create(
        number=f"HY-20261116-{number:04d}-DON",
        application=application,
        debt=debt,
        borrower=borrower,
        bank=bank,
        queued_at=clock.now(),
        form_sha256=FORM_SHA256,
        state=state,
    )


def move_clock_to(day: date) -> None:
    """Move the business clock, as the desk's verb does: in a transaction."""
    with transaction.atomic():
        clock.advance_to(day)


def tell_bank(row: Dispatch, name: str, data: dict[str, Any] | None = None) -> OutboundMessage:
    """Write the negotiation's next event into the outbox, in a transaction as every act; its data is the example's."""
    told = examples.FROM_PLATFORM[name] if data is None else data
    with transaction.atomic():
        return outbox.enqueue_event(row.bank_id, row.pk, row.borrower_id, name, told)


def code_of(answer: HttpResponse) -> str:
    """The code of a problem, which must be one."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    problem = json.loads(answer.content)
    assert problem["status"] == answer.status_code
    return str(problem["type"]).removeprefix("urn:heyue:problem:")
