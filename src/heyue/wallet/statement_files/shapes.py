"""The shape of a line: what stands in its cells, in order. One small matcher serves tables, lists and running text.

A part is a field's name. ``?`` after it: the cell may be empty; ``*``: the cell may be missing; ``+``: one cell or
more (words of running text). ``_`` is any cell, ``.`` an empty one, ``=+`` the literal ``+`` (an
operator between sums).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from heyue.wallet.statement_files.amounts import currency_of, is_nothing, read_money
from heyue.wallet.statement_files.dates import WHOLE, read_cycle, read_day
from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.result import SUMS

PARTS_MAX = 24
DATES = frozenset({"post_date", "txn_date", "statement_date", "due_date"})
MONEY = frozenset({"amount", "charge", "credit", "original", *SUMS})
TEXTS = frozenset({"description", "more", "type", "section", "direction", "state", "method"})
_TAIL = re.compile(r"(?:[\d*xX]*[*xX])?(\d{4})(?:附|/\S{1,8})?(?:\([^)]{1,20}\))*")
_CARD = re.compile(r"(?:\d{4,6}[-* xX\d]*[*xX]+[-* xX\d]*?|[*xX]{2,}-?)(\d{3,4})(?:\D.*)?")
_HAS_PLACES = re.compile(r"\.\d{1,2}(?!\d)|[¥$€£]|[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a shape."""

    name: str
    may_be_empty: bool = False
    may_be_missing: bool = False
    many: bool = False


@dataclass(frozen=True)
class Shape:
    """Parts in order, and how dates are written in them."""

    parts: tuple[Part, ...]
    dates: tuple[str, ...] = WHOLE
    whole_sums: bool = False  # sums may stand without decimal places, as numbers of a spreadsheet

    def match(self, texts: Sequence[str]) -> dict[str, str] | None:
        """The fields of a line that has this shape, or None."""
        least = sum(not part.may_be_missing for part in self.parts)
        most = 10**6 if any(part.many for part in self.parts) else len(self.parts)
        if not least <= len(texts) <= most:
            return None
        return self._from(0, texts, 0, {})

    def match_start(self, texts: Sequence[str]) -> tuple[dict[str, str], int] | None:
        """The fields of the longest beginning that has this shape and its number of cells, or None."""
        most = min(len(texts), len(self.parts))
        least = sum(not part.may_be_missing for part in self.parts)
        for count in range(most, least - 1, -1):
            found = self._from(0, texts[:count], 0, {})
            if found is not None:
                return found, count
        return None

    def _from(self, index: int, texts: Sequence[str], at: int, found: dict[str, str]) -> dict[str, str] | None:
        if index == len(self.parts):
            return found if at == len(texts) else None
        part = self.parts[index]
        rest = sum(not one.may_be_missing for one in self.parts[index + 1 :])
        if part.many:
            for count in range(1, len(texts) - at - rest + 1):
                text = " ".join(one for one in texts[at : at + count] if one)
                after = self._from(index + 1, texts, at + count, {**found, part.name: text}) if text else None
                if after is not None:
                    return after
            return None
        if at < len(texts) and self._fits(part, texts[at]):
            taken = {**found, part.name: texts[at]} if texts[at] and part.name not in "_." else found
            after = self._from(index + 1, texts, at + 1, taken)
            if after is not None:
                return after
        return self._from(index + 1, texts, at, found) if part.may_be_missing else None

    def _fits(self, part: Part, text: str) -> bool:
        if part.name == "_":
            return True
        if not text:
            return part.may_be_empty or part.name == "."
        if part.name.startswith("="):
            return squeezed(text) == part.name[1:]
        if part.name in DATES:
            return read_day(text, self.dates) is not None
        if part.name in MONEY:
            return self._is_sum(part.name, text)
        test = _TESTS.get(part.name)
        return part.name in TEXTS if test is None else test(text)

    def _is_sum(self, name: str, text: str) -> bool:
        if name in SUMS and is_nothing(text):
            return True
        return read_money(text) is not None and (self.whole_sums or _HAS_PLACES.search(squeezed(text)) is not None)


def shape_of(words: Sequence[str], dates: Sequence[str] = WHOLE, *, whole_sums: bool = False) -> Shape:
    """Read a shape from its written parts. Raises ValueError for a part that nobody knows."""
    parts = []
    for word in words:
        name = word.rstrip("?*+") if not word.startswith("=") else word
        signs = word[len(name) :]
        known = name in ("_", ".") or name.startswith("=") or name in DATES | MONEY | TEXTS or name in _TESTS
        if not known or len(words) > PARTS_MAX:
            raise ValueError(f"no such part of a shape: {word!r}")
        parts.append(Part(name, "?" in signs, "*" in signs, "+" in signs))
    return Shape(tuple(parts), tuple(dates), whole_sums)


def tail_of(text: str) -> str:
    """The last four digits (three of an AmEx mask) of a cell that names a card; empty when it names none."""
    bare = squeezed(text).lstrip(":")
    found = _TAIL.fullmatch(bare) or _CARD.fullmatch(bare)
    return "" if found is None or found[1] == "0000" else found[1]


def _is_tail(text: str) -> bool:
    return _TAIL.fullmatch(squeezed(text)) is not None


def _is_card(text: str) -> bool:
    return _is_tail(text) or _CARD.fullmatch(squeezed(text)) is not None


def _is_limit(text: str) -> bool:
    return read_money(text) is not None or is_nothing(text)


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "tail": _is_tail,
    "card": _is_card,
    "currency": lambda text: bool(currency_of(text)),
    "original_currency": lambda text: bool(currency_of(text)),
    "place": lambda text: re.fullmatch(r"[A-Z]{2,3}", squeezed(text)) is not None,
    "cycle": lambda text: read_cycle(text) is not None,
    "credit_limit": _is_limit,
}
