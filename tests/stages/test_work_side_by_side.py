"""Several workers and several acts at once, on the real database: one claim each, no number given twice."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connections, transaction

from heyue import clock
from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.faces.worker.each import each
from heyue.gateway import examples
from heyue.notices.models import TextMessage
from protocol.gateway_peer import BankPeer

pytestmark = pytest.mark.django_db(transaction=True)
LIN = UUID(int=1)


def side_by_side(number: int, do: Callable[[], None]) -> None:
    """Do the same in several threads; a failure in one fails the test."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            do()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_each_row_is_done_by_one_of_many_workers() -> None:
    for _ in range(40):
        TextMessage.objects.create(owner_id=LIN, sealed_phone=b"", sealed_text=b"", written_at=clock.machine_now())
    done: Counter[UUID] = Counter()

    def do(row: TextMessage) -> None:
        time.sleep(0.002)
        done[row.pk] += 1
        TextMessage.objects.filter(pk=row.pk).update(sent_at=clock.machine_now())

    def work() -> None:
        while each(TextMessage.objects.filter(sent_at__isnull=True), do, limit=5):
            pass

    side_by_side(4, work)
    assert len(done) == 40
    assert set(done.values()) == {1}


def test_events_written_at_once_are_numbered_without_gap_or_double() -> None:
    bank, place = BankPeer("donghu").bank, uuid.uuid4()
    with transaction.atomic():
        outbox.enqueue_application(bank.pk, place, LIN, examples.APPLICATION | {"id": str(place)})

    def act() -> None:
        for _ in range(5):
            with transaction.atomic():
                outbox.enqueue_event(bank.pk, place, LIN, "offer.declined", {"offer_id": "o"})

    side_by_side(4, act)
    numbers = OutboundMessage.objects.filter(negotiation_id=place).values_list("sequence", flat=True)
    assert sorted(numbers) == list(range(21))
