"""What every medium becomes before it is understood: lines of cells, in the order in which a person reads them.

A cell of a PDF or a photograph knows where it stands (``x0`` to ``x1``, in points of the page or pixels of the
picture); a cell of mail or spreadsheet does not (``x1`` is 0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from heyue.wallet.statement_files.plain_text import plain, squeezed

CELL_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its plain text, and its horizontal place on a page."""

    text: str
    x0: float = 0
    x1: float = 0

    @property
    def middle(self) -> float:
        """The centre of the cell."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True)
class Line:
    """One line of cells. ``page`` and ``number`` say where; ``y`` is the height on a page, from its top."""

    cells: tuple[Cell, ...]
    page: int
    number: int
    y: float = 0

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts of the cells, empty ones kept."""
        return tuple(cell.text for cell in self.cells)

    @cached_property
    def text(self) -> str:
        """The line as one text."""
        return " ".join(text for text in self.texts if text)

    @cached_property
    def squeezed(self) -> str:
        """The line without any blank, for headings printed with blanks between characters."""
        return squeezed(self.text)

    @property
    def place(self) -> str:
        """Where it stands, for a person: page and line from 1."""
        return f"p{self.page + 1}:{self.number + 1}"


@dataclass(frozen=True)
class Document:
    """A file as read: its lines, and what marks its values in other ways."""

    medium: str  # mail, html, pdf, sheet, photo
    lines: tuple[Line, ...]
    marked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # HTML id or data-key → texts
    sender: str = ""  # the domain of a mail's sender
    subject: str = ""
    width: float = 0  # of a page
    confidence_most: int = 100  # a picture is never certain
    pictures: int = 0  # pictures in the place of text
    whole: bool = True  # False when the file ends before its own end mark

    @cached_property
    def squeezed(self) -> str:
        """All text without blanks."""
        return "\n".join(line.squeezed for line in self.lines)


def line_of(texts: list[str], page: int, number: int) -> Line:
    """A line of cells without places."""
    return Line(tuple(Cell(plain(text[:CELL_CHARS_MAX])) for text in texts), page, number)
