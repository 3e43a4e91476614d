"""The sweep of a joint choice: against every combination, with any prices, and giving up where there is too much."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine import joint_sweep
from heyue.engine.joint_sweep import Found, Layout, least

FREE = np.zeros(0)


def layout(
    *debts: int, over: list[list[int]], slack: list[int], sums: list[list[int]], excess: object = None
) -> Layout:
    """Choices of debts of these sizes; rows and sums are given choice by choice."""
    width = sum(debts)
    return Layout(
        starts=np.cumsum([0, *debts[:-1]]).astype(np.intp),
        over=np.array(over, dtype=np.int64).reshape(len(slack), width),
        slack=np.array(slack, dtype=np.int64),
        sums=np.array(sums, dtype=np.int64).reshape(-1, width),
        excess=None if excess is None else np.array(excess, dtype=np.int64),
    )


def every_plan(asked: Layout) -> list[Found]:
    """Every combination that keeps the rows, the least first and of equal ones the first."""
    ends = [*asked.starts[1:].tolist(), asked.sums.shape[1]]
    plans = []
    for places in product(*(range(start, end) for start, end in zip(asked.starts.tolist(), ends, strict=True))):
        at = list(places)
        if (asked.over[:, at].sum(axis=1) <= asked.slack).all():
            sums = asked.sums[:, at].sum(axis=1)
            value = int(sums[0]) if asked.excess is None else max(0, int((sums - asked.excess).max()))
            plans.append(Found(value, places))
    return sorted(plans)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    debts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    width, peaked = sum(debts), draw(st.booleans())
    figures = st.lists(st.integers(0, 9), min_size=width, max_size=width)
    rows = draw(st.lists(figures, max_size=3))
    sums = draw(st.lists(figures, min_size=1, max_size=3 if peaked else 1))
    return layout(
        *debts,
        over=rows,
        slack=[draw(st.integers(0, 30)) for _ in rows],
        sums=sums,
        excess=[draw(st.integers(0, 20)) for _ in sums] if peaked else None,
    )


@settings(max_examples=200)
@given(layouts(), st.data())
def test_whatever_the_prices_the_best_plan_is_found_and_the_first_of_equal_ones(
    asked: Layout, data: st.DataObject
) -> None:
    count = len(asked.slack) + (0 if asked.excess is None else len(asked.excess))
    prices = data.draw(st.lists(st.sampled_from((-1.0, 0.0, 0.1, 0.5, 1.0, 3.0)), min_size=count, max_size=count))
    plans = every_plan(asked)
    assert least(asked, np.array(prices)) == (plans[0] if plans else None)


def test_of_equal_plans_the_one_with_the_earlier_choice_of_the_first_debt_comes_first() -> None:
    # both cheap choices together are too heavy; one dear choice costs the same for either debt
    asked = layout(2, 2, over=[[3, 1, 3, 1]], slack=[5], sums=[[0, 1, 0, 1]])
    assert least(asked, np.zeros(1)) == Found(1, (0, 3))


def test_more_plans_than_the_first_look_keeps_are_seen_where_they_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint_sweep, "_FIRST_LOOK", 1)
    # without a price the first look takes what is cheap and heavy first, and finds a dear end
    asked = layout(2, 2, over=[[5, 0, 5, 0]], slack=[5], sums=[[0, 2, 0, 7]])
    assert least(asked, np.zeros(1)) == Found(2, (1, 2))


def test_a_plan_with_a_surcharge_is_found_where_the_first_look_took_one_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joint_sweep, "_FIRST_LOOK", 1)
    # priced 0.7 a unit the cheap plan lies 0.5 above the least of each debt, the dear one nothing
    asked = layout(2, 2, over=[[5, 0, 5, 0]], slack=[5], sums=[[0, 3, 0, 2]])
    assert least(asked, np.array([0.7])) == Found(2, (0, 3))


def test_where_the_first_look_sees_no_plan_another_must_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint_sweep, "_FIRST_LOOK", 1)
    asked = layout(2, 1, over=[[1, 0, 5]], slack=[5], sums=[[0, 2, 0]])
    assert least(asked, np.array([0.0])) == Found(2, (1, 2))
    dead_end = layout(2, 2, over=[[5, 0, 5, 5]], slack=[5], sums=[[0, 2, 0, 0]])
    assert least(dead_end, np.array([0.0])) is None
    assert least(dead_end, np.array([1.0])) == Found(2, (1, 2))


@pytest.mark.parametrize("limit", ["_BEGINNINGS_MAX", "_CANDIDATES_MAX"])
def test_where_too_many_beginnings_live_on_another_must_decide(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = layout(4, 4, over=[], slack=[], sums=[[3] * 8])
    assert least(asked, FREE) == Found(6, (0, 4))
    monkeypatch.setattr(joint_sweep, limit, 3)
    assert least(asked, FREE) is None


def test_figures_too_large_for_whole_prices_are_left_to_another() -> None:
    large = layout(1, 2, over=[[1, 1, 1]], slack=[9], sums=[[2**59, 2**58, 2**59]])
    assert least(large, np.array([0.0])) == Found(2**59 + 2**58, (0, 1))
    assert least(large, np.array([2.0**60])) is None


def test_peaks_that_together_weigh_more_than_one_prove_no_more_than_they_may() -> None:
    asked = layout(2, 2, over=[], slack=[], sums=[[4, 1, 4, 1], [1, 4, 1, 5]], excess=[0, 0])
    assert least(asked, np.array([5.0, 5.0])) == Found(5, (1, 2))
