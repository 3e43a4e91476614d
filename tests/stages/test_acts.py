"""One act: a verb runs only inside ``perform``; all that follows stands or falls together."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

import cast
from heyue import acts, clock, journey
from heyue.application import actions as application
from heyue.application.models import Application
from heyue.application.states import Event, State
from heyue.deadlines import RULES, WaitKind
from heyue.deadlines.models import Wait
from heyue.engine.refusal import Refusal
from heyue.evidence.models import Leaf
from heyue.journey.clock import advance
from heyue.journey.inbound import MEANS
from heyue.journey.perform import FOLLOWS
from heyue.journey.waits import REACHED
from heyue.journey.words import WORDS

pytestmark = pytest.mark.django_db

STAGES = ("wallet", "application", "review", "dispatch", "negotiation", "agreement", "execution")


@pytest.fixture
def people() -> cast.Cast:
    return cast.assemble()


def test_a_verb_outside_perform_refuses_to_run(people: cast.Cast) -> None:
    with pytest.raises(RuntimeError, match="only inside"):
        application.start()


def test_an_act_does_not_open_in_an_act(people: cast.Cast) -> None:
    def nested() -> None:
        journey.perform(people.lin, application.start)

    with pytest.raises(RuntimeError, match="open already"):
        journey.perform(people.lin, acts.verb(nested))


def test_a_refused_act_leaves_nothing_behind(people: cast.Cast) -> None:
    before = Leaf.objects.count()

    def begin_and_fail() -> None:
        application.start()
        raise Refusal("on-purpose", "不行")

    with pytest.raises(Refusal):
        journey.perform(people.lin, acts.verb(begin_and_fail))
    assert not Application.objects.exists()
    assert Leaf.objects.count() == before


def test_each_change_of_state_leaves_one_leaf_with_its_actor(people: cast.Cast) -> None:
    application_id = journey.perform(people.lin, application.start)
    journey.perform(people.lin, application.withdraw, application_id=application_id)
    leaves = Leaf.objects.filter(application_id=application_id).order_by("id")
    assert [leaf.kind for leaf in leaves] == ["application.begun", "application.withdrawn"]
    assert {leaf.actor_id for leaf in leaves} == {people.lin.person_id}


def test_a_row_that_moved_meanwhile_is_not_moved_again(people: cast.Cast) -> None:
    application_id = journey.perform(people.lin, application.start)
    stale = Application.objects.get(pk=application_id)
    journey.perform(people.lin, application.withdraw, application_id=application_id)
    assert stale.state == State.DRAFT
    with pytest.raises(Refusal) as refused:
        journey.perform(people.lin, acts.verb(lambda: acts.move(stale, Event.WITHDRAWN)))
    assert refused.value.code == "changed-meanwhile"


def test_every_kind_of_wait_has_a_rule_and_a_verb_when_it_is_reached() -> None:
    assert set(RULES) == set(WaitKind) == set(REACHED)


def test_every_move_of_every_table_has_its_words() -> None:
    from importlib import import_module

    from heyue.engine.moves import StateTable

    kinds = set()
    for stage in STAGES:
        for table in vars(import_module(f"heyue.{stage}.states")).values():
            if isinstance(table, StateTable) and table.name != "instalment":
                kinds |= {f"{table.name}.{move.event}" for move in table.moves} | {f"{table.name}.begun"}
    assert kinds - set(WORDS) == set()


def test_every_fact_that_a_stage_returns_is_followed_or_final() -> None:
    from importlib import import_module

    followed = {follow.fact for follow in FOLLOWS}
    unfollowed = set()
    for stage in STAGES:
        for value in vars(import_module(f"heyue.{stage}.states")).values():
            if isinstance(value, type) and issubclass(value, acts.Fact) and value is not acts.Fact:
                unfollowed |= {value.__name__} if value not in followed else set()
    assert unfollowed == {"Unbound"}


def test_every_event_of_the_protocol_from_a_bank_has_a_meaning() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs/protocol/gateway-v1.md").read_text(encoding="utf-8")
    part = text.split("### Bank → platform")[1].split("### Platform → bank")[0]
    named = {line.split("`")[1] for line in part.splitlines() if line.startswith("| `")}
    assert named == set(MEANS)


def test_the_held_clock_goes_forward_only(people: cast.Cast) -> None:
    journey.perform(people.operator, advance, day=date(2027, 3, 1))
    assert clock.today() == date(2027, 3, 1)
    for day in (date(2027, 3, 1), date(2027, 2, 28)):
        with pytest.raises(Refusal) as refused:
            journey.perform(people.operator, advance, day=day)
        assert refused.value.code == "clock-goes-forward"
    assert Leaf.objects.filter(kind="clock.moved").count() == 1


@pytest.mark.parametrize("who", ["lin", "officer_a"])
def test_only_reviewers_and_operators_move_the_clock(people: cast.Cast, who: str) -> None:
    with pytest.raises(Refusal) as refused:
        journey.perform(getattr(people, who), advance, day=date(2027, 3, 1))
    assert refused.value.code == "not-permitted"


def test_a_wait_is_reached_once_however_many_workers_see_it(people: cast.Cast) -> None:
    from heyue import deadlines
    from heyue.evidence import Subject

    wait = deadlines.start(WaitKind.REVIEW, Subject("review", uuid.uuid4()))
    assert deadlines.reach(wait.pk)
    assert not deadlines.reach(wait.pk)
    assert Wait.objects.get(pk=wait.pk).outcome == Wait.Outcome.REACHED


def test_a_second_wait_of_the_same_kind_ends_the_first(people: cast.Cast) -> None:
    from heyue import deadlines
    from heyue.evidence import Subject

    subject = Subject("review", uuid.uuid4())
    first = deadlines.start(WaitKind.REVIEW, subject)
    second = deadlines.start(WaitKind.REVIEW, subject)
    assert Wait.objects.get(pk=first.pk).outcome == Wait.Outcome.MET
    assert Wait.objects.get(pk=second.pk).outcome == Wait.Outcome.OPEN


def test_a_wait_is_due_only_when_its_last_day_is_over(people: cast.Cast) -> None:
    from heyue import deadlines
    from heyue.evidence import Subject

    journey.perform(people.operator, advance, day=date(2027, 3, 1))
    wait = deadlines.start(WaitKind.OFFER_VALID, Subject("negotiation", uuid.uuid4()), due_on=date(2027, 3, 5))
    journey.perform(people.operator, advance, day=date(2027, 3, 5))
    assert wait not in deadlines.due_now()
    journey.perform(people.operator, advance, day=date(2027, 3, 6))
    assert wait in deadlines.due_now()


def test_the_clock_is_read_once_in_a_request_and_anew_after_it_was_moved(
    people: cast.Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    journey.perform(people.operator, advance, day=date(2027, 3, 1))
    with clock.read_once(), transaction.atomic():
        with django_assert_num_queries(1):
            assert {clock.today() for _ in range(5)} == {date(2027, 3, 1)}
        clock.advance_to(date(2027, 3, 2))
        assert clock.today() == date(2027, 3, 2)
