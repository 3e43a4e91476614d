"""Requests of the single path as tables of a portfolio, and a portfolio's results as the single path's answers."""

from argparse import Namespace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from heyue.faces.cli import portfolio

# More places than any value may have, so that a value with too many can be written.
MONEY, RATIO, DAY, WHOLE = pa.decimal128(30, 4), pa.decimal128(30, 14), pa.date32(), pa.int16()
TERMS = {
    "daily_rate": RATIO, "method": pa.string(), "statement_day": WHOLE, "due_day": WHOLE, "due_after_days": WHOLE,
    "grace_days": WHOLE, "tolerance": MONEY, "minimum_ratio": RATIO, "late_fee_ratio": RATIO,
    "late_fee_minimum": MONEY, "count_payment_day": pa.bool_(), "compound": pa.bool_(),
}  # fmt: skip
OPENING = {
    "date": DAY, "purchase": MONEY, "cash_advance": MONEY, "interest": MONEY, "fee": MONEY, "credit": MONEY,
    "overdue_since": DAY,
}  # fmt: skip
ACCOUNTS = pa.schema(
    {"account": pa.string(), **TERMS, **{f"opening_{name}": kind for name, kind in OPENING.items()}, "until": DAY}
)
EVENTS = pa.schema({"account": pa.string(), "date": DAY, "kind": pa.string(), "amount": MONEY})
SCHEDULES = pa.schema(
    {
        "account": pa.string(), "principal": MONEY, "down_payment": MONEY, "periods": WHOLE, "method": pa.string(),
        "monthly_rate": RATIO, "annual_rate": RATIO, "first_due": DAY, "due_day": WHOLE,
    }
)  # fmt: skip


def name(index: int) -> str:
    return f"账户{index:04d}"


def accounts_table(asked: list[dict[str, Any]]) -> pa.Table:
    rows = [
        {
            "account": name(index), "until": one.get("until"), **one["terms"],
            **{f"opening_{each}": value for each, value in one.get("opening", {}).items()},
        }
        for index, one in enumerate(asked)
    ]  # fmt: skip
    return _table(rows, ACCOUNTS)


def events_table(asked: list[dict[str, Any]]) -> pa.Table:
    rows = [{"account": name(index), **event} for index, one in enumerate(asked) for event in one["events"]]
    return _table(rows, EVENTS)


def schedules_table(asked: list[dict[str, Any]]) -> pa.Table:
    return _table([{"account": name(index), **one} for index, one in enumerate(asked)], SCHEDULES)


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(
        [{each: _cell(value, schema.field(each).type) for each, value in row.items()} for row in rows], schema
    )


def _cell(value: Any, kind: pa.DataType) -> Any:
    if value is None or not isinstance(value, str):
        return value
    if pa.types.is_decimal(kind):
        return Decimal(value)
    return date.fromisoformat(value) if kind == DAY else value


def write(table: pa.Table, path: Path, *, rows_a_batch: int = 5) -> None:
    """Batches so small that an account's events lie in several of them."""
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows_a_batch)
        return
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table, max_chunksize=rows_a_batch)


def read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.ipc.open_file(str(path)) as file:
        return file.read_all()


def work_out(kind: str, tables: Path, out: Path, **given: Any) -> dict[str, int]:
    asked = {"totals": out.with_name(f"totals{out.suffix}"), "workers": 1, "cluster": None, "quiet": True, **given}
    return portfolio.work_out(Namespace(kind=kind, tables=tables, out=out, **asked))


def results(
    out: Path,
) -> tuple[dict[str, list[dict[str, str]]], dict[str, dict[str, str]], dict[str, list[tuple[str, str]]]]:
    """Rows, totals and complaints of each account, in the words of the single path."""
    rows: dict[str, list[dict[str, str]]] = {}
    bad: dict[str, list[tuple[str, str]]] = {}
    for row in read(out).to_pylist():
        rows.setdefault(row.pop("account"), []).append({each: _text(value) for each, value in row.items()})
    totals = {
        row.pop("account"): {each: _text(value) for each, value in row.items()}
        for row in read(out.with_name(f"totals{out.suffix}")).to_pylist()
    }
    for row in read(out.with_name(f"{out.stem}.set-aside{out.suffix}")).to_pylist():
        bad.setdefault(row["account"], []).append((row["pointer"], row["reason"]))
    return rows, totals, bad


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
