"""What lets a paper be checked: the digest of its facts, and the QR code that carries it."""

import io
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

import segno

from heyue.engine.canonical import digest


def facts_digest(facts: Any) -> str:
    """SHA-256 (lower-case hex) of the RFC 8785 canonical JSON of a document's facts.

    Amounts enter as integer fen, dates as ISO dates, instants as RFC 3339 UTC.
    """
    return digest(_plain(facts))


def qr_svg(text: str) -> str:
    """Draw a QR code without a quiet zone (the page gives the room) as an SVG."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", border=0, xmldecl=False, dark="#23201b")
    return drawn.getvalue().decode()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
