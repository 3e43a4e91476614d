"""What the papers of a case state, read from its rows: shared by the form and, later, the agreement."""

from __future__ import annotations

from typing import Any

from heyue.application.models import Debt as DebtRow
from heyue.banks.models import Bank as BankRow
from heyue.documents.plan import Bank, CardDebt, Debt, Holder, Plan, PlanRow
from heyue.engine.schedule import build
from heyue.identity.models import Person
from heyue.identity.reads import in_full


def bank_of(bank: BankRow) -> Bank:
    """Return the bank as a paper names it."""
    return Bank(bank.name, bank.seal)


def holder_of(person: Person) -> Holder:
    """Return the holder in full: the bank must know whom it deals with."""
    full = in_full(person)
    return Holder(full.name, full.id_number, full.phone)


def debt_of(debt: DebtRow) -> Debt:
    """Return the debt card by card as of the base date."""
    cards = tuple(
        CardDebt(
            last4=c["last4"],
            product=c["product"],
            principal_fen=c["principal_fen"],
            interest_fen=c["interest_fen"],
            fee_fen=c["fee_fen"],
            total_fen=c["balance_fen"],
            days_overdue=c["days_overdue"],
        )
        for c in debt.structure
    )
    return Debt(cards, debt.balance_fen)


def plan_of(terms: dict[str, Any], waived_fen: int, interest_after: str) -> Plan:
    """Lay the terms out with their whole schedule, rates and hash, as the engine has them."""
    schedule = build(terms)
    simple, effective = schedule.annual_rates
    plan = schedule.plan
    per = {"monthly_rate": "month", "annual_rate": "year", None: None}[plan.rate_name]
    return Plan(
        principal_fen=plan.principal_fen,
        waived_fen=waived_fen,
        down_payment_fen=plan.down_payment_fen,
        periods=plan.periods,
        method=plan.method,  # type: ignore[arg-type]
        rate=terms.get(plan.rate_name) if plan.rate_name else None,
        rate_per=per,  # type: ignore[arg-type]
        annualised_simple=simple,
        annualised_effective=effective,
        interest_after_base_date=interest_after,  # type: ignore[arg-type]
        first_due_on=plan.first_due_on,
        due_day=plan.due_day,
        total_payment_fen=schedule.total_payment_fen,
        total_interest_fen=schedule.total_interest_fen,
        schedule_hash=schedule.hash,
        rows=tuple(
            PlanRow(r.period, r.due_on, r.payment_fen, r.principal_fen, r.interest_fen, r.balance_fen)
            for r in schedule.rows
        ),
    )
