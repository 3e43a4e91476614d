"""A signed request is remembered and carried out in one transaction, and asks the database few questions."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heyue.banks import inbox
from heyue.banks.models import InboundMessage, SeenNonce
from heyue.dispatch.models import Dispatch
from protocol.gateway_peer import EVENT_TYPE, BankPeer, code_of, matter

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
QUESTIONS_OF_A_WRITE = 6
"""Whose key, the nonce, the minute's count, whose negotiation, its data key, the message."""


@pytest.fixture
def bank() -> BankPeer:
    return BankPeer("donghu")


@pytest.fixture
def lin(bank: BankPeer) -> Dispatch:
    return matter(bank.bank)


def signed(bank: BankPeer, path: str, event: dict[str, object]) -> tuple[str, bytes, dict[str, str]]:
    body = json.dumps(event).encode()
    headers = {"content-type": EVENT_TYPE, "idempotency-key": str(event["id"])}
    return path, body, bank.signed("POST", path, body, headers)


def of(row: Dispatch) -> str:
    return f"/v1/negotiations/{row.pk}/events"


def test_a_write_asks_a_fixed_number_of_questions(bank: BankPeer, lin: Dispatch) -> None:
    asked = []
    for sequence in (1, 2, 3):
        one = signed(bank, of(lin), bank.event(lin.pk, "officer.assigned", sequence))
        with CaptureQueriesContext(connection) as queries:
            assert bank.raw("POST", *one).status_code == 202
        asked.append(sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries))
    assert asked[1:] == [QUESTIONS_OF_A_WRITE, QUESTIONS_OF_A_WRITE], "the first makes the data key"


def test_the_nonce_of_a_refused_request_is_spent(bank: BankPeer) -> None:
    one = signed(bank, f"/v1/negotiations/{uuid4()}/events", bank.event(uuid4(), "officer.assigned", 1))
    assert code_of(bank.raw("POST", *one)) == "unknown-negotiation"
    assert code_of(bank.raw("POST", *one)) == "nonce-replayed"


def test_a_request_that_we_broke_leaves_nothing_so_the_same_may_come_again(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = signed(bank, of(lin), bank.event(lin.pk, "officer.assigned", 1))
    bank.http.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "_read", lambda posted: 1 / 0)
        answer = bank.raw("POST", *one)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert (SeenNonce.objects.count(), InboundMessage.objects.count()) == (0, 0)
    assert bank.raw("POST", *one).status_code == 202


def test_a_request_for_another_host_is_misdirected(bank: BankPeer) -> None:
    headers = bank.signed("GET", "/v1/negotiations")
    assert bank.raw("GET", "/v1/negotiations", b"", headers | {"host": "elsewhere.example"}).status_code == 421


def test_a_machine_passes_no_session_language_or_form_token(bank: BankPeer, lin: Dispatch) -> None:
    answer = bank.send(bank.event(lin.pk, "officer.assigned", 1))
    assert answer.headers["Content-Language"] == "zh-hans"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert not hasattr(answer.wsgi_request, "session")
