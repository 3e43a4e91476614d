"""What ``recommend`` is asked: the base date, the budget, and each bank's debt with its menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import BadInput, Fields, Findings, read_money
from heyue.engine.budget import FIELDS as BUDGET_FIELDS
from heyue.engine.budget import Budget, Reason, read_budget
from heyue.engine.interest_request import read_terms
from heyue.engine.menu import BankPolicy, Choice, choices, read_policy
from heyue.engine.months import months_between

DEBTS_MAX = 20
MONTHS_MAX = 1_200
OVERDUE_DAYS_MAX = 36_500
AGREEMENTS_MAX = 50
REQUEST_FIELDS = ("as_of", "budget", "debts", "agreements", "equal_treatment_band", "explain")
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
    """One request; the budget's last monthly sum repeats.

    ``kept_fen`` is what agreements already signed ask in months 1, 2, …; ``band`` is the largest spread of
    equal treatment that is wanted, None for any.
    """

    as_of: date
    budget: Budget
    debts: tuple[Debt, ...]
    kept_fen: tuple[int, ...] | None = None
    band: Fraction | None = None
    explain: bool = False

    def affordable_fen(self, month: int) -> int:
        """What can be paid in a month, 1 being the one after the base date's; below 0 where less than is kept."""
        monthly = self.budget.monthly_fen
        return monthly[min(month, len(monthly)) - 1] - self.kept_in(month)

    def kept_in(self, month: int) -> int:
        """What agreements already signed ask in a month."""
        return self.kept_fen[month - 1] if self.kept_fen and month <= len(self.kept_fen) else 0


def read_request(request: Mapping[str, Any]) -> Asked:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", REQUEST_FIELDS, findings)
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
    kept_fen = _read_agreements(fields, as_of) if fields.has("agreements") else None
    band = fields.ratio("equal_treatment_band") if fields.has("equal_treatment_band") else None
    explain = fields.flag("explain", False)
    if budget is None or findings.errors:
        raise BadInput(findings.errors)
    return Asked(as_of, budget, tuple(debts), kept_fen, band, explain)


def _read_agreements(fields: Fields, as_of: date) -> tuple[int, ...]:
    """Unpaid rows of agreements already signed, month by month; late ones and this month's count in month 1."""
    months: dict[int, int] = {}
    for index, value in enumerate(fields.array("agreements", 0, AGREEMENTS_MAX)):
        inner = Fields(value, f"/agreements/{index}", ("id", "rows"), fields.findings)
        inner.text("id")
        for number, row in enumerate(inner.array("rows", 0, MONTHS_MAX)):
            one = Fields(row, f"{inner.pointer('rows')}/{number}", ("due", "payment"), fields.findings)
            month = max(1, months_between(as_of, one.day("due")))
            months[month] = months.get(month, 0) + one.money("payment")
    return tuple(months.get(month, 0) for month in range(1, max(months, default=0) + 1))


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
