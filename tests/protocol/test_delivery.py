"""Delivery to a bank over a bad line: at least once, in order, the same message at every try, taken once."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue import clock
from heyue.application.models import Application
from heyue.banks import outbox
from heyue.banks.models import Bank, OutboundMessage
from heyue.banks.reads import platform_signer
from heyue.dispatch.models import Dispatch
from heyue.faces.worker import deliver as delivering
from heyue.gateway import examples
from heyue.gateway.client import BankClient
from heyue.identity.models import Consent
from protocol.gateway_peer import BankPeer, matter, tell_bank
from sandbox_bank import signing as banks

pytestmark = pytest.mark.django_db
PLATFORM_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(autouse=True)
def platform_key(settings: Any) -> None:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()


class Receiver:
    """A bank that verifies, stores once and answers, over a line that drops requests and answers by the dice."""

    def __init__(self, dice: random.Random | None = None, *, status: int = 202) -> None:
        self.dice, self.status = dice, status
        self.bodies: dict[str, bytes] = {}
        self.stored: list[tuple[str, int]] = []
        self.nonces: set[str] = set()
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.dice and self.dice.random() < 0.25:
            raise httpx.ConnectError("lost", request=request)
        body, key = request.content, request.headers["idempotency-key"]
        self._verify(request, body)
        if self.status == 202:
            assert self.bodies.setdefault(key, body) == body, "another body under the same key"
            told = json.loads(body)
            place = (told["subject"], int(told["sequence"])) if "subject" in told else (told["id"], 0)
            if place not in self.stored:
                self.stored.append(place)
        if self.dice and self.dice.random() < 0.25:
            raise httpx.ReadTimeout("answer lost", request=request)
        if self.dice and self.dice.random() < 0.15:
            return httpx.Response(503)
        return httpx.Response(self.status, json={"id": key, "stored_at": "2026-11-16T02:30:00Z"})

    def _verify(self, request: httpx.Request, body: bytes) -> None:
        target = banks.Target(request.method, request.url.netloc.decode(), request.url.raw_path.decode())
        now = int(datetime.now(UTC).timestamp())
        keys = {"platform-1": PLATFORM_KEY.public_key()}
        verified = banks.verify(target, dict(request.headers), body, keys, now)
        assert verified.nonce not in self.nonces, "a nonce came twice"
        self.nonces.add(verified.nonce)

    def of(self, row: Dispatch) -> list[int]:
        return [sequence for place, sequence in self.stored if place == str(row.pk)]


class Lines:
    """The worker's lines, each ending at a receiver of the test."""

    def __init__(self, **receivers: Receiver) -> None:
        self.receivers = receivers

    def to(self, bank: Bank) -> BankClient:
        transport = httpx.MockTransport(self.receivers[bank.slug])
        return BankClient(bank.base_url, platform_signer(), 1.0, now=clock.machine_now, transport=transport)


def apply(row: Dispatch) -> OutboundMessage:
    body = examples.APPLICATION | {"id": str(row.pk)}
    return outbox.enqueue_application(row.bank_id, row.pk, row.borrower_id, body)


def tell(row: Dispatch, name: str = "offer.declined") -> OutboundMessage:
    return outbox.enqueue_event(row.bank_id, row.pk, row.borrower_id, name, examples.FROM_PLATFORM[name])


def deliver(lines: Any) -> int:
    """One round, with everything due."""
    OutboundMessage.objects.filter(delivery="waiting").update(next_try_at=clock.machine_now(), leased_until=None)
    return delivering.deliver(lines)


def dispatched(row: Dispatch) -> tuple[str, bool]:
    kept = Dispatch.objects.get(pk=row.pk)
    return kept.state, kept.sent_at is not None


def message(pk: UUID) -> OutboundMessage:
    return OutboundMessage.objects.get(pk=pk)


def test_a_delivered_application_marks_its_dispatch_as_sent() -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent = apply(row)
    assert deliver(Lines(donghu=Receiver())) == 1
    assert dispatched(row) == ("sent", True)
    kept = message(sent.pk)
    assert (kept.delivery, kept.answer_status, kept.delivered_at is not None) == ("delivered", 202, True)


def test_a_receipt_that_came_before_the_answer_does_no_harm() -> None:
    row = matter(BankPeer("donghu").bank, "received")
    sent = apply(row)
    deliver(Lines(donghu=Receiver()))
    assert message(sent.pk).delivery == "delivered"
    assert dispatched(row)[0] == "received"


def test_an_application_taken_back_before_it_was_tried_is_not_delivered_and_nothing_after_it() -> None:
    row = matter(BankPeer("donghu").bank, "stopped")
    sent, receiver = apply(row), Receiver()
    told = tell_bank(row, "negotiation.ended")
    for _ in range(3):
        deliver(Lines(donghu=receiver))
    assert receiver.requests == 0
    assert [message(m.pk).delivery for m in (sent, told)] == ["taken-back", "taken-back"]
    assert dispatched(row)[0] == "stopped"


def test_one_taken_back_after_a_try_is_not_tried_again_but_its_end_is_told() -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent, receiver = apply(row), Receiver(status=503)
    deliver(Lines(donghu=receiver))
    Dispatch.objects.filter(pk=row.pk).update(state="stopped")
    told = tell_bank(row, "negotiation.ended")
    receiver.status = 202
    for _ in range(3):
        deliver(Lines(donghu=receiver))
    assert receiver.of(row) == [1]
    assert [message(m.pk).delivery for m in (sent, told)] == ["taken-back", "delivered"]


def test_an_application_without_consent_is_not_delivered_and_its_form_stops() -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent, receiver = apply(row), Receiver()
    Consent.objects.update(withdrawn_at=clock.now())
    deliver(Lines(donghu=receiver))
    assert receiver.requests == 0
    assert message(sent.pk).delivery == "taken-back"
    assert dispatched(row)[0] == "stopped"
    assert Application.objects.get(pk=row.application_id).state == "closed"


def test_a_refused_message_is_final_and_says_why() -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent = apply(row)
    receiver = Receiver(status=422)
    deliver(Lines(donghu=receiver))
    deliver(Lines(donghu=receiver))
    assert receiver.requests == 1
    assert (message(sent.pk).delivery, message(sent.pk).answer_status) == ("refused", 422)
    assert dispatched(row) == ("ready", False)


def test_a_bank_that_is_down_is_asked_once_in_a_round_and_holds_up_no_other() -> None:
    donghu, nanshan = BankPeer("donghu").bank, BankPeer("nanshan").bank
    down, up = Receiver(status=503), Receiver()
    for _ in range(3):
        apply(matter(donghu, "ready"))
    apply(matter(nanshan, "ready"))
    deliver(Lines(donghu=down, nanshan=up))
    assert (down.requests, up.requests) == (1, 1)
    tried = OutboundMessage.objects.filter(bank=donghu).exclude(last_error="")
    assert [m.last_error for m in tried] == ["HTTP 503"]
    down.status = 202
    deliver(Lines(donghu=down, nanshan=up))
    assert OutboundMessage.objects.filter(delivery="delivered").count() == 4


def test_a_worker_killed_between_the_banks_answer_and_its_note_sends_the_same_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent, receiver = apply(row), Receiver()

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(delivering, "_delivered", killed)
        with pytest.raises(SystemExit):
            deliver(Lines(donghu=receiver))
    assert (message(sent.pk).delivery, dispatched(row)) == ("waiting", ("ready", False))
    assert delivering.deliver(Lines(donghu=receiver)) == 0, "the dead worker's lease still stands"
    deliver(Lines(donghu=receiver))
    assert (receiver.requests, len(receiver.bodies), receiver.of(row)) == (2, 1, [0])
    assert dispatched(row) == ("sent", True)


def test_a_note_that_fails_leaves_both_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    row = matter(BankPeer("donghu").bank, "ready")
    sent = apply(row)

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("the machine stumbled")

    with monkeypatch.context() as broken:
        broken.setattr(delivering, "perform", failing)
        deliver(Lines(donghu=Receiver()))
    assert message(sent.pk).delivery == "waiting"
    assert message(sent.pk).last_error.startswith("RuntimeError")
    deliver(Lines(donghu=Receiver()))
    assert (message(sent.pk).delivery, dispatched(row)) == ("delivered", ("sent", True))


@pytest.mark.parametrize("seed", range(8))
def test_every_message_is_delivered_in_order_and_stored_once_over_any_line(seed: int) -> None:
    dice = random.Random(seed)
    donghu, nanshan = BankPeer("donghu").bank, BankPeer("nanshan").bank
    rows = [matter(donghu, "ready"), matter(donghu, "ready"), matter(nanshan, "ready")]
    lines = Lines(donghu=Receiver(dice), nanshan=Receiver(dice))
    to_tell = [row for row in rows for _ in range(5)]
    dice.shuffle(to_tell)
    for row in rows:
        apply(row)
    rounds = 0
    while OutboundMessage.objects.exclude(delivery="delivered").exists() or to_tell:
        if to_tell:
            tell(to_tell.pop())
        deliver(lines)
        rounds += 1
        assert rounds < 500
    for row in rows:
        receiver = lines.receivers[row.bank.slug]
        assert receiver.of(row) == list(range(6))
        assert dispatched(row) == ("sent", True)
    assert sum(len(receiver.bodies) for receiver in lines.receivers.values()) == 18
