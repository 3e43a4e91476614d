"""The solver's answers are never taken on trust: each is checked in whole numbers, and its bound is too."""

from itertools import pairwise, product

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine import joint_choice as jc
from heyue.engine import joint_sweep
from heyue.engine.joint_choice import JointChoice, NotProven, Rows
from heyue.engine.joint_plans import _found


def rows(*sums: list[int], limits: list[int]) -> Rows:
    return Rows(np.array(sums, dtype=np.int64).reshape(len(sums), -1), np.array(limits, dtype=np.int64))


# two debts of two choices: cheap ones are heavy
COSTS = np.array([1, 5, 2, 9], dtype=np.int64)
HEAVY = rows([7, 1, 6, 2], limits=[9])
TWO = JointChoice([2, 2])


def test_the_least_sum_within_the_rows_is_found() -> None:
    found = TWO.least_sum(COSTS, HEAVY)
    assert found is not None
    assert (found.columns, found.value) == ((1, 2), 7)
    assert TWO.least_sum(COSTS, rows([7, 7, 6, 6], limits=[9])) is None


def test_a_choice_that_breaks_a_row_is_barred_and_another_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([((0, 2), 3), ((1, 2), 7)])
    barred: list[list[tuple[int, ...]]] = []

    def solve(self: object, seen: list[tuple[int, ...]]) -> tuple[tuple[int, ...], int]:
        barred.append(list(seen))
        return next(answers)

    monkeypatch.setattr(jc._Small, "solve", solve)
    found = TWO.least_sum(COSTS, HEAVY)
    assert found is not None
    assert (found.columns, barred) == ((1, 2), [[], [(0, 2)]])


def test_a_bound_that_leaves_room_is_followed_until_nothing_is_below(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([((1, 3), 0), ((1, 2), 0)])
    monkeypatch.setattr(jc._Small, "solve", lambda self, barred: next(answers))
    found = TWO.least_sum(COSTS, HEAVY)
    assert found is not None
    assert found.value == 7


def test_the_search_ends_where_the_solver_finds_nothing_below(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([((0, 2), -5), (None, 0)])
    monkeypatch.setattr(jc._Small, "solve", lambda self, barred: next(answers))
    free = rows([7, 1, 6, 2], limits=[14])
    found = TWO.least_sum(np.array([3, 5, 2, 1], dtype=np.int64), free)
    assert found is not None
    assert found.columns == (0, 2)


def test_a_worse_answer_never_replaces_a_better_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([((1, 2), 0), ((1, 3), 14)])
    monkeypatch.setattr(jc._Small, "solve", lambda self, barred: next(answers))
    monkeypatch.setattr(jc._Sum, "below", lambda self, value, rows: rows)
    found = TWO.least_sum(COSTS, HEAVY)
    assert found is not None
    assert found.value == 7


def test_without_end_there_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jc._Small, "solve", lambda self, barred: ((0, 2), 3))
    monkeypatch.setattr(jc, "_TRIES_MAX", 3)
    with pytest.raises(NotProven):
        TWO.least_sum(COSTS, HEAVY)


def test_a_solver_that_gives_up_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda self: highspy.HighsModelStatus.kTimeLimit)
    with pytest.raises(NotProven):
        TWO.least_sum(COSTS, HEAVY)
    with pytest.raises(NotProven):
        _found(None)


def test_what_is_too_much_to_go_through_is_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    swept = TWO.least_sum(COSTS, HEAVY)
    monkeypatch.setattr(joint_sweep, "_BEGINNINGS_MAX", 0)
    assert TWO.least_sum(COSTS, HEAVY) == swept


def test_the_solver_itself_is_told_what_is_barred() -> None:
    small = TWO._reduce(jc._Sum(COSTS), rows([7, 1, 6, 2], limits=[12]), np.arange(4))
    assert small is not None
    assert small.solve([])[0] == (1, 2)
    assert small.solve([(1, 2)])[0] == (0, 3)
    # what shares a choice with it is not barred
    assert small.solve([(1, 3)])[0] == (1, 2)
    every = [(one, two) for one in (0, 1) for two in (2, 3)]
    assert small.solve(every)[0] is None


def test_the_least_peak_is_found_down_to_its_floor() -> None:
    peaks = rows([7, 3, 6, 2], [1, 4, 2, 5], limits=[0, 0])
    free = rows([0, 0, 0, 0], limits=[0])
    found = TWO.least_peak(peaks, free, 0)
    assert found is not None
    assert found.value == 9
    floor = TWO.least_peak(peaks, free, 50)
    assert floor is not None
    assert floor.value == 50


@pytest.mark.parametrize(("value", "kept"), [(10, True), (8, True), (7, False), (1, False)])
def test_below_a_peak_s_floor_there_is_nothing(value: int, kept: bool) -> None:
    peak = jc._Peak(rows([7, 3, 6, 2], limits=[0]), 7)
    below = peak.below(value, rows([0, 0, 0, 0], limits=[0]))
    assert bool((below.sums[:, [1, 3]].sum(axis=1) <= below.limits).all()) is kept


def test_only_what_is_less_by_one_at_least_is_looked_for() -> None:
    assert jc._Sum(COSTS).below(7, HEAVY).limits.tolist() == [9, 6]
    assert jc._Peak(rows([7, 3, 6, 2], limits=[4]), 0).below(7, HEAVY).limits.tolist() == [9, 10]


@st.composite
def choices(draw: st.DrawFn) -> tuple[list[int], Rows, Rows]:
    """The sizes of some debts, rows to keep, and peaks."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    figures = st.lists(st.integers(0, 9), min_size=sum(sizes), max_size=sum(sizes))
    width = np.zeros((0, sum(sizes)), dtype=np.int64)
    kept = draw(st.lists(st.tuples(figures, st.integers(0, 30)), max_size=3))
    peaks = draw(st.lists(st.tuples(figures, st.integers(0, 9)), min_size=1, max_size=3))
    made = [
        Rows(np.vstack([width, *(row for row, _ in some)]), np.array([limit for _, limit in some], dtype=np.int64))
        for some in (kept, peaks)
    ]
    return sizes, made[0], made[1]


@settings(max_examples=150)
@given(choices(), st.integers(-20, 20), st.booleans())
def test_no_combination_has_a_lower_sum_or_a_lower_peak(
    drawn: tuple[list[int], Rows, Rows], floor: int, swept: bool
) -> None:
    sizes, kept, peaks = drawn
    starts = np.cumsum([0, *sizes])
    every = [list(each) for each in product(*(range(*pair) for pair in pairwise(starts)))]
    fitting = [each for each in every if (kept.sums[:, each].sum(axis=1) <= kept.limits).all()]
    with pytest.MonkeyPatch.context() as patch:
        if not swept:
            # the solver branches by itself
            patch.setattr(jc, "least", lambda layout, prices: None)
        found = JointChoice(sizes).least_sum(peaks.sums[0], kept)
        peak = JointChoice(sizes).least_peak(peaks, kept, floor)
    if not fitting:
        assert found is peak is None
        return
    assert found is not None
    assert peak is not None
    assert list(found.columns) in fitting
    assert list(peak.columns) in fitting
    assert found.value == peaks.sums[0, list(found.columns)].sum()
    assert found.value == min(peaks.sums[0, each].sum() for each in fitting)
    over = {tuple(each): (peaks.sums[:, each].sum(axis=1) - peaks.limits).max() for each in fitting}
    assert peak.value == max(floor, over[peak.columns]) == max(floor, min(over.values()))


def test_the_least_peak_is_that_of_all_peaks_and_not_the_least_sum_of_one() -> None:
    # not both first choices; the first peak, wide as it is, would have the second debt's
    peaks = rows([0, 5, 0, 6], [0, 5, 0, 1], limits=[10, 0])
    found = TWO.least_peak(peaks, rows([3, 0, 3, 0], limits=[5]), 0)
    assert found is not None
    assert (found.columns, found.value) == ((0, 3), 1)


def test_of_choices_alike_in_every_figure_the_first_is_kept() -> None:
    figures = np.array([[3, 1] * 40, [1, 3] * 40], dtype=np.int64)
    assert np.flatnonzero(jc._not_dominated(figures, np.zeros(80, dtype=np.int64))).tolist() == [0, 1]


def test_the_solver_writes_nothing_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    jc._Quiet().enableCallbacks()
    small = TWO._reduce(jc._Sum(COSTS), rows([7, 1, 6, 2], limits=[12]), np.arange(4))
    assert small is not None
    small.solve([(1, 2)])
    assert capfd.readouterr().out == ""


def test_a_bound_without_a_number_proves_nothing() -> None:
    assert jc._whole_bound(float("-inf")) == jc.NOTHING_PROVEN
    assert jc._whole_bound(6.9999999) == 7
    # a sum of doubles may be one off in a thousand million
    assert jc._whole_bound(1e9 + 0.5) == 10**9


def test_large_figures_are_scaled_by_powers_of_two() -> None:
    scale = jc._scale(np.array([[1.0, 3.0], [2.0**30, 1.0], [0.0, 0.0]]))
    assert scale.tolist() == [1.0, 2.0**10, 1.0]


@pytest.mark.parametrize("name", ["value", "below", "reduced"])
def test_an_objective_says_its_own_value(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        jc._Objective()
