"""Schedules over columns, for a bank's nightly run: the same rows to the fen as one schedule at a time.

The loops are plain whole-number code. Where ``numba`` is installed they are compiled on first use; without it they
run as they stand, some hundred times slower and with the same result.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine.bad_input import RATE_UNIT
from heyue.engine.schedule import FINANCED_FEN_MIN_PER_PERIOD, METHODS, PERIODS_MAX, Plan, row_amounts

Whole = NDArray[np.int64]
_EQUAL_INSTALMENT, _FLAT_FEE = METHODS.index("equal_instalment"), METHODS.index("flat_fee")
_HALF = 1_000_000
_SAFE = 2**61
# The float of a payment errs by a few units in its last place; nearer to a half than this it is worked out exactly.
_NEAR_A_HALF = 1e-13


@dataclass(frozen=True)
class ScheduleColumns:
    """Terms, one entry for each schedule: sums in fen, ``rate`` in 10⁻¹² as given, ``annual`` where it is a year's."""

    financed_fen: Whole
    periods: Whole
    method: Whole
    rate: Whole
    annual: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.financed_fen)


@dataclass(frozen=True)
class RowColumns:
    """All rows of all schedules, one after another; those of schedule s lie in ``starts[s]:starts[s + 1]``.

    ``refused`` marks terms that a schedule refuses; their rows hold 0.
    """

    starts: Whole
    principal_fen: Whole
    interest_fen: Whole
    balance_fen: Whole
    refused: NDArray[np.bool_]


def columns_of(plans: Sequence[Plan]) -> ScheduleColumns:
    """The columns of plans without optional terms."""
    return ScheduleColumns(
        financed_fen=np.array([plan.financed_fen for plan in plans], dtype=np.int64),
        periods=np.array([plan.periods for plan in plans], dtype=np.int64),
        method=np.array([METHODS.index(plan.method) for plan in plans], dtype=np.int64),
        rate=np.array([int(plan.rate * RATE_UNIT) for plan in plans], dtype=np.int64),
        annual=np.array([plan.rate_name == "annual_rate" for plan in plans], dtype=np.bool_),
    )


def schedule_columns(asked: ScheduleColumns) -> RowColumns:
    """Lay out every schedule; memory is that of the columns, so hand a long table over in parts."""
    sound = (
        (asked.periods >= 1)
        & (asked.periods <= PERIODS_MAX)
        & (asked.financed_fen >= FINANCED_FEN_MIN_PER_PERIOD * np.maximum(asked.periods, 1))
    )
    periods = np.where(sound, asked.periods, 0)
    starts = np.zeros(len(asked) + 1, dtype=np.int64)
    np.cumsum(periods, out=starts[1:])
    principal_fen, interest_fen, balance_fen = (np.zeros(starts[-1], dtype=np.int64) for _ in range(3))
    refused = ~sound
    levels = _levels(asked, periods)
    _kernels().fill(
        asked.financed_fen, periods, asked.method, asked.rate, asked.annual, levels, starts,
        principal_fen, interest_fen, balance_fen, refused,
    )  # fmt: skip
    return RowColumns(starts, principal_fen, interest_fen, balance_fen, refused)


def _levels(asked: ScheduleColumns, periods: Whole) -> Whole:
    """The equal instalments; a float decides all that are not too near to a half, whole numbers the others."""
    levels = np.zeros(len(asked), dtype=np.int64)
    doubtful = np.zeros(len(asked), dtype=np.bool_)
    _kernels().levels(asked.financed_fen, periods, asked.method, asked.rate, asked.annual, levels, doubtful)
    for index in np.flatnonzero(doubtful).tolist():
        amounts = row_amounts(_plan(asked, index))
        levels[index] = sum(amounts[0]) if amounts else 0
    return levels


def _plan(asked: ScheduleColumns, index: int) -> Plan:
    name = "annual_rate" if asked.annual[index] else "monthly_rate"
    return Plan(
        principal_fen=int(asked.financed_fen[index]),
        down_payment_fen=0,
        periods=int(asked.periods[index]),
        method=METHODS[int(asked.method[index])],
        rate_name=name,
        rate=Fraction(int(asked.rate[index]), RATE_UNIT),
        first_due_on=date.min,
        due_day=1,
    )


# ── the loops ────────────────────────────────────────────────────────────────────────────────────────────────


def _interest(balance_fen: int, rate: int, annual: bool) -> int:
    """balance × monthly rate, rounded half up, in 64 bits."""
    if balance_fen * (rate / _HALF) < _SAFE / _HALF:
        # The divisors stand as literals, so that the compiler multiplies instead.
        if annual:
            return (balance_fen * rate + 6_000_000_000_000) // 12_000_000_000_000
        return (balance_fen * rate + 500_000_000_000) // 1_000_000_000_000
    months = 12 if annual else 1
    unit = _HALF * months
    high = balance_fen * (rate // _HALF)
    whole = high // unit
    rest = (high - whole * unit) * _HALF + balance_fen * (rate % _HALF)
    return whole + (2 * rest + unit * _HALF) // (2 * unit * _HALF)


def _rounded(over: int, under: int) -> int:
    return (2 * over + under) // (2 * under)


Compile = Callable[[Callable[..., Any]], Callable[..., Any]]


def _levels_kernel(compiled: Compile) -> Callable[..., Any]:
    rounded = compiled(_rounded)

    def levels_of(
        financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, levels: Whole, doubtful: Any
    ) -> None:
        for s in range(len(financed)):
            n = periods[s]
            if n == 0 or method[s] != _EQUAL_INSTALMENT:
                continue
            if rate[s] == 0:
                levels[s] = rounded(financed[s], n)
                continue
            monthly = rate[s] / (12e12 if annual[s] else 1e12)
            payment = financed[s] * monthly / -math.expm1(-n * math.log1p(monthly))
            if abs(payment - math.floor(payment) - 0.5) < payment * _NEAR_A_HALF + 1e-9:
                doubtful[s] = True
            else:
                levels[s] = math.floor(payment + 0.5)

    return compiled(levels_of)


def _fill_kernel(compiled: Compile) -> Callable[..., Any]:
    rounded, interest_of = compiled(_rounded), compiled(_interest)

    def fill(
        financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, levels: Whole, starts: Whole,
        principal: Whole, interest: Whole, balance: Whole, refused: Any,
    ) -> None:  # fmt: skip
        for s in range(len(financed)):
            n, kind, left, start = periods[s], method[s], financed[s], starts[s]
            if n == 0:
                continue
            even = rounded(left, n)
            charged = interest_of(left, rate[s], annual[s]) if kind == _FLAT_FEE else 0
            for row in range(start, start + n):
                if kind < _FLAT_FEE:
                    charged = interest_of(left, rate[s], annual[s])
                paid = levels[s] - charged if kind == _EQUAL_INSTALMENT else even
                if row == start + n - 1:
                    paid = left
                if paid <= 0:
                    refused[s] = True
                    for other in range(start, start + n):
                        principal[other] = interest[other] = balance[other] = 0
                    break
                left -= paid
                principal[row], interest[row], balance[row] = paid, charged, left

    return compiled(fill)


@dataclass(frozen=True)
class _Kernels:
    levels: Callable[..., None]
    fill: Callable[..., None]


@cache
def _kernels() -> _Kernels:
    """The loops, compiled where a compiler is installed."""
    compiled: Compile = lambda loop: loop  # noqa: E731 - the loop as it stands
    if find_spec("numba") is not None:
        compiled = import_module("numba").njit(error_model="numpy")
    return _Kernels(_levels_kernel(compiled), _fill_kernel(compiled))
