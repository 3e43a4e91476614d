"""PDF text as words with their places, gathered into lines and cells by where they stand.

The order of the content tells nothing (a value may come before its label); the place does. Characters printed twice
for a bold look are taken once, and turned ones (a watermark) not at all.
"""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

from heyue.wallet.statement_files.page import Cell, Document, Line
from heyue.wallet.statement_files.plain_text import plain
from heyue.wallet.statement_files.result import Outcome, Unreadable

PAGES_MAX = 60
CHARS_MAX = 400_000
TURNED_RADIANS = 0.1
LINE_APART = 3.2  # points between the middles of two lines
CELL_APART = 5.5  # points between two cells
WORD_APART = 1.6
MEANINGLESS_MOST = 0.15
_WRONG_PASSWORD = 4

PDFIUM = threading.Lock()  # the library is not made for two threads


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character at its place: points from the left and from the top."""

    sign: str
    x0: float
    x1: float
    top: float
    bottom: float
    index: int = 0  # in the order of the content

    @property
    def middle(self) -> float:
        """Its height's middle."""
        return (self.top + self.bottom) / 2


def read_pdf(content: bytes, password: str = "") -> Document:
    """Read a PDF's words. Raises Unreadable when it wants a password, is damaged, too large or garbled.

    A file without any words gives a document without lines; its pictures are for ``photograph``.
    """
    with PDFIUM:
        document = _opened(content, password)
        try:
            if len(document) > PAGES_MAX:
                raise Unreadable(Outcome.TOO_LARGE)
            pages = [_page(document, number) for number in range(len(document))]
        except pypdfium2.PdfiumError as error:
            raise Unreadable(Outcome.DAMAGED) from error
        finally:
            document.close()
    glyphs = [glyph for _, page in pages for glyph in page]
    if len(glyphs) > CHARS_MAX:
        raise Unreadable(Outcome.TOO_LARGE)
    if glyphs and _is_garbled([glyph.sign for glyph in glyphs]):
        raise Unreadable(Outcome.GARBLED)
    lines: list[Line] = []
    for number, (_, page) in enumerate(pages):
        lines += _lines(page, number, len(lines))
    width = pages[0][0] if pages else 0
    return Document("pdf", tuple(lines), width=width, pictures=0 if lines else len(pages))


def pictures_of(content: bytes, password: str, pages_max: int, scale: float) -> list[bytes]:
    """Draw the first pages as PNG, for a PDF that holds only pictures."""
    found = []
    with PDFIUM:
        document = _opened(content, password)
        try:
            for number in range(min(len(document), pages_max)):
                width, height = document[number].get_size()
                out = io.BytesIO()
                fitting = min(scale, 3000 / max(width, height, 1))
                document[number].render(scale=fitting).to_pil().save(out, "PNG")
                found.append(out.getvalue())
        finally:
            document.close()
    return found


def _opened(content: bytes, password: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content, password=password or None)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            raise Unreadable(Outcome.WRONG_PASSWORD if password else Outcome.NEEDS_PASSWORD) from error
        raise Unreadable(Outcome.DAMAGED) from error


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[float, list[Glyph]]:
    page = document[number]
    text = page.get_textpage()
    width, height = page.get_size()
    count = text.count_chars()
    if count > CHARS_MAX:
        raise Unreadable(Outcome.TOO_LARGE)
    box = raw.FS_RECTF()
    found = []
    for index in range(count):
        sign = chr(raw.FPDFText_GetUnicode(text, index) or 0xFFFD)
        if abs(raw.FPDFText_GetCharAngle(text, index)) % 6.2 > TURNED_RADIANS or sign in "\r\n":
            continue
        # The loose box has the font's height: a comma's own would put it on a line below.
        raw.FPDFText_GetLooseCharBox(text, index, box)
        found.append(Glyph(sign, box.left, box.right, height - box.top, height - box.bottom, index))
    return width, found


def _is_garbled(signs: Sequence[str]) -> bool:
    """Whether too many characters mean nothing: none, private or unassigned ones, controls."""
    shown = [sign for sign in signs if not sign.isspace()]
    bad = sum(sign == "\ufffd" or unicodedata.category(sign) in ("Cc", "Co", "Cn", "Cs") for sign in shown)
    return bad > MEANINGLESS_MOST * max(len(shown), 1)


def _lines(glyphs: list[Glyph], page: int, first: int) -> Iterator[Line]:
    rows: list[list[Glyph]] = []
    for glyph in sorted((g for g in glyphs if not g.sign.isspace()), key=lambda g: (g.middle, g.x0)):
        if rows and glyph.middle - rows[-1][0].middle <= LINE_APART:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for number, row in enumerate(rows):
        middle = sum(glyph.middle for glyph in row) / len(row)
        yield Line(tuple(_cells(_once(sorted(row, key=lambda g: g.x0)))), page, first + number, middle)


def _once(row: list[Glyph]) -> list[Glyph]:
    """The row without characters that are printed on themselves."""
    kept: list[Glyph] = []
    for glyph in row:
        before = next((one for one in reversed(kept[-3:]) if one.sign == glyph.sign), None)
        if before is None or glyph.x0 - before.x0 > 0.45 * max(before.x1 - before.x0, 0.5):
            kept.append(glyph)
    return kept


def _is_torn(before: Glyph, glyph: Glyph) -> bool:
    """Whether two digits side by side were written the other way round: their widths are wrong, so is the number."""
    return before.sign.isdigit() and glyph.sign.isdigit() and glyph.index < before.index


def _cells(row: list[Glyph]) -> Iterator[Cell]:
    text, start, end = "", row[0].x0, row[0].x1
    for index, glyph in enumerate(row):
        gap = glyph.x0 - end if index else 0.0
        if index and _is_torn(row[index - 1], glyph) and gap <= CELL_APART:
            raise Unreadable(Outcome.GARBLED)
        if gap > CELL_APART:
            yield Cell(plain(text), start, end)
            text, start = "", glyph.x0
        elif gap > WORD_APART:
            text += " "
        text += glyph.sign
        end = max(end, glyph.x1) if text != glyph.sign else glyph.x1
    yield Cell(plain(text), start, end)
