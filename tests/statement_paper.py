# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""What invented statements are made of: pages, mails in any charset, PDFs with texts at places, packages."""

from __future__ import annotations

import base64
import io
import json
import quopri
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from email.header import Header
from functools import cache
from pathlib import Path

import typst

FONTS = Path(__file__).parents[1] / "src" / "heyue" / "assets" / "fonts"
Cells = Sequence[str]


def table(rows: Iterable[Cells], attributes: str = "") -> str:
    """An HTML table; a cell given as ``""`` stays an empty cell."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table {attributes}>{body}</table>"


def page(body: str, charset: str = "utf-8") -> str:
    """A whole HTML page."""
    return (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">'
        "<style>td{color:#333}</style></head><body>" + body + "</body></html>"
    )


def mail(
    html: str,
    *,
    sender: str,
    subject: str,
    charset: str = "utf-8",
    declared: str | None = None,
    encoding: str = "base64",
    nested: bool = False,
    disposition: str = "",
) -> bytes:
    """A mail with one HTML part, in the charset and transfer encoding asked for, and the charset it declares."""
    content = html.encode(charset, "replace")
    coded = base64.encodebytes(content) if encoding == "base64" else quopri.encodestring(content)
    named = charset if declared is None else declared
    part = f'Content-Type: text/html; charset="{named}"\r\nContent-Transfer-Encoding: {encoding}\r\n{disposition}\r\n'
    inner = part.encode() + coded
    if nested:
        inner = b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n' + inner + b"\r\n--in--\r\n"
    head = (
        f"Received: from mail.example by mx.example\r\nFrom: =?gb2312?B?{_b64('信用卡中心')}?= <{sender}>\r\n"
        f"To: somebody@example.com\r\nSubject: {Header(subject, 'gb2312').encode()}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\n'
    )
    return head.encode() + inner + b"\r\n--out--\r\n"


def mail_with_file(content: bytes, *, sender: str, subject: str, name: str, notice: str) -> bytes:
    """A notice with a statement attached as octet-stream under an encoded name."""
    coded = Header(name, "gb2312").encode()
    head = (
        f"From: {sender}\r\nSubject: {Header(subject, 'gb2312').encode()}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\nContent-Type: text/html; charset=utf-8\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    attached = (
        f'\r\n--out\r\nContent-Type: application/octet-stream; name="{coded}"\r\n'
        f'Content-Disposition: attachment; filename="{coded}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return (
        head.encode() + base64.encodebytes(page(notice).encode()) + attached.encode()
        + base64.encodebytes(content) + b"\r\n--out--\r\n"
    )  # fmt: skip


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("gb2312")).decode()


@cache
def pdf(pages: tuple[tuple[tuple[float, float, str], ...], ...], size: float = 8) -> bytes:
    """A PDF with texts at places (points from the left and from the top); a place below 0 ends there (right-aligned)."""
    source = (
        '#let pages = json(bytes(sys.inputs.at("pages")))\n'
        f'#set page(width: 595pt, height: 842pt, margin: 0pt)\n#set text(font: "Noto Sans CJK SC", size: {size}pt, cjk-latin-spacing: none)\n'
        "#for (index, page) in pages.enumerate() {\n if index > 0 { pagebreak() }\n for item in page {\n"
        "  let x = item.at(0) * 1pt\n  if item.at(0) < 0 { place(top + right, dx: -(595pt + x), dy: item.at(1) * 1pt, "
        "item.at(2)) } else { place(top + left, dx: x, dy: item.at(1) * 1pt, item.at(2)) }\n }\n [~]\n}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.typ"
        file.write_text(source, encoding="utf-8")
        made = typst.compile(
            file, font_paths=[str(FONTS)], ignore_system_fonts=True, sys_inputs={"pages": json.dumps(pages)}
        )
    return bytes(made)


def locked_zip(content: bytes) -> bytes:
    """A zip whose member says that it is encrypted (bit 0 of its flags)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("bill.csv", content)
    raw = bytearray(out.getvalue())
    raw[6] |= 1
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


def xls(rows: Iterable[Sequence[str | float]]) -> bytes:
    """An old workbook (BIFF8 in a compound file) with one sheet of texts and numbers."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, str):
                sheet += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += record(0x000A, b"")
    name = "账单".encode("utf-16-le")
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    start = len(begin) + 4 + 8 + len(name) + 4
    book = begin + record(0x0085, struct.pack("<IHBB", start, 0, 2, 1) + name) + record(0x000A, b"") + sheet
    return _compound(book + b"\x00" * max(0, 4096 - len(book)))


def _compound(stream: bytes) -> bytes:
    """A compound file with one stream, called Workbook."""
    stream += b"\x00" * (-len(stream) % 512)
    sectors = len(stream) // 512
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, 0xFFFFFFFD]
    table_ = struct.pack("<128I", *(chain + [0xFFFFFFFF] * (128 - len(chain))))

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        shown = name.encode("utf-16-le").ljust(64, b"\x00")
        return shown + struct.pack("<HBBiii36xIII", 2 * len(name) + 2, kind, 1, -1, -1, child, first, size, 0)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, -1, 0, len(stream)) + b"\x00" * 256
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    return head + struct.pack("<109I", *[sectors + 1, *[0xFFFFFFFF] * 108]) + stream + folder + table_
