"""The account feed (账户数据): links by consent, cards with their figures, activity page by page."""

import json
import sqlite3
import uuid
from typing import Any

from sandbox_bank import accounts
from sandbox_bank.bank import Work
from sandbox_bank.business_clock import instant, machine_now
from sandbox_bank.database import as_json
from sandbox_bank.money import to_yuan
from sandbox_bank.problems import Problem

PAGE_MAX = 500
STATEMENT_FIELDS = ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")


def open_link(work: Work, request: dict[str, Any]) -> str:
    """A link to one customer's cards; `not-our-customer` when name and identity number are not on file together."""
    holder, consent = request["holder"], request["consent"]
    row = work.row(
        "SELECT id FROM customers WHERE id_number = ? AND name = ?", holder["id_number"].upper(), holder["name"]
    )
    if row is None:
        raise Problem(404, "not-our-customer", "没有这位客户")
    link = str(uuid.uuid4())
    work.write(
        "INSERT INTO links (link, customer_id, consent, scopes, phone, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        *(link, row["id"], as_json(consent), as_json(consent["scopes"]), holder["phone"], instant(machine_now())),
    )
    return link


def withdraw(work: Work, link: str) -> None:
    """End a link at once; a link that was ended before stays ended."""
    if not work.row("SELECT 1 FROM links WHERE link = ?", link):
        raise Problem(404, "unknown-link", "没有这个授权")
    now = instant(machine_now())
    work.write("UPDATE links SET withdrawn_at = ? WHERE link = ? AND withdrawn_at IS NULL", now, link)


def _live(work: Work, link: str) -> tuple[int, list[str]]:
    row = work.row("SELECT * FROM links WHERE link = ?", link)
    if row is None or (row["withdrawn_at"] and "ignores-withdrawal" not in work.bank.wrongs):
        raise Problem(404, "unknown-link", "没有这个授权，或者已经撤回")
    return row["customer_id"], json.loads(row["scopes"])


def cards(work: Work, link: str) -> dict[str, Any]:
    """All cards behind a link as of the business date."""
    customer, scopes = _live(work, link)
    with_statements = "statements" in scopes
    found = [_card(work, card, with_statements=with_statements) for card in accounts.cards_of(work, customer)]
    return {"as_of": work.today.isoformat(), "cards": found}


def _card(work: Work, card: sqlite3.Row, *, with_statements: bool) -> dict[str, Any]:
    owed = accounts.figures(work, card, work.today)
    statements = [{name: one[name] for name in STATEMENT_FIELDS} for one in owed.statements]
    return {
        "token": card["token"],
        "last4": card["last4"],
        "product": card["product"],
        "currency": "CNY",
        "balance": to_yuan(owed.balance_fen),
        "owed": {
            "principal": to_yuan(owed.principal_fen),
            "interest": to_yuan(owed.interest_fen),
            "fee": to_yuan(owed.fee_fen),
            "credit": to_yuan(owed.credit_fen),
        },
        "days_overdue": owed.days_overdue,
        "overdue_since": owed.overdue_since.isoformat() if owed.overdue_since else None,
        "accrued": to_yuan(owed.accrued_fen),
        "next_day_interest": to_yuan(owed.next_day_interest_fen),
        "statements": statements if with_statements else [],
        "terms": json.loads(card["terms"]),
        "opening": json.loads(card["opening"]) if card["opening"] else None,
        "collection": card["collection"],
        "waivable": to_yuan(owed.waivable_fen),
    }


def activity(work: Work, link: str, after: int) -> dict[str, Any]:
    """What happened on the linked cards after one sequence number, a page at a time."""
    customer, scopes = _live(work, link)
    seen = "payments" in scopes or "ignores-scopes" in work.bank.wrongs
    hidden = "" if seen else " AND activity.kind NOT IN ('payment', 'refund')"
    rows = work.rows(
        "SELECT activity.* FROM activity JOIN cards ON cards.token = activity.card"
        f" WHERE cards.customer_id = ? AND activity.seq > ?{hidden}"
        " ORDER BY activity.seq LIMIT ?",
        *(customer, after, PAGE_MAX + 1),
    )
    page = rows[:PAGE_MAX]
    events = [
        {
            "seq": row["seq"],
            "card": row["card"],
            "date": row["date"],
            "kind": row["kind"],
            "amount": to_yuan(row["amount_fen"]),
            "text": row["text"],
        }
        for row in page
    ]
    more = len(rows) > PAGE_MAX or "pages-for-ever" in work.bank.wrongs
    return {"events": events, "next": page[-1]["seq"] if page else after, "more": more}
