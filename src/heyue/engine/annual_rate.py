"""True annual rate (年化利率) of equal monthly periods by internal rate of return, exact in its last place.

Source: 人民银行公告〔2021〕第3号 (the annualised rate of an instalment plan is computed by IRR).
"""

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction

RATE_PLACES = 6
_DIGITS = 60
_STEPS_MAX = 300
_CONTEXT = Context(prec=_DIGITS)
_NEAR_A_HALF = Decimal(10) ** -25


def monthly_irr(lent_fen: int, payments_fen: Sequence[int], later: Fraction = Fraction(0)) -> Decimal:
    """The monthly rate at which the payments of months 1…n are worth what was lent, to 50 digits.

    Payments must not be negative and sum to at least what was lent, so that the rate is unique and not
    negative. ``later`` moves all of them by a part of a month, more than −1.
    """
    with localcontext(_CONTEXT):
        # Newton on a decreasing convex function, from its left: the steps never overshoot the root.
        rate = Decimal(0)
        lent = Decimal(lent_fen)
        for _ in range(_STEPS_MAX):
            value, slope = _worth(rate, payments_fen, later)
            move = (value - lent) / slope
            rate += move
            if abs(move) < Decimal(10) ** -(_DIGITS - 8):
                break
        return max(rate, Decimal(0))


def simple_and_effective(
    lent_fen: int, payments_fen: Sequence[int], first_after_months: Fraction = Fraction(1)
) -> tuple[str, str]:
    """Twelve times the monthly rate, and the rate compounded over twelve months; six places, half up.

    The first payment comes ``first_after_months`` after the loan (above 0), each further one a month later.
    """
    idle_months = max(0, math.floor(first_after_months - 1))
    later = first_after_months - 1 - idle_months
    payments_fen = [*([0] * idle_months), *payments_fen]
    with localcontext(_CONTEXT):
        rate = monthly_irr(lent_fen, payments_fen, later)
        simple = _simple_in_last_place(rate, lent_fen, payments_fen, later)
        scaled = ((1 + rate) ** 12 - 1) * 10**RATE_PLACES
        effective = int((scaled + Decimal("0.5")).to_integral_value(ROUND_FLOOR))
    return _write(simple), _write(effective)


def _worth(rate: Decimal, payments_fen: Sequence[int], later: Fraction) -> tuple[Decimal, Decimal]:
    """Present worth of the payments, and minus its slope, at a monthly rate."""
    factor = 1 / (1 + rate)
    worth = Decimal(0)
    slope = Decimal(0)
    for month in range(len(payments_fen), 0, -1):
        worth = (worth + payments_fen[month - 1]) * factor
        slope = (slope + month * payments_fen[month - 1]) * factor
    if not later:
        return worth, slope * factor
    part = Decimal(later.numerator) / later.denominator
    shift = factor**part
    return worth * shift, (slope + part * worth) * factor * shift


def _simple_in_last_place(rate: Decimal, lent_fen: int, payments_fen: Sequence[int], later: Fraction) -> int:
    scaled = rate * 12 * 10**RATE_PLACES + Decimal("0.5")
    nearest = scaled.to_integral_value()
    if not later and abs(scaled - nearest) < _NEAR_A_HALF:
        # A rational rate can lie exactly on a half, where only whole numbers tell on which side it falls.
        half = Fraction(2 * int(nearest) - 1, 2 * 12 * 10**RATE_PLACES)
        return int(nearest) if _worth_at_least(half, lent_fen, payments_fen) else int(nearest) - 1
    return int(scaled.to_integral_value(ROUND_FLOOR))


def _worth_at_least(rate: Fraction, lent_fen: int, payments_fen: Sequence[int]) -> bool:
    """Whether the payments are worth at least what was lent at a rate, so that the IRR is not below it."""
    over, under = rate.numerator + rate.denominator, rate.denominator
    left, power = lent_fen, 1
    for payment_fen in payments_fen:
        power *= under
        left = left * over - payment_fen * power
    return left <= 0


def _write(millionths: int) -> str:
    whole, rest = divmod(millionths, 10**RATE_PLACES)
    return f"{whole}.{rest:0{RATE_PLACES}d}"
