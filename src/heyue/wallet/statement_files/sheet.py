"""CSV, XLSX and XLS as lines of cells. Formulas are never run: a cell is its stored value as text.

Limits stand before any parser: the size of each member of a workbook and their sum, no entity declarations.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal

from heyue.wallet.statement_files.page import Document, Line, line_of
from heyue.wallet.statement_files.result import Outcome, Unreadable

ROWS_MAX = 20_000
COLUMNS_MAX = 80
UNPACKED_BYTES_MAX = 60 * 1024 * 1024
MEMBERS_MAX = 400
SAMPLE_CHARS = 20_000
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:[. ]\d{3})+|\d{1,12}),\d{1,2}")
"""A sum with a decimal comma. Two places after it or one: a comma that parts thousands has three."""
_WHOLE = re.compile(r"[-+]?\d{1,12}")
_NUMBER = re.compile(r"[-+]?\d[\d,. ]*")
_COMMA_THAT_PARTS = re.compile(r"(?<!\d),|,(?!\d{1,2}(?!\d))")
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.S)


def read_csv(text: str) -> Document:
    """Read comma, tab or semicolon separated text; sums with a decimal comma are read where nothing else is meant."""
    if "\x00" in text:
        raise Unreadable(Outcome.DAMAGED)
    sample = text[:SAMPLE_CHARS]
    comma = max((",", "\t", ";", "|"), key=lambda sign: (min(sample.count(sign), 500), sign == ","))
    if sample.count(",") >= 20 and (comma == "\t" or _COMMA_THAT_PARTS.search(sample)):  # tabs stand inside fields
        comma = ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=comma, skipinitialspace=True))
    except csv.Error as error:
        raise Unreadable(Outcome.DAMAGED) from error
    return _document(_with_points(rows[: ROWS_MAX + 1]))


def _with_points(rows: list[list[str]]) -> list[list[str]]:
    """Write ``-1.120,50`` as ``-1120.50`` in each column whose every cell with a digit is such a sum or a whole number.

    A column of sums in which some are written otherwise can mean two things: it is refused, never guessed.
    """
    width = max((len(row) for row in rows), default=0)
    for at in range(min(width, COLUMNS_MAX)):
        cells = [row[at].strip() for row in rows if at < len(row) and any(sign.isdigit() for sign in row[at])]
        if not any(map(_DECIMAL_COMMA.fullmatch, cells)):
            continue
        if not all(_DECIMAL_COMMA.fullmatch(cell) or _WHOLE.fullmatch(cell) for cell in cells):
            if 2 * sum(_NUMBER.fullmatch(cell) is not None for cell in cells) > len(cells):
                raise Unreadable(Outcome.UNREAD_ROWS)
        else:
            for row in rows:
                if at < len(row) and _DECIMAL_COMMA.fullmatch(row[at].strip()):
                    whole, _comma, part = row[at].strip().rpartition(",")
                    row[at] = f"{whole.replace('.', '').replace(' ', '')}.{part}"
    return rows


def read_xlsx(content: bytes) -> Document:
    """Read every sheet of a workbook, one after another."""
    check_package(content)
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        rows = [row for sheet in book.worksheets for row in _sheet_rows(sheet)]
        book.close()
    except Unreadable:
        raise
    except Exception as error:  # a stranger's workbook breaks the parser in any way
        raise Unreadable(Outcome.DAMAGED) from error
    return _document(rows)


def read_xls(content: bytes) -> Document:
    """Read an old workbook (BIFF)."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, logfile=io.StringIO())
        rows = []
        for sheet in book.sheets():
            for number in range(min(sheet.nrows, ROWS_MAX + 1)):
                rows.append([_old_cell(cell, book.datemode) for cell in sheet.row(number)[:COLUMNS_MAX]])
    except Exception as error:  # as above
        locked = "EncryptedPackage".encode("utf-16-le") in content or "encrypted" in str(error).lower()
        raise Unreadable(Outcome.LOCKED if locked else Outcome.DAMAGED) from error
    return _document(rows)


def check_package(content: bytes) -> zipfile.ZipFile:
    """Open a zip whose members are few and small enough, and declare no entities. Raises Unreadable."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(Outcome.DAMAGED) from error
    members = package.infolist()
    if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
        raise Unreadable(Outcome.TOO_LARGE)
    for member in members:
        if member.filename.endswith((".xml", ".rels")) and not member.flag_bits & 1:
            _check_xml(package, member)
    return package


def _check_xml(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    try:
        with package.open(member) as file:
            start = file.read(4096)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError) as error:
        raise Unreadable(Outcome.DAMAGED) from error
    if b"<!" in start or b"\x00" in start:
        raise Unreadable(Outcome.DAMAGED)


def _sheet_rows(sheet: object) -> Iterator[list[str]]:
    rows = sheet.iter_rows(max_row=ROWS_MAX + 1, max_col=COLUMNS_MAX, values_only=True)  # type: ignore[attr-defined]
    for row in rows:
        texts = [_cell(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts


def _cell(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds") if value.time() != time(0) else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        return _number(value)
    found = _QUOTED_FORMULA.match(value)
    return found[1] if found else value


def _number(value: object) -> str:
    """A number of a workbook as its shortest decimal: 18.0 is 18, 0.1 is 0.1."""
    try:
        number = Decimal(repr(value))
    except (ValueError, ArithmeticError):
        return ""
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        return str(value)
    return format(number.to_integral_value() if number == number.to_integral_value() else number, "f")


def _old_cell(cell: object, datemode: int) -> str:
    import xlrd

    kind, value = cell.ctype, cell.value  # type: ignore[attr-defined]
    if kind == xlrd.XL_CELL_DATE:
        return _cell(xlrd.xldate.xldate_as_datetime(value, datemode))
    return _cell(value) if kind in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else ""


def _document(rows: Iterable[Iterable[str]]) -> Document:
    lines: list[Line] = []
    for number, row in enumerate(rows):
        if number >= ROWS_MAX:
            raise Unreadable(Outcome.TOO_LARGE)
        cells = []
        for index, text in enumerate(row):
            if index >= COLUMNS_MAX:
                raise Unreadable(Outcome.TOO_LARGE)
            found = _QUOTED_FORMULA.match(text)
            cells.append(found[1] if found else text)
        if any(text.strip() for text in cells):
            lines.append(line_of(cells, 0, number))
    return Document("sheet", tuple(lines))
