# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""What invented statements are made of: pages, mails in any charset, PDFs with texts at places, packages."""

from __future__ import annotations

import base64
import io
import json
import quopri
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
