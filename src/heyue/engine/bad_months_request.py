"""What a stress test is asked: the plan's months, the household's, its savings, and the bad months to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine.bad_input import BadInput, Fields, Findings, read_money
from heyue.engine.money import round_half_up

MONTHS_MAX = 120
PATHS_MAX = 100_000
PATHS_DEFAULT = 10_000
SEED_MAX = 2**63 - 1
SHOCK_MONTHS_MAX = 60
FIELDS = ("plan", "affordable", "income", "savings", "shocks", "seed", "paths")
SHOCKS = {
    "income_drop": ("monthly_chance", "ratio", "months"),
    "job_loss": ("monthly_chance", "ratio", "months"),
    "medical_bill": ("monthly_chance", "least", "most"),
    "rate_change": ("monthly_chance", "monthly"),
}
_ALL_DRAWS = 2**64


@dataclass(frozen=True)
class Shocks:
    """The bad turns that may begin in any month, each with its chance; a chance of 0 never happens."""

    chances: Mapping[str, Fraction]
    income_drop_ratio: Fraction
    income_drop_months: int
    job_loss_ratio: Fraction
    job_loss_months: int
    bill_least_fen: int
    bill_most_fen: int
    rate_change_fen: int

    @property
    def given(self) -> tuple[str, ...]:
        """The shocks that were named, in their fixed order."""
        return tuple(name for name in SHOCKS if name in self.chances)

    def limit(self, name: str) -> int | None:
        """The largest of the 2⁶⁴ equally likely draws that means yes; None when none does."""
        yes = int(self.chances.get(name, Fraction(0)) * _ALL_DRAWS)
        return yes - 1 if yes else None


@dataclass(frozen=True)
class Asked:
    """One stress test; all sums in fen, month by month over the plan."""

    plan_fen: tuple[int, ...]
    affordable_fen: tuple[int, ...]
    income_fen: tuple[int, ...]
    savings_fen: int
    shocks: Shocks
    seed: int
    paths: int

    @cached_property
    def missing_fen(self) -> NDArray[np.int64]:
        """What each month's payments ask beyond the affordable sum (below 0: what it leaves over)."""
        return shortfalls(self.plan_fen, self.affordable_fen)

    def share_of_income(self, ratio: Fraction) -> NDArray[np.int64]:
        """That share of each month's income, rounded."""
        return np.array([round_half_up(ratio * income_fen) for income_fen in self.income_fen], dtype=np.int64)


def shortfalls(plan_fen: Sequence[int], affordable_fen: Sequence[int]) -> NDArray[np.int64]:
    """What each month's payments ask beyond the affordable sum (below 0: what it leaves over)."""
    return np.array(plan_fen, dtype=np.int64) - np.array(affordable_fen, dtype=np.int64)


def read_request(request: Mapping[str, Any]) -> Asked:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", FIELDS, findings)
    plan_fen = read_months(fields, "plan", one_will_do=False)
    months = max(1, len(plan_fen))
    affordable_fen = _over(read_months(fields, "affordable", one_will_do=True), months)
    income_fen = _over(read_months(fields, "income", one_will_do=True), months)
    asked = Asked(
        plan_fen=tuple(plan_fen),
        affordable_fen=affordable_fen,
        income_fen=income_fen,
        savings_fen=fields.money("savings", 0),
        shocks=read_shocks(fields),
        seed=fields.whole("seed", 0, SEED_MAX, 0),
        paths=fields.whole("paths", 1, PATHS_MAX, PATHS_DEFAULT),
    )
    if findings.errors:
        raise BadInput(findings.errors)
    return asked


def read_months(fields: Fields, name: str, *, one_will_do: bool) -> list[int]:
    """Sums of months 1, 2, …; a single sum stands for all of them where it may."""
    if one_will_do and not isinstance(fields.raw(name), list):
        return [fields.money(name)]
    found = []
    for month, text in enumerate(fields.array(name, 1, MONTHS_MAX)):
        amount_fen = read_money(text)
        if amount_fen is None:
            fields.findings.add(f"{fields.pointer(name)}/{month}", "应为元的十进制字符串，最多两位小数")
        found.append(amount_fen or 0)
    return found


def _over(given_fen: Sequence[int], months: int) -> tuple[int, ...]:
    """The last sum repeats."""
    filled = [*given_fen] or [0]
    return tuple(filled[min(month, len(filled) - 1)] for month in range(months))


def read_shocks(fields: Fields) -> Shocks:
    """Read the bad months; what is wrong goes to the fields' findings."""
    inner = fields.child("shocks", tuple(SHOCKS))
    parts = {name: inner.child(name, known) for name, known in SHOCKS.items() if inner.has(name)}
    absent = Fields({}, "", (), Findings())
    drop, loss = parts.get("income_drop", absent), parts.get("job_loss", absent)
    bill, rate = parts.get("medical_bill", absent), parts.get("rate_change", absent)
    least_fen = bill.money("least")
    most_fen = bill.money("most")
    if bill.ok("least", "most") and most_fen < least_fen:
        bill.bad("most", "应不小于 least")
    return Shocks(
        chances={name: part.ratio("monthly_chance") for name, part in parts.items()},
        income_drop_ratio=drop.ratio("ratio"),
        income_drop_months=drop.whole("months", 1, SHOCK_MONTHS_MAX),
        job_loss_ratio=loss.ratio("ratio"),
        job_loss_months=loss.whole("months", 1, SHOCK_MONTHS_MAX),
        bill_least_fen=least_fen,
        bill_most_fen=most_fen,
        rate_change_fen=rate.money("monthly"),
    )
