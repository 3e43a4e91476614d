"""What the bank knows, as plain values for the control address and for its pages."""

import json
import sqlite3
from typing import Any

from sandbox_bank.bank import Work
from sandbox_bank.money import to_yuan

LOG_MAX = 300


def summary(work: Work) -> dict[str, Any]:
    """The whole bank in short."""
    return {
        "bank": work.bank.profile.slug,
        "today": work.today.isoformat(),
        "fault": work.bank.faults.kind,
        "applications": [_application(row) for row in work.rows("SELECT * FROM applications ORDER BY rowid")],
        "agreements": [agreement(work, row) for row in work.rows("SELECT * FROM agreements ORDER BY rowid")],
        "inbox": _counts(work, "messages"),
        "outbox": _counts(work, "outbox"),
        "acts": [
            {"negotiation_id": act["negotiation_id"], "name": act["name"], "due_on": act["due_on"]}
            for act in work.rows("SELECT * FROM acts WHERE done_on IS NULL AND cancelled = 0 ORDER BY due_on, id")
        ],
    }


def _counts(work: Work, table: str) -> dict[str, int]:
    return {row[0]: row[1] for row in work.rows(f"SELECT state, count(*) FROM {table} GROUP BY state")}


def _application(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "negotiation_id": row["negotiation_id"],
        "number": row["number"],
        "received_on": row["received_on"],
        "state": row["state"],
        "officer": row["officer"],
    }


def agreement(work: Work, row: sqlite3.Row) -> dict[str, Any]:
    """One agreement with its rows and what is paid of each."""
    rows = work.rows("SELECT * FROM instalments WHERE agreement_id = ? ORDER BY period", row["agreement_id"])
    return {
        "agreement_id": row["agreement_id"],
        "negotiation_id": row["negotiation_id"],
        "schedule_hash": row["schedule_hash"],
        "document_sha256": row["document_sha256"],
        "in_force_on": row["in_force_on"],
        "completed_on": row["completed_on"],
        "auto_pay": bool(row["auto_pay"]),
        "down_payment": to_yuan(row["down_payment_fen"]),
        "down_payment_paid": to_yuan(row["down_payment_paid_fen"]),
        "rows": [
            {
                "period": one["period"],
                "due": one["due_on"],
                "payment": to_yuan(one["payment_fen"]),
                "principal": to_yuan(one["principal_fen"]),
                "interest": to_yuan(one["interest_fen"]),
                "balance": to_yuan(one["balance_fen"]),
                "paid": to_yuan(one["paid_fen"]),
            }
            for one in rows
        ],
    }


def log_of(work: Work, negotiation_id: str) -> list[dict[str, Any]]:
    """All that went to and fro in one negotiation, oldest first."""
    came = [
        {
            "at": row["received_at"],
            "on": row["received_on"],
            "from_us": False,
            "name": _name_of(row),
            "state": row["state"],
            "problem": json.loads(row["problem"])["detail"] if row["problem"] else "",
        }
        for row in work.rows(
            "SELECT * FROM messages WHERE negotiation_id = ? ORDER BY id LIMIT ?", negotiation_id, LOG_MAX
        )
    ]
    went = [
        {
            "at": row["created_at"],
            "on": row["business_date"],
            "from_us": True,
            "name": row["type"],
            "state": row["state"],
            "problem": row["answer"] if row["state"] in ("refused", "dead") else "",
        }
        for row in work.rows(
            "SELECT * FROM outbox WHERE negotiation_id = ? ORDER BY sequence LIMIT ?", negotiation_id, LOG_MAX
        )
    ]
    return sorted(came + went, key=lambda entry: (entry["on"], entry["at"], entry["from_us"]))


def _name_of(row: sqlite3.Row) -> str:
    if row["kind"] == "application":
        return "application"
    return str(json.loads(row["body"])["type"]).removeprefix("heyue.").removesuffix(".v1")
