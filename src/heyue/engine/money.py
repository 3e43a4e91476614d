"""Money as integer fen (分), its decimal strings in yuan (元), and the one rounding of the product."""

import re
from decimal import Decimal
from fractions import Fraction

_YUAN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2}))?")


def yuan(fen: int) -> str:
    """Write fen as yuan with two places (``"1234.56"``); zero is never ``-0.00``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole}.{rest:02d}"


def fen(text: str) -> int:
    """Read yuan with at most two places as fen; raises ValueError on anything else."""
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError(f"not an amount in yuan with at most two places: {text!r}")
    sign, whole, rest = found.groups()
    value = int(whole) * 100 + int((rest or "").ljust(2, "0"))
    return -value if sign else value


def round_half_up(value: Fraction | Decimal) -> int:
    """Round to a whole number, a half going up (四舍五入)."""
    exact = Fraction(value)
    return round_ratio(exact.numerator, exact.denominator)


def round_ratio(numerator: int, denominator: int) -> int:
    """Round numerator / denominator (above 0) to a whole number, a half going up."""
    return (2 * numerator + denominator) // (2 * denominator)


def places(value: Fraction, count: int) -> str:
    """Write an exact number with a fixed count of decimal places, a half going up."""
    scaled = round_ratio(value.numerator * 10**count, value.denominator)
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**count)
    return f"{sign}{whole}.{rest:0{count}d}"
