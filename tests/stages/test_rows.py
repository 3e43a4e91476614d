"""SQL that is written once asks what the ORM would, and an insert may be turned down without an error."""

from __future__ import annotations

from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heyue import clock
from heyue.banks.models import BankKey, SeenNonce
from heyue.rows import Prepared, insert_once, one_writer
from heyue.vault.models import DataKey
from protocol.gateway_peer import BankPeer

pytestmark = pytest.mark.django_db


def test_each_question_has_its_own_values() -> None:
    east, south = BankPeer("donghu"), BankPeer("nanshan")
    asked = Prepared(
        lambda keyid, bank: BankKey.objects.filter(keyid=keyid, bank_id=bank).values_list("bank__slug", "bank__scopes"),
        str,
        UUID,
    )
    scopes = ["events", "negotiations", "proofs"]
    assert asked.first("donghu-1", east.bank.pk) == ("donghu", scopes)
    assert asked.first("nanshan-1", south.bank.pk) == ("nanshan", scopes)
    assert asked.first("nanshan-1", east.bank.pk) is None


def test_all_rows_of_a_question_come_as_the_orm_gives_them() -> None:
    owner = uuid4()
    for _ in range(2):
        DataKey.objects.create(owner_id=uuid4(), wrapped=b"w")
    DataKey.objects.create(owner_id=owner, wrapped=b"w")
    asked = Prepared(lambda but: DataKey.objects.exclude(owner_id=but).values_list("owner_id"), UUID)
    assert sorted(asked.every(owner)) == sorted(DataKey.objects.exclude(owner_id=owner).values_list("owner_id"))
    assert len(asked.every(uuid4())) == 3
    assert asked.first(owner) in asked.every(owner)


def test_the_question_is_written_once() -> None:
    made = []

    def ask(owner: UUID) -> object:
        made.append(owner)
        return DataKey.objects.filter(owner_id=owner).values_list("owner_id", "wrapped")

    asked, owner = Prepared(ask, UUID), uuid4()
    DataKey.objects.create(owner_id=owner, wrapped=b"w")
    with CaptureQueriesContext(connection) as queries:
        found = [asked.first(owner), asked.first(uuid4()), asked.first(owner)]
    assert [row and (row[0], bytes(row[1])) for row in found] == [(owner, b"w"), None, (owner, b"w")]
    assert (len(made), len(queries)) == (1, 3)


def test_a_value_that_the_query_does_not_hold_is_a_programmers_error() -> None:
    asked = Prepared(lambda owner, other: DataKey.objects.filter(owner_id=owner).values_list("wrapped"), UUID, UUID)
    with pytest.raises(ValueError, match="sample"):
        asked.first(uuid4(), uuid4())


def test_the_second_of_two_alike_is_not_written() -> None:
    at = clock.machine_now()
    assert insert_once(SeenNonce(keyid="k", nonce="n", expires_at=at))
    assert not insert_once(SeenNonce(keyid="k", nonce="n", expires_at=at))
    assert insert_once(SeenNonce(keyid="k", nonce="m", expires_at=at))
    assert SeenNonce.objects.filter(keyid="k").count() == 2


def test_who_writes_on_a_database_of_one_writer_lets_the_next_wait() -> None:
    entered = Event()

    def next_one() -> None:
        with one_writer():
            entered.set()

    thread = Thread(target=next_one)
    with one_writer():
        thread.start()
        assert entered.wait(0.2 if connection.vendor == "sqlite" else 10) is (connection.vendor != "sqlite")
    thread.join()
    assert entered.is_set()
