"""Schedules over columns give the rows of one schedule at a time, to the fen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine import schedule_columns as columns
from heyue.engine import schedule_loops
from heyue.engine.bad_input import AMOUNT_FEN_MAX, Findings
from heyue.engine.schedule import METHODS, Plan, read_plan, row_amounts
from heyue.engine.schedule_columns import ScheduleColumns, columns_of, schedule_columns
from tests.engine.test_schedule import TERMS


@st.composite
def tables(draw: st.DrawFn) -> ScheduleColumns:
    rates = st.one_of(
        st.integers(0, 15 * 10**9), st.sampled_from((0, 1, 10**12, 999_999_999_999, 5 * 10**9, 123_456_789_012))
    )
    rows = draw(
        st.lists(
            st.tuples(
                st.one_of(st.integers(1, 10**7), st.integers(1, 10**11 + 1)), st.integers(0, 61),
                st.integers(0, len(METHODS) - 1), rates, st.booleans(),
            ),
            min_size=1, max_size=12,
        )
    )  # fmt: skip
    financed, periods, method, rate, annual = zip(*rows, strict=True)
    free = METHODS.index("interest_free")
    rate = tuple(0 if kind == free else each for kind, each in zip(method, rate, strict=True))
    whole = [np.array(each, dtype=np.int64) for each in (financed, periods, method, rate)]
    return ScheduleColumns(*whole, np.array(annual, dtype=np.bool_))


def one_at_a_time(asked: ScheduleColumns, index: int) -> tuple[tuple[int, int], ...] | None:
    plan = columns._plan(asked, index)
    if not 1 <= plan.periods <= 60 or not 1000 * plan.periods <= plan.financed_fen <= AMOUNT_FEN_MAX:
        return None
    return row_amounts(plan)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_every_row_is_that_of_the_schedule_alone(asked: ScheduleColumns) -> None:
    assert_each_as_if_alone(asked)


def assert_each_as_if_alone(asked: ScheduleColumns) -> None:
    found = schedule_columns(asked)
    for index in range(len(asked)):
        rows = slice(int(found.starts[index]), int(found.starts[index + 1]))
        expected = one_at_a_time(asked, index)
        assert bool(found.refused[index]) is (expected is None)
        if expected is None:
            assert not found.principal_fen[rows].any()
            continue
        assert list(zip(found.principal_fen[rows].tolist(), found.interest_fen[rows].tolist(), strict=True)) == list(
            expected
        )
        left = asked.financed_fen[index] - np.cumsum(found.principal_fen[rows])
        assert (found.balance_fen[rows] == left).all()


@pytest.mark.parametrize("annual", [False, True])
def test_schedules_side_by_side_are_laid_out_as_if_alone(annual: bool) -> None:
    chance = np.random.default_rng(70)
    count = 240
    most = schedule_loops.GENTLE_YEARLY_RATE // (1 if annual else 12)
    periods = chance.choice(np.array([1, 2, 60]), count)
    asked = ScheduleColumns(
        financed_fen=np.minimum(chance.choice(np.array([1_000, 1_001, 123_456, 10**11]), count) * periods, 10**11),
        periods=periods,
        method=np.zeros(count, dtype=np.int64),
        rate=chance.choice(np.array([0, 1, most // 7, most, most + 1]), count),
        annual=np.full(count, annual),
    )
    assert_each_as_if_alone(asked)


def test_a_payment_too_near_to_a_half_is_worked_out_in_whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = Findings()
    plans: list[Plan] = [
        read_plan({**TERMS, "method": "equal_instalment", "principal": text}, "", findings)
        for text in ("10000", "123456.78", "999999.99")
    ]
    findings.stop_if_any()
    by_float = schedule_columns(columns_of(plans))
    monkeypatch.setattr(columns, "_NEAR_A_HALF", 1.0)
    exact = schedule_columns(columns_of(plans))
    assert (by_float.principal_fen == exact.principal_fen).all()
    assert (by_float.interest_fen == exact.interest_fen).all()


def test_the_loops_name_the_methods_in_their_order() -> None:
    numbers = (schedule_loops.EQUAL_INSTALMENT, schedule_loops.FLAT_FEE)
    assert numbers == (METHODS.index("equal_instalment"), METHODS.index("flat_fee"))
