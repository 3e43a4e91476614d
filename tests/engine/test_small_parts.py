"""Money, moves, refusals and readers: what larger tests pass by."""

from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from heyue.engine import annual_rate
from heyue.engine.bad_input import BadInput, Fields, Findings, plain
from heyue.engine.money import fen, places
from heyue.engine.moves import CLOCK, NOBODY, Actor, Move, Role, StateTable, from_each
from heyue.engine.refusal import CountedRefusal, NotFound, NotPermitted, Refusal
from heyue.engine.rules.agreement import read_agreement
from heyue.engine.schedule import build, laid_out
from tests.engine.test_rules import SOUND, found
from tests.engine.test_schedule import TERMS


class State(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOST = "lost"


class Event(StrEnum):
    SHUT = "shut"
    KEEP = "keep"


BORROWER, OFFICER = Role.BORROWER, Role.OFFICER
TABLE = StateTable(
    "door", State.OPEN, frozenset({State.SHUT}),
    (Move(State.OPEN, Event.SHUT, State.SHUT, (BORROWER,)), *from_each((State.OPEN,), Event.KEEP, None, (OFFICER,))),
)  # fmt: skip


def test_a_table_decides_refuses_and_says_what_is_possible() -> None:
    assert TABLE.decide(State.OPEN, Event.SHUT, BORROWER).target == State.SHUT
    assert TABLE.decide(State.OPEN, Event.KEEP, OFFICER).target == State.OPEN
    assert TABLE.possible(State.OPEN, BORROWER) == (Event.SHUT,)
    assert TABLE.reachable() == {State.OPEN, State.SHUT}
    with pytest.raises(NotPermitted):
        TABLE.decide(State.OPEN, Event.SHUT, OFFICER)
    with pytest.raises(Refusal) as refused:
        TABLE.decide(State.SHUT, Event.KEEP, OFFICER)
    assert refused.value.code == "not-possible-now"
    assert refused.value.params["possible"] == []


@pytest.mark.parametrize(
    "moves",
    [
        (TABLE.moves[0], TABLE.moves[0]),
        (Move(State.SHUT, Event.KEEP, State.OPEN, (BORROWER,)),),
    ],
)
def test_a_table_with_two_answers_or_a_way_out_of_an_end_is_refused(moves: tuple[Move, ...]) -> None:
    with pytest.raises(ValueError, match="door"):
        StateTable("door", State.OPEN, frozenset({State.SHUT}), moves)


def test_a_machine_acts_as_no_person() -> None:
    person = UUID(int=7)
    assert (Actor(Role.BORROWER, person).me, CLOCK.me) == (person, NOBODY)


def test_a_refusal_speaks_in_words() -> None:
    assert str(Refusal("code", "还差 %(sum)s 元", params={"sum": "5.00"})) == "还差 5.00 元"
    assert str(CountedRefusal("code", "不对")) == "不对"
    assert (NotFound().status, NotPermitted().status) == (404, 403)


@pytest.mark.parametrize("text", ["", "1.234", "1,000", "一"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        fen(text)
    assert fen("-1.5") == -150


def test_a_half_goes_up_and_below_zero_there_is_a_sign() -> None:
    assert [places(Fraction(tenths, 20), 1) for tenths in (-3, -2, 1, 25)] == ["-0.1", "-0.1", "0.1", "1.3"]


def test_a_rate_of_more_places_than_allowed_is_not_written() -> None:
    with pytest.raises(ValueError, match="places"):
        plain(Fraction(1, 3))


def test_optional_lists_and_required_objects() -> None:
    findings = Findings()
    fields = Fields({}, "", ("list", "object", "text"), findings)
    assert fields.array("list", 0, 3, optional=True) == []
    assert fields.text("text") == ""
    assert not fields.child("object", ()).has("anything")
    assert [pointer for pointer, _ in findings.errors] == ["/text", "/object"]


def test_a_schedule_without_principal_is_not_laid_out() -> None:
    plan = build(TERMS).plan
    with pytest.raises(ValueError, match="without principal"):
        laid_out(type(plan)(**{**vars(plan), "rate": Fraction(1), "method": "equal_instalment", "periods": 60}))


def test_a_search_for_a_rate_ends_after_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annual_rate, "_STEPS_MAX", 1)
    assert annual_rate.monthly_irr(1000, [1010]) > 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"schedule": None}, "/schedule"), ({"annualised_rate_simple": 3}, "/annualised_rate_simple")],
)
def test_an_agreement_says_its_schedule_and_a_rate_that_is_one(change: dict[str, Any], pointer: str) -> None:
    value = {name: entry for name, entry in {**SOUND, **change}.items() if entry is not None}
    with pytest.raises(BadInput) as refused:
        read_agreement(value)
    assert [at for at, _ in refused.value.errors] == [pointer]


def test_an_agreement_silent_about_the_rate_breaks_no_limit() -> None:
    assert found(daily_rate=None) == []
