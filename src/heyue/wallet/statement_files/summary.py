"""The summary of a statement: by an element's id, by a label of the dictionary, by the shape of a line.

A label's value stands in the same cell, in the cells to its right, or below it; a label that is not found stays
missing and is named. No sum is ever zero because nothing was read.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TypeVar

import yaml

from heyue.wallet.statement_files.amounts import currency_of, is_nothing, read_money
from heyue.wallet.statement_files.dates import (
    Day,
    dates_in,
    day_of_month,
    first_after,
    read_cycle,
    read_day,
)
from heyue.wallet.statement_files.layout import A4_WIDTH, Layout, SummaryShape
from heyue.wallet.statement_files.page import Cell, Document, Line
from heyue.wallet.statement_files.plain_text import plain, squeezed
from heyue.wallet.statement_files.result import EXACT, INFERRED, SUMS, Found
from heyue.wallet.statement_files.shapes import tail_of

T = TypeVar("T")
RIGHT_MOST = 6  # cells to the right of a label
BELOW_MOST = 4  # lines below it
BELOW_POINTS = 42
VALUE_CHARS_MAX = 160


@dataclass
class Summary:
    """What was found so far; the sums by currency."""

    statement_date: Found[date] | None = None
    cycle: Found[tuple[date, date]] | None = None
    due_date: Found[date] | None = None
    credit_limit: Found[int] | None = None
    cards: dict[str, Found[str]] = field(default_factory=dict)
    sums: dict[str, dict[str, Found[int]]] = field(default_factory=dict)
    nothing: set[tuple[str, str]] = field(default_factory=set)  # (currency, sum) printed as none
    month: date | None = None  # the first day of the title's month

    def put(self, currency: str, name: str, found: Found[int], *, adds: bool = False) -> None:
        """Keep a sum: the first one found, or their total when each card has its own."""
        kept = self.sums.setdefault(currency, {})
        if name not in kept:
            kept[name] = found
        elif adds:
            kept[name] = replace(kept[name], value=kept[name].value + found.value)

    def put_card(self, text: str, confidence: int, place: str) -> None:
        """Keep the tail of a card that a cell names."""
        tail = tail_of(text)
        if tail:
            self.cards.setdefault(tail, Found(tail, confidence, tail, place))


def read_summary(document: Document, layout: Layout) -> Summary:
    """Read what the layout says; then dates that follow from others."""
    summary = Summary(month=_month(document, layout))
    _by_ids(document, layout, summary)
    for block in layout.summary:
        _by_shape(document, block, summary)
    _by_labels(document, layout, summary)
    _nothing_owed(summary)
    _net_of_overpaid(summary)
    if summary.statement_date is None and summary.cycle is not None:
        found = summary.cycle
        summary.statement_date = Found(found.value[1], min(found.confidence, EXACT), found.raw, found.place)
    return summary


def missing_of(summary: Summary, layout: Layout) -> tuple[str, ...]:
    """The required fields that were not found. Nobody owes anything: then no due date and no minimum are due."""
    main = summary.sums.get("CNY") or next(iter(summary.sums.values()), {})
    balance = main.get("new_balance")
    free = {"due_date", "min_payment"} if balance is not None and balance.value <= 0 else set()
    there = {name for name in ("statement_date", "due_date", "credit_limit") if getattr(summary, name) is not None}
    there |= {"cards"} if summary.cards else set()
    there |= set(main) | ({"cycle"} if summary.cycle else set())
    return tuple(name for name in layout.required if name not in there | free)


def guessed(document: Document) -> dict[str, str]:
    """What the dictionary finds in a file of unknown layout, as text: a start for the person who maps it."""
    found: dict[str, str] = {}
    for name in ("statement_date", "cycle", "due_date", "new_balance", "min_payment", "credit_limit"):
        for value, _ in _values(document, name, _dictionary()[name]):
            shown = _as_guess(name, value)
            if shown:
                found[name] = shown
                break
    return found


def _as_guess(name: str, value: str) -> str:
    if name == "cycle":
        cycle = read_cycle(value)
        return f"{cycle[0]}/{cycle[1]}" if cycle else ""
    if name in ("statement_date", "due_date"):
        day = next(dates_in(value), None)
        return day.isoformat() if day else ""
    return next((f"{fen / 100:.2f}" for _, fen, _ in _sums_in(value) if fen is not None), "")


def _by_ids(document: Document, layout: Layout, summary: Summary) -> None:
    for name, key in layout.ids.items():
        texts = document.marked.get(key, ())
        if name == "card":
            for text in texts:
                summary.put_card(text, EXACT, f"#{key}")
            continue
        text = next((one for one in texts if one), "")
        if text:
            _put(summary, name, text, EXACT, f"#{key}")


def _by_labels(document: Document, layout: Layout, summary: Summary) -> None:
    # A label's value is never taken out of a row, wherever the row came to stand.
    shapes = layout.rows.shapes if layout.rows is not None and layout.rows.view == "cells" else ()
    rows = frozenset(line.number for line in document.lines if any(shape.match(line.texts) for shape in shapes))
    for name in (*_dictionary(), *(name for name in layout.labels if name not in _dictionary())):
        named = (*layout.labels.get(name, ()), *_dictionary().get(name, ()))
        confidence = min(EXACT, document.confidence_most)
        for value, place in _values(document, name, named, rows):
            negated = name in layout.negate
            if _put(summary, name, value, confidence, place, negated=negated):
                break


def _put(summary: Summary, name: str, text: str, confidence: int, place: str, *, negated: bool = False) -> bool:
    """Keep what a text says of a field; whether it said anything."""
    if name in SUMS:
        return _put_sums(summary, name, text, confidence, place, -1 if negated else 1)
    if name == "card":
        summary.put_card(text, confidence, place)
        return bool(summary.cards)
    if getattr(summary, name) is not None:
        return True
    if name == "credit_limit":
        fen = next((fen for currency, fen, _ in _sums_in(text, whole=True) if currency == "CNY" and fen), None)
        summary.credit_limit = Found(fen, confidence, text, place) if fen else None
    elif name == "cycle":
        cycle = read_cycle(text)
        summary.cycle = Found(cycle, confidence, text, place) if cycle else None
    else:
        return _put_date(summary, name, text, confidence, place)
    return getattr(summary, name) is not None


def _put_date(summary: Summary, name: str, text: str, confidence: int, place: str) -> bool:
    day = next(dates_in(text), None)
    if day is None and name == "due_date":
        # Printed without a year: the first such day after the statement.
        start = summary.statement_date.value if summary.statement_date else None
        start = start or (summary.cycle.value[1] if summary.cycle else summary.month)
        short = _short_day(text)
        day = first_after(short, start) if short and start else None
        confidence = min(confidence, INFERRED)
    rule = day_of_month(text)
    if day is None and name == "statement_date" and rule and summary.month is not None:
        day = summary.month.replace(day=min(rule, monthrange(summary.month.year, summary.month.month)[1]))
        confidence = min(confidence, INFERRED + 10)
    if day is not None:
        setattr(summary, name, Found(day, confidence, text, place))
    return day is not None


def _short_day(text: str) -> Day | None:
    found = re.search(r"(?:0?[1-9]|1[0-2]) ?(?:月 ?\d{1,2} ?日|/ ?\d{1,2})", text)
    return read_day(found[0], ("MM月DD日", "MM/DD")) if found else None


def _put_sums(summary: Summary, name: str, text: str, confidence: int, place: str, sign: int) -> bool:
    said = False
    for currency, fen, raw in _sums_in(text):
        said = True
        if fen is None:
            summary.nothing.add((currency, name))
        elif (currency, name) not in summary.nothing:
            summary.put(currency, name, Found(sign * fen, confidence, raw, place))
    return said


_MARKED_SUM = re.compile(r"(?:RMB|CNY|USD|[¥$]) ?-?[\d,]*\d\.\d{2}")
_CURRENCY_WORDS = re.compile(r"人民币元?(?:\([^)]*\))?|美元(?:\([^)]*\))?")
_VALUE = re.compile(
    r"(?P<mark>\(?存[款入]\)?(?:/CRED)?|欠款(?:/DEBT)?)? ?"
    r"(?P<sum>[-+]? ?(?:US\$|HK\$|[¥$]|RMB|CNY|USD)? ?[-+]? ?\d[\d,]*(?:\.\d{1,2})?(?![\d/])"
    r"|(?:[¥$]|RMB|CNY|USD)? ?-{1,3}(?![\d-])|无欠款|您本期无需还款|无需还款)"
)
_TORN = re.compile(r"(?<![\d.,/-])\d{1,3} \d{3}(?![\d/-])")  # a number whose comma was lost: read as neither
_DATE_WITHIN = re.compile(r"20\d{2}[-/年]\d{1,2}[-/月]\d{1,2}日?")


def _sums_in(text: str, *, whole: bool = False) -> Iterator[tuple[str, int | None, str]]:
    """(currency, fen or None for nothing, words) of each sum in a text; a bare whole number is none, unless asked."""
    if _TORN.search(text):
        return
    shown = _CURRENCY_WORDS.sub(lambda m: " CNY " if m[0][0] == "人" else " USD ", _DATE_WITHIN.sub(" | ", text))
    currency = "CNY"
    for found in _VALUE.finditer(" ".join(shown[:VALUE_CHARS_MAX].split())):
        bare = squeezed(found["sum"])
        symbol = re.search(r"US\$|HK\$|[¥$]|RMB|CNY|USD", bare)
        currency = currency_of(symbol[0]) if symbol else currency
        if is_nothing(bare):
            yield currency, None, found[0]
            continue
        if not whole and symbol is None and "." not in bare:
            continue
        money = read_money(squeezed(found["mark"] or "") + bare)
        if money is not None:
            yield currency, money.signed_fen, found[0]


def _month(document: Document, layout: Layout) -> date | None:
    if layout.month is None:
        return None
    found = layout.month.search(document.squeezed) or layout.month.search(squeezed(document.subject))
    return date(int(found[1]), int(found[2]), 1) if found and 1 <= int(found[2]) <= 12 else None


def _net_of_overpaid(summary: Summary) -> None:
    """Where what is owed and what is overpaid stand apart, the balance is the one less the other."""
    for sums in summary.sums.values():
        for name, less in (("new_balance", "overpaid"), ("previous_balance", "previous_overpaid")):
            over = sums.pop(less, None)
            if over is not None and name in sums:
                sums[name] = replace(sums[name], value=sums[name].value - over.value)


def _nothing_owed(summary: Summary) -> None:
    """``无欠款`` for the balance says that nothing is owed; ``---`` for another currency that there is no account."""
    for currency, name in summary.nothing:
        sums = summary.sums.setdefault(currency, {}) if currency == "CNY" else summary.sums.get(currency)
        if sums is None or name in sums:
            continue
        balance = sums.get("new_balance")
        if name == "min_payment" and balance is not None and balance.value <= 0:
            sums[name] = Found(0, EXACT, "-")


# ── labels ─────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _dictionary() -> Mapping[str, tuple[str, ...]]:
    text = (files("heyue.wallet.statement_files") / "labels.yaml").read_text(encoding="utf-8")
    return {name: tuple(squeezed(one) for one in words) for name, words in yaml.safe_load(text).items()}


@cache
def _label(word: str) -> re.Pattern[str]:
    """A label with any blanks within, at the start of a word, and with no other word going on after it."""
    spaced = " ?".join(re.escape(sign) for sign in word)
    return re.compile(
        rf"(?<![\u4e00-\u9fffA-Za-z]){spaced}(?![\u4e00-\u9fff](?<!人)(?<!美)(?<!存)(?<!欠)(?<!无)(?<!您)(?<!每)(?<!为))"
    )


_OTHER_WORDS = re.compile(
    r"(?:(?!人民币元?|美元|欠款|存款|存入|[年月日元至补每号为]|无欠款|您?本期无需还款|无需还款|本位币)[\u4e00-\u9fff])"
)


def _until_next_word(text: str) -> str:
    """The text up to the first Chinese word that belongs to no value."""
    bracketless = re.sub(r"\([^)\d]{1,12}\)", " ", text)
    found = _OTHER_WORDS.search(bracketless)
    return bracketless[: found.start()] if found else bracketless


def _values(
    document: Document, name: str, words: Sequence[str], rows: frozenset[int] = frozenset()
) -> Iterator[tuple[str, str]]:
    """The texts that may be a label's value, likeliest first, each with its place."""
    for word in words:
        pattern = _label(word)
        for index, line in enumerate(document.lines):
            if word not in line.squeezed or line.number in rows:
                continue
            for at, cell in enumerate(line.cells):
                found = pattern.search(cell.text)
                if found is None:
                    continue
                beside = _beside(line, at, cell.text[found.end() :])
                if _says(name, beside):
                    yield beside, line.place
                    continue
                yield from _below(document, index, at, rows)


def _beside(line: Line, at: int, rest: str) -> str:
    own = _until_next_word(rest)
    parts = [own]
    if own.strip() == rest.strip() or not _OTHER_WORDS.search(re.sub(r"\([^)\d]{1,12}\)", " ", rest)):
        for cell in line.cells[at + 1 : at + 1 + RIGHT_MOST]:
            shown = _until_next_word(cell.text)
            parts.append(shown)
            if _OTHER_WORDS.search(re.sub(r"\([^)\d]{1,12}\)", " ", cell.text)):
                break
    return plain(" ".join(parts))[:VALUE_CHARS_MAX]


def _says(name: str, text: str) -> bool:
    if name in SUMS:
        return next(_sums_in(text), None) is not None
    if name == "credit_limit":
        return next(_sums_in(text, whole=True), None) is not None
    if name == "card":
        return bool(tail_of(text))
    if name == "cycle":
        return read_cycle(text) is not None
    return next(dates_in(text), None) is not None or _short_day(text) is not None or day_of_month(text) is not None


def _below(document: Document, index: int, at: int, rows: frozenset[int]) -> Iterator[tuple[str, str]]:
    label = document.lines[index]
    cell = label.cells[at]
    following = [line for line in document.lines[index + 1 : index + 1 + BELOW_MOST] if line.number not in rows]
    if cell.x1:
        reach = BELOW_POINTS * max(1, document.width / A4_WIDTH)
        near = [line for line in following if line.page == label.page and line.y - label.y <= reach]
        under = [(one.text, line.place) for line in near for one in line.cells if _is_under(one, cell)]
        yield from _with_other_currencies(under)
        return
    for line in following:
        if len(line.cells) == len(label.cells):
            yield line.cells[at].text, line.place
        elif len(label.cells) == 1:
            yield line.text, line.place


def _is_under(one: Cell, label: Cell) -> bool:
    return one.x0 < label.x1 + 20 and one.x1 > label.x0 - 20


def _with_other_currencies(under: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The texts below a label; sums of further currencies that stand one above another are one value."""
    at = 0
    while at < len(under):
        text, place = under[at]
        at += 1
        while at < len(under) and _MARKED_SUM.search(text) and _MARKED_SUM.search(under[at][0]):
            text, at = f"{text} {under[at][0]}", at + 1
        yield text, place


# ── shapes ─────────────────────────────────────────────────────────────────────────────────────────────


def _by_shape(document: Document, block: SummaryShape, summary: Summary) -> None:
    local = Summary()
    open_ = block.after is None
    for line in document.lines:
        if not open_:
            open_ = block.after is not None and block.after.search(line.squeezed) is not None
            continue
        if block.until is not None and block.until.search(line.squeezed):
            break
        found = block.shape.match(_texts(line, block.view))
        if found is not None:
            _put_shape(found, block, local, line.place)
    for currency, sums in local.sums.items():
        for name, one in sums.items():
            summary.put(currency, name, one)
    for tail, card in local.cards.items():
        summary.cards.setdefault(tail, card)
    for name in ("cycle", "statement_date", "due_date", "credit_limit"):
        if getattr(summary, name) is None:
            setattr(summary, name, getattr(local, name))


_SUM_OF_LINE = re.compile(r"(?:[¥$]|RMB|CNY)? ?-? ?(?:[¥$])? ?\d[\d,]*\.\d{2}")


def _texts(line: Line, view: str) -> Sequence[str]:
    if view == "words":
        return line.text.split(" ")
    if view == "filled":
        return [text for text in line.texts if text and text not in ("+", "-", "=")]
    if view == "sums":
        rest = _SUM_OF_LINE.sub("", line.text)
        return _SUM_OF_LINE.findall(line.text) if not rest.strip(" =+-|") else ()
    return line.texts


def _put_shape(found: Mapping[str, str], block: SummaryShape, summary: Summary, place: str) -> None:
    named = currency_of(found.get("currency", "")) or block.currency
    for name, text in found.items():
        if name in ("card", "tail"):
            summary.put_card(text, EXACT, place)
        elif name in ("cycle", "statement_date", "due_date", "credit_limit"):
            _put(summary, name, text, EXACT, place)
        elif name in SUMS:
            money = read_money(text)
            if money is not None:
                fen = -money.signed_fen if name in block.negate else money.signed_fen
                currency = money.currency or named or "CNY"
                summary.put(currency, name, Found(fen, EXACT, text, place), adds=block.adds)
            elif name == "new_balance" and "无" in text:
                summary.put(named or "CNY", name, Found(0, EXACT, text, place), adds=block.adds)


__all__ = ["Summary", "guessed", "missing_of", "read_summary"]
