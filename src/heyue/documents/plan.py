"""What a paper says of a debt and of its repayment plan; sums that do not add up cannot be set."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from heyue.documents.figures import day, method_in_words, percent, rate_in_words, rmb

Method = Literal["equal_instalment", "equal_principal", "flat_fee", "interest_free"]


def must(holds: bool, what: str) -> None:
    """Raise ValueError unless a document's facts agree with themselves."""
    if not holds:
        raise ValueError(what)


def must_be_digest(value: str, name: str) -> None:
    """Raise ValueError unless the value is a SHA-256 in lower-case hex."""
    must(re.fullmatch(r"[0-9a-f]{64}", value) is not None, f"{name} is not a SHA-256 in lower-case hex")


@dataclass(frozen=True)
class Holder:
    """The cardholder (持卡人), in full: the bank must know whom it deals with."""

    name: str
    id_number: str
    phone: str


@dataclass(frozen=True)
class Bank:
    """The issuing bank (发卡银行) and the one character of its seal."""

    name: str
    seal: str

    def __post_init__(self) -> None:
        """Refuse a seal of more or less than one character."""
        must(len(self.seal) == 1, "a seal is one character")


@dataclass(frozen=True)
class CardDebt:
    """What is owed on one card as of the base date, in fen."""

    last4: str
    product: str
    principal_fen: int
    interest_fen: int
    fee_fen: int
    total_fen: int
    days_overdue: int

    def __post_init__(self) -> None:
        """Refuse parts that do not add up, and a card number that is longer than its last four digits."""
        must(re.fullmatch(r"[0-9]{4}", self.last4) is not None, "last4 is four digits")
        parts = self.principal_fen + self.interest_fen + self.fee_fen
        must(parts == self.total_fen, f"card {self.last4}: parts sum to {parts}, total is {self.total_fen}")


@dataclass(frozen=True)
class Debt:
    """The debt at one bank (欠款) as of the base date: its structure card by card, and its balance in fen."""

    cards: tuple[CardDebt, ...]
    balance_fen: int

    def __post_init__(self) -> None:
        """Refuse a balance that is not the sum of the cards."""
        must(bool(self.cards), "a debt has at least one card")
        summed = sum(card.total_fen for card in self.cards)
        must(summed == self.balance_fen, f"cards sum to {summed}, balance is {self.balance_fen}")


@dataclass(frozen=True)
class PlanRow:
    """One instalment, in fen; the balance is what remains after it."""

    period: int
    due_on: date
    payment_fen: int
    principal_fen: int
    interest_fen: int
    balance_fen: int


@dataclass(frozen=True)
class Plan:
    """Repayment terms with their whole schedule (还款计划), in fen; rates are decimal strings."""

    principal_fen: int
    waived_fen: int
    down_payment_fen: int
    periods: int
    method: Method
    rate: str | None
    rate_per: Literal["month", "year"] | None
    annualised_simple: str
    annualised_effective: str
    interest_after_base_date: Literal["waived", "added"]
    first_due_on: date
    due_day: int
    total_payment_fen: int
    total_interest_fen: int
    schedule_hash: str
    rows: tuple[PlanRow, ...]

    def __post_init__(self) -> None:
        """Refuse a schedule that does not repay its principal to the fen, row by row."""
        must_be_digest(self.schedule_hash, "schedule_hash")
        periods = [row.period for row in self.rows]
        must(periods == list(range(1, self.periods + 1)), "rows are not 1 to periods")
        must((self.rate is None) == (self.rate_per is None), "rate and rate_per go together")
        must(self.rows[0].due_on == self.first_due_on, "first row is not due on first_due_on")
        left = self.principal_fen - self.down_payment_fen
        for row in self.rows:
            left -= row.principal_fen
            parts = row.principal_fen + row.interest_fen
            must(row.payment_fen == parts, f"row {row.period}: payment is {row.payment_fen}, not {parts}")
            must(row.balance_fen == left, f"row {row.period}: balance is {row.balance_fen}, not {left}")
        must(left == 0, "the rows do not repay the principal")
        paid = sum(row.payment_fen for row in self.rows)
        charged = sum(row.interest_fen for row in self.rows)
        must(paid == self.total_payment_fen, f"payments sum to {paid}, not {self.total_payment_fen}")
        must(charged == self.total_interest_fen, f"interest sums to {charged}, not {self.total_interest_fen}")

    @property
    def repaid_fen(self) -> int:
        """All that is paid: the down payment and every instalment."""
        return self.down_payment_fen + self.total_payment_fen


def must_settle(debt: Debt, plan: Plan) -> None:
    """Refuse a plan whose principal is not the balance less what is waived."""
    owed = debt.balance_fen - plan.waived_fen
    must(owed == plan.principal_fen, f"balance less waiver is {owed}, principal is {plan.principal_fen}")


def debt_facts(debt: Debt) -> dict[str, Any]:
    """Write the debt as its template wants it: one row of strings for each card, and the row of sums."""
    return {
        "rows": [_card_row(card) for card in debt.cards],
        "sums": _sums(debt.cards),
        "balance": rmb(debt.balance_fen),
        "cards": len(debt.cards),
    }


def plan_facts(plan: Plan) -> dict[str, Any]:
    """Write the plan as its template wants it: strings, and one row of strings for each instalment."""
    return {
        "periods": plan.periods,
        "principal": rmb(plan.principal_fen),
        "waived": rmb(plan.waived_fen),
        "down_payment": rmb(plan.down_payment_fen),
        "financed": rmb(plan.principal_fen - plan.down_payment_fen),
        "monthly": _monthly(plan),
        "first_payment": rmb(plan.rows[0].payment_fen),
        "method": method_in_words(plan.method),
        "rate": rate_in_words(plan.rate, plan.rate_per),
        "annualised": percent(plan.annualised_simple),
        "annualised_effective": percent(plan.annualised_effective),
        "waives_later_interest": plan.interest_after_base_date == "waived",
        "first_due": day(plan.first_due_on),
        "last_due": day(plan.rows[-1].due_on),
        "due_day": _due_day(plan.due_day),
        "total_payment": rmb(plan.total_payment_fen),
        "total_interest": rmb(plan.total_interest_fen),
        "repaid": rmb(plan.repaid_fen),
        "hash": plan.schedule_hash,
        "rows": [_instalment_row(row) for row in plan.rows],
    }


def _card_row(card: CardDebt) -> list[str]:
    overdue = f"{card.days_overdue} 天" if card.days_overdue else "未逾期"
    return [f"尾号 {card.last4}", card.product, *_sums((card,)), overdue]


def _instalment_row(row: PlanRow) -> list[str]:
    sums = (row.payment_fen, row.principal_fen, row.interest_fen, row.balance_fen)
    return [str(row.period), row.due_on.isoformat(), *map(rmb, sums)]


def _sums(cards: tuple[CardDebt, ...]) -> list[str]:
    return [
        rmb(sum(getattr(card, part) for card in cards))
        for part in ("principal_fen", "interest_fen", "fee_fen", "total_fen")
    ]


def _monthly(plan: Plan) -> str:
    first, last = plan.rows[0].payment_fen, plan.rows[-1].payment_fen
    if first == last:
        return f"每期 {rmb(first)}"
    if all(row.payment_fen == first for row in plan.rows[:-1]):
        return f"每期 {rmb(first)}，最后一期 {rmb(last)}"
    return f"第 1 期 {rmb(first)}，逐期减少，最后一期 {rmb(last)}"


def _due_day(due_day: int) -> str:
    return f"每月 {due_day} 日" + ("（当月没有这一天的，为当月最后一天）" if due_day > 28 else "")
