"""HTML of a statement as lines of cells. Nothing that it refers to is fetched, and no script, link or picture is kept.

A row of a table that holds no table of its own is one line; every other text is a line of one cell. Empty cells stay:
a bank leaves the date of a payment empty, and what follows must not move up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from heyue.wallet.statement_files.page import CELL_CHARS_MAX, Cell, Document, Line
from heyue.wallet.statement_files.plain_text import plain
from heyue.wallet.statement_files.result import Outcome, Unreadable

CHARS_MAX = 12_000_000
LINES_MAX = 12_000
CELLS_MAX = 80
PICTURE_MEANT_CHARS = 2_000  # of a data: address; smaller ones are ornaments
_DROPPED = ("script", "style", "head", "link", "meta", "object", "embed", "iframe", "noscript", "template", "svg")
_BLOCKS = frozenset(
    "address article blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main ol p"
    " pre section table tbody td tfoot th thead tr ul".split()
)
_DATA_ADDRESS = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=\s]{200,}")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read_html(text: str) -> Document:
    """Read a page. Raises Unreadable when it is too large or holds nothing."""
    pictures = len(re.findall(r"<img\b", text[:CHARS_MAX], re.I))
    text = _DECLARATION.sub("", _DATA_ADDRESS.sub("", text))
    if len(text) > CHARS_MAX:
        raise Unreadable(Outcome.TOO_LARGE)
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.ParserError, etree.LxmlError, ValueError) as error:
        raise Unreadable(Outcome.DAMAGED) from error
    etree.strip_elements(root, *_DROPPED, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    lines: list[Line] = []
    for texts in _lines(root):
        if len(lines) >= LINES_MAX:
            raise Unreadable(Outcome.TOO_LARGE)
        lines.append(Line(tuple(Cell(one) for one in texts[:CELLS_MAX]), 0, len(lines)))
    return Document("html", tuple(lines), marked=_marked(root), pictures=pictures)


def _lines(root: etree._Element) -> Iterator[list[str]]:
    """Lines in document order, walked without recursion: a stranger's nesting has no depth that we trust."""
    outer = _rows_around_tables(root)
    waiting: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        block = element.tag in _BLOCKS
        if block and (shown := plain("".join(waiting))):
            yield [shown[:CELL_CHARS_MAX]]
        if block:
            waiting = []
        if event == "end":
            waiting.append(element.tail or "")
        elif element.tag == "tr" and element not in outer:
            cells = [_text(cell) for cell in element if cell.tag in ("td", "th")]
            if any(cells):
                yield cells
            walk.skip_subtree()
        else:
            waiting.append(element.text or "")
    if shown := plain("".join(waiting)):
        yield [shown[:CELL_CHARS_MAX]]


def _rows_around_tables(root: etree._Element) -> set[etree._Element]:
    """The rows of a table that hold another one: containers, not lines."""
    return {row for table in root.iter("table") for row in table.iterancestors("tr")}


def _text(element: etree._Element) -> str:
    """All text below an element, a blank where a block or a line break parts it."""
    parts = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner.tag in _BLOCKS and inner is not element:
            parts.append(" ")
        if event == "start":
            parts.append(inner.text or "")
        elif inner is not element:
            parts.append(inner.tail or "")
    return plain("".join(parts))[:CELL_CHARS_MAX]


def _marked(root: etree._Element) -> dict[str, tuple[str, ...]]:
    """The texts of elements that have an id or a data-key, in order."""
    found: dict[str, list[str]] = {}
    for element in root.iter():
        for name in ("id", "data-key"):
            key = element.get(name)
            if key and len(key) <= 80:
                found.setdefault(key, []).append(_text(element)[:200])
    return {key: tuple(texts) for key, texts in found.items()}
