"""The way in: a file of any kind to its documents, a document to its statements, or a named outcome.

What a file is is judged by its content, never by its name. Nothing half read is returned: a line that looks like a
row and is not understood ends the reading.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import yaml

from heyue.wallet.statement_files.assembling import assemble, is_domain_of
from heyue.wallet.statement_files.layout import Layout, layouts
from heyue.wallet.statement_files.mail import decoded, looks_like_mail, read_mail
from heyue.wallet.statement_files.mapping import ColumnMapping, read_mapped
from heyue.wallet.statement_files.page import Document, line_of
from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.result import Outcome, Reading, Standing, Statement, Unreadable
from heyue.wallet.statement_files.sheet import check_package, read_csv, read_xls, read_xlsx
from heyue.wallet.statement_files.summary import guessed
from heyue.wallet.statement_files.tables import tables_of

BYTES_MAX = 20 * 1024 * 1024
MEMBERS_READ_MAX = 10
PICTURE_MAGIC = (b"\x89PNG", b"\xff\xd8\xff")
TEXT_CHARS_LEAST = 40  # a page with fewer and with pictures is a picture
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|table|body|head)\b", re.I)
# The less a failure says, the later it comes when several parts of one file fail.
_TELLING = (
    Outcome.STATEMENT, Outcome.SUMMARY_ONLY, Outcome.ROWS_ONLY, Outcome.WALLET, Outcome.NEEDS_PASSWORD,
    Outcome.WRONG_PASSWORD, Outcome.UNREAD_ROWS, Outcome.MISSING_LABEL, Outcome.LOCKED, Outcome.GARBLED,
    Outcome.NO_DATA, Outcome.UNKNOWN_LAYOUT, Outcome.TOO_LARGE, Outcome.IMAGE_ONLY, Outcome.DAMAGED,
    Outcome.NOT_A_STATEMENT, Outcome.UNSUPPORTED, Outcome.LOOK_ALIKE_SENDER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came with the file."""

    password: str
    mappings: tuple[ColumnMapping, ...]


def read_file(content: bytes, *, name: str = "", password: str = "", mappings: Sequence[ColumnMapping] = ()) -> Reading:
    """Read a statement file. Never raises for what a file holds: the outcome says how it ended."""
    del name  # what a file is called proves nothing
    if len(content) > BYTES_MAX:
        return Reading(Outcome.TOO_LARGE)
    try:
        return _read(content, _Asked(password, tuple(mappings)), depth=0)
    except Unreadable as ended:
        return ended.reading()
    except RecursionError:  # brackets in a mail's address, nested without an end
        return Reading(Outcome.DAMAGED)


def _read(content: bytes, asked: _Asked, depth: int) -> Reading:
    if not content.strip():
        raise Unreadable(Outcome.DAMAGED)
    if b"%PDF-" in content[:1024]:
        return _read_pdf(content, asked)
    if content.startswith(b"PK\x03\x04"):
        return _read_package(content, asked, depth)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _understood(read_xls(content), asked)
    if _is_picture(content):
        from heyue.wallet.statement_files.photograph import read_pictures

        return _understood(read_pictures([content]), asked)
    if looks_like_mail(content):
        return _read_mail(content, asked)
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(Outcome.UNSUPPORTED)
    text = decoded(content)
    if text.count("\ufffd") > max(3, len(text) // 200):
        raise Unreadable(Outcome.GARBLED)
    if _HTML.search(content[:65536]) or re.search(r"<(?:html|table)\b", text[:65536], re.I):
        return _understood(_html(text), asked)
    return _understood(read_csv(text), asked)


def _read_pdf(content: bytes, asked: _Asked, sender: str = "", subject: str = "") -> Reading:
    from heyue.wallet.statement_files.pdf_page import pictures_of, read_pdf

    document = replace(read_pdf(content, asked.password), whole=b"%%EOF" in content[-2048:])
    if not document.lines:
        from heyue.wallet.statement_files.photograph import PICTURES_MAX, read_pictures

        document = read_pictures(pictures_of(content, asked.password, PICTURES_MAX, 2.0))
    return _understood(replace(document, sender=sender, subject=subject), asked)


def _read_package(content: bytes, asked: _Asked, depth: int) -> Reading:
    """A workbook, or a zip with a statement in it (wallets send one with a password)."""
    package = check_package(content)
    names = [member.filename for member in package.infolist() if not member.is_dir()]
    if "xl/workbook.xml" in names:
        return _understood(read_xlsx(content), asked)
    if depth > 0 or len(names) > MEMBERS_READ_MAX:
        raise Unreadable(Outcome.UNSUPPORTED)
    found = [_member(package, name, asked) for name in names]
    return _best([_tried(one, asked, depth + 1) for one in found])


def _member(package: zipfile.ZipFile, name: str, asked: _Asked) -> bytes:
    try:
        return package.read(name, pwd=asked.password.encode() or None)
    except RuntimeError as error:
        if "password" in str(error).lower():
            raise Unreadable(Outcome.WRONG_PASSWORD if asked.password else Outcome.NEEDS_PASSWORD) from error
        raise Unreadable(Outcome.DAMAGED) from error
    except NotImplementedError as error:
        raise Unreadable(Outcome.LOCKED) from error
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError) as error:
        raise Unreadable(Outcome.WRONG_PASSWORD if asked.password else Outcome.DAMAGED) from error


def _read_mail(content: bytes, asked: _Asked) -> Reading:
    mail = read_mail(content)
    if _is_look_alike(mail.sender):
        raise Unreadable(Outcome.LOOK_ALIKE_SENDER)
    tried = []
    for part in mail.parts:
        try:
            if part.kind == "html":
                document = _html(part.text, mail.sender, mail.subject)
                tried.append(_understood(replace(document, whole=document.whole and mail.whole), asked))
            elif part.kind == "text":
                lines = tuple(line_of([text], 0, at) for at, text in enumerate(part.text.splitlines()[:5000]))
                document = Document("mail", lines, sender=mail.sender, subject=mail.subject, whole=mail.whole)
                tried.append(_understood(document, asked))
            elif b"%PDF-" in part.content[:1024]:
                tried.append(_read_pdf(part.content, asked, mail.sender, mail.subject))
            elif not _is_picture(part.content) and not looks_like_mail(part.content):
                tried.append(_read(part.content, asked, depth=1))
        except Unreadable as ended:
            tried.append(ended.reading())
    return _best(tried or [Reading(Outcome.NOT_A_STATEMENT)])


def _is_picture(content: bytes) -> bool:
    return content.startswith(PICTURE_MAGIC) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def _tried(content: bytes, asked: _Asked, depth: int) -> Reading:
    try:
        return _read(content, asked, depth)
    except Unreadable as ended:
        return ended.reading()


def _best(tried: Sequence[Reading]) -> Reading:
    return min(tried, key=lambda reading: _TELLING.index(reading.outcome), default=Reading(Outcome.UNSUPPORTED))


def _html(text: str, sender: str = "", subject: str = "") -> Document:
    from heyue.wallet.statement_files.html_page import read_html

    lower = text.lower()
    whole = "</html" in lower or "<html" not in lower
    medium = "mail" if sender else "html"
    return replace(read_html(text), medium=medium, sender=sender, subject=subject, whole=whole)


# ── understanding ──────────────────────────────────────────────────────────────────────────────────────


def _understood(document: Document, asked: _Asked) -> Reading:
    """A document by the layouts that fit it, by a learned mapping, or an outcome that says what it is."""
    notice = _notice(document)
    if notice is not None:
        return Reading(notice)
    failed: list[Reading] = []
    read: list[Reading] = []
    for layout in _fitting(document):
        try:
            read.append(_answer(_unless_cut(assemble(document, layout), document), layout))
        except Unreadable as ended:
            if ended.outcome is not Outcome.NOT_A_STATEMENT:
                failed.append(ended.reading())
            continue
        if all(statement.proof.standing is Standing.PROVED for statement in read[-1].statements):
            return read[-1]
    if read:
        return min(read, key=_doubt)
    mapped = read_mapped(document, asked.mappings) if asked.mappings and document.whole else None
    if mapped is not None:
        return mapped
    tables = tables_of(document, failed[0].issuer if failed else "")
    if not document.whole:
        return Reading(Outcome.DAMAGED)
    if failed:
        return replace(failed[0], tables=tables, guessed=guessed(document))
    if tables:
        return Reading(Outcome.UNKNOWN_LAYOUT, tables=tables, guessed=guessed(document), issuer=_issuer_named(document))
    if document.pictures and len(document.squeezed) < TEXT_CHARS_LEAST:
        return Reading(Outcome.IMAGE_ONLY)
    return Reading(Outcome.NOT_A_STATEMENT)


def _unless_cut(statements: tuple[Statement, ...], document: Document) -> tuple[Statement, ...]:
    """The statements of a file that is whole, or that are proved all the same."""
    if not document.whole and any(statement.proof.standing is not Standing.PROVED for statement in statements):
        raise Unreadable(Outcome.DAMAGED)
    return statements


def _doubt(reading: Reading) -> tuple[int, int]:
    """Of the generations of one layout that fit, the one whose sums hold, then the one that finds more rows."""
    differing = sum(statement.proof.standing is Standing.DIFFERS for statement in reading.statements)
    return _TELLING.index(reading.outcome) + differing, -sum(len(statement.rows) for statement in reading.statements)


def _answer(statements: tuple[Statement, ...], layout: Layout) -> Reading:
    if layout.wallet:
        outcome = Outcome.WALLET
    elif any("new_balance" in account.sums for one in statements for account in one.accounts.values()):
        whole = any(statement.rows_available for statement in statements)
        outcome = Outcome.STATEMENT if whole else Outcome.SUMMARY_ONLY
    else:
        outcome = Outcome.ROWS_ONLY
        if not any(statement.rows for statement in statements):
            raise Unreadable(Outcome.NOT_A_STATEMENT)
    return Reading(outcome, statements, issuer=layout.issuer)


def _fitting(document: Document, *, wholly: bool = False) -> list[Layout]:
    """The layouts whose marks are all there, the sender's first, then the one with most marks."""
    medium = "mail" if document.medium == "html" else document.medium
    text = document.squeezed + "\n" + squeezed(document.subject) + "\n" + " ".join(document.marked)
    known = [
        (sum(any(word in text for word in group) for group in layout.text), layout)
        for layout in layouts()
        if medium in layout.media and not any(word in text for word in layout.without)
    ]
    whole = [(marks, layout) for marks, layout in known if marks == len(layout.text)]
    # A bank's own mail whose template changed is tried with what is left of the marks, so that the label is named.
    found = (
        whole
        if whole or wholly
        else [(marks, layout) for marks, layout in known if marks > 0 and _is_from(document, layout)]
    )
    return [layout for _, layout in sorted(found, key=lambda pair: (-_is_from(document, pair[1]), -pair[0]))]


def _is_from(document: Document, layout: Layout) -> bool:
    return any(is_domain_of(document.sender, domain) for domain in layout.senders)


def _notice(document: Document) -> Outcome | None:
    subject, text = squeezed(document.subject), document.squeezed
    for outcome, in_subject, in_text in _notices():
        if (in_subject and in_subject.search(subject)) or (in_text and in_text.search(text[:20_000])):
            if outcome is Outcome.NO_DATA and any(layout.rows for layout in _fitting(document, wholly=True)):
                continue
            return outcome
    return None


@cache
def _notices() -> tuple[tuple[Outcome, re.Pattern[str] | None, re.Pattern[str] | None], ...]:
    text = (files("heyue.wallet.statement_files") / "notices.yaml").read_text(encoding="utf-8")
    return tuple(
        (
            Outcome(entry["outcome"]),
            re.compile(entry["subject"]) if "subject" in entry else None,
            re.compile(entry["text"]) if "text" in entry else None,
        )
        for entry in yaml.safe_load(text)
    )


def _is_look_alike(sender: str) -> bool:
    """Whether a domain holds a bank's domain without being below it (``ccb.com.evil.example``)."""
    return any(base in sender for base in _bases()) and not any(is_domain_of(sender, base) for base in _bases())


@cache
def _bases() -> frozenset[str]:
    """The registered domains of all known senders: two labels, three below ``com.cn``."""
    found = set()
    for layout in layouts():
        for domain in layout.senders:
            labels = domain.split(".")
            found.add(".".join(labels[-3:] if labels[-2] in ("com", "net", "org") else labels[-2:]))
    return frozenset(found)


def _issuer_named(document: Document) -> str:
    return next(
        (
            layout.issuer
            for layout in layouts()
            if layout.issuer
            and (any(is_domain_of(document.sender, one) for one in layout.senders) or layout.name in document.squeezed)
        ),
        "",
    )
