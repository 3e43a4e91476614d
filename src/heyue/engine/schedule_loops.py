"""The loops of schedules over columns: plain whole-number code, compiled where a compiler is installed.

A method is its place in ``schedule.METHODS``; a rate is in 10⁻¹². All loops are here: see ``portfolio_compiler.entry``.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine.portfolio_compiler import entry, inlined

Whole = NDArray[np.int64]
EQUAL_INSTALMENT, FLAT_FEE = 0, 2
_HALF = 1_000_000
_SAFE = 2**61


@inlined
def interest(balance_fen: int, rate: int, annual: bool) -> int:
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


@inlined
def rounded(over: int, under: int) -> int:
    """over / under, rounded half up."""
    return (2 * over + under) // (2 * under)


@entry
def levels_of(
    financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, near_a_half: float, levels: Whole,
    doubtful: Any,
) -> None:  # fmt: skip
    """Equal instalments by floats; ``doubtful`` marks those that lie too near to a half."""
    for s in range(len(financed)):
        n = periods[s]
        if n == 0 or method[s] != EQUAL_INSTALMENT:
            continue
        if rate[s] == 0:
            levels[s] = rounded(financed[s], n)
            continue
        monthly = rate[s] / (12e12 if annual[s] else 1e12)
        payment = financed[s] * monthly / -math.expm1(-n * math.log1p(monthly))
        if abs(payment - math.floor(payment) - 0.5) < payment * near_a_half + 1e-9:
            doubtful[s] = True
        else:
            levels[s] = math.floor(payment + 0.5)


@entry
def fill(
    financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, levels: Whole, starts: Whole,
    principal: Whole, interest_of: Whole, balance: Whole, refused: Any,
) -> None:  # fmt: skip
    """All rows of all schedules; a schedule with a row without principal is refused, and its rows hold 0."""
    for s in range(len(financed)):
        n, kind, left, start = periods[s], method[s], financed[s], starts[s]
        if n == 0:
            continue
        even = rounded(left, n)
        charged = interest(left, rate[s], annual[s]) if kind == FLAT_FEE else 0
        for row in range(start, start + n):
            if kind < FLAT_FEE:
                charged = interest(left, rate[s], annual[s])
            paid = levels[s] - charged if kind == EQUAL_INSTALMENT else even
            if row == start + n - 1:
                paid = left
            if paid <= 0:
                refused[s] = True
                for other in range(start, start + n):
                    principal[other] = interest_of[other] = balance[other] = 0
                break
            left -= paid
            principal[row], interest_of[row], balance[row] = paid, charged, left
