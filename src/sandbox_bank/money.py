"""Money at the bank: integer fen inside, decimal yuan strings on the wire."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")


def to_fen(text: str) -> int:
    """Fen of an amount in yuan with at most two places; `ValueError` for anything else."""
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise ValueError(f"not an amount in yuan: {text!r}")
    return int(Decimal(text) * 100)


def signed_fen(text: str) -> int:
    """Fen of an amount that may be negative, as an account's balance in credit is."""
    return -to_fen(text[1:]) if text.startswith("-") else to_fen(text)


def to_yuan(fen: int) -> str:
    """The amount in yuan with two places, a minus sign in front when below zero."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def part(ratio: str, fen: int) -> int:
    """`ratio` of an amount, rounded half up to the fen, as the protocol's plans round it."""
    return int((Decimal(ratio) * fen).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """The total cut by weight into whole fen that add up to it; cumulative, so repeated cuts never drift."""
    whole = sum(weights)
    if whole <= 0:
        return [total_fen, *([0] * (len(weights) - 1))]
    bounds, so_far = [0], 0
    for weight in weights:
        so_far += weight
        bounds.append(total_fen * so_far // whole)
    return [upper - lower for lower, upper in pairwise(bounds)]
