"""What a household can pay each month (每月能拿出), and why: income less living costs less a reserve."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heyue.engine.bad_input import Fields, Findings
from heyue.engine.money import yuan

ENTRIES_MAX = 100
DEPENDANTS_MAX = 30
DEPENDANT_COSTS = "dependants"
FIELDS = ("income", "expenses", "dependants", "reserve", "savings", "dependant_minimum")


@dataclass(frozen=True)
class Reason:
    """One step of the sum: a stable code, the amount in fen that it adds or takes, words for a person."""

    code: str
    amount_fen: int
    words: str


@dataclass(frozen=True)
class Budget:
    """The affordable sum of months 1, 2, … (the last repeats), savings, and the reasons."""

    monthly_fen: tuple[int, ...]
    reasons: tuple[Reason, ...]
    savings_fen: int


def affordable(budget: Mapping[str, Any]) -> Budget:
    """Work out what can be paid each month; raises BadInput with every bad field."""
    findings = Findings()
    found = read_budget(budget, "", findings)
    findings.stop_if_any()
    return found


def read_budget(value: object, at: str, findings: Findings) -> Budget:
    """Read a household budget; what is wrong goes to ``findings``.

    ``reserve`` is kept back each month. Costs of dependants below ``dependant_minimum`` for each of them are
    raised to it, so that a child forgotten in the expenses is not forgotten in the plan.
    """
    fields = Fields(value, at, FIELDS, findings)
    income_fen, _ = _sum(fields, "income")
    expenses_fen, dependant_costs_fen = _sum(fields, "expenses")
    dependants = fields.whole("dependants", 0, DEPENDANTS_MAX, 0)
    reserve_fen = fields.money("reserve", 0)
    savings_fen = fields.money("savings", 0)
    minimum_fen = fields.money("dependant_minimum", 0)
    missing_fen = max(0, dependants * minimum_fen - dependant_costs_fen)
    left_fen = income_fen - expenses_fen - missing_fen - reserve_fen
    reasons = [
        Reason("income", income_fen, f"每月收入 {yuan(income_fen)} 元"),
        Reason("expenses", -expenses_fen, f"每月必要支出 {yuan(expenses_fen)} 元"),
    ]
    if missing_fen:
        words = f"为 {dependants} 位家人再留 {yuan(missing_fen)} 元"
        reasons.append(Reason("dependants", -missing_fen, words))
    if reserve_fen:
        reasons.append(Reason("reserve", -reserve_fen, f"留作应急 {yuan(reserve_fen)} 元"))
    if left_fen < 0:
        reasons.append(Reason("shortfall", -left_fen, f"收入不够日常开支，每月还差 {yuan(-left_fen)} 元"))
    monthly_fen = max(0, left_fen)
    reasons.append(Reason("affordable", monthly_fen, f"每月能拿出 {yuan(monthly_fen)} 元还款"))
    return Budget((monthly_fen,), tuple(reasons), savings_fen)


def _sum(fields: Fields, name: str) -> tuple[int, int]:
    """All monthly sums of a list in fen, and those of its entries for dependants."""
    total_fen = dependants_fen = 0
    for index, entry in enumerate(fields.array(name, 0, ENTRIES_MAX)):
        inner = Fields(entry, f"{fields.pointer(name)}/{index}", ("kind", "monthly"), fields.findings)
        kind, monthly_fen = inner.text("kind"), inner.money("monthly")
        total_fen += monthly_fen
        dependants_fen += monthly_fen if kind == DEPENDANT_COSTS else 0
    return total_fen, dependants_fen
