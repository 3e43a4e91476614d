"""What ``recommend`` is asked: the base date, the budget, and each bank's debt with its menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.bad_input import BadInput, Fields, Findings, read_money
from heyue.engine.budget import FIELDS as BUDGET_FIELDS
from heyue.engine.budget import Budget, Reason, read_budget
from heyue.engine.interest_request import read_terms
from heyue.engine.menu import BankPolicy, Choice, choices, read_policy

DEBTS_MAX = 20
MONTHS_MAX = 1_200
OVERDUE_DAYS_MAX = 36_500
_DEBT = ("id", "bank", "balance", "waivable", "overdue_days", "terms", "policy")


@dataclass(frozen=True)
class Debt:
    """All chosen cards of one bank (一家银行一笔债务), and what the bank grants for it."""

    id: str
    bank: str
    balance_fen: int
    waivable_fen: int
    overdue_days: int
    policy: BankPolicy

    def menu(self, as_of: date) -> tuple[Choice, ...]:
        """Every choice that the bank grants, in order."""
        return choices(self.balance_fen, self.waivable_fen, self.policy, as_of)


@dataclass(frozen=True)
class Asked:
    """One request; the budget's last monthly sum repeats."""

    as_of: date
    budget: Budget
    debts: tuple[Debt, ...]

    def affordable_fen(self, month: int) -> int:
        """What can be paid in a month, 1 being the one after the base date's."""
        monthly = self.budget.monthly_fen
        return monthly[min(month, len(monthly)) - 1]


def read_request(request: Mapping[str, Any]) -> Asked:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", ("as_of", "budget", "debts"), findings)
    as_of = fields.day("as_of")
    budget = _read_budget(fields, findings, as_of) if fields.required("budget") else None
    debts = [
        _read_debt(value, f"/debts/{index}", findings)
        for index, value in enumerate(fields.array("debts", 1, DEBTS_MAX))
    ]
    seen: set[str] = set()
    for index, debt in enumerate(debts):
        if debt.id and debt.id in seen:
            findings.add(f"/debts/{index}/id", "与前面的重复")
        seen.add(debt.id)
    if budget is None or findings.errors:
        raise BadInput(findings.errors)
    return Asked(as_of, budget, tuple(debts))


def _read_budget(fields: Fields, findings: Findings, as_of: date) -> Budget:
    """Either the affordable sums themselves, or the household's budget from which they follow."""
    value, at = fields.raw("budget"), fields.pointer("budget")
    household = isinstance(value, dict) and "monthly_affordable" not in value
    if household and any(name in value for name in BUDGET_FIELDS if name != "savings"):
        return read_budget(value, at, findings, as_of)
    inner = Fields(value, at, ("monthly_affordable", "savings"), findings)
    savings_fen = inner.money("savings", 0)
    monthly_fen: list[int] = []
    if not isinstance(inner.raw("monthly_affordable"), list):
        monthly_fen.append(inner.money("monthly_affordable"))
    else:
        for month, text in enumerate(inner.array("monthly_affordable", 1, MONTHS_MAX)):
            amount_fen = read_money(text)
            if amount_fen is None:
                findings.add(f"{at}/monthly_affordable/{month}", "应为元的十进制字符串，最多两位小数")
            monthly_fen.append(amount_fen or 0)
    reason = Reason("affordable", (monthly_fen or [0])[0], "每月能拿出的钱按所填的算")
    return Budget(tuple(monthly_fen), (reason,), savings_fen)


def _read_debt(value: object, at: str, findings: Findings) -> Debt:
    fields = Fields(value, at, _DEBT, findings)
    debt_id, bank = fields.text("id"), fields.text("bank")
    balance_fen = fields.money("balance", above_zero=True)
    waivable_fen = fields.money("waivable", 0)
    if fields.ok("balance", "waivable") and waivable_fen > balance_fen:
        fields.bad("waivable", "可减免的不能超过欠款")
    overdue_days = fields.whole("overdue_days", 0, OVERDUE_DAYS_MAX)
    if fields.has("terms"):
        read_terms(fields.raw("terms"), fields.pointer("terms"), findings)
    given = fields.raw("policy") if fields.required("policy") else None
    quiet = findings if fields.has("policy") else Findings()
    policy = read_policy(given, fields.pointer("policy"), quiet)
    return Debt(debt_id, bank, balance_fen, waivable_fen, overdue_days, policy)
