"""A signed request is remembered and carried out in one transaction, and asks the database few questions."""

from __future__ import annotations

import json
import threading
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from at_once import at_once
from heyue import vault
from heyue.banks import inbox
from heyue.banks.models import Bank, InboundMessage, RequestCount, SeenNonce
from heyue.banks.reads import Signatory
from heyue.dispatch.models import Dispatch
from heyue.engine.refusal import NotFound
from protocol.gateway_peer import EVENT_TYPE, BankPeer, code_of, matter

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
QUESTIONS_OF_A_WRITE = 6
"""Whose key (and what is counted of the minute), the nonce, whose negotiation, its data key, the message, the count."""


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


def test_the_nonce_of_every_refusal_that_is_an_answer_is_spent_and_counted(bank: BankPeer, lin: Dispatch) -> None:
    """A borrower who was erased is answered 410 for good; so is the request, whose repetition is none."""
    with transaction.atomic():
        vault.erase(lin.borrower_id)
    one = signed(bank, of(lin), bank.event(lin.pk, "officer.assigned", 1))
    first = bank.raw("POST", *one)
    assert (first.status_code, code_of(first)) == (410, "erased")
    assert first["RateLimit"].startswith('"minute";r=2399;')
    assert code_of(bank.raw("POST", *one)) == "nonce-replayed"
    assert (SeenNonce.objects.count(), RequestCount.objects.get().used) == (1, 1)


def test_nothing_half_written_stays_of_a_refused_request(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = inbox.store

    def refuse_after_writing(posted: inbox.Posted, borrower_id: UUID | None) -> inbox.Answer:
        keep(posted, borrower_id)
        raise NotFound()

    monkeypatch.setattr(inbox, "store", refuse_after_writing)
    one = signed(bank, of(lin), bank.event(lin.pk, "officer.assigned", 1))
    assert code_of(bank.raw("POST", *one)) == "not-found"
    assert (SeenNonce.objects.count(), InboundMessage.objects.count()) == (1, 0)


def test_the_minute_is_counted_last_so_that_its_row_is_locked_for_the_commit_only(
    bank: BankPeer, lin: Dispatch
) -> None:
    one = signed(bank, of(lin), bank.event(lin.pk, "officer.assigned", 1))
    with CaptureQueriesContext(connection) as queries:
        assert bank.raw("POST", *one).status_code == 202
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert RequestCount._meta.db_table in written[-1]
    assert not any(RequestCount._meta.db_table in sql for sql in written[:-1])


def test_one_too_many_that_came_beside_others_leaves_nothing(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read before the others were counted, the minute had room; what is counted at the end decides."""
    Bank.objects.update(requests_per_minute=1)
    assert bank.get(f"{of(lin)}/x").status_code == 404
    monkeypatch.setattr(Signatory, "requests_in", lambda who, minute: 0)
    answer = bank.send(bank.event(lin.pk, "officer.assigned", 1))
    assert (answer.status_code, code_of(answer)) == (429, "rate-limited")
    assert answer["RateLimit"].startswith('"minute";r=0;')
    assert (InboundMessage.objects.count(), RequestCount.objects.get().used) == (0, 1)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time anyway")
@pytest.mark.django_db(transaction=True)
def test_a_bank_has_several_requests_under_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that wait for each other in their middle are both carried out: neither holds what the other needs."""
    bank = BankPeer("donghu")
    places = [matter(bank.bank), matter(bank.bank)]
    keep, both_inside = inbox.store, threading.Barrier(2)

    def meet(posted: inbox.Posted, borrower_id: UUID | None) -> inbox.Answer:
        both_inside.wait(20)
        return keep(posted, borrower_id)

    monkeypatch.setattr(inbox, "store", meet)
    ready = [signed(bank, of(row), bank.event(row.pk, "officer.assigned", 1)) for row in places]
    assert at_once(*[partial(bank.raw, "POST", *one) for one in ready]) == []
    assert (InboundMessage.objects.count(), RequestCount.objects.get().used) == (2, 2)


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
