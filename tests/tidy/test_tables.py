"""Every state table, exhaustively: nothing unreachable, no dead end, no wait without a rule, no notice wordless."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module

import pytest

from heyue.deadlines.kinds import RULES, WaitKind
from heyue.engine.moves import Move, Role, StateTable
from heyue.engine.refusal import NotPermitted, Refusal
from heyue.notices.kinds import WORDS, NoticeKind
from heyue.policy.load import rule

STAGES = (
    "wallet",
    "application",
    "review",
    "dispatch",
    "negotiation",
    "casework",
    "agreement",
    "execution",
    "disputes",
)
TODAY = date(2026, 11, 24)


def tables() -> Iterator[StateTable]:
    """Yield every table of every stage."""
    for stage in STAGES:
        states = import_module(f"heyue.{stage}.states")
        yield from (value for value in vars(states).values() if isinstance(value, StateTable))


TABLES = {table.name: table for table in tables()}
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
ALL_MOVES = [move for table in TABLES.values() for move in table.moves]


@each_table
def test_every_state_is_reachable(table: StateTable) -> None:
    assert {str(state) for state in type(table.initial)} == table.reachable()


@each_table
def test_every_state_leads_to_an_end(table: StateTable) -> None:
    leaving = {str(move.source) for move in table.moves if move.source != move.target}
    staying = {str(move.source) for move in table.moves} - leaving  # it rests there: only things about it are noted
    ending = {str(state) for state in table.final} | staying
    while grown := {str(m.source) for m in table.moves if str(m.target) in ending} - ending:
        ending |= grown
    assert ending == table.reachable()


@each_table
def test_every_event_can_happen(table: StateTable) -> None:
    assert set(type(table.moves[0].event)) == {move.event for move in table.moves}


@each_table
def test_each_state_event_and_role_moves_or_refuses(table: StateTable) -> None:
    by_key = {(move.source, move.event): move for move in table.moves}
    for state in type(table.initial):
        for event in type(table.moves[0].event):
            for role in Role:
                move = by_key.get((state, event))
                if move and role in move.by:
                    assert table.decide(state, event, role) is move
                    continue
                with pytest.raises(NotPermitted if move else Refusal) as refused:
                    table.decide(state, event, role)
                if not move:
                    possible = [str(m.event) for m in table.moves if m.source == state and role in m.by]
                    assert refused.value.params["possible"] == possible


@pytest.mark.parametrize("move", [m for m in ALL_MOVES if m.starts], ids=lambda m: f"{m.source}-{m.event}")
def test_wait_that_a_move_starts_has_a_rule_and_an_end(move: Move) -> None:
    assert move.starts in RULES
    # It is ended by what was waited for, or by the move that the clock makes when the day has come.
    ends = [m for m in ALL_MOVES if move.starts in m.stops or Role.CLOCK in m.by]
    assert ends


@pytest.mark.parametrize("kind", WaitKind)
def test_wait_has_a_length_from_policy_or_a_date_that_is_given(kind: WaitKind) -> None:
    wait = RULES[kind]
    if wait.rule_id is None:
        assert wait.dated_by
    else:
        record = rule(wait.rule_id, TODAY)
        assert record.unit == "working_days"
        assert record.value >= 1


@pytest.mark.parametrize("move", [m for m in ALL_MOVES if m.tells], ids=lambda m: f"{m.source}-{m.event}")
def test_notice_that_a_move_sends_has_words(move: Move) -> None:
    assert WORDS[NoticeKind(move.tells or "")]
