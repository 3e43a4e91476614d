"""A document and its layout put together into statements in normal form: signs, years, kinds, masks, proof."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from heyue.wallet.statement_files.amounts import currency_of, read_money
from heyue.wallet.statement_files.dates import bought, posted, read_day
from heyue.wallet.statement_files.identity import row_identities, statement_identity
from heyue.wallet.statement_files.kinds import instalment_number, kind_of
from heyue.wallet.statement_files.layout import Layout, RowRule
from heyue.wallet.statement_files.page import Document
from heyue.wallet.statement_files.plain_text import masked, masked_payer, squeezed
from heyue.wallet.statement_files.proof import prove, with_proof
from heyue.wallet.statement_files.result import (
    EXACT,
    INFERRED,
    Account,
    Found,
    Kind,
    Outcome,
    Proof,
    Row,
    Standing,
    Statement,
    Unreadable,
)
from heyue.wallet.statement_files.rows import Raw, RowsFound, read_rows
from heyue.wallet.statement_files.shapes import tail_of
from heyue.wallet.statement_files.summary import Summary, missing_of, read_summary

T = TypeVar("T")
RAW_CHARS_MAX = 300
NAME_PAYS = frozenset({"BOC"})


@dataclass(frozen=True, slots=True)
class _Cycle:
    start: date | None
    end: date | None


def assemble(document: Document, layout: Layout) -> tuple[Statement, ...]:
    """The statements of a document. Raises Unreadable naming the missing labels or the lines not understood."""
    parts = _split(document, layout)
    return tuple(_assemble_one(part, layout) for part in parts)


def _split(document: Document, layout: Layout) -> list[Document]:
    """One document for each statement of a file that holds several, parted before each line that begins one."""
    if layout.splits is None:
        return [document]
    starts = [index for index, line in enumerate(document.lines) if layout.splits.search(line.squeezed)]
    if len(starts) < 2:
        return [document]
    ends = [*starts[1:], len(document.lines)]
    return [replace(document, lines=document.lines[a:b]) for a, b in zip([0, *starts[1:]], ends, strict=True)]


def _assemble_one(document: Document, layout: Layout) -> Statement:
    summary = read_summary(document, layout)
    missing = missing_of(summary, layout)
    if missing and set(missing) == set(layout.required):
        raise Unreadable(Outcome.NOT_A_STATEMENT)  # the bank's name and nothing of a statement: a promotion
    if missing:
        raise Unreadable(Outcome.MISSING_LABEL, missing=missing, issuer=layout.issuer)
    return assemble_rows(document, layout, summary, read_rows(document, layout))


def assemble_rows(document: Document, layout: Layout, summary: Summary, found: RowsFound) -> Statement:
    """A statement of a summary and rows already found. Raises Unreadable when a line was not understood."""
    if found.unread:
        unread = tuple(f"{line.place} {masked(line.text)[:RAW_CHARS_MAX]}" for line in found.unread[:20])
        raise Unreadable(Outcome.UNREAD_ROWS, unread=unread, issuer=layout.issuer)
    start, end = summary.cycle.value if summary.cycle else (None, None)
    if end is None and summary.statement_date is not None:
        end = summary.statement_date.value
    if end is None and summary.month is not None:
        end = summary.month.replace(day=monthrange(summary.month.year, summary.month.month)[1])
    rows = rows_of(found.rows, layout, start, end or _latest(found, layout), document.confidence_most)
    return _statement(document, layout, summary, rows, found)


def rows_of(raws: Sequence[Raw], layout: Layout, start: date | None, end: date | None, most: int) -> tuple[Row, ...]:
    """Rows in normal form. Raises Unreadable when one has no date or sum after all."""
    rows: list[Row] = []
    unread: list[str] = []
    for raw in raws:
        row = _row(raw, layout, layout.rows, _Cycle(start, end), len(rows), most) if layout.rows else None
        if row is not None and layout.wallet and not row.amount.value:
            continue  # no money moved, or none of the card's
        if row is None:
            unread.append(f"{raw.place} {masked(raw.text)[:RAW_CHARS_MAX]}")
        else:
            rows.append(row)
    if unread:
        raise Unreadable(Outcome.UNREAD_ROWS, unread=tuple(unread[:20]), issuer=layout.issuer)
    return tuple(rows)


def _statement(
    document: Document, layout: Layout, summary: Summary, rows: tuple[Row, ...], found: RowsFound
) -> Statement:
    cycle, most = summary.cycle, document.confidence_most
    accounts = {
        currency: Account(currency, {name: _at_most(one, most) for name, one in sums.items()})
        for currency, sums in summary.sums.items()
        if any(name in sums for name in ("new_balance", "min_payment", "previous_balance", "new_charges"))
    }
    # Nothing found and nothing to prove that there was nothing: then the rows are not known, rather than none.
    provable = any("previous_balance" in account.sums for account in accounts.values())
    available = bool(rows) or (layout.rows is not None and not layout.rows_in_pictures and provable)
    cards = dict(summary.cards)
    for row in rows:
        if row.tail is not None:
            cards.setdefault(row.tail.value, row.tail)
    statement = Statement(
        issuer=Found(layout.issuer, _issuer_confidence(document, layout), layout.name),
        medium=document.medium,
        layout=layout.id,
        cards=tuple(_at_most(card, most) for card in cards.values()),
        statement_date=_at_most(summary.statement_date, most) if summary.statement_date else None,
        cycle_start=Found(cycle.value[0], min(cycle.confidence, most), cycle.raw, cycle.place) if cycle else None,
        cycle_end=Found(cycle.value[1], min(cycle.confidence, most), cycle.raw, cycle.place) if cycle else None,
        due_date=_at_most(summary.due_date, most) if summary.due_date else None,
        credit_limit=_at_most(summary.credit_limit, most) if summary.credit_limit else None,
        accounts=accounts,
        rows=rows,
        rows_available=available,
        proof=Proof(Standing.UNPROVED),
        warnings=_warnings(document, layout),
    )
    statement = replace(statement, identity=statement_identity(statement))
    statement = replace(statement, rows=row_identities(statement))
    return with_proof(statement, prove(statement, layout, 0 if layout.wallet else found.looking_like), layout, most)


def _row(raw: Raw, layout: Layout, rule: RowRule, cycle: _Cycle, position: int, most: int) -> Row | None:
    fields = raw.fields
    printed = fields.get("post_date") or fields.get("txn_date") or ""
    day = read_day(printed, rule.dates)
    signed = _amount(fields, raw, rule)
    post_date = posted(day, cycle.start, cycle.end) if day else None
    if day is None or post_date is None or signed is None:
        return None
    fen, currency = signed
    description = " ".join(
        filter(None, (fields.get("type", ""), fields.get("description", ""), fields.get("more", "")))
    )
    section = fields.get("section") or raw.section
    kind, sure = kind_of(description, fen, section, layout.kinds, name_pays=layout.issuer in NAME_PAYS)
    shown = masked_payer(description) if kind is Kind.PAYMENT else masked(description)
    number = instalment_number(description)
    txn_day = read_day(fields.get("txn_date", ""), rule.dates)
    txn_date = bought(txn_day, post_date, number) if txn_day else None
    date_sure = EXACT if day.year else INFERRED + 10
    paid_by = re.search(r"\((\d{4})\)", fields.get("method", ""))
    printed_tail = fields.get("tail", "")
    if rule.view == "header" and re.fullmatch(r"\d{1,3}", printed_tail):
        printed_tail = printed_tail.zfill(4)  # a spreadsheet drops the zeros that lead a number
    tail = paid_by[1] if paid_by else tail_of(printed_tail) or raw.tail
    raw_text = masked_payer(raw.text) if kind is Kind.PAYMENT else masked(raw.text)
    return Row(
        position=position,
        post_date=Found(post_date, min(most, date_sure), printed, raw.place),
        txn_date=Found(txn_date, min(most, EXACT if txn_day and txn_day.year else INFERRED), fields.get("txn_date", ""))
        if txn_date
        else None,
        tail=Found(tail, min(most, EXACT), fields.get("tail", tail), raw.place) if tail else None,
        description=Found(shown, min(most, EXACT), shown, raw.place),
        amount=Found(fen, min(most, EXACT), fields.get("amount", ""), raw.place),
        currency=currency,
        kind=Found(kind, min(most, sure), section or kind.value, raw.place),
        section=section,
        original=fields.get("original", ""),
        raw=(raw_text.replace(description, shown) if description else raw_text)[:RAW_CHARS_MAX],
    )


def _amount(fields: Mapping[str, str], raw: Raw, rule: RowRule) -> tuple[int, str] | None:
    """The sum of a row, a charge above 0, and its currency, by the layout's rule of signs."""
    for name, sign in (("charge", 1), ("credit", -1)):
        money = read_money(fields.get(name, ""))
        if money is not None and money.fen:
            return sign * money.fen, _currency(fields, raw, money.currency)
    money = read_money(fields.get("amount", ""))
    if money is None:
        return (0, raw.currency or "CNY") if "charge" in fields or "credit" in fields else None
    fen = money.signed_fen
    if rule.directions:
        said = [fields.get(name, "") for name in ("state", "type", "direction")]
        signs = [_direction(text, rule.directions) for text in said]
        fen *= next((sign for sign in signs if sign is not None), 0)
    if rule.sign == "marked" and not money.mark and fen:
        return None
    if rule.sign == "flipped" and not money.mark:
        fen = -fen
    if rule.sign == "heading":
        if raw.sign == 0:
            return None
        fen *= raw.sign
    return fen, _currency(fields, raw, money.currency)


def _direction(text: str, directions: Mapping[str, int]) -> int | None:
    bare = squeezed(text)
    return next((sign for word, sign in directions.items() if bare.startswith(word)), None)


def _currency(fields: Mapping[str, str], raw: Raw, printed: str) -> str:
    return currency_of(fields.get("currency", "")) or printed or raw.currency or "CNY"


def _latest(found: RowsFound, layout: Layout) -> date | None:
    """The latest whole date of the rows, where a list of rows has no cycle."""
    rule = layout.rows
    days = [read_day(raw.fields.get("post_date", ""), rule.dates) for raw in found.rows] if rule else []
    return max((day.whole for day in days if day is not None and day.whole is not None), default=None)


def _at_most(found: Found[T], most: int) -> Found[T]:
    return found if found.confidence <= most else replace(found, confidence=most)


def _issuer_confidence(document: Document, layout: Layout) -> int:
    known = any(is_domain_of(document.sender, domain) for domain in layout.senders)
    return min(document.confidence_most, EXACT if known or document.medium != "mail" else INFERRED)


def is_domain_of(sender: str, domain: str) -> bool:
    """Whether a sender's domain is that domain or below it: compared by whole labels, from the end."""
    return bool(sender) and (sender == domain or sender.endswith("." + domain))


def _warnings(document: Document, layout: Layout) -> tuple[str, ...]:
    found = []
    if document.medium == "mail" and not any(is_domain_of(document.sender, domain) for domain in layout.senders):
        found.append("forwarded-or-unknown-sender")
    if layout.trust != "high":
        found.append(f"layout-trust-{layout.trust}")
    return tuple(found)
