"""Ready letters (现成的信): a few paragraphs that a person signs by hand, as a PDF and as a DOCX to change.

Letters are Chinese papers, whatever the language of the pages: a Chinese bank or office reads them.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from heyue.documents.typeset import pdf

BLANK = "＿＿＿＿＿＿"
"""What one fills in by hand."""
_TEMPLATE = Path(__file__).with_name("letter.typ")
_FONT = "宋体"
_NEVER = frozenset({"Cc", "Cf", "Cs", "Cn"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: to whom, what it says, what it asks for, what goes with it, who signs.

    ``dated_on`` None leaves the day to be filled in by hand; ``number`` is printed small and may be empty.
    """

    title: str
    addressee: str
    paragraphs: tuple[str, ...]
    asks: tuple[str, ...]
    enclosed: tuple[str, ...]
    signs: str
    phone: str
    dated_on: date | None
    number: str = ""

    @property
    def day(self) -> str:
        """The day as a letter has it."""
        on = self.dated_on
        return f"{on.year}年{on.month}月{on.day}日" if on else "＿＿＿＿年＿＿月＿＿日"


def as_pdf(letter: Letter, drawn_on: date) -> bytes:
    """Typeset the letter; ``drawn_on`` becomes the PDF's date where the letter has none of its own."""
    facts = {
        "document": {
            "title": letter.title,
            "number": letter.number,
            "dated_on": (letter.dated_on or drawn_on).isoformat(),
            "qr": letter.number or letter.title,
        },
        "addressee": letter.addressee,
        "paragraphs": list(letter.paragraphs),
        "asks": list(letter.asks),
        "enclosed": list(letter.enclosed),
        "signs": letter.signs,
        "phone": letter.phone,
        "day": letter.day,
    }
    return pdf(_TEMPLATE, facts)


def as_docx(letter: Letter) -> bytes:
    """Return the letter as a Word file that can be changed before it is printed."""
    letter = _clean(letter)
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.line_spacing = 1.5
    title = paper.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(letter.title)
    run.bold, run.font.size = True, Pt(16)
    paper.add_paragraph(f"{letter.addressee}：")
    for said in letter.paragraphs:
        _indented(paper.add_paragraph(said))
    if letter.asks:
        _indented(paper.add_paragraph("请求："))
        for number, asked in enumerate(letter.asks, 1):
            _indented(paper.add_paragraph(f"{number}. {asked}"))
    for number, what in enumerate(letter.enclosed, 1):
        paper.add_paragraph(f"附件{number}：{what}")
    for line in (f"姓名：{letter.signs}", f"电话：{letter.phone}", "签名：＿＿＿＿＿＿＿＿", letter.day):
        paper.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paper.core_properties.author, paper.core_properties.title = "", letter.title
    made = io.BytesIO()
    paper.save(made)
    return made.getvalue()


def _clean(letter: Letter) -> Letter:
    """The letter without signs that XML cannot hold or that turn text: a bank's words come from elsewhere."""
    return replace(
        letter,
        addressee=_shown(letter.addressee),
        paragraphs=tuple(map(_shown, letter.paragraphs)),
        asks=tuple(map(_shown, letter.asks)),
        enclosed=tuple(map(_shown, letter.enclosed)),
        signs=_shown(letter.signs),
        phone=_shown(letter.phone),
    )


def _shown(text: str) -> str:
    return "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _NEVER
    ).strip()


def _indented(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.first_line_indent = Pt(24)
