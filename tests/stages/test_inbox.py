"""The inbox: judged in order within a negotiation, early ones wait, each has its effect once."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from heyue import clock
from heyue.banks import inbox, reads
from heyue.banks.models import InboundMessage
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal
from heyue.faces.worker import judge as judging
from heyue.gateway.problems import Problem
from heyue.work import claim
from protocol.gateway_peer import BankPeer, matter

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]

Taken = list[tuple[Any, str]]


@pytest.fixture
def bank() -> BankPeer:
    return BankPeer("donghu")


@pytest.fixture
def lin(bank: BankPeer) -> Dispatch:
    return matter(bank.bank)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    """What had its effect, in order."""
    found: Taken = []
    taking(monkeypatch, lambda event: found.append((event.negotiation_id, event.data["question_id"])))
    return found


def taking(monkeypatch: pytest.MonkeyPatch, take: Callable[[Any], None]) -> None:
    monkeypatch.setattr(judging, "take", take)


def store(bank: BankPeer, row: Dispatch, sequence: int, text: str = "", **change: Any) -> dict[str, Any]:
    event = bank.event(row.pk, "question.asked", sequence, {"question_id": f"q{sequence}{text}", "text": "?"}) | change
    posted = inbox.Posted(bank.bank, row.pk, event["id"], json.dumps(event).encode(), {})
    inbox.store(posted, row.borrower_id)
    return event


def judge_all() -> None:
    while judging.judge():
        pass


def state_of(event: dict[str, Any]) -> str:
    return InboundMessage.objects.get(idempotency_key=event["id"]).judgement


def test_an_early_event_waits_for_the_one_before_it(bank: BankPeer, lin: Dispatch, taken: Taken) -> None:
    second = store(bank, lin, 2)
    judge_all()
    assert (taken, state_of(second)) == ([], "waiting")
    store(bank, lin, 1)
    judge_all()
    assert taken == [(lin.pk, "q1"), (lin.pk, "q2")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(1, 5))))
def test_in_whatever_order_events_come_they_are_taken_in_sequence(
    bank: BankPeer, lin: Dispatch, taken: Taken, order: tuple[int, ...]
) -> None:
    for sequence in order:
        store(bank, lin, sequence)
        judge_all()
    assert [name for _, name in taken] == ["q1", "q2", "q3", "q4"]


def test_only_one_event_of_a_negotiation_is_in_hand(bank: BankPeer, lin: Dispatch) -> None:
    store(bank, lin, 1)
    store(bank, lin, 2)
    assert len(claim(inbox.judgeable())) == 1
    assert claim(inbox.judgeable()) == []


def test_one_negotiation_does_not_wait_for_another(bank: BankPeer, lin: Dispatch, taken: Taken) -> None:
    store(bank, lin, 2)
    other = matter(bank.bank)
    store(bank, other, 1)
    judge_all()
    assert taken == [(other.pk, "q1")]


def test_a_refused_event_keeps_its_problem_and_lets_the_next_pass(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def take(event: Any) -> None:
        if event.data["question_id"] == "q1":
            raise Refusal("not-possible-now", "现在不能这样做。", field="state")
        done.append(event.data["question_id"])

    taking(monkeypatch, take)
    first = store(bank, lin, 1)
    store(bank, lin, 2)
    judge_all()
    assert done == ["q2"]
    told = inbox.fate(bank.bank.pk, lin.pk, first["id"])
    assert told["state"] == "refused"
    assert told["problem"]["type"] == "urn:heyue:problem:not-possible-now"
    assert told["problem"]["status"] == 409


def test_an_event_refused_at_the_door_holds_its_place_in_the_sequence(
    bank: BankPeer, lin: Dispatch, taken: Taken
) -> None:
    store(bank, lin, 2, data={"text": "?"})
    store(bank, lin, 3)
    judge_all()
    assert taken == []
    store(bank, lin, 1)
    judge_all()
    assert taken == [(lin.pk, "q1"), (lin.pk, "q3")]


def test_an_effect_that_fails_half_way_leaves_nothing_and_is_tried_again(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def take(event: Any) -> None:
        Dispatch.objects.filter(pk=lin.pk).update(standstill_reason="half")
        tries.append(event.message_id)
        if len(tries) == 1:
            raise RuntimeError("the machine stumbled")

    taking(monkeypatch, take)
    event = store(bank, lin, 1)
    judging.judge()
    assert state_of(event) == "waiting"
    assert Dispatch.objects.get(pk=lin.pk).standstill_reason == ""
    operator = Actor(Role.OPERATOR)
    assert [m.idempotency_key for m in reads.troubled_inbound(operator)] == [event["id"]]
    InboundMessage.objects.update(next_try_at=clock.machine_now())
    judging.judge()
    assert (state_of(event), len(tries)) == ("taken", 2)
    assert Dispatch.objects.get(pk=lin.pk).standstill_reason == "half"


def test_an_act_of_somebody_else_in_the_same_moment_is_judged_again_not_refused(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def take(event: Any) -> None:
        tries.append(event)
        if len(tries) == 1:
            raise Refusal("changed-meanwhile", "刚刚有了新的变化。")

    taking(monkeypatch, take)
    event = store(bank, lin, 1)
    judging.judge()
    assert state_of(event) == "waiting"
    InboundMessage.objects.update(next_try_at=clock.machine_now())
    judging.judge()
    assert state_of(event) == "taken"


def test_a_worker_killed_between_claim_and_answer_leaves_the_event_to_the_next(
    bank: BankPeer, lin: Dispatch, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = store(bank, lin, 1)
    assert len(claim(inbox.judgeable())) == 1
    judge_all()
    assert (taken, state_of(event)) == ([], "waiting")
    at = clock.machine_now() + timedelta(seconds=61)
    monkeypatch.setattr("heyue.work.lease.machine_now", lambda: at)
    judge_all()
    assert (taken, state_of(event)) == ([(lin.pk, "q1")], "taken")


def test_a_worker_that_lost_its_lease_does_not_take_an_event_twice(bank: BankPeer, lin: Dispatch, taken: Taken) -> None:
    store(bank, lin, 1)
    (slow,) = claim(inbox.judgeable())
    InboundMessage.objects.update(leased_until=None, next_try_at=clock.machine_now())
    judge_all()
    judging._judge(slow)
    assert taken == [(lin.pk, "q1")]


def test_judging_is_noted_once(bank: BankPeer, lin: Dispatch) -> None:
    event = store(bank, lin, 1)
    row = InboundMessage.objects.get(idempotency_key=event["id"])
    assert inbox.mark_taken(row.pk)
    assert not inbox.mark_taken(row.pk)
    assert not inbox.mark_refused(row.pk, {})


def test_storing_is_idempotent_and_knows_a_reused_key(bank: BankPeer, lin: Dispatch) -> None:
    event = bank.event(lin.pk, "question.asked", 1)
    body = json.dumps(event).encode()
    first = inbox.store(inbox.Posted(bank.bank, lin.pk, event["id"], body, {}), lin.borrower_id)
    assert inbox.store(inbox.Posted(bank.bank, lin.pk, event["id"], body, {}), lin.borrower_id) == first
    with pytest.raises(Problem) as reused:
        inbox.store(inbox.Posted(bank.bank, lin.pk, event["id"], body + b" ", {}), lin.borrower_id)
    assert reused.value.code == "idempotency-key-reused"


def test_two_doors_that_store_the_same_event_at_once_give_one_answer(
    bank: BankPeer, lin: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = bank.event(lin.pk, "question.asked", 1)
    posted = inbox.Posted(bank.bank, lin.pk, event["id"], json.dumps(event).encode(), {})
    first = inbox.store(posted, lin.borrower_id)
    answered = inbox._answer_before
    looks = iter([None])
    monkeypatch.setattr(inbox, "_answer_before", lambda p: next(looks, answered(p)))
    assert inbox.store(posted, lin.borrower_id) == first
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_every_event_is_taken_once_however_the_line_drops_doubles_and_mixes(
    bank: BankPeer, taken: Taken, seed: int
) -> None:
    dice = random.Random(seed)
    places = [matter(bank.bank) for _ in range(3)]
    to_send = [(row, bank.event(row.pk, "question.asked", n, {"question_id": f"q{n}", "text": "?"}))
               for row in places for n in range(1, 7)]  # fmt: skip
    while to_send:
        row, event = dice.choice(to_send)
        posted = inbox.Posted(bank.bank, row.pk, event["id"], json.dumps(event).encode(), {})
        fate = dice.random()
        if fate < 0.2:
            continue  # lost on its way
        assert inbox.store(posted, row.borrower_id).status == 202
        if fate > 0.5:
            to_send.remove((row, event))  # else the answer was lost, and the bank sends again
        if dice.random() < 0.5:
            judging.judge()
    judge_all()
    for row in places:
        assert [name for place, name in taken if place == row.pk] == [f"q{n}" for n in range(1, 7)]
