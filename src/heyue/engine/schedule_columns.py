"""Schedules over columns, for a bank's nightly run: the same rows to the fen as one schedule at a time.

The loops stand in ``schedule_loops``; where no compiler is installed they run some hundred times slower, with the same
result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from heyue.engine import schedule_loops
from heyue.engine.bad_input import AMOUNT_FEN_MAX, RATE_UNIT
from heyue.engine.schedule import FINANCED_FEN_MIN_PER_PERIOD, METHODS, PERIODS_MAX, Plan, row_amounts

Whole = NDArray[np.int64]
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
        & (asked.financed_fen <= AMOUNT_FEN_MAX)
        & (asked.financed_fen >= FINANCED_FEN_MIN_PER_PERIOD * np.maximum(asked.periods, 1))
    )
    periods = np.where(sound, asked.periods, 0)
    starts = np.zeros(len(asked) + 1, dtype=np.int64)
    np.cumsum(periods, out=starts[1:])
    principal_fen, interest_fen, balance_fen = (np.empty(starts[-1], dtype=np.int64) for _ in range(3))
    refused = ~sound
    levels = _levels(asked, periods)
    # Alike ones together, in as few bits as sort fastest.
    order = np.argsort((periods * 8 + asked.method * 2 + asked.annual).astype(np.int16), kind="stable")
    schedule_loops.fill(
        order, asked.financed_fen, periods, asked.method, asked.rate, asked.annual, levels, starts,
        principal_fen, interest_fen, balance_fen, refused,
    )  # fmt: skip
    return RowColumns(starts, principal_fen, interest_fen, balance_fen, refused)


def _levels(asked: ScheduleColumns, periods: Whole) -> Whole:
    """The equal instalments; a float decides all that are not too near to a half, whole numbers the others."""
    levels = np.zeros(len(asked), dtype=np.int64)
    doubtful = np.zeros(len(asked), dtype=np.bool_)
    schedule_loops.levels_of(
        asked.financed_fen, periods, asked.method, asked.rate, asked.annual, _NEAR_A_HALF, levels, doubtful
    )
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
