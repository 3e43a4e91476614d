"""What no bank should send: odd encodings, signs that no database keeps, headers of any shape. Never a 500, no jam."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from heyue.banks.models import InboundMessage
from heyue.dispatch.models import Dispatch
from heyue.faces.worker.judge import judge
from protocol.gateway_peer import BankPeer, code_of, matter

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


def bodies(event: dict[str, Any]) -> dict[str, bytes]:
    """The same event as bytes that one JSON reader takes and another does not."""
    plain = json.dumps(event)
    return {
        "utf-16": plain.encode("utf-16"),
        "a byte order mark": plain.encode("utf-8-sig"),
        "half a sign in a field we ignore": json.dumps(event | {"more": "\ud83d"}).encode(),
        "not a number in a field we ignore": json.dumps(event | {"more": float("nan")}).encode(),
    }


@pytest.mark.parametrize("how", list(bodies({})))
def test_what_the_door_takes_can_be_judged(bank: BankPeer, lin: Dispatch, how: str) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    answer = bank.post(f"/v1/negotiations/{lin.pk}/events", bodies(event)[how], event["id"])
    assert answer.status_code in (202, 400, 422)
    judge()
    assert not InboundMessage.objects.filter(judgement="waiting").exists()


@pytest.mark.parametrize("sign", ["\x00", "\ud83d"])
def test_a_text_that_no_database_keeps_is_refused_at_the_door_in_its_place(
    bank: BankPeer, lin: Dispatch, sign: str
) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1, {"name": f"王{sign}立", "staff_number": "B-1"})
    answer = bank.send(event)
    assert (answer.status_code, code_of(answer)) == (422, "malformed")
    assert InboundMessage.objects.get().sequence == 1


HEADERS = [
    {"signature": "sig1=:AAAA:", "signature-input": "sig1"},
    {"signature": "sig1=:AAAA:", "signature-input": "sig1=()"},
    {"signature": "sig1=:AAAA:", "signature-input": 'sig1=();created="x";expires=1;nonce=1;keyid=1;alg="ed25519"'},
    {"signature": "sig1=:AAAA:", "signature-input": 'sig1=();created=1.5;expires=?1;nonce="a";keyid="a";alg="ed25519"'},
    {
        "signature": "sig1=:AAAA:",
        "signature-input": 'sig1=("@method" "@authority" "@path");created=99999999999999;'
        'expires=99999999999999;nonce="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";keyid="donghu-1";alg="ed25519"',
    },
    {
        "signature": "sig1=?1",
        "signature-input": 'sig1=("@method" "@authority" "@path");created=NOW;'
        'expires=SOON;nonce="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";keyid="donghu-1";alg="ed25519"',
    },
    {
        "signature": "sig1=:AAAA:",
        "signature-input": 'sig1=("@method" "@method");created=NOW;'
        'expires=SOON;nonce="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";keyid="donghu-1";alg="ed25519"',
    },
    {
        "signature": "sig1=:AAAA:",
        "signature-input": 'sig1=("@query-param";name=1 "x");created=NOW;'
        'expires=SOON;nonce="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";keyid="donghu-1";alg="ed25519"',
    },
    {
        "signature": "sig1=:AAAA:",
        "signature-input": 'sig1="text";created=NOW;'
        'expires=SOON;nonce="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";keyid="donghu-1";alg="rsa"',
    },
    {"signature": "sig1=:!!!:", "signature-input": "\xff\xfe"},
    {"signature": "", "signature-input": ""},
    {"signature": "other=:AAAA:", "signature-input": "other=()"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_headers_of_any_shape_are_a_problem_and_never_our_fault(bank: BankPeer, headers: dict[str, str]) -> None:
    now = int(datetime.now(UTC).timestamp())
    sent = {n: v.replace("NOW", str(now)).replace("SOON", str(now + 60)) for n, v in headers.items()}
    answer = Client(raise_request_exception=False).get("/v1/negotiations/x/events/y", headers=sent)
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    "digest", ["sha-256=", "sha-256=:!:", "sha-256=?1", 'sha-256="x"', "sha-256=:AAAA:, sha-256=1", "x"]
)
def test_a_digest_of_any_shape_is_a_problem(bank: BankPeer, lin: Dispatch, digest: str) -> None:
    event = bank.event(lin.pk, "officer.assigned", 1)
    path, body = f"/v1/negotiations/{lin.pk}/events", json.dumps(event).encode()
    given = {"content-type": "application/cloudevents+json", "idempotency-key": event["id"]}
    headers = bank.signed("POST", path, body, given)
    bank.http.raise_request_exception = False
    assert bank.raw("POST", path, body, headers | {"content-digest": digest}).status_code in (400, 401)


def test_an_event_id_that_no_database_keeps_is_not_known(bank: BankPeer, lin: Dispatch) -> None:
    bank.http.raise_request_exception = False
    assert bank.get(f"/v1/negotiations/{lin.pk}/events/%00").status_code == 404
