"""Joint plans weighed: each beside the household's budget, what is agreed already, the wish, and each other.

Values only; the face says them in sentences. Sums in fen, months counted from 1 (the one after the base date's).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from heyue.application.plan import AskedTerms, Commitment, distinct, terms_of
from heyue.engine.budget import Budget
from heyue.engine.money import fen, round_ratio
from heyue.engine.offer import month_totals
from heyue.engine.schedule import Row, build

FIRST_YEAR = 12
PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One bank's part of a plan: what is asked, its rows, and its shares of what is owed and paid (permille)."""

    asked: AskedTerms
    rows: tuple[Row, ...]
    months_fen: tuple[int, ...]
    owed_permille: int
    paid_permille: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """One plan: the names it goes by, its parts, and its months together with what is agreed already."""

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    asked_months_fen: tuple[int, ...]
    all_months_fen: tuple[int, ...]
    affordable_fen: int
    savings_fen: int

    @property
    def total_fen(self) -> int:
        """Down payments and all instalments."""
        return sum(part.asked.total_fen for part in self.parts)

    @property
    def waived_fen(self) -> int:
        """What the banks are asked to waive."""
        return sum(part.asked.waived_fen for part in self.parts)

    @property
    def down_payment_fen(self) -> int:
        """What is paid at once."""
        return sum(part.asked.down_payment_fen for part in self.parts)

    @property
    def first_fen(self) -> int:
        """The first month's instalments."""
        return self.asked_months_fen[0]

    @property
    def highest_fen(self) -> int:
        """The highest month's instalments."""
        return max(self.asked_months_fen)

    @property
    def months(self) -> int:
        """The month in which the last instalment falls."""
        return len(self.asked_months_fen)

    @property
    def ends_on(self) -> date:
        """The day of the last instalment."""
        return max(part.rows[-1].due_on for part in self.parts)

    @property
    def over_by_fen(self) -> int:
        """By how much the highest month, all agreed plans included, exceeds what can be paid; 0 if it does not."""
        return max(0, max(self.all_months_fen) - self.affordable_fen)

    @property
    def left_fen(self) -> int:
        """What the highest month leaves of what can be paid; 0 when it is over."""
        return max(0, self.affordable_fen - max(self.all_months_fen))

    @property
    def savings_missing_fen(self) -> int:
        """What savings lack for the down payments."""
        return max(0, self.down_payment_fen - self.savings_fen)

    @property
    def spread_permille(self) -> int:
        """The largest distance between a bank's share of what is paid in the first year and of what is owed."""
        return max(abs(part.paid_permille - part.owed_permille) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Against:
    """One plan against another: above 0 means that the first costs more, asks more a month, takes longer."""

    cost_fen: int
    monthly_fen: int
    months: int


def weigh(
    asked: Sequence[AskedTerms],
    names: Sequence[str],
    request: Mapping[str, Any],
    budget: Budget,
    commitments: Sequence[Commitment] = (),
) -> Weighed:
    """Weigh what is asked of each bank against the whole budget."""
    as_of = date.fromisoformat(request["as_of"])
    owed = {UUID(debt["id"]): fen(debt["balance"]) for debt in request["debts"]}
    rows = [build(one.terms).rows for one in asked]
    paid = [_first_year_fen(one, its) for one, its in zip(asked, rows, strict=True)]
    parts = tuple(
        Part(
            asked=one,
            rows=its,
            months_fen=month_totals([its], as_of),
            owed_permille=_permille(owed[one.bank_id], sum(owed.values())),
            paid_permille=_permille(paid_fen, sum(paid)),
        )
        for one, its, paid_fen in zip(asked, rows, paid, strict=True)
    )
    return Weighed(
        names=tuple(names),
        parts=parts,
        asked_months_fen=month_totals(rows, as_of),
        all_months_fen=month_totals([*rows, *(c.rows for c in commitments)], as_of),
        affordable_fen=budget.monthly_fen[0],
        savings_fen=budget.savings_fen,
    )


def weigh_all(
    recommendation: Mapping[str, Any], budget: Budget, commitments: Sequence[Commitment] = ()
) -> list[Weighed]:
    """Weigh the plans that differ, in our order; one that goes by several names stands once."""
    request = recommendation["request"]
    return [
        weigh(terms_of(request, plan), plan["names"], request, budget, commitments)
        for plan in distinct(recommendation["answer"]["plans"])
    ]


def against(one: Weighed, other: Weighed) -> Against:
    """Compare two plans."""
    return Against(
        cost_fen=one.total_fen - other.total_fen,
        monthly_fen=one.highest_fen - other.highest_fen,
        months=one.months - other.months,
    )


def against_wish(one: Weighed, wish: Mapping[str, Any]) -> Against:
    """Compare a plan with the term and the instalment that the borrower wished for; a wish has no cost."""
    return Against(cost_fen=0, monthly_fen=one.highest_fen - fen(wish["monthly"]), months=one.months - wish["periods"])


def _first_year_fen(asked: AskedTerms, rows: Sequence[Row]) -> int:
    return asked.down_payment_fen + sum(row.payment_fen for row in rows[:FIRST_YEAR])


def _permille(part: int, whole: int) -> int:
    return round_ratio(part * PERMILLE, whole) if whole else 0
