"""What a card owes: every figure from `heyue interest`, run on the card's terms, opening and activity."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox_bank.bank import Work
from sandbox_bank.money import signed_fen, to_fen, to_yuan


@dataclass(frozen=True)
class Figures:
    """One card at the end of one day, in fen; `balance_fen` holds charged interest only, `accrued_fen` the rest.

    `waivable_fen` is what the bank may waive: the late fees (违约金) still unpaid, nothing once a schedule runs.
    """

    balance_fen: int
    principal_fen: int
    interest_fen: int
    fee_fen: int
    credit_fen: int
    accrued_fen: int
    next_day_interest_fen: int
    overdue_since: date | None
    days_overdue: int
    statements: list[dict[str, Any]]
    waivable_fen: int


def cards_of(work: Work, customer_id: int) -> list[sqlite3.Row]:
    """A customer's cards, in the order of their numbers."""
    return work.rows("SELECT * FROM cards WHERE customer_id = ? ORDER BY token", customer_id)


def question(work: Work, card: sqlite3.Row, as_of: date) -> dict[str, Any]:
    """The card as input of `heyue interest`."""
    opening = json.loads(card["opening"]) if card["opening"] else None
    first = opening["date"] if opening else ""
    events = work.rows(
        "SELECT date, kind, amount_fen FROM activity WHERE card = ? AND date BETWEEN ? AND ? ORDER BY date, seq",
        card["token"],
        first,
        as_of.isoformat(),
    )
    asked = {
        "terms": json.loads(card["terms"]),
        "events": [
            {"date": event["date"], "kind": event["kind"], "amount": to_yuan(event["amount_fen"])} for event in events
        ],
        "until": as_of.isoformat(),
        "detail": True,
    }
    return {**asked, "opening": opening} if opening else asked


def figures(work: Work, card: sqlite3.Row, as_of: date) -> Figures:
    """The card's figures at the end of a day; raises `AnswerMissing` when they must be computed first."""
    answer = work.interest(question(work, card, as_of))
    owed = answer["owed"]
    since = _schedule_arrears(work, card, as_of) if card["agreement_id"] else _day(owed["overdue_since"])
    return Figures(
        balance_fen=signed_fen(answer["balance"]),
        principal_fen=to_fen(owed["purchase"]) + to_fen(owed["cash_advance"]),
        interest_fen=to_fen(owed["interest"]),
        fee_fen=to_fen(owed["fee"]),
        credit_fen=to_fen(owed["credit"]),
        accrued_fen=to_fen(answer["accrued"]),
        next_day_interest_fen=to_fen(answer["next_day_interest"]),
        overdue_since=since,
        days_overdue=(as_of - since).days if since else 0,
        statements=answer["statements"],
        waivable_fen=0 if card["agreement_id"] else to_fen(owed["fee"]),
    )


def _schedule_arrears(work: Work, card: sqlite3.Row, as_of: date) -> date | None:
    """Under an agreement a card is overdue since the earliest instalment that is due and not fully paid."""
    row = work.row(
        "SELECT min(due_on) FROM instalments WHERE agreement_id = ? AND paid_fen < payment_fen AND due_on < ?",
        card["agreement_id"],
        as_of.isoformat(),
    )
    return _day(row[0]) if row else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
