"""Text that came from people, made safe to set: nothing invisible, undrawable or too long to wrap."""

import re
import unicodedata
from collections.abc import Set
from typing import Any

# A run of this many characters without a place to break could run off the page or out of its column.
_LONG_RUN = re.compile(r"[!-~]{16,}")
_RUN_STEP = 8
# How a character that no font can draw begins on paper; its code point follows.
UNDRAWABLE = "〔U+"
# Numbers and digests stay whole, so that they can be copied.
_IDENTIFIER = re.compile(r"[0-9a-f-]{8,64}|(?=.*[0-9])[0-9A-Z-]{1,32}")
_BREAK_HERE = "\u200b"
# Joiners and variation selectors change how a neighbour looks; without glyphs of their own they are dropped.
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def printable(value: Any, drawable: Set[int]) -> Any:
    """Return the facts with every string cleaned; dictionaries, lists and tuples are walked."""
    if isinstance(value, str):
        return clean(value, drawable)
    if isinstance(value, dict):
        return {key: printable(item, drawable) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(item, drawable) for item in value]
    return value


def clean(text: str, drawable: Set[int]) -> str:
    """Drop control and direction marks, name undrawable characters as 〔U+XXXX〕, let long runs wrap.

    A rare character (生僻字) outside the fonts stays identifiable by its code point instead of vanishing.
    """
    shown = "".join(_shown(character, drawable) for character in unicodedata.normalize("NFC", text))
    if _IDENTIFIER.fullmatch(shown):
        return shown
    return _LONG_RUN.sub(_with_breaks, shown)


def paragraphs(text: str) -> list[str]:
    """Split what a person wrote into its paragraphs, empty lines left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _shown(character: str, drawable: Set[int]) -> str:
    if character in "\t\n\r\u2028\u2029\u00a0":
        return " "
    if unicodedata.category(character) in _DROPPED or 0xFE00 <= ord(character) <= 0xFE0F:
        return "" if unicodedata.category(character) not in {"Co", "Cn"} else _named(character)
    if 0xE0100 <= ord(character) <= 0xE01EF:
        return ""
    return character if ord(character) in drawable else _named(character)


def _named(character: str) -> str:
    return f"{UNDRAWABLE}{ord(character):04X}〕"


def _with_breaks(match: re.Match[str]) -> str:
    run = match.group()
    return _BREAK_HERE.join(run[start : start + _RUN_STEP] for start in range(0, len(run), _RUN_STEP))
