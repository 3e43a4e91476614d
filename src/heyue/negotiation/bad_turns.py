"""Terms under bad months (坏月份): what each turn for the worse would leave unpaid, at its worst beginning.

The turns are the operator's assumptions (``STRESS-SHOCKS``), not a forecast. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heyue.engine.bad_months import scenarios
from heyue.engine.bad_months_request import MONTHS_MAX, read_request
from heyue.engine.money import fen, yuan

TURNS = ("income_drop", "job_loss", "medical_bill")
"""In this order. A change of rate is left out: an agreement's instalments are fixed."""


@dataclass(frozen=True, slots=True)
class BadTurn:
    """One turn: its name, what it is assumed to be, and what is missing if it begins in the worst month."""

    name: str
    assumed: Mapping[str, Any]
    missing_fen: int
    worst_month: int

    @property
    def is_borne(self) -> bool:
        """Whether savings carry it, whenever it begins."""
        return self.missing_fen == 0


def bad_turns(
    months_fen: Sequence[int], affordable_fen: int, income_fen: int, savings_fen: int, shocks: Mapping[str, Any]
) -> tuple[BadTurn, ...]:
    """Try each turn on the months of all banks together; ``savings_fen`` is what a down payment leaves."""
    if not months_fen:
        return ()
    left_fen = max(0, savings_fen)
    asked = read_request(
        {
            "plan": [yuan(total) for total in months_fen[:MONTHS_MAX]],
            "affordable": yuan(affordable_fen),
            "income": yuan(income_fen),
            "savings": yuan(left_fen),
            "shocks": {name: shocks[name] for name in TURNS if name in shocks},
        }
    )
    return tuple(
        BadTurn(
            name=found["shock"],
            assumed=shocks[found["shock"]],
            missing_fen=max(0, fen(found["reserve"]) - left_fen),
            worst_month=found["worst_month"],
        )
        for found in scenarios(asked)
    )
