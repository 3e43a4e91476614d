"""Tables of a file that no layout describes: for the mapping page, with a fingerprint of their shape.

The fingerprint rests on the headings (without digits) or, where there are none, on what kind of value each column
holds, so that next month's file of the same shape has the same one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from heyue.wallet.statement_files.amounts import currency_of, read_money
from heyue.wallet.statement_files.dates import SHAPES, WHOLE, day_of_serial, read_day
from heyue.wallet.statement_files.page import Document, Line
from heyue.wallet.statement_files.plain_text import masked, squeezed
from heyue.wallet.statement_files.result import Table
from heyue.wallet.statement_files.rows import looks_like_row
from heyue.wallet.statement_files.shapes import tail_of

TABLES_MAX = 8
ROWS_SHOWN_MAX = 50
CELL_SHOWN_CHARS_MAX = 120
ANY_DATE = (*WHOLE, "MM/DD", "YYMMDD", "MM月DD日", "MMDD", "MM/DD/YYYY", "DD/MM/YYYY")
HEADINGS = {
    "txn_date": ("交易日", "交易日期", "交易时间", "TransDate", "TransactionDate", "SOLD", "Date"),
    "post_date": ("记账日", "记账日期", "入账日期", "入账日", "银行记账日", "PostDate", "PostingDate", "POSTED"),
    "description": ("交易摘要", "摘要", "交易描述", "交易说明", "商户名称", "商户", "Description", "交易场所"),
    "amount": ("金额", "人民币金额", "入账金额", "记账金额", "交易金额", "结算金额", "Amount", "金额(元)"),
    "charge": ("支出", "支出金额", "消费金额", "借方", "借方金额"),
    "credit": ("收入", "存入", "收入金额", "贷方", "贷方金额", "还款金额"),
    "tail": ("卡号末四位", "卡号后四位", "卡末四位", "卡号"),
    "currency": ("币种", "入账币种", "记账币种", "交易币种"),
}


@dataclass(frozen=True)
class Block:
    """Consecutive lines of one shape, with the heading above them when there is one."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    width: int

    @property
    def fingerprint(self) -> str:
        """The same for files of the same shape."""
        named = [re.sub(r"[\d\W_]+", "", squeezed(name)) for name in self.header]
        words = named if any(named) else _types(self.lines)
        return hashlib.sha256("\x1f".join([str(self.width), *words]).encode()).hexdigest()[:32]


def blocks_of(document: Document) -> Iterator[Block]:
    """The tables that hold at least one line with a date and a sum."""
    lines = document.lines
    is_list = document.medium == "sheet"
    index = 0
    while index < len(lines):
        width = _width(lines[index])
        if width < 3 or not _is_row(lines[index], is_list):
            index += 1
            continue
        start = index
        while index < len(lines) and _continues(lines[index], width, is_list):
            index += 1
        body = tuple(line for line in lines[start:index] if _is_row(line, is_list))
        width = max(_width(line) for line in body)
        yield Block(_header(lines[max(start - 3, 0) : start], width), body, width)


def _is_row(line: Line, is_list: bool) -> bool:
    """Whether a line holds a date and a sum; in a list a day may be a serial number and a sum a whole one."""
    if looks_like_row(line.texts, ANY_DATE):
        return True
    if not is_list:
        return False
    texts = [day_of_serial(text) for text in line.texts]
    days = [at for at, text in enumerate(texts) if read_day(text, WHOLE) is not None]
    return any(at not in days and read_money(text) is not None for at, text in enumerate(texts) if days)


def _continues(line: Line, width: int, is_list: bool) -> bool:
    """A row of the table, or a heading of one or two words between its rows; a line of names begins another."""
    if _is_row(line, is_list):
        return 3 <= _width(line) <= width + 2
    return sum(bool(text) for text in line.texts) <= 2


def tables_of(document: Document, issuer: str = "") -> tuple[Table, ...]:
    """The tables as a person sees them on the mapping page."""
    found = []
    for block in blocks_of(document):
        rows = tuple(tuple(_shown(text) for text in line.texts[: block.width]) for line in block.lines[:ROWS_SHOWN_MAX])
        header = tuple(_shown(name) for name in block.header)
        found.append(Table(block.fingerprint, header, rows, guesses_of(block), issuer))
        if len(found) >= TABLES_MAX:
            break
    return tuple(found)


def guesses_of(block: Block) -> Mapping[str, int]:
    """The column of each field, by its heading, else by what its values are."""
    names = [re.sub(r"[^\w()\u4e00-\u9fff]", "", squeezed(name)) for name in block.header]
    found: dict[str, int] = {}
    for field, words in HEADINGS.items():
        for word in words:
            at = next((index for index, name in enumerate(names) if name == word or name.startswith(word)), None)
            if at is not None and at not in found.values():
                found[field] = at
                break
    types = _types(block.lines)
    for field, kind in (("post_date", "date"), ("amount", "sum"), ("description", "text"), ("tail", "tail")):
        if field not in found and not (field == "amount" and {"charge", "credit"} & set(found)):
            free = [at for at, one in enumerate(types) if one == kind and at not in found.values()]
            if free:
                found[field] = free[-1] if field == "post_date" else free[0]
    return found


def _types(lines: Sequence[Line]) -> list[str]:
    width = max((_width(line) for line in lines), default=0)
    return [_type([line.texts[at] for line in lines if at < len(line.texts)]) for at in range(width)]


def _type(texts: Sequence[str]) -> str:
    values = [text for text in texts if text]
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("date", lambda text: read_day(day_of_serial(text), ANY_DATE) is not None),
        ("tail", lambda text: len(squeezed(text)) <= 12 and bool(tail_of(text))),
        ("sum", lambda text: read_money(text) is not None),
        ("currency", lambda text: bool(currency_of(text))),
    )
    for kind, test in tests:
        if values and all(test(value) for value in values):
            return kind
    return "text"


def _header(above: Sequence[Line], width: int) -> tuple[str, ...]:
    for line in reversed(above):
        if _width(line) == width and not looks_like_row(line.texts, ANY_DATE):
            return line.texts[:width]
    return ()


def _width(line: Line) -> int:
    """The number of cells up to the last that says something."""
    return max((at + 1 for at, text in enumerate(line.texts) if text), default=0)


def _shown(text: str) -> str:
    return masked(text)[:CELL_SHOWN_CHARS_MAX]


__all__ = ["ANY_DATE", "SHAPES", "Block", "blocks_of", "guesses_of", "tables_of"]
