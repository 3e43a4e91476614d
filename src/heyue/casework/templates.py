"""Terms that a bank offers often, told as parts of a debt so that they fit any debt, and back into a draft."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from heyue.application.models import Debt
from heyue.engine.bad_input import plain
from heyue.engine.money import round_ratio
from heyue.negotiation.drafting import Draft, as_asked


def terms_of(draft: Draft, debt: Debt) -> dict[str, Any]:
    """Return a draft's terms with its sums as exact parts: of what can be waived, and of what is left to pay."""
    left_fen = debt.balance_fen - draft.waived_fen
    return {
        "periods": draft.periods,
        "method": draft.method,
        "rate": plain(draft.rate),
        "rate_name": draft.rate_name,
        "waived_part": str(_part(draft.waived_fen, debt.waivable_fen)),
        "down_part": str(_part(draft.down_payment_fen, left_fen)),
        "interest_after": draft.interest_after,
        "note": draft.note,
    }


def draft_of(terms: dict[str, Any], debt: Debt) -> Draft:
    """Return the draft that a template makes for this debt; sums are rounded to the fen by the house's rounding."""
    waived_fen = _of(terms["waived_part"], debt.waivable_fen)
    return replace(
        as_asked(debt),
        periods=terms["periods"],
        method=terms["method"],
        rate=Fraction(terms["rate"]),
        rate_name=terms["rate_name"],
        waived_fen=waived_fen,
        down_payment_fen=_of(terms["down_part"], debt.balance_fen - waived_fen),
        interest_after=terms["interest_after"],
        note=terms["note"],
    )


def _part(sum_fen: int, of_fen: int) -> Fraction:
    return min(Fraction(sum_fen, of_fen), Fraction(1)) if of_fen > 0 else Fraction(0)


def _of(part: str, sum_fen: int) -> int:
    ratio = Fraction(part)
    return round_ratio(ratio.numerator * sum_fen, ratio.denominator)
