"""Statements as readers give them, made up: drafts whose figures add up, and a file that no layout knows."""

from __future__ import annotations

from datetime import date
from typing import Any

from heyue.engine.moves import PLATFORM, Actor
from heyue.journey import perform
from heyue.wallet import statement_acts as acts

SHEET = (
    "日子,做了什么,多少\n2026/10/08,城南超市,120.50\n2026/10/12,汽车加油,300.00\n2026/10/20,还款 谢谢,-200.00\n"
).encode()
"""A spreadsheet whose headings no layout and no dictionary knows: made up."""


def found(value: Any, confidence: int = 95, raw: str = "") -> dict[str, Any]:
    """A field as it was read."""
    return {"value": value, "confidence": confidence, "raw": raw, "corrected": False}


def row(on: str, text: str, fen: int, kind: str, confidence: int = 95) -> dict[str, Any]:
    """A line as it was read."""
    return {
        "on": found(on, confidence),
        "text": found(text, confidence),
        "fen": found(fen, confidence),
        "kind": found(kind, confidence),
        "raw": f"{on} {text} {fen}",
        "identity": f"{on}-{text}-{fen}",
    }


ROWS = (row("2026-10-08", "城南超市", 1000_00, "purchase"), row("2026-10-20", "还款", -200_00, "payment"))


def statement(**changes: Any) -> dict[str, Any]:
    """A statement of 5 November: ¥200.00 before, paid; ¥1,000.00 bought."""
    told = {
        "issuer": found("CMB"),
        "last4": found("2468"),
        "others": [],
        "statement_on": found("2026-11-05"),
        "due_on": found("2026-11-23"),
        "balance": found(1000_00),
        "minimum": found(100_00),
        "previous": found(200_00),
        "interest": found(0),
        "fees": found(0),
        "rows": list(ROWS),
        "rows_available": True,
        "checks": [],
        "standing": "proved",
        "warnings": [],
        "identity": "cmb-2468-2026-11",
        "medium": "pdf",
        "currencies": [],
    }
    return told | changes


def draft(*statements: dict[str, Any], outcome: str = "statement") -> dict[str, Any]:
    """What the reader found in a file."""
    return {
        "outcome": outcome,
        "statements": list(statements),
        "tables": [],
        "missing": [],
        "unread": [],
        "issuer": "CMB",
        "guessed": {},
    }


def sent(actor: Actor, content: bytes = b"a file", name: str = "账单.pdf") -> Any:
    """Send a file in; its id."""
    assert actor.person_id
    return perform(actor, acts.send_in, stored=acts.store(actor.person_id, name, content))


def read(actor: Actor, *statements: dict[str, Any], content: bytes = b"a file") -> Any:
    """Send a file in which the reader found these; its id."""
    file_id = sent(actor, content)
    perform(PLATFORM, acts.record_reading, file_id=file_id, draft=draft(*statements))
    return file_id


def taken(actor: Actor, *statements: dict[str, Any], content: bytes = b"a file") -> Any:
    """Put a file with these statements into the wallet; the card's id."""
    return perform(actor, acts.take, file_id=read(actor, *statements, content=content), looked_at=True)


DAY = date(2026, 11, 24)
