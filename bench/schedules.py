"""Goal 1: schedules of 12 to 60 months, all rows, columns in and out."""

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numba
import numpy as np
from rounds import compare

from heyue.engine.schedule import METHODS
from heyue.engine.schedule_columns import ScheduleColumns, schedule_columns

LEVEL = METHODS.index("equal_instalment")


def made(count: int) -> ScheduleColumns:
    """Equal instalments, as every rival can do them: 1,000 to 500,000 yuan at 0.2 % to 1.2 % a month."""
    chance = np.random.default_rng(20261124)
    return ScheduleColumns(
        financed_fen=chance.integers(100_000, 50_000_000, count),
        periods=chance.choice(np.array([12, 24, 36, 48, 60]), count),
        method=np.full(count, LEVEL, dtype=np.int64),
        rate=chance.integers(2_000, 12_000, count) * 1_000_000,
        annual=np.zeros(count, dtype=np.bool_),
    )


@numba.njit(error_model="numpy")
def _bare(financed: Any, periods: Any, rate: Any, starts: Any, principal: Any, interest: Any, balance: Any) -> None:
    """The ceiling: no terms to tell apart, none refused, rates of six places, a float payment."""
    for s in range(len(financed)):
        left, n, millionths = financed[s], periods[s], rate[s] // 1_000_000
        i = millionths / 1e6
        level = np.int64(left * i / (1.0 - (1.0 + i) ** -n) + 0.5)
        for row in range(starts[s], starts[s] + n):
            charged = (left * millionths + 500_000) // 1_000_000
            paid = level - charged
            if row == starts[s] + n - 1:
                paid = left
            left -= paid
            principal[row], interest[row], balance[row] = paid, charged, left


def bare(asked: ScheduleColumns) -> int:
    """Allocate the columns and run the bare kernel."""
    starts = np.zeros(len(asked) + 1, dtype=np.int64)
    np.cumsum(asked.periods, out=starts[1:])
    principal, interest, balance = (np.zeros(starts[-1], dtype=np.int64) for _ in range(3))
    _bare(asked.financed_fen, asked.periods, asked.rate, starts, principal, interest, balance)
    return int(interest.sum())


def ours(asked: ScheduleColumns) -> int:
    """The engine's columns."""
    return int(schedule_columns(asked).interest_fen.sum())


def by_numpy(asked: ScheduleColumns) -> int:
    """Month by month over all schedules, in floats."""
    left = asked.financed_fen.astype(np.float64)
    i = asked.rate / 1e12
    level = np.rint(left * i / (1 - (1 + i) ** -asked.periods))
    total = 0.0
    rows = np.zeros((60, 3, len(asked)))
    for month in range(60):
        open_ones = month < asked.periods
        charged = np.rint(left * i) * open_ones
        paid = np.where(month == asked.periods - 1, left, level - charged) * open_ones
        left = left - paid
        rows[month] = paid, charged, left
        total += charged.sum()
    return int(total)


def by_pyxirr(asked: ScheduleColumns) -> int:
    """pyxirr has no table: its payment, interest and principal functions are called a month at a time."""
    import pyxirr

    total = 0.0
    for financed, n, rate in zip(asked.financed_fen.tolist(), asked.periods.tolist(), asked.rate.tolist(), strict=True):
        months = np.arange(1, n + 1)
        total -= float(np.sum(pyxirr.ipmt(rate / 1e12, months, n, financed)))
        pyxirr.ppmt(rate / 1e12, months, n, financed)
    return round(total)


def by_numpy_financial(asked: ScheduleColumns) -> int:
    """numpy-financial, a schedule at a time."""
    import numpy_financial

    total = 0.0
    for financed, n, rate in zip(asked.financed_fen.tolist(), asked.periods.tolist(), asked.rate.tolist(), strict=True):
        months = np.arange(1, n + 1)
        total -= float(numpy_financial.ipmt(rate / 1e12, months, n, financed).sum())
        numpy_financial.ppmt(rate / 1e12, months, n, financed)
    return round(total)


def by_quantlib(asked: ScheduleColumns) -> int:
    """QuantLib's amortising bond, a schedule at a time."""
    import QuantLib as ql

    today = ql.Date(24, 11, 2026)
    ql.Settings.instance().evaluationDate = today
    total = 0.0
    for financed, n, rate in zip(asked.financed_fen.tolist(), asked.periods.tolist(), asked.rate.tolist(), strict=True):
        schedule = ql.MakeSchedule(today, today + ql.Period(int(n), ql.Months), ql.Period(1, ql.Months))
        yearly = 12 * rate / 1e12
        basis = ql.Thirty360(ql.Thirty360.BondBasis)
        notionals = ql.sinkingNotionals(ql.Period(int(n), ql.Months), ql.Monthly, yearly, financed)
        flows = ql.FixedRateLeg(schedule, basis, list(notionals)[:n], [yearly])
        total += sum(flow.amount() for flow in flows)
    return round(total)


def in_parts(run: Callable[[ScheduleColumns], int], asked: ScheduleColumns, size: int) -> int:
    """A table as a nightly run streams it, so many schedules at a time."""
    total = 0
    for first in range(0, len(asked), size):
        one = slice(first, first + size)
        total += run(
            ScheduleColumns(
                asked.financed_fen[one], asked.periods[one], asked.method[one], asked.rate[one], asked.annual[one]
            )
        )
    return total


def main() -> None:
    """Columns whole and in parts, then a table for the rivals that go one by one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--one-by-one", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    asked = made(given.count)
    by_columns = {"bare kernel": bare, "ours": ours, "numpy, floats": by_numpy}
    # Small parts stay in the processor's cache, large ones do not and cost their pages; numpy likes them larger.
    for size in (2_000, 10_000, given.count):
        compare(
            f"schedules, columns in parts of {size}",
            {name: (lambda run=run, size=size: in_parts(run, asked, size)) for name, run in by_columns.items()},
            "bare kernel", given.count, "schedules", given.rounds,
        )  # fmt: skip
    some = made(given.one_by_one)
    slow = {"pyxirr": by_pyxirr, "QuantLib": by_quantlib, "numpy_financial": by_numpy_financial}
    rivals = {name: (lambda run=run: run(some)) for name, run in slow.items() if find_spec(name)}
    compare(
        "the same schedules, rivals one by one",
        {"ours": lambda: in_parts(ours, some, 2_000), **rivals},
        "ours", given.one_by_one, "schedules", given.rounds,
    )  # fmt: skip


if __name__ == "__main__":
    main()
