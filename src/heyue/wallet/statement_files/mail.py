"""A mail as the documents it carries: its HTML, its text, and files that can be statements.

Charsets are often empty or wrong, so a text is tried as declared, as UTF-8, and as GB18030 (which holds GB2312 and
GBK).
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.message
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

PARTS_MAX = 200
_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}
_SAYS_NOTHING = frozenset({"", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1", "default", "unknown-8bit"})
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,20})", re.I)
_FIRST_LINES = re.compile(
    rb"^(?:From |(?:Received|From|Subject|MIME-Version|Return-Path|Date|To|Message-ID|Delivered-To|X-[\w-]+"
    rb"|Content-[\w-]+|DKIM-Signature|Authentication-Results|ARC-[\w-]+)\s?:)",
    re.I,
)


@dataclass(frozen=True)
class Part:
    """One part that may be a statement: its kind by content, its name and its bytes (text already decoded)."""

    kind: str  # html, text or file
    name: str
    content: bytes
    text: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail: the domain of its sender, its subject, its parts in order."""

    sender: str
    subject: str
    parts: tuple[Part, ...]
    whole: bool = True


def looks_like_mail(content: bytes) -> bool:
    """Whether it begins with a mail's header lines."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf\r\n")
    return bool(_FIRST_LINES.match(start)) and bool(
        re.search(rb"^(?:Content-Type|MIME-Version|Received|Subject)\s?:", content[:65536], re.I | re.M)
    )


def read_mail(content: bytes) -> Mail:
    """Read a mail and the mails within it. Broken parts are left out; what is left decides."""
    message = email.message_from_bytes(content.lstrip(b"\xef\xbb\xbf\r\n"), policy=email.policy.compat32)
    parts = tuple(found for part in _walk(message) if (found := _part(part)) is not None)
    address = parseaddr(_header(message, "From"))[1]
    sender = address.rpartition("@")[2].strip().strip(".").lower()
    return Mail(sender, _header(message, "Subject")[:300], parts, _is_whole(message))


def decoded(content: bytes, declared: str = "") -> str:
    """Text of unknown charset: as declared, as UTF-8, as GB18030; a byte that none explains becomes U+FFFD."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    meta = _META.search(content[:4096])
    named = [declared.strip().strip("'\"").lower(), meta[1].decode().lower() if meta else ""]
    ladder = [_CHINESE.get(name, name) for name in named if name not in _SAYS_NOTHING]
    for charset in (*ladder, "utf-8-sig", "gb18030"):
        try:
            return content.decode("utf-8-sig" if charset in ("utf-8", "utf8") else charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    as_utf8, as_chinese = content.decode("utf-8", "replace"), content.decode("gb18030", "replace")
    return min(as_utf8, as_chinese, key=lambda text: text.count("\ufffd"))


def _is_whole(message: email.message.Message) -> bool:
    """Whether every multipart has its closing boundary: a mail cut off on its way has not."""
    cut = (email.errors.CloseBoundaryNotFoundDefect, email.errors.StartBoundaryNotFoundDefect)
    return not any(isinstance(defect, cut) for part in message.walk() for defect in part.defects)


def _walk(message: email.message.Message) -> Iterator[email.message.Message]:
    waiting = [message]
    seen = 0
    while waiting and seen < PARTS_MAX:
        part = waiting.pop(0)
        seen += 1
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting = [one for one in payload if isinstance(one, email.message.Message)] + waiting
        else:
            yield part


def _part(part: email.message.Message) -> Part | None:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return None
    if not isinstance(content, bytes) or not content.strip():
        return None
    name = _header_text(part.get_filename() or "")
    kind = part.get_content_type()
    if content[:1024].lstrip().startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or kind.startswith("image/"):
        return Part("file", name, content)
    declared = part.get_content_charset() or ""
    if kind == "text/html" or name.lower().endswith((".htm", ".html")):
        return Part("html", name, content, decoded(content, declared))
    if kind == "text/plain" and not name:
        return Part("text", name, content, decoded(content, declared))
    return Part("file", name, content) if name else None


def _header(message: email.message.Message, name: str) -> str:
    try:
        return _header_text(str(message.get(name, "")))
    except (ValueError, LookupError, UnicodeError):
        return ""


def _header_text(value: str) -> str:
    """Decode RFC 2047 words, also those whose charset is wrong or whose bytes stand raw."""
    pieces = []
    try:
        found = email.header.decode_header(value)
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return value
    for piece, charset in found:
        if isinstance(piece, bytes):
            pieces.append(decoded(piece, charset or ""))
        else:
            pieces.append(decoded(piece.encode("utf-8", "surrogateescape")) if not piece.isascii() else piece)
    return " ".join("".join(pieces).split())
