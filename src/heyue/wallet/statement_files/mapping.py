"""What a person said of an unknown table's columns, kept as data: the next file of the same shape reads itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heyue.wallet.statement_files.assembling import assemble_rows
from heyue.wallet.statement_files.layout import read_layout
from heyue.wallet.statement_files.page import Document
from heyue.wallet.statement_files.result import LABELLED, Outcome, Reading, Table, Unreadable
from heyue.wallet.statement_files.rows import Raw, RowsFound, rows_under
from heyue.wallet.statement_files.summary import missing_of, read_summary
from heyue.wallet.statement_files.tables import ANY_DATE, Block, blocks_of

COLUMNS = frozenset(
    {"post_date", "txn_date", "description", "amount", "charge", "credit", "tail", "currency", "original"}
)
OTHER_TABLES = "other-tables-not-mapped"
DATE_WORDS = ("", "MM/DD", "MMDD", "YYMMDD", "MM月DD日", "MM/DD/YYYY", "DD/MM/YYYY")
_WITH_SUMMARY = ("statement_date", "due_date", "new_balance", "min_payment")


@dataclass(frozen=True)
class ColumnMapping:
    """Which column of a shape is which field. ``flipped``: what was spent is printed negative."""

    fingerprint: str
    columns: Mapping[str, int]
    issuer: str = ""
    flipped: bool = False
    dates: str = ""  # how dates without a year are written

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "fingerprint": self.fingerprint, "columns": dict(self.columns), "issuer": self.issuer,
            "flipped": self.flipped, "dates": self.dates,
        }  # fmt: skip

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> ColumnMapping:
        """Back from JSON. Raises ValueError when it is not a mapping."""
        columns = data.get("columns")
        if not isinstance(columns, dict) or not isinstance(data.get("fingerprint"), str):
            raise ValueError("no mapping")
        return _checked(
            ColumnMapping(
                data["fingerprint"], {str(k): int(v) for k, v in columns.items()}, str(data.get("issuer", "")),
                bool(data.get("flipped")), str(data.get("dates", "")),
            )
        )  # fmt: skip


def learned(
    table: Table, columns: Mapping[str, int], *, issuer: str = "", flipped: bool = False, dates: str = ""
) -> ColumnMapping:
    """Keep what a person said. Raises ValueError when a date, a description or a sum has no column."""
    return _checked(ColumnMapping(table.fingerprint, dict(columns), issuer or table.issuer, flipped, dates))


def read_mapped(document: Document, mappings: Sequence[ColumnMapping]) -> Reading | None:
    """Read a document by the mappings that know a table of it, None when none does. Raises Unreadable."""
    known = {mapping.fingerprint: mapping for mapping in mappings}
    blocks = list(blocks_of(document))
    found = [(block, known[block.fingerprint]) for block in blocks if block.fingerprint in known]
    if not found:
        return None
    mapping = found[0][1]
    rows = RowsFound()
    taken = [(block, one) for block, one in found if one.issuer == mapping.issuer]
    for block, one in taken:
        _read_block(block, one, rows)
    layout = read_layout(_description(mapping))
    summary = read_summary(document, layout)
    statement = assemble_rows(_less_sure(document), layout, summary, rows)
    if len(taken) < len(blocks):
        statement = replace(statement, warnings=(*statement.warnings, OTHER_TABLES))
    complete = not missing_of(summary, read_layout({**_description(mapping), "required": list(_WITH_SUMMARY)}))
    return Reading(Outcome.STATEMENT if complete else Outcome.ROWS_ONLY, (statement,), issuer=mapping.issuer)


def _read_block(block: Block, mapping: ColumnMapping, rows: RowsFound) -> None:
    columns = dict(mapping.columns)
    columns.setdefault("post_date", columns.get("txn_date", 0))
    told = {line.place: fields for fields, line in rows_under(block.lines, columns, block.width, _dates(mapping))}
    for line in block.lines:  # a row whose date is not of the form that was said is not read, and not lost in silence
        rows.looking_like += 1
        fields = told.get(line.place)
        if fields is None:
            rows.unread.append(line)
        else:
            rows.rows.append(Raw(fields, line.place, line.text))


def _dates(mapping: ColumnMapping) -> tuple[str, ...]:
    return (mapping.dates, *ANY_DATE[:3]) if mapping.dates else ANY_DATE[:4]


def _description(mapping: ColumnMapping) -> dict[str, Any]:
    return {
        "id": "mapped", "issuer": mapping.issuer, "name": mapping.issuer, "trust": "mapped",
        "media": ["mail", "pdf", "sheet", "photo"], "text": [], "required": [],
        "rows": {"view": "header", "dates": list(_dates(mapping)), "sign": "flipped" if mapping.flipped else "printed"},
    }  # fmt: skip


def _less_sure(document: Document) -> Document:
    return Document(
        document.medium, document.lines, document.marked, document.sender, document.subject, document.width,
        min(document.confidence_most, LABELLED),
    )  # fmt: skip


def _checked(mapping: ColumnMapping) -> ColumnMapping:
    columns = mapping.columns
    sound = (
        set(columns) <= COLUMNS
        and all(0 <= at < 80 for at in columns.values())
        and ({"post_date", "txn_date"} & set(columns))
        and "description" in columns
        and ({"amount", "charge", "credit"} & set(columns))
        and mapping.dates in DATE_WORDS
    )
    if not sound:
        raise ValueError("a mapping names the columns of a date, a description and a sum")
    return mapping


__all__ = ["ColumnMapping", "Unreadable", "learned", "read_mapped"]
