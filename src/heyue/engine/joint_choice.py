"""One choice for each debt, so that every row holds and a sum is least: exact, by HiGHS with proof.

All figures are whole numbers (fen or units of a measure). The model is made small and plain first by exact steps. The
solver's linear relaxation then says what the rows are worth, and with these prices the choices that can matter are
gone through in whole numbers (``joint_sweep``). Where they are too many the solver branches; it works in floating
point, so each choice that it returns is checked in whole numbers, and its bound must leave no room for a better whole
number; where it does not, the better is searched for.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from heyue.engine.joint_sweep import Layout, least

Whole = NDArray[np.int64]
_GAP = 0.4
# The solver's own tolerance. A tighter one lies below what sums of doubles can keep, and good choices are cut off then;
# what a loose one lets through breaks a row by less than it says, and whole numbers catch it.
_TOLERANCE = 1e-6
_LARGEST_BITS = 20
_BOUND_ERROR = 1e-9
_BOUND_MARGIN = 0.05
_TRIES_MAX = 1_000
NOTHING_PROVEN = -(2**62)


class NotProven(RuntimeError):
    """The solver ended without an optimum and without proof that there is none."""


class _Quiet(highspy.Highs):
    """The solver without its banner, which it would print on standard output when callbacks are set."""

    def enableCallbacks(self) -> None:
        """No callback is used; the log is closed before anything is written."""
        self.setOptionValue("output_flag", False)


@dataclass(frozen=True)
class Rows:
    """Limits on sums over the chosen: ``sums[r] @ chosen <= limits[r]``; one column for each choice."""

    sums: Whole
    limits: Whole

    def and_row(self, sums: Whole, limit: int) -> "Rows":
        """These rows and one more."""
        return Rows(np.vstack([self.sums, sums]), np.append(self.limits, limit))

    def and_rows(self, more: "Rows") -> "Rows":
        """These rows and others."""
        if not len(more.limits):
            return self
        return Rows(np.vstack([self.sums, more.sums]), np.concatenate([self.limits, more.limits]))


@dataclass(frozen=True)
class Selection:
    """The columns chosen, one for each debt in order, and the least value, which is proven."""

    columns: tuple[int, ...]
    value: int


class JointChoice:
    """The columns of all debts side by side; ``sizes`` says how many each debt has (at least one)."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.debts = len(sizes)
        self.debt_of = np.repeat(np.arange(self.debts), sizes)

    def least_sum(self, costs: Whole, rows: Rows, allowed: NDArray[np.bool_] | None = None) -> Selection | None:
        """Choose so that the costs together are least; None when no choice keeps all rows."""
        objective = _Sum(costs)
        columns = np.arange(len(self.debt_of)) if allowed is None else np.flatnonzero(allowed)
        return self._solve(objective, rows, columns)

    def least_peak(self, peaks: Rows, rows: Rows, floor: int) -> Selection | None:
        """Choose so that the largest excess over a peak row's limit, but at least ``floor``, is least."""
        return self._solve(_Peak(peaks, floor), rows, np.arange(len(self.debt_of)))

    def _solve(self, objective: "_Objective", rows: Rows, columns: NDArray[np.intp]) -> Selection | None:
        best: Selection | None = None
        barred: list[tuple[int, ...]] = []
        for _ in range(_TRIES_MAX):
            small = self._reduce(objective, rows, columns)
            if small is None:
                return best
            chosen, bound = small.solve(barred)
            if chosen is None:
                return best
            if not self._keeps(chosen, rows):
                barred.append(chosen)
                continue
            value = objective.value(chosen)
            if best is None or value < best.value:
                best = Selection(chosen, value)
            if bound >= best.value:
                return best
            # The bound leaves room for a better whole number: only such are looked for from here on.
            rows = objective.below(best.value, rows)
        raise NotProven("no proof within the tries allowed")

    def _keeps(self, chosen: tuple[int, ...], rows: Rows) -> bool:
        return bool((rows.sums[:, list(chosen)].sum(axis=1) <= rows.limits).all())

    def _reduce(self, objective: "_Objective", rows: Rows, columns: NDArray[np.intp]) -> "_Small | None":
        """Leave out, in whole numbers, choices that break a row whatever the others, and all that is idle."""
        while True:
            debt_of = self.debt_of[columns]
            if len(np.unique(debt_of)) < self.debts:
                return None
            sums = rows.sums[:, columns]
            least = _least_by_debt(sums, debt_of)
            slack = rows.limits - least.sum(axis=1)
            if (slack < 0).any():
                return None
            over = sums - least[:, debt_of]
            possible = (over <= slack[:, None]).all(axis=0)
            if possible.all():
                break
            columns = columns[possible]
        needed = _most_by_debt(over, debt_of).sum(axis=1) > slack
        over, slack = _without_implied(over[needed], slack[needed])
        small = objective.reduced(columns, debt_of)
        kept = _not_dominated(np.vstack([over, small.sums]), debt_of)
        return _Small(columns[kept], debt_of[kept], over[:, kept], slack, small.only(kept))


@dataclass(frozen=True)
class _ReducedObjective:
    """An objective over the columns left: a sum when ``excess`` is None, else a peak over these rows."""

    sums: Whole
    excess: Whole | None
    base: int

    def only(self, kept: NDArray[np.bool_]) -> "_ReducedObjective":
        return _ReducedObjective(self.sums[:, kept], self.excess, self.base)

    @property
    def unit(self) -> int:
        """What every cost is a multiple of; the solver's bound is only sharp in such steps."""
        return max(1, int(np.gcd.reduce(self.sums[0]))) if self.excess is None else 1


class _Objective(ABC):
    @abstractmethod
    def value(self, chosen: tuple[int, ...]) -> int:
        """What the criterion comes to for these choices."""

    @abstractmethod
    def below(self, value: int, rows: Rows) -> Rows:
        """The rows, with one more that keeps the criterion at or below a value."""

    @abstractmethod
    def reduced(self, columns: NDArray[np.intp], debt_of: Whole) -> _ReducedObjective:
        """The criterion over some of the choices only."""


class _Sum(_Objective):
    def __init__(self, costs: Whole) -> None:
        self.costs = costs

    def value(self, chosen: tuple[int, ...]) -> int:
        return int(self.costs[list(chosen)].sum())

    def below(self, value: int, rows: Rows) -> Rows:
        return rows.and_row(self.costs, value - 1)

    def reduced(self, columns: NDArray[np.intp], debt_of: Whole) -> _ReducedObjective:
        costs = self.costs[None, columns]
        least = _least_by_debt(costs, debt_of)
        return _ReducedObjective(costs - least[:, debt_of], None, int(least.sum()))


class _Peak(_Objective):
    def __init__(self, peaks: Rows, floor: int) -> None:
        self.peaks = peaks
        self.floor = floor

    def value(self, chosen: tuple[int, ...]) -> int:
        excess = self.peaks.sums[:, list(chosen)].sum(axis=1) - self.peaks.limits
        return max(self.floor, int(excess.max()))

    def below(self, value: int, rows: Rows) -> Rows:
        if value - 1 < self.floor:
            # Nothing lies below the floor: a row that no choice keeps.
            return rows.and_row(np.zeros_like(rows.sums[0]), -1)
        capped = Rows(self.peaks.sums, self.peaks.limits + (value - 1))
        return Rows(np.vstack([rows.sums, capped.sums]), np.concatenate([rows.limits, capped.limits]))

    def reduced(self, columns: NDArray[np.intp], debt_of: Whole) -> _ReducedObjective:
        sums = self.peaks.sums[:, columns]
        least = _least_by_debt(sums, debt_of)
        excess = least.sum(axis=1) - self.peaks.limits
        base = max(self.floor, int(excess.max()))
        over, slack = _without_implied(sums - least[:, debt_of], base - excess)
        return _ReducedObjective(over, slack, base)


def _starts(debt_of: Whole) -> NDArray[np.intp]:
    return np.flatnonzero(np.r_[True, debt_of[1:] != debt_of[:-1]])


def _least_by_debt(sums: Whole, debt_of: Whole) -> Whole:
    return np.asarray(np.minimum.reduceat(sums, _starts(debt_of), axis=1), dtype=np.int64)


def _most_by_debt(sums: Whole, debt_of: Whole) -> Whole:
    return np.asarray(np.maximum.reduceat(sums, _starts(debt_of), axis=1), dtype=np.int64)


def _without_implied(over: Whole, slack: Whole) -> tuple[Whole, Whole]:
    """Leave out rows that another row, at least as large everywhere and at most as wide, implies."""
    kept: list[int] = []
    for row in np.lexsort((-over.sum(axis=1), slack)):
        implied = any(slack[one] <= slack[row] and (over[one] >= over[row]).all() for one in kept)
        if not implied:
            kept.append(int(row))
    kept.sort()
    return over[kept], slack[kept]


def _not_dominated(figures: Whole, debt_of: Whole) -> NDArray[np.bool_]:
    """Keep of each debt the choices that no other of it equals or undercuts in every figure."""
    kept = np.ones(len(debt_of), dtype=bool)
    for debt in np.unique(debt_of):
        columns = np.flatnonzero(debt_of == debt)
        # By sum, then as they stand: what dominates another stands before it.
        order = columns[np.argsort(figures[:, columns].sum(axis=0), kind="stable")]
        front: list[int] = []
        for column in order:
            if front and (figures[:, front] <= figures[:, [column]]).all(axis=0).any():
                kept[column] = False
            else:
                front.append(int(column))
    return kept


@dataclass(frozen=True)
class _Small:
    """What is left for the solver: sums over the least of each debt, against the slack."""

    columns: NDArray[np.intp]
    debt_of: Whole
    over: Whole
    slack: Whole
    objective: _ReducedObjective

    def solve(self, barred: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...] | None, int]:
        """The best choice found and the proven bound of the objective; None when there is no choice."""
        lp = _lp(self, barred)
        if not barred:
            found = (self._without_solver() if not len(self.over) else None) or self._swept(lp)
            if found is not None:
                return found
        return self._run(lp)

    def _without_solver(self) -> tuple[tuple[int, ...], int] | None:
        """No row is left: where one choice of each debt is best in every figure, it is the answer."""
        starts = _starts(self.debt_of)
        if len(starts) < len(self.debt_of):
            return None
        chosen = tuple(int(column) for column in self.columns)
        value = int(self.objective.sums.sum()) if self.objective.excess is None else 0
        if self.objective.excess is not None:
            value = max(0, int((self.objective.sums.sum(axis=1) - self.objective.excess).max()))
        return chosen, self.objective.base + value

    @cached_property
    def plain_rows(self) -> tuple[Whole, Whole]:
        """The rows divided by what all their figures are multiples of."""
        shared = np.maximum(np.gcd.reduce(self.over, axis=1), 1)
        return self.over // shared[:, None], self.slack // shared

    def _swept(self, lp: Any) -> tuple[tuple[int, ...], int] | None:
        """By the prices that the linear relaxation puts on the rows, in whole numbers; None where that is too much."""
        over, slack = self.plain_rows
        peak = self.objective.excess
        blocks = [_padded(over, over.shape[1])]
        if peak is not None:
            blocks.append(_tops(self.objective.sums))
        prices = _prices(lp, len(_starts(self.debt_of)), np.concatenate([_scale(block) for block in blocks]))
        if prices is None:
            return None
        sums = self.objective.sums // self.objective.unit
        found = least(Layout(_starts(self.debt_of), over, slack, sums, peak), prices)
        if found is None:
            return None
        chosen = tuple(int(self.columns[place]) for place in found.places)
        return chosen, self.objective.base + self.objective.unit * found.value

    def _run(self, lp: Any) -> tuple[tuple[int, ...] | None, int]:
        solver = _Quiet()  # type: ignore[no-untyped-call]
        for option, value in (
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", _GAP),
            ("mip_feasibility_tolerance", _TOLERANCE),
            ("primal_feasibility_tolerance", _TOLERANCE),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None, 0
        if status != highspy.HighsModelStatus.kOptimal:
            raise NotProven(str(status))
        picked = np.asarray(solver.getSolution().col_value)[: len(self.columns)]
        chosen = []
        for start, end in zip(_starts(self.debt_of), [*_starts(self.debt_of)[1:], len(picked)], strict=True):
            chosen.append(int(self.columns[start + int(np.argmax(picked[start:end]))]))
        bound = self.objective.unit * _whole_bound(solver.getInfo().mip_dual_bound)
        return tuple(chosen), self.objective.base + bound


def _whole_bound(bound: float) -> int:
    """The least whole number that a floating bound proves, with room for the bound's own error."""
    if not math.isfinite(bound):
        return NOTHING_PROVEN
    return math.ceil(bound - _BOUND_ERROR * max(1, abs(bound)) - _BOUND_MARGIN)


def _prices(lp: Any, debts: int, scales: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """What one unit of each row is worth in the linear relaxation of a model; None without an optimum."""
    kinds = lp.integrality_
    lp.integrality_ = []
    solver = _Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    solver.passModel(lp)
    solver.run()
    lp.integrality_ = kinds
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.asarray(-np.asarray(solver.getSolution().row_dual)[debts:] / scales)


def _tops(sums: Whole) -> NDArray[np.float64]:
    """The rows of a peak: each less the one variable that is as high as the highest."""
    tops = _padded(sums, sums.shape[1] + 1)
    tops[:, -1] = -1
    return tops


def _lp(small: _Small, barred: Sequence[tuple[int, ...]]) -> Any:
    """The model as arrays: one binary for each column, and for a peak one more variable."""
    count = len(small.columns)
    peak = small.objective.excess
    width = count + (peak is not None)
    debts = int(small.debt_of[-1]) + 1
    one_each = np.zeros((debts, width))
    one_each[small.debt_of, np.arange(count)] = 1
    blocks, lower, upper = [one_each], [np.ones(debts)], [np.ones(debts)]
    over, slack = small.plain_rows
    limits = [_padded(over, width)], [slack]
    if peak is not None:
        limits[0].append(_tops(small.objective.sums))
        limits[1].append(peak)
    if barred:
        rows = np.array([[column in chosen for column in small.columns] for chosen in barred], dtype=np.int64)
        limits[0].append(_padded(rows, width))
        limits[1].append(np.full(len(barred), debts - 1))
    for block, limit in zip(*limits, strict=True):
        scale = _scale(block)
        blocks.append(block / scale[:, None])
        lower.append(np.full(len(block), -highspy.kHighsInf))
        upper.append(limit / scale)
    costs = np.zeros(width)
    if peak is None:
        costs[:count] = small.objective.sums[0] // small.objective.unit
    else:
        costs[-1] = 1
    return _as_highs(np.vstack(blocks), np.concatenate(lower), np.concatenate(upper), costs, count)


def _scale(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """Powers of two that bring each row's largest figure near to the rest of the model; division by them is exact."""
    largest = np.abs(block).max(axis=1, initial=1)
    return np.asarray(2.0 ** np.maximum(0, np.ceil(np.log2(largest)) - _LARGEST_BITS))


def _padded(rows: Whole, width: int) -> NDArray[np.float64]:
    padded = np.zeros((len(rows), width))
    padded[:, : rows.shape[1]] = rows
    return padded


def _as_highs(
    matrix: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    costs: NDArray[np.float64],
    binaries: int,
) -> Any:
    height, width = matrix.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = width, height
    lp.col_cost_ = costs
    lp.col_lower_ = np.zeros(width)
    lp.col_upper_ = np.concatenate([np.ones(binaries), np.full(width - binaries, highspy.kHighsInf)])
    lp.row_lower_, lp.row_upper_ = lower, upper
    at_row, at_column = np.nonzero(matrix)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(at_row, np.arange(height + 1))
    lp.a_matrix_.index_ = at_column
    lp.a_matrix_.value_ = matrix[at_row, at_column]
    kinds = [highspy.HighsVarType.kInteger] * binaries
    lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (width - binaries)
    return lp
