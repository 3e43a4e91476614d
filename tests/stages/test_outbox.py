"""The outbox: written in the act, in order within a negotiation, each message the same at every try."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from uuid import UUID

import pytest

from heyue import clock
from heyue.banks import outbox, reads
from heyue.banks.models import OutboundMessage
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.evidence.models import Leaf
from heyue.gateway import examples, wire
from heyue.gateway.problems import Problem
from heyue.vault import erase
from heyue.work import claim
from protocol.gateway_peer import BankPeer

pytestmark = pytest.mark.django_db

LIN = UUID(int=1)


@pytest.fixture
def bank() -> BankPeer:
    return BankPeer("donghu")


def apply(bank: BankPeer, negotiation_id: UUID | None = None) -> OutboundMessage:
    place = negotiation_id or uuid.uuid4()
    return outbox.enqueue_application(bank.bank.pk, place, LIN, examples.APPLICATION | {"id": str(place)})


def tell(bank: BankPeer, message: OutboundMessage, name: str = "negotiation.ended") -> OutboundMessage:
    assert message.negotiation_id is not None
    return outbox.enqueue_event(bank.bank.pk, message.negotiation_id, LIN, name, examples.FROM_PLATFORM[name])


def due() -> list[tuple[str, int]]:
    return sorted((m.kind, m.sequence) for m in outbox.deliverable())


def test_an_application_is_the_first_message_and_its_key_is_the_negotiation(bank: BankPeer) -> None:
    message = apply(bank)
    assert (message.kind, message.sequence, message.path) == ("application", 0, "/v1/applications")
    assert outbox.key_of(message) == str(message.negotiation_id)
    assert outbox.content_type_of(message) == "application/json"
    assert json.loads(outbox.body_of(message)) == examples.APPLICATION | {"id": str(message.negotiation_id)}


def test_an_event_is_a_cloudevent_whose_key_is_its_id(bank: BankPeer) -> None:
    message = tell(bank, apply(bank), "offer.countered")
    told = json.loads(outbox.body_of(message))
    envelope = wire.shaped(wire.Envelope, told)
    assert envelope.name == "offer.countered"
    assert (told["id"], told["subject"], told["sequence"]) == (str(message.pk), str(message.negotiation_id), "1")
    assert (told["source"], told["businessdate"]) == ("urn:heyue:platform", clock.today().isoformat())
    assert told["data"] == examples.FROM_PLATFORM["offer.countered"]
    assert message.path == f"/v1/negotiations/{message.negotiation_id}/events"
    assert outbox.key_of(message) == told["id"]


def test_each_negotiation_counts_its_own_events_from_one(bank: BankPeer) -> None:
    first, second = apply(bank), apply(bank)
    assert [tell(bank, m).sequence for m in (first, first, second, first)] == [1, 2, 1, 3]


def test_a_message_is_sealed_with_its_borrowers_key(bank: BankPeer) -> None:
    message = apply(bank)
    assert "林晓".encode() not in bytes(message.sealed_body)
    erase(LIN)
    with pytest.raises(Exception, match=r".*"):
        outbox.body_of(message)


@pytest.mark.parametrize("data", [{}, {"reason": "because"}, {"reason": None}])
def test_what_is_not_of_its_shape_is_never_written(bank: BankPeer, data: dict[str, object]) -> None:
    message = apply(bank)
    assert message.negotiation_id is not None
    with pytest.raises(Problem):
        outbox.enqueue_event(bank.bank.pk, message.negotiation_id, LIN, "negotiation.ended", data)
    with pytest.raises(KeyError):
        outbox.enqueue_event(bank.bank.pk, message.negotiation_id, LIN, "coffee.made", data)
    assert OutboundMessage.objects.count() == 1


def test_only_the_lowest_message_of_a_negotiation_is_due(bank: BankPeer) -> None:
    message = apply(bank)
    tell(bank, message)
    tell(bank, message, "offer.declined")
    assert due() == [("application", 0)]
    outbox.mark_delivered(message.pk, 202, {})
    assert due() == [("negotiation.ended", 1)]


def test_one_negotiation_does_not_wait_for_another(bank: BankPeer) -> None:
    first, second = apply(bank), apply(bank)
    outbox.mark_delivered(first.pk, 202, {})
    tell(bank, first)
    assert {m.negotiation_id for m in outbox.deliverable()} == {first.negotiation_id, second.negotiation_id}


def test_a_claimed_message_still_stands_before_the_next(bank: BankPeer) -> None:
    message = apply(bank)
    tell(bank, message)
    assert len(claim(outbox.deliverable())) == 1
    assert claim(outbox.deliverable()) == []


def test_a_message_that_the_bank_refused_for_good_lets_the_next_pass(bank: BankPeer) -> None:
    message = apply(bank)
    outbox.mark_delivered(message.pk, 202, {})
    refused = tell(bank, message)
    tell(bank, message, "offer.declined")
    outbox.mark_refused(refused.pk, 422, {"type": "urn:heyue:problem:malformed", "detail": "林晓"})
    assert due() == [("offer.declined", 2)]
    assert OutboundMessage.objects.get(pk=refused.pk).answer == {"type": "urn:heyue:problem:malformed"}


def test_nothing_follows_an_application_that_the_bank_refused(bank: BankPeer) -> None:
    message = apply(bank)
    tell(bank, message)
    outbox.mark_refused(message.pk, 422, {})
    assert due() == []


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    at = clock.machine_now() + span
    monkeypatch.setattr("heyue.work.lease.machine_now", lambda: at)
    monkeypatch.setattr("heyue.banks.outbox.clock.machine_now", lambda: at)


def test_after_72_hours_of_tries_a_message_is_a_dead_letter_that_the_desk_replays(
    bank: BankPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = apply(bank)
    tell(bank, message)
    before = outbox.body_of(message)
    (claimed,) = claim(outbox.deliverable())
    outbox.mark_failed(claimed, "ConnectError")
    later(monkeypatch, timedelta(hours=71))
    (claimed,) = claim(outbox.deliverable())
    outbox.mark_failed(claimed, "HTTP 503", 503)
    assert OutboundMessage.objects.get(pk=message.pk).delivery == "waiting"
    later(monkeypatch, timedelta(hours=73))
    (claimed,) = claim(outbox.deliverable())
    outbox.mark_failed(claimed, "HTTP 503", 503)
    assert OutboundMessage.objects.get(pk=message.pk).delivery == "dead"
    assert due() == []
    operator = Actor(Role.OPERATOR, UUID(int=9))
    assert [m.pk for m in reads.stuck_messages(operator)] == [message.pk]
    outbox.replay(message.pk, operator)
    (claimed,) = claim(outbox.deliverable())
    assert (claimed.pk, outbox.body_of(claimed), outbox.key_of(claimed)) == (message.pk, before, outbox.key_of(message))
    assert Leaf.objects.filter(kind="message.replayed", actor_id=operator.person_id).count() == 1


def test_a_delivered_message_is_not_replayed(bank: BankPeer) -> None:
    message = apply(bank)
    outbox.mark_delivered(message.pk, 202, {"id": "x", "stored_at": "2026-11-16T00:00:00Z"})
    with pytest.raises(NotFound):
        outbox.replay(message.pk)


def test_delivery_is_noted_once(bank: BankPeer) -> None:
    message = apply(bank)
    assert outbox.mark_delivered(message.pk, 202, {})
    assert not outbox.mark_delivered(message.pk, 202, {})
    assert not outbox.mark_refused(message.pk, 422, {})


def test_what_is_stuck_is_the_desks_to_see_and_nobody_elses(bank: BankPeer) -> None:
    message = apply(bank)
    (claimed,) = claim(outbox.deliverable())
    outbox.mark_failed(claimed, "ConnectError")
    assert [m.pk for m in reads.stuck_messages(Actor(Role.REVIEWER, UUID(int=2)))] == [message.pk]
    for role in (Role.BORROWER, Role.BANK, Role.OFFICER, Role.CLOCK):
        assert not reads.stuck_messages(Actor(role, LIN, bank.bank.pk)).exists()


def test_a_bank_without_an_address_or_with_another_channel_is_not_called(bank: BankPeer) -> None:
    apply(bank)
    bank.bank.channel = "phone"
    bank.bank.save()
    assert due() == []
    bank.bank.channel, bank.bank.base_url = "api", ""
    bank.bank.save()
    assert due() == []


def test_a_sandbox_bank_hears_of_the_day_before_anything_else(bank: BankPeer) -> None:
    nanshan = BankPeer("nanshan", control_url="http://127.0.0.1:9", control_token="t")
    apply(nanshan)
    assert due() == []
    nanshan.bank.sandbox.told_on = clock.today()
    nanshan.bank.sandbox.save()
    assert due() == [("application", 0)]


def test_a_bank_that_says_when_to_come_again_is_not_asked_before(bank: BankPeer) -> None:
    message = apply(bank)
    (claimed,) = claim(outbox.deliverable())
    before = clock.machine_now()
    outbox.mark_failed(claimed, "HTTP 429", 429, timedelta(minutes=10))
    again = OutboundMessage.objects.get(pk=message.pk).next_try_at
    assert timedelta(minutes=10) <= again - before < timedelta(minutes=11)
