"""What a household can pay each month (每月能拿出), and why: income less living costs less a reserve.

In the manner of the UK's Standard Financial Statement: items by kind, dependants, a living-cost guideline to
compare with, a reserve; month by month where income is seasonal or an expense ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.bad_input import Fields, Findings
from heyue.engine.budget_items import ENTRIES_MAX, Item, read_items
from heyue.engine.living_cost import Guideline, Note, notes_on, read_guideline
from heyue.engine.money import yuan
from heyue.engine.months import months_after

DEPENDANTS_MAX = 30
PERSONS_MAX = 31
MONTHS_AHEAD = 60
DEPENDANT_COSTS = "dependants"
FIELDS = (
    "income", "expenses", "dependants", "reserve", "savings", "dependant_minimum", "as_of", "persons", "guideline",
)  # fmt: skip
__all__ = ["ENTRIES_MAX", "Budget", "Month", "Note", "Reason", "affordable", "read_budget"]


@dataclass(frozen=True)
class Reason:
    """One step of the sum: a stable code, the amount in fen that it adds or takes, words for a person."""

    code: str
    amount_fen: int
    words: str


@dataclass(frozen=True)
class Month:
    """One month's sum; ``changes`` says what began or ended in it (None before month 1)."""

    on: date
    income_fen: int
    expenses_fen: int
    affordable_fen: int
    changes: tuple[Reason, ...]


@dataclass(frozen=True)
class Budget:
    """The affordable sum of months 1, 2, … (the last repeats), savings, and the reasons.

    ``months`` is filled where a month differs from the one before; ``notes`` ask gently about what looks left
    out or out of line.
    """

    monthly_fen: tuple[int, ...]
    reasons: tuple[Reason, ...]
    savings_fen: int
    months: tuple[Month, ...] = ()
    notes: tuple[Note, ...] = ()


def affordable(budget: Mapping[str, Any]) -> Budget:
    """Work out what can be paid each month; raises BadInput with every bad field."""
    findings = Findings()
    found = read_budget(budget, "", findings)
    findings.stop_if_any()
    return found


@dataclass(frozen=True)
class _Household:
    """What was read; sums of one month are asked of it."""

    income: tuple[Item, ...]
    expenses: tuple[Item, ...]
    dependants: int
    reserve_fen: int
    minimum_fen: int
    as_of: date

    @property
    def varies(self) -> bool:
        return any(item.varies for item in (*self.income, *self.expenses))

    @property
    def seasonal(self) -> bool:
        return any(item.months for item in (*self.income, *self.expenses))

    def month_on(self, number: int) -> date:
        return months_after(self.as_of, number, 1)

    def sums(self, on: date) -> tuple[int, int, int]:
        """Income, expenses, and what is kept back for dependants beyond them, in fen."""
        income_fen = sum(item.in_month(on) for item in self.income)
        expenses_fen = sum(item.in_month(on) for item in self.expenses)
        spent_fen = sum(item.in_month(on) for item in self.expenses if item.kind == DEPENDANT_COSTS)
        return income_fen, expenses_fen, max(0, self.dependants * self.minimum_fen - spent_fen)

    def left(self, on: date) -> int:
        income_fen, expenses_fen, missing_fen = self.sums(on)
        return income_fen - expenses_fen - missing_fen - self.reserve_fen


def read_budget(value: object, at: str, findings: Findings, as_of: date | None = None) -> Budget:
    """Read a household budget; what is wrong goes to ``findings``.

    ``reserve`` is kept back each month. Costs of dependants below ``dependant_minimum`` for each of them are
    raised to it, so that a child forgotten in the expenses is not forgotten in the plan. Month 1 follows that
    of ``as_of``, which is the caller's or the budget's own; only items that vary need it.
    """
    fields = Fields(value, at, FIELDS, findings)
    own_as_of = fields.day("as_of") if fields.has("as_of") else None
    since = as_of or own_as_of
    income = read_items(fields, "income", dated=since is not None)
    expenses = read_items(fields, "expenses", dated=since is not None)
    household = _Household(
        income=income,
        expenses=expenses,
        dependants=fields.whole("dependants", 0, DEPENDANTS_MAX, 0),
        reserve_fen=fields.money("reserve", 0),
        minimum_fen=fields.money("dependant_minimum", 0),
        as_of=since or date.min,
    )
    savings_fen = fields.money("savings", 0)
    persons = fields.whole("persons", 1, PERSONS_MAX, 1 + household.dependants)
    guideline = read_guideline(fields) if fields.has("guideline") else None
    months = _months(household) if household.varies else ()
    monthly_fen = tuple(month.affordable_fen for month in months) or (max(0, household.left(household.as_of)),)
    return Budget(
        monthly_fen=monthly_fen,
        reasons=_reasons(household, household.month_on(1) if household.varies else household.as_of, monthly_fen),
        savings_fen=savings_fen,
        months=months,
        notes=_notes(household, persons, guideline),
    )


def _months(household: _Household) -> tuple[Month, ...]:
    """Months 1, 2, …: all of five years where something is seasonal, else up to the last change."""
    found: list[Month] = []
    for number in range(1, MONTHS_AHEAD + 1):
        on = household.month_on(number)
        income_fen, expenses_fen, _ = household.sums(on)
        changes = _changes(household, number) if number > 1 else ()
        found.append(Month(on, income_fen, expenses_fen, max(0, household.left(on)), changes))
    if not household.seasonal:
        while len(found) > 1 and not found[-1].changes:
            found.pop()
    return tuple(found)


def _changes(household: _Household, number: int) -> tuple[Reason, ...]:
    on, before = household.month_on(number), household.month_on(number - 1)
    found = []
    for name, sign, items in (("income", 1, household.income), ("expense", -1, household.expenses)):
        for item in items:
            now_fen, then_fen = item.in_month(on), item.in_month(before)
            if now_fen != then_fen:
                code = f"{name}_begins" if now_fen else f"{name}_ends"
                noun = {"income": "收入", "expense": "支出"}[name]
                verb = "开始有" if now_fen else "不再有"
                words = f"{on.year}年{on.month}月起{verb}{noun}“{item.name}” {yuan(now_fen or then_fen)} 元"
                found.append(Reason(code, sign * (now_fen - then_fen), words))
    return tuple(found)


def _reasons(household: _Household, on: date, monthly_fen: tuple[int, ...]) -> tuple[Reason, ...]:
    """The sum of the first month, step by step."""
    income_fen, expenses_fen, missing_fen = household.sums(on)
    left_fen = household.left(on)
    reasons = [
        Reason("income", income_fen, f"每月收入 {yuan(income_fen)} 元"),
        Reason("expenses", -expenses_fen, f"每月必要支出 {yuan(expenses_fen)} 元"),
    ]
    if missing_fen:
        words = f"为 {household.dependants} 位家人再留 {yuan(missing_fen)} 元"
        reasons.append(Reason("dependants", -missing_fen, words))
    if household.reserve_fen:
        reasons.append(Reason("reserve", -household.reserve_fen, f"留作应急 {yuan(household.reserve_fen)} 元"))
    if left_fen < 0:
        reasons.append(Reason("shortfall", -left_fen, f"收入不够日常开支，每月还差 {yuan(-left_fen)} 元"))
    reasons.append(Reason("affordable", monthly_fen[0], f"每月能拿出 {yuan(monthly_fen[0])} 元还款"))
    if len(set(monthly_fen)) > 1:
        least_fen = min(monthly_fen)
        words = f"各月不一样，最少的一个月 {yuan(least_fen)} 元，最多 {yuan(max(monthly_fen))} 元"
        reasons.append(Reason("varies", least_fen, words))
    return tuple(reasons)


def _notes(household: _Household, persons: int, guideline: Guideline | None) -> tuple[Note, ...]:
    on = household.month_on(1) if household.varies else household.as_of
    spent_fen: dict[str, int] = {}
    for item in household.expenses:
        spent_fen[item.kind] = spent_fen.get(item.kind, 0) + item.in_month(on)
    return notes_on(spent_fen, persons, guideline, household.reserve_fen)
