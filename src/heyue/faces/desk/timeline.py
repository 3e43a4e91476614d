"""The evidence timeline at the desk: digests short, whole at the pointer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from heyue.journey.story import Entry

DIGEST_CHARS_SHOWN = 12
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``whole`` is the detail with its digests in full."""

    at: datetime
    who: str
    words: str
    detail: str
    whole: str


def lines(entries: Iterable[Entry]) -> list[Line]:
    """Return the entries as the desk lists them."""
    return [Line(e.at, e.who, e.words, _DIGEST.sub(_short, e.detail), e.detail) for e in entries]


def _short(digest: re.Match[str]) -> str:
    return digest[0][:DIGEST_CHARS_SHOWN] + "…"
