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
# In 10⁻¹²: 60 % a year, 5 % a month.
GENTLE_YEARLY_RATE = 600_000_000_000
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
    order: Whole, financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, levels: Whole,
    starts: Whole, principal: Whole, interest_of: Whole, balance: Whole, refused: Any,
) -> None:  # fmt: skip
    """All rows of all schedules; a schedule with a row without principal is refused, and its rows hold 0.

    Each row waits for the one before it, so four alike that stand together in ``order`` are laid out side by side.
    """
    at = 0
    while at < len(order):
        four = at + 4 <= len(order)
        for s in order[at : at + 4]:
            four &= is_gentle(financed[s], method[s], rate[s], annual[s])
            four &= periods[s] == periods[order[at]] and annual[s] == annual[order[at]]
        if four and annual[order[at]]:
            side_by_side(order, at, True, financed, periods, rate, levels, starts, principal, interest_of, balance)
        elif four:
            side_by_side(order, at, False, financed, periods, rate, levels, starts, principal, interest_of, balance)
        else:
            s = order[at]
            refused[s] |= not one_by_one(
                s, financed, periods, method, rate, annual, levels, starts, principal, interest_of, balance
            )
        at += 4 if four else 1


@inlined
def is_gentle(financed_fen: int, method: int, rate: int, annual: bool) -> bool:
    """Whether equal instalments surely repay some principal with every row, and their products fit into 64 bits.

    At most 5 % a month and 60 rows of at least 10 yuan: half a fen too much a row grows to less than 200 fen, and the
    last row's principal is more than 900.
    """
    most = GENTLE_YEARLY_RATE if annual else GENTLE_YEARLY_RATE // 12
    return method == EQUAL_INSTALMENT and rate <= most and financed_fen * (rate / _HALF) < _SAFE / _HALF


@inlined
def side_by_side(
    order: Whole, at: int, annual: bool, financed: Whole, periods: Whole, rate: Whole, levels: Whole, starts: Whole,
    principal: Whole, interest_of: Whole, balance: Whole,
) -> None:  # fmt: skip
    """Four gentle schedules of one length."""
    a, b, c, d = order[at], order[at + 1], order[at + 2], order[at + 3]
    last = periods[a] - 1
    left_a, left_b, left_c, left_d = financed[a], financed[b], financed[c], financed[d]
    # Read once: the compiler cannot know that the rows do not lie over them.
    level_a, level_b, level_c, level_d = levels[a], levels[b], levels[c], levels[d]
    rate_a, rate_b, rate_c, rate_d = rate[a], rate[b], rate[c], rate[d]
    row_a, row_b, row_c, row_d = starts[a], starts[b], starts[c], starts[d]
    for row in range(last):
        left_a = repaid(left_a, level_a, rate_a, annual, row_a + row, principal, interest_of, balance)
        left_b = repaid(left_b, level_b, rate_b, annual, row_b + row, principal, interest_of, balance)
        left_c = repaid(left_c, level_c, rate_c, annual, row_c + row, principal, interest_of, balance)
        left_d = repaid(left_d, level_d, rate_d, annual, row_d + row, principal, interest_of, balance)
    for s, left in ((a, left_a), (b, left_b), (c, left_c), (d, left_d)):
        row = starts[s] + last
        principal[row], interest_of[row], balance[row] = left, gentle_interest(left, rate[s], annual), 0


@inlined
def repaid(
    left: int, level: int, rate: int, annual: bool, row: int, principal: Whole, interest_of: Whole, balance: Whole
) -> int:
    """Write one row that is not the last; what is left after it."""
    charged = gentle_interest(left, rate, annual)
    paid = level - charged
    principal[row], interest_of[row], balance[row] = paid, charged, left - paid
    return left - paid


@inlined
def gentle_interest(balance_fen: int, rate: int, annual: bool) -> int:
    """balance × monthly rate, rounded half up; without a sign the division costs less."""
    if annual:
        return int(np.int64(np.uint64(balance_fen * rate + 6_000_000_000_000) // np.uint64(12_000_000_000_000)))
    return int(np.int64(np.uint64(balance_fen * rate + 500_000_000_000) // np.uint64(1_000_000_000_000)))


@inlined
def one_by_one(
    s: int, financed: Whole, periods: Whole, method: Whole, rate: Whole, annual: Any, levels: Whole, starts: Whole,
    principal: Whole, interest_of: Whole, balance: Whole,
) -> bool:  # fmt: skip
    """Any schedule; whether every row repays some principal."""
    kind, left, first, end = method[s], financed[s], starts[s], starts[s + 1]
    even = rounded(left, max(periods[s], 1))
    charged = interest(left, rate[s], annual[s])
    for row in range(first, end):
        if kind < FLAT_FEE:
            charged = interest(left, rate[s], annual[s])
        paid = levels[s] - charged if kind == EQUAL_INSTALMENT else even
        if row == end - 1:
            paid = left
        if paid <= 0:
            for other in range(first, end):
                principal[other] = interest_of[other] = balance[other] = 0
            return False
        left -= paid
        principal[row], interest_of[row], balance[row] = paid, charged, left
    return True
