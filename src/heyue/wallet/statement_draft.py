"""The draft of a statement: what was read, as plain data that can be sealed, corrected and reckoned up.

A field is ``{"value", "confidence", "raw", "corrected"}``; sums are fen, days are ISO dates. What a person typed has
full confidence. Errors of a correction are given all at once, by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from heyue.engine.refusal import words

if TYPE_CHECKING:  # the readers' libraries are heavy, and most who know drafts read no file
    from heyue.wallet.statement_files import Found, Reading, Row, Statement, Table

CURRENCY = "CNY"
SURE = 80
"""From here on a field needs no second look; a photograph's never goes above it."""
TYPED = 100
ROWS_MAX = 2_000
TAIL_DIGITS = 4
PHOTO = "photo"
CHECKS = {
    "rows": words("像明细的行数"),
    "balance": words("上期加明细"),
    "formula": words("账单上印的算式"),
    "charges": words("消费合计"),
    "credits": words("还款合计"),
}
KINDS = {
    "purchase": words("消费"),
    "instalment": words("分期"),
    "cash_advance": words("取现"),
    "payment": words("还款"),
    "refund": words("退款"),
    "reward": words("返现"),
    "interest": words("利息"),
    "late_fee": words("违约金"),
    "fee": words("费用"),
    "internal": words("卡内划转"),
}
SUMS = {
    "balance": ("new_balance", words("本期应还")),
    "minimum": ("min_payment", words("最低还款")),
    "previous": ("previous_balance", words("上期欠款")),
    "interest": ("interest", words("本期利息")),
    "fees": ("fees", words("本期费用")),
}
"""A draft's sums: the reader's name and the words."""
DAYS = {"statement_on": words("账单日"), "due_on": words("最后还款日")}
WORDS = {
    "issuer": words("银行"),
    "last4": words("卡号后四位"),
    **DAYS,
    **{name: label for name, (_reader, label) in SUMS.items()},
}
NEEDED = ("issuer", "last4", "statement_on", "due_on", "balance")

Field = dict[str, Any]
Draft = dict[str, Any]


def as_data(reading: Reading) -> Draft:
    """Return a reading as plain data. Statements of other currencies than yuan are named, not reckoned with."""
    return {
        "outcome": reading.outcome.value,
        "statements": [_statement(one) for one in reading.statements],
        "tables": [table_data(table) for table in reading.tables],
        "missing": list(reading.missing),
        "unread": list(reading.unread),
        "issuer": reading.issuer,
        "guessed": dict(reading.guessed),
    }


def table_data(table: Table) -> dict[str, Any]:
    """Return a table of the mapping page as plain data."""
    return {**asdict(table), "guesses": dict(table.guesses)}


def table_of(data: Mapping[str, Any]) -> Table:
    """Return the table that ``table_data`` wrote."""
    from heyue.wallet.statement_files import Table

    rows = tuple(tuple(row) for row in data["rows"])
    return Table(data["fingerprint"], tuple(data["header"]), rows, dict(data["guesses"]), data["issuer"])


def _statement(one: Statement) -> dict[str, Any]:
    account = one.accounts.get(CURRENCY)
    sums = account.sums if account else {}
    rows = [_row(row) for row in one.rows if row.currency == CURRENCY][:ROWS_MAX]
    issuer = _field(one.issuer)
    tails = sorted(one.cards, key=lambda found: len(found.value) != TAIL_DIGITS)  # a whole tail before a shorter one
    draft: dict[str, Any] = {
        "issuer": {**issuer, "value": str(issuer["value"] or "").lower() or None},
        "last4": _tail(tails[0]) if tails else _nothing(),
        "others": [found.value for found in tails[1:] if len(found.value) == TAIL_DIGITS],
        "statement_on": _field(one.statement_date or one.cycle_end),
        "due_on": _field(one.due_date),
        **{name: _field(sums.get(reader)) for name, (reader, _label) in SUMS.items()},
        "rows": rows,
        "rows_available": one.rows_available and one.rows != (),
        "checks": [
            {"name": c.name, "printed": c.printed, "reckoned": c.reckoned}
            for c in one.proof.checks
            if c.currency == CURRENCY
        ],
        "standing": one.proof.standing.value,
        "warnings": list(one.warnings),
        "identity": one.identity,
        "medium": one.medium,
        "currencies": sorted(c for c in one.accounts if c != CURRENCY),
    }
    for name, over in (("balance", "overpaid"), ("previous", "previous_overpaid")):
        if over in sums and draft[name]["value"] is not None:
            draft[name] = {**draft[name], "value": draft[name]["value"] - sums[over].value}
    for name, kinds in (("interest", ("interest",)), ("fees", ("fee", "late_fee"))):
        if draft[name]["value"] is None and rows:
            draft[name] = _summed([row for row in rows if row["kind"]["value"] in kinds])
    return draft


def _row(row: Row) -> dict[str, Any]:
    return {
        "on": _field(row.post_date),
        "text": _field(row.description),
        "fen": _field(row.amount),
        "kind": _field(row.kind),
        "raw": row.raw,
        "identity": row.identity,
    }


def _field(found: Found[Any] | None) -> Field:
    if found is None:
        return _nothing()
    value = found.value.isoformat() if isinstance(found.value, date) else found.value
    return {"value": value, "confidence": found.confidence, "raw": found.raw, "corrected": False}


def _tail(found: Found[str]) -> Field:
    """Return the card's tail; one that the bank prints shorter is to be filled up."""
    field = _field(found)
    return field if len(found.value) == TAIL_DIGITS else {**field, "confidence": 0}


def _nothing() -> Field:
    return {"value": None, "confidence": 0, "raw": "", "corrected": False}


def _summed(rows: list[dict[str, Any]]) -> Field:
    total_fen = sum(row["fen"]["value"] for row in rows)
    confidence = min((row["kind"]["confidence"] for row in rows), default=SURE)
    return {"value": max(total_fen, 0), "confidence": confidence, "raw": "", "corrected": False}


# ── what a person mends ────────────────────────────────────────────────────────────────────────────────


def corrected(statement: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statement with ``values`` in place of what differs from them; they are plain data as in a field."""
    changed = dict(statement)
    for name, value in values.items():
        if statement[name]["value"] != value:
            changed[name] = _typed(statement[name], value)
    return changed


def row_corrected(statement: dict[str, Any], position: int, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the statement with one row mended, or without it where ``values`` is None."""
    rows = list(statement["rows"])
    if values is None:
        del rows[position]
    else:
        row = rows[position]
        same = {name: row[name]["value"] == value for name, value in values.items()}
        rows[position] = {
            **row,
            **{name: row[name] if same[name] else _typed(row[name], value) for name, value in values.items()},
        }
    return {**statement, "rows": rows}


def _typed(field: Field, value: object) -> Field:
    return {**field, "value": value, "confidence": TYPED, "corrected": True}


# ── what is to be looked at ────────────────────────────────────────────────────────────────────────────


def missing(statement: Mapping[str, Any]) -> list[str]:
    """Return the needed fields without a value that can stand."""
    empty = [name for name in NEEDED if statement[name]["value"] in (None, "")]
    tail = str(statement["last4"]["value"] or "")
    short = ["last4"] if tail and not (len(tail) == TAIL_DIGITS and tail.isdecimal()) else []
    return [*empty, *short]


def unsure(statement: Mapping[str, Any]) -> list[str]:
    """Return the fields that were read with less than full trust and not typed anew."""
    return [
        name
        for name in WORDS
        if statement[name]["value"] not in (None, "") and statement[name]["confidence"] < SURE
    ]  # fmt: skip


def unsure_rows(statement: Mapping[str, Any]) -> int:
    """Return how many rows have a day, a sum or a kind that was read with less than full trust."""
    parts = ("on", "fen", "kind")
    return sum(any(row[part]["confidence"] < SURE for part in parts) for row in statement["rows"])


def difference_fen(statement: Mapping[str, Any]) -> int | None:
    """Return the printed new balance less what the old one and all rows make; None where that cannot be reckoned."""
    balance, previous = statement["balance"]["value"], statement["previous"]["value"]
    if balance is None or previous is None or not statement["rows_available"]:
        return None
    return int(balance - previous - rows_fen(statement))


def rows_fen(statement: Mapping[str, Any]) -> int:
    """Return the sum of all rows: charges above 0, payments below."""
    return sum(int(row["fen"]["value"]) for row in statement["rows"])


def is_corrected(statement: Mapping[str, Any]) -> bool:
    """Whether a person changed anything."""
    if any(statement[name]["corrected"] for name in WORDS):
        return True
    return any(row[part]["corrected"] for row in statement["rows"] for part in ("on", "text", "fen", "kind"))


def differing(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statement's own checks that did not hold as it was read."""
    return [check for check in statement["checks"] if check["printed"] != check["reckoned"]]


def needs_a_look(statement: Mapping[str, Any]) -> bool:
    """Whether it may be taken only after a person said that it was looked at.

    A picture's figures are never certain by themselves: only where the statement's own arithmetic holds.
    """
    found = difference_fen(statement)
    stands_apart = found not in (None, 0) or bool(differing(statement) and not is_corrected(statement))
    only_seen = statement["medium"] == PHOTO and found != 0
    return bool(stands_apart or only_seen or unsure(statement) or unsure_rows(statement))
