"""What a household usually spends (参照数): published averages beside each expense, and gentle questions from them.

Averages, not limits: they lower nothing that a household may keep. Source: ``heyue.policy.living_cost`` (国家统计局).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.budget import Note, affordable
from heyue.engine.money import fen
from heyue.policy.living_cost import NATIONAL, guideline

FIELD_OF = {
    "food": "food",
    "housing": "housing",
    "transport_and_phone": "transport",
    "medical": "medical",
    "education": "children",
    "reserve": "reserve",
}
"""The expense beside which an average, or a question, of each category stands."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The average of one category for one person a month, in fen, beside the expense that it is about."""

    field: str
    category: str
    each_fen: int


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages that stand beside expenses, and whence they are known."""

    usual: tuple[Usual, ...]
    source: str


def averages(today: date) -> Averages:
    """Return the nation's averages as published on that day."""
    found = guideline(NATIONAL, today)
    sums = found["monthly_per_person"]
    usual = tuple(Usual(FIELD_OF[name], name, fen(sum_)) for name, sum_ in sums.items() if name in FIELD_OF)
    return Averages(usual, str(found["source"]))


def persons(answers: Mapping[str, Any]) -> int:
    """Return how many live on the income: oneself, and those one feeds."""
    return 1 + int(answers.get("expenses", {}).get("dependants", 0))


def questions(answers: Mapping[str, Any], today: date) -> tuple[Note, ...]:
    """Return what looks left out or out of line in the expenses; nothing before they are answered."""
    spent = answers.get("expenses")
    if spent is None:
        return ()
    budget = affordable(
        {
            "income": answers.get("income", {}).get("items", []),
            "expenses": spent["items"],
            "dependants": spent["dependants"],
            "reserve": spent["reserve"],
            "guideline": guideline(NATIONAL, today),
        }
    )
    return tuple(note for note in budget.notes if note.category in FIELD_OF)
