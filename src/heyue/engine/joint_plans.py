"""The four joint plans over all banks' menus: each least by its own criterion first, then by its total.

A measure of distance from what banks usually grant: for each debt with usual terms, the difference of periods
over 60, of down payment ratios and of waiver ratios, each in millionths, rounded half up, added together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

import numpy as np

from heyue.engine.joint_choice import JointChoice, NotProven, Rows, Selection
from heyue.engine.menu import Choice, Usual
from heyue.engine.money import round_half_up, round_ratio
from heyue.engine.recommend_request import Asked
from heyue.engine.schedule import PERIODS_MAX

MEASURE_UNIT = 10**6
FIRST_MONTHS = 12


@dataclass(frozen=True)
class JointPlan:
    """One choice for each debt, in the order of the debts, and the proven least of the first criterion."""

    name: str
    chosen: tuple[Choice, ...]
    bound: int

    @property
    def months(self) -> int:
        """The month in which the last instalment falls."""
        return max(choice.periods for choice in self.chosen)

    @property
    def total_fen(self) -> int:
        """All that is paid."""
        return sum(choice.total_fen for choice in self.chosen)

    @property
    def monthly_total_fen(self) -> tuple[int, ...]:
        """All instalments of months 1, 2, …"""
        return tuple(
            sum(choice.payments_fen[month] for choice in self.chosen if month < choice.periods)
            for month in range(self.months)
        )


class JointMenu:
    """All banks' menus side by side, with the rows that the budget sets."""

    def __init__(self, asked: Asked, menus: Sequence[Sequence[Choice]]) -> None:
        self.asked = asked
        self.choices = [choice for menu in menus for choice in menu]
        self._usual = [debt.policy.usual for debt, menu in zip(asked.debts, menus, strict=True) for _ in menu]
        self.horizon = max(choice.periods for choice in self.choices)
        self._joint = JointChoice([len(menu) for menu in menus])
        self.totals = np.array([choice.total_fen for choice in self.choices], dtype=np.int64)
        self.down_payments = np.array([[choice.down_payment_fen for choice in self.choices]], dtype=np.int64)
        self.payments = np.zeros((self.horizon, len(self.choices)), dtype=np.int64)
        for column, choice in enumerate(self.choices):
            self.payments[: choice.periods, column] = choice.payments_fen
        affordable = [asked.affordable_fen(month) for month in range(1, self.horizon + 1)]
        self.months = Rows(self.payments, np.array(affordable, dtype=np.int64))
        self.savings = Rows(self.down_payments, np.array([asked.budget.savings_fen], dtype=np.int64))
        self.band = self.within_band(asked.band)

    @property
    def budget(self) -> Rows:
        """Every month within its affordable sum, the down payments within savings, equal treatment within its band."""
        return self.months.and_rows(self.savings).and_rows(self.band)

    def within_band(self, band: Fraction | None) -> Rows:
        """For each two debts: what the first gets in the first year, over its share, less that of the second.

        With paid P and balances b, B together: P₁·B/b₁ − P₂·B/b₂ ≤ band × all paid; each choice's part is rounded
        down to the fen, so that the sums are whole.
        """
        pairs = [] if band is None else list(permutations(range(len(self.asked.debts)), 2))
        sums = np.zeros((len(pairs), len(self.choices)), dtype=np.int64)
        if band is None or not pairs:
            return Rows(sums, np.zeros(0, dtype=np.int64))
        owed_fen = [debt.balance_fen for debt in self.asked.debts]
        share = [Fraction(sum(owed_fen), one_fen) for one_fen in owed_fen]
        debt_of = self._joint.debt_of
        paid_fen = [choice.paid_in(FIRST_MONTHS) for choice in self.choices]
        first, second, other = (
            np.array(
                [math.floor(paid * (sign * share[debt] - band)) for paid, debt in zip(paid_fen, debt_of, strict=True)],
                dtype=np.int64,
            )
            for sign in (1, -1, 0)
        )
        for row, (one, two) in enumerate(pairs):
            sums[row] = np.where(debt_of == one, first, np.where(debt_of == two, second, other))
        return Rows(sums, np.zeros(len(pairs), dtype=np.int64))

    def cheapest_within(self, band: Fraction | None) -> Selection | None:
        """The least total within the budget and another band; None when nothing fits."""
        return self._joint.least_sum(self.totals, self.months.and_rows(self.savings).and_rows(self.within_band(band)))

    def cheapest(self) -> Selection | None:
        """The least total within the budget; None when nothing fits."""
        return self._joint.least_sum(self.totals, self.budget)

    def least_down_payments_fen(self) -> int:
        """The least that all down payments together can be."""
        free = Rows(np.zeros((0, len(self.choices)), dtype=np.int64), np.zeros(0, dtype=np.int64))
        return _found(self._joint.least_sum(self.down_payments[0], free)).value

    def least_addition_fen(self, *, with_savings: bool) -> int:
        """The least sum that, added to every month, makes a plan possible; 0 when none is needed."""
        free = Rows(self.down_payments[:0], self.savings.limits[:0])
        return _found(self._joint.least_peak(self.months, self.savings if with_savings else free, 0)).value

    def plans(self, cheapest: Selection) -> tuple[JointPlan, ...]:
        """The four plans; ``cheapest`` shows that there is one."""
        return (
            self._plan("lowest_cost", cheapest, cheapest.value),
            self._lowest_burden(),
            self._soonest_free(),
            self._most_acceptable(),
        )

    def _lowest_burden(self) -> JointPlan:
        bare = Rows(self.payments, np.zeros(self.horizon, dtype=np.int64))
        peak = _found(self._joint.least_peak(bare, self.budget, 0)).value
        limits = np.minimum(self.months.limits, peak)
        rows = Rows(self.payments, limits).and_rows(self.savings).and_rows(self.band)
        return self._plan("lowest_burden", self._joint.least_sum(self.totals, rows), peak)

    def _soonest_free(self) -> JointPlan:
        """Allowing longer terms only adds plans, so the fewest months are found by halving."""
        periods = np.array([choice.periods for choice in self.choices])
        steps = sorted(set(periods.tolist()))
        low, high = 0, len(steps) - 1
        found = None
        while low <= high:
            middle = (low + high) // 2
            selection = self._joint.least_sum(self.totals, self.budget, periods <= steps[middle])
            if selection is None:
                low = middle + 1
            else:
                found, high = selection, middle - 1
        return self._plan("soonest_free", found, steps[low])

    def _most_acceptable(self) -> JointPlan:
        distances = np.array(
            [distance(choice, usual) for choice, usual in zip(self.choices, self._usual, strict=True)],
            dtype=np.int64,
        )
        least = _found(self._joint.least_sum(distances, self.budget)).value
        selection = self._joint.least_sum(self.totals, self.budget.and_row(distances, least))
        return self._plan("most_acceptable", selection, least)

    def _plan(self, name: str, selection: Selection | None, bound: int) -> JointPlan:
        columns = _found(selection).columns
        return JointPlan(name, tuple(self.choices[column] for column in columns), bound)


def distance(choice: Choice, usual: Usual | None) -> int:
    """How far a choice lies from the usual terms, in millionths; 0 where none are known."""
    if usual is None:
        return 0
    parts = (
        round_ratio(abs(choice.periods - usual.periods) * MEASURE_UNIT, PERIODS_MAX),
        round_half_up(abs(choice.down_payment_ratio.value - usual.down_payment_ratio) * MEASURE_UNIT),
        round_half_up(abs(choice.waiver_ratio.value - usual.waiver_ratio) * MEASURE_UNIT),
    )
    return sum(parts)


def _found(selection: Selection | None) -> Selection:
    """A selection that the budget is known to admit."""
    if selection is None:
        raise NotProven("a plan that exists was not found again")
    return selection
