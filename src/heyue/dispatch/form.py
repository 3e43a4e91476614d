"""The application form for one bank (协商还款申请表): its facts, checked, and its PDF."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from heyue.documents.basis import FOR_AN_APPLICATION, Basis, basis_facts
from heyue.documents.figures import business_day, day, moment, rmb, size
from heyue.documents.plan import (
    Bank,
    Debt,
    Holder,
    Plan,
    debt_facts,
    must,
    must_be_digest,
    must_settle,
    plan_facts,
)
from heyue.documents.printable import paragraphs
from heyue.documents.stamp import facts_digest
from heyue.documents.typeset import pdf

_TEMPLATE = Path(__file__).with_name("form.typ")
# A name up to this many characters shares its line with the ID number and the phone.
_NAME_FITS = 8


@dataclass(frozen=True)
class MonthlyLine:
    """One line of income or of expenses, in fen a month."""

    name: str
    amount_fen: int


@dataclass(frozen=True)
class MonthlyBudget:
    """What comes in and goes out in a month (每月收支), in fen."""

    income: tuple[MonthlyLine, ...]
    expenses: tuple[MonthlyLine, ...]
    income_fen: int
    expenses_fen: int
    reserve_fen: int
    affordable_fen: int
    other_banks_monthly_fen: int
    savings_fen: int = 0

    def __post_init__(self) -> None:
        """Refuse lines that do not sum to their totals, and an affordable sum that is not what is left."""
        earned = sum(line.amount_fen for line in self.income)
        spent = sum(line.amount_fen for line in self.expenses)
        must(earned == self.income_fen, f"income lines sum to {earned}, income is {self.income_fen}")
        must(spent == self.expenses_fen, f"expense lines sum to {spent}, expenses are {self.expenses_fen}")
        left = max(0, self.income_fen - self.expenses_fen - self.reserve_fen)
        must(left == self.affordable_fen, f"affordable is {self.affordable_fen}, what is left is {left}")


@dataclass(frozen=True)
class Hardship:
    """What happened (遇到的困难), in the borrower's own words."""

    kind: str
    story: str


@dataclass(frozen=True)
class ProofItem:
    """One proof on the list (材料); pages are None where they were not counted."""

    name: str
    kind: str
    pages: int | None
    size_bytes: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse what is not a digest."""
        must_be_digest(self.sha256, "proof's sha256")


@dataclass(frozen=True)
class Standstill:
    """The request to pause collection meanwhile (暂停催收请求)."""

    until_on: date | None


@dataclass(frozen=True)
class ApplicationForm:
    """Everything that one bank's application form states; sums are in fen and as of the base date."""

    number: str
    application_number: str
    bank: Bank
    holder: Holder
    base_on: date
    submitted_at: datetime
    declared_at: datetime
    debt: Debt
    budget: MonthlyBudget
    hardship: Hardship
    asked: Plan
    standstill: Standstill | None
    proofs: tuple[ProofItem, ...]
    basis: tuple[Basis, ...] = FOR_AN_APPLICATION

    def __post_init__(self) -> None:
        """Refuse a plan that does not settle the debt, and instants without a zone."""
        must_settle(self.debt, self.asked)
        instants = (self.submitted_at, self.declared_at)
        must(all(instant.tzinfo is not None for instant in instants), "instants must be aware")


def digest(form: ApplicationForm) -> str:
    """SHA-256 of the form's facts, which its QR code carries beside the number."""
    return facts_digest(form)


def render(form: ApplicationForm) -> bytes:
    """Typeset the form as PDF/A-2b; the same facts give the same bytes."""
    return pdf(_TEMPLATE, _facts(form))


def _facts(form: ApplicationForm) -> dict[str, Any]:
    stamp = digest(form)
    return {
        "document": {
            "title": "协商还款（个性化分期）申请表",
            "number": form.number,
            "dated_on": business_day(form.submitted_at).isoformat(),
            "qr": f"{form.number}\nsha256:{stamp}",
        },
        "digest": stamp,
        "application_number": form.application_number,
        "bank": {"name": form.bank.name, "seal": form.bank.seal},
        "holder": {
            "name": form.holder.name,
            "id_number": form.holder.id_number,
            "phone": form.holder.phone,
            "long_name": len(form.holder.name) > _NAME_FITS,
        },
        "base_date": day(form.base_on),
        "submitted": moment(form.submitted_at),
        "declared": moment(form.declared_at),
        "debt": debt_facts(form.debt),
        "budget": _budget_facts(form.budget, form.asked),
        "hardship": {"kind": form.hardship.kind, "story": paragraphs(form.hardship.story)},
        "plan": plan_facts(form.asked),
        "standstill": _standstill_facts(form.standstill),
        "proofs": [_proof_facts(number, proof) for number, proof in enumerate(form.proofs, 1)],
        "basis": basis_facts(form.basis),
    }


def _budget_facts(budget: MonthlyBudget, asked: Plan) -> dict[str, Any]:
    largest = max(row.payment_fen for row in asked.rows)
    return {
        "income": [[line.name, rmb(line.amount_fen)] for line in budget.income],
        "expenses": [[line.name, rmb(line.amount_fen)] for line in budget.expenses],
        "income_sum": rmb(budget.income_fen),
        "expenses_sum": rmb(budget.expenses_fen),
        "reserve": rmb(budget.reserve_fen),
        "affordable": rmb(budget.affordable_fen),
        "other_banks": rmb(budget.other_banks_monthly_fen),
        "this_bank": rmb(largest),
        "left": rmb(budget.affordable_fen - budget.other_banks_monthly_fen - largest),
        "savings": rmb(budget.savings_fen),
        # A shortfall is said, not hidden in an affordable sum of nought.
        "shortfall": rmb(max(0, budget.expenses_fen + budget.reserve_fen - budget.income_fen)),
        "falls_short": budget.income_fen < budget.expenses_fen + budget.reserve_fen,
    }


def _standstill_facts(standstill: Standstill | None) -> dict[str, Any] | None:
    if standstill is None:
        return None
    return {"until": day(standstill.until_on) if standstill.until_on else None}


def _proof_facts(number: int, proof: ProofItem) -> list[str]:
    pages = f"{proof.pages} 页 · " if proof.pages else ""
    return [str(number), proof.name, proof.kind, f"{pages}{size(proof.size_bytes)}", proof.sha256[:16]]
