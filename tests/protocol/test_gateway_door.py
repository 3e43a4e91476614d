"""The platform's door for banks: each problem code, storing before judging, answering a repetition alike."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from heyue import clock
from heyue.banks import inbox, nonces
from heyue.banks.actions import join, retire_key
from heyue.banks.models import Bank, InboundMessage, SeenNonce
from heyue.dispatch.models import Dispatch
from heyue.faces.bank.signed import BODY_BYTES_MAX
from heyue.gateway.problems import TITLES
from heyue.gateway.signing import Incoming, verify
from protocol.gateway_peer import EVENT_TYPE, BankPeer, code_of, matter
from sandbox_bank import signing as banks

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]


@pytest.fixture
def bank() -> BankPeer:
    return BankPeer("donghu")


@pytest.fixture
def lin(bank: BankPeer) -> Dispatch:
    return matter(bank.bank)


def where(row: Dispatch) -> str:
    return f"/v1/negotiations/{row.pk}/events"


# ── storing ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_is_stored_raw_with_what_verifies_it_and_answered_202(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    answer = bank.send(event)
    assert answer.status_code == 202
    assert json.loads(answer.content)["id"] == event["id"]
    row = InboundMessage.objects.get()
    assert (row.kind, row.sequence, row.judgement) == ("officer.assigned", 1, "waiting")
    assert inbox.body_of(row) == json.dumps(event).encode()
    kept = Incoming(
        row.signature_headers["@method"], row.signature_headers["@url"], row.signature_headers, inbox.body_of(row)
    )
    assert verify(kept, {bank.keyid: bank.key.public_key()}.get, clock.machine_now()).keyid == bank.keyid


def test_what_is_stored_is_sealed(bank: BankPeer, lin: Dispatch) -> None:
    bank.send(bank.event(lin.pk, "question.asked", 1, {"question_id": "q", "text": "店铺租约"}))
    assert "店铺租约".encode() not in bytes(InboundMessage.objects.get().sealed_body)


def test_a_repetition_is_answered_alike_and_stored_once(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    first, second = bank.send(event), bank.send(event)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert InboundMessage.objects.count() == 1


def test_a_key_with_another_body_is_refused(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    bank.send(event)
    answer = bank.send(event | {"businessdate": "2026-11-17"})
    assert (answer.status_code, code_of(answer)) == (422, "idempotency-key-reused")
    assert InboundMessage.objects.count() == 1


def test_a_key_may_not_move_to_another_negotiation(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    bank.send(event)
    assert code_of(bank.send(event, matter(bank.bank).pk)) == "idempotency-key-reused"


def test_a_malformed_event_is_stored_too_and_its_refusal_repeated(bank: BankPeer, lin: Dispatch) -> None:
    key = str(uuid.uuid4())
    first = bank.post(where(lin), b"{not json", key)
    assert (first.status_code, code_of(first)) == (400, "malformed")
    assert bank.post(where(lin), b"{not json", key).content == first.content
    row = InboundMessage.objects.get()
    assert (row.judgement, row.sequence, inbox.body_of(row)) == ("refused", 0, b"{not json")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "heyue.coffee.made.v1"}, "/type"),
        ({"type": "offer.made"}, "/type"),
        ({"sequence": "0"}, "/sequence"),
        ({"sequence": 1}, "/sequence"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"subject": str(uuid.uuid4())}, "/subject"),
        ({"source": "urn:heyue:bank:nanshan"}, "/source"),
        ({"source": "urn:heyue:platform"}, "/source"),
        ({"time": "yesterday"}, "/time"),
        ({"businessdate": "16/11/2026"}, "/businessdate"),
        ({"data": []}, "/data"),
        ({"data": {"name": "陈立"}}, "/data/staff_number"),
    ],
)
def test_a_bad_field_is_pointed_at(bank: BankPeer, lin: Dispatch, change: dict[str, object], pointer: str) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1) | change
    answer = bank.send(event, lin.pk)
    assert (answer.status_code, code_of(answer)) == (422, "malformed")
    assert pointer in [one["pointer"] for one in json.loads(answer.content)["errors"]]


def test_the_id_of_an_event_is_its_key(bank: BankPeer, lin: Dispatch) -> None:
    body = json.dumps(bank.event(lin.pk, "officer.assigned", 1)).encode()
    answer = bank.post(where(lin), body, str(uuid.uuid4()))
    assert json.loads(answer.content)["errors"][0]["pointer"] == "/id"


@pytest.mark.parametrize("amount", ["12.345", "-1.00", "1e3", 12, "", "¥1.00", "99999999999.00"])
def test_an_amount_is_a_string_of_yuan(bank: BankPeer, lin: Dispatch, amount: object) -> None:
    data = {"payment_id": "p", "date": "2026-12-18", "amount": amount}
    answer = bank.send(bank.event(lin.pk, "payment.posted", 1, data))
    assert [one["pointer"] for one in json.loads(answer.content)["errors"]] == ["/data/amount"]


def test_unknown_fields_are_ignored(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1) | {"traceparent": "00-1"}
    event["data"] = event["data"] | {"room": "3"}
    assert bank.send(event).status_code == 202


def test_two_events_may_not_have_one_sequence(bank: BankPeer, lin: Dispatch) -> None:
    assert bank.send(bank.event(lin.pk, "officer.assigned", 1)).status_code == 202
    answer = bank.send(bank.event(lin.pk, "question.asked", 1))
    assert (answer.status_code, code_of(answer)) == (422, "malformed")
    assert json.loads(answer.content)["errors"][0]["pointer"] == "/sequence"


# ── who may call ───────────────────────────────────────────────────────────────────────────────────────


def test_nobody_calls_unsigned(lin: Dispatch) -> None:
    for answer in (
        Client().post(where(lin), {}, content_type=EVENT_TYPE),
        Client().get(f"{where(lin)}/{uuid.uuid4()}"),
        Client().get(f"/v1/proofs/{uuid.uuid4()}"),
    ):
        assert (answer.status_code, code_of(answer)) == (401, "signature-missing")
    assert InboundMessage.objects.count() == 0


def test_a_replayed_request_is_refused_and_changes_nothing(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    body = json.dumps(event).encode()
    headers = bank.signed("POST", where(lin), body, {"content-type": EVENT_TYPE, "idempotency-key": event["id"]})
    assert bank.raw("POST", where(lin), body, headers).status_code == 202
    answer = bank.raw("POST", where(lin), body, headers)
    assert (answer.status_code, code_of(answer)) == (401, "nonce-replayed")


def test_a_tampered_body_is_a_digest_mismatch(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    body = json.dumps(event).encode()
    headers = bank.signed("POST", where(lin), body, {"content-type": EVENT_TYPE, "idempotency-key": event["id"]})
    answer = bank.raw("POST", where(lin), body + b" ", headers)
    assert (answer.status_code, code_of(answer)) == (400, "digest-mismatch")
    assert InboundMessage.objects.count() == 0


def test_an_expired_signature_is_told_so(bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = bank.signed("GET", where(lin) + "/x")
    later = clock.machine_now() + timedelta(seconds=301)
    monkeypatch.setattr("heyue.faces.bank.signed.clock.machine_now", lambda: later)
    answer = bank.raw("GET", where(lin) + "/x", b"", headers)
    assert (answer.status_code, code_of(answer)) == (401, "signature-expired")


def test_a_signature_for_another_host_does_not_open_ours(bank: BankPeer, lin: Dispatch) -> None:
    path = where(lin) + "/x"
    now = int(clock.machine_now().timestamp())
    headers = banks.sign(banks.Target("GET", "elsewhere.example", path), bank.key, bank.keyid, now)
    answer = bank.raw("GET", path, b"", headers)
    assert (answer.status_code, code_of(answer)) == (401, "signature-invalid")


def test_a_post_without_idempotency_key_is_told_so(bank: BankPeer, lin: Dispatch) -> None:
    body = json.dumps(bank.event(lin.pk, "officer.assigned", 1)).encode()
    for headers in (
        {"content-type": EVENT_TYPE, "idempotency-key": "k" * 81},
        {"content-type": EVENT_TYPE, "idempotency-key": "k"},
    ):
        signed = bank.signed("POST", where(lin), body, headers)
        if len(headers["idempotency-key"]) == 1:
            del signed["idempotency-key"]
        answer = bank.raw("POST", where(lin), body, signed)
        assert (answer.status_code, code_of(answer)) == (400, "idempotency-key-missing")


def test_a_key_that_was_retired_opens_nothing_more_and_a_new_one_does(bank: BankPeer, lin: Dispatch) -> None:
    old = bank.key
    rotated = BankPeer("donghu", keyid="donghu-2")
    rotated.keyid = "donghu-2"
    assert rotated.bank.pk == bank.bank.pk
    assert bank.send(bank.event(lin.pk, "officer.assigned", 1)).status_code == 202
    retire_key("donghu-1")
    answer = bank.send(bank.event(lin.pk, "officer.assigned", 2))
    assert (answer.status_code, code_of(answer)) == (401, "unknown-key")
    assert rotated.send(rotated.event(lin.pk, "officer.assigned", 2)).status_code == 202
    assert bank.key is old


def test_too_much_is_refused_before_it_is_read(bank: BankPeer, lin: Dispatch) -> None:
    answer = bank.post(where(lin), b" " * (BODY_BYTES_MAX + 1), str(uuid.uuid4()))
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


def test_too_many_requests_of_one_bank_are_slowed_down(bank: BankPeer, lin: Dispatch) -> None:
    Bank.objects.update(requests_per_minute=3)
    for _ in range(3):
        assert bank.get(where(lin) + "/x").status_code == 404
    answer = bank.get(where(lin) + "/x")
    assert (answer.status_code, code_of(answer)) == (429, "rate-limited")
    assert 0 < int(answer["Retry-After"]) <= nonces.WINDOW_SECONDS
    assert BankPeer("nanshan").get(where(lin) + "/x").status_code == 404


def test_nonces_are_forgotten_when_their_signatures_have_expired(bank: BankPeer, lin: Dispatch) -> None:
    bank.send(bank.event(lin.pk, "officer.assigned", 1))
    assert nonces.forget_expired() == 0
    SeenNonce.objects.update(expires_at=clock.machine_now() - timedelta(seconds=1))
    assert nonces.forget_expired() == 1


# ── whose negotiation ──────────────────────────────────────────────────────────────────────────────────


def test_a_negotiation_of_another_bank_does_not_exist_for_this_one(bank: BankPeer, lin: Dispatch) -> None:
    nanshan = BankPeer("nanshan")
    answer = nanshan.send(nanshan.event(lin.pk, "officer.assigned", 1))
    assert (answer.status_code, code_of(answer)) == (404, "unknown-negotiation")
    event = bank.event(lin.pk, "officer.assigned", 1)
    bank.send(event)
    answer = nanshan.get(f"{where(lin)}/{event['id']}")
    assert (answer.status_code, code_of(answer)) == (404, "unknown-negotiation")


@pytest.mark.parametrize("negotiation", ["not-an-id", "0d9f2c61-5c1e-4f0a-9b57-2f1d8e6a7c34"])
def test_an_unknown_negotiation_is_told_so_and_nothing_is_kept(bank: BankPeer, negotiation: str) -> None:
    event = bank.event(uuid.uuid4(), "officer.assigned", 1)
    answer = bank.post(f"/v1/negotiations/{negotiation}/events", json.dumps(event).encode(), event["id"])
    assert (answer.status_code, code_of(answer)) == (404, "unknown-negotiation")
    assert InboundMessage.objects.count() == 0


def test_a_negotiation_is_unknown_until_its_application_goes_out(bank: BankPeer) -> None:
    queued = matter(bank.bank, "queued")
    assert bank.send(bank.event(queued.pk, "officer.assigned", 1)).status_code == 404


def test_a_stopped_negotiation_is_still_known_to_its_bank(bank: BankPeer) -> None:
    assert bank.send(bank.event(matter(bank.bank, "stopped").pk, "officer.assigned", 1)).status_code == 202


def test_a_grant_that_is_not_known_is_told_so(bank: BankPeer) -> None:
    for grant in ("x", uuid.uuid4()):
        answer = bank.get(f"/v1/proofs/{grant}")
        assert (answer.status_code, code_of(answer)) == (404, "grant-expired")


def test_the_fate_of_an_event_is_told_to_its_sender(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    bank.send(event)
    assert bank.fate(event) == {"state": "waiting", "problem": None}
    bad = bank.event(lin.pk, "officer.assigned", 2, {})
    bank.send(bad)
    told = bank.fate(bad)
    assert told["state"] == "refused"
    assert told["problem"]["type"] == "urn:heyue:problem:malformed"


# ── joining ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_gateway_sets_no_cookie(bank: BankPeer, lin: Dispatch) -> None:
    assert not bank.send(bank.event(lin.pk, "officer.assigned", 1)).cookies


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_not_there_is_told_to_a_machine(method: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, "/v1/accounts")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_every_code_of_the_protocol_is_one_we_know() -> None:
    text = Path(__file__).parents[2].joinpath("docs/protocol/gateway-v1.md").read_text()
    told = text.split("Codes: ")[1].split(".\n")[0]
    assert {code.strip("`") for code in told.split(", ")} == set(TITLES)


def test_joining_again_changes_nothing(bank: BankPeer) -> None:
    from heyue.banks.models import BankKey, BankPolicy
    from heyue.evidence.models import Leaf
    from protocol.gateway_peer import onboarding

    before = Leaf.objects.count()
    again = join(onboarding("donghu", bank.key))
    assert again.pk == bank.bank.pk
    assert (BankKey.objects.count(), BankPolicy.objects.count(), Leaf.objects.count()) == (1, 1, before)
