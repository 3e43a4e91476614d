"""Reading untrusted JSON field by field: every bad field is found, each with its JSON Pointer (RFC 6901).

A reader returns a harmless stand-in for a bad field, so that reading goes on; ``Fields.ok`` says whether
fields may be compared with each other, and ``Findings.stop_if_any`` ends the reading.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

AMOUNT_FEN_MAX = 1_000_000_000_00
RATE_PLACES_MAX = 12
RATE_UNIT = 10**RATE_PLACES_MAX
DATE_FIRST = date(1990, 1, 1)
DATE_LAST = date(2100, 12, 31)
TEXT_LENGTH_MAX = 200
DIGITS_MAX = 20
_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadInput(ValueError):
    """Input that breaks the contract; ``errors`` holds (JSON Pointer, words) of every bad field."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{pointer or '/'}: {detail}" for pointer, detail in self.errors[:5]))


class Findings:
    """All that is wrong with one document, in the order found."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []

    def add(self, pointer: str, detail: str) -> None:
        """Note one bad field."""
        self.errors.append((pointer, detail))

    def stop_if_any(self) -> None:
        """Raise BadInput when anything was found."""
        if self.errors:
            raise BadInput(self.errors)


def step(pointer: str, token: str | int) -> str:
    """Extend a JSON Pointer by one name or index."""
    return f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"


def decimal_parts(text: str, places_max: int) -> tuple[int, int] | None:
    """Read a decimal string as (digits, places), or None when it is not one within the places allowed."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    whole, fraction = found[1].lstrip("0"), found[2] or ""
    if len(whole) > DIGITS_MAX or len(fraction) > places_max:
        return None
    return int("0" + whole + fraction), len(fraction)


def read_date(value: object) -> date | None:
    """Read an ISO date within the contract's years, or None."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if DATE_FIRST <= day <= DATE_LAST else None


def read_money(value: object, most_fen: int = AMOUNT_FEN_MAX) -> int | None:
    """Read a decimal string in yuan as fen, or None when it is none or above the most allowed."""
    parts = decimal_parts(value, 2) if isinstance(value, str) else None
    if parts is None:
        return None
    amount_fen = int(parts[0] * 10 ** (2 - parts[1]))
    return amount_fen if amount_fen <= most_fen else None


class Fields:
    """One JSON object of the input, read by name; names that nobody knows are bad fields too."""

    def __init__(self, value: object, at: str, known: Collection[str], findings: Findings) -> None:
        self.at = at
        self.findings = findings
        self._bad: set[str] = set()
        self._within: tuple[Fields, str] | None = None
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        self._whole = isinstance(value, dict)
        if not self._whole:
            findings.add(at, "应为一个 JSON 对象")
        for name in self._values:
            if name not in known:
                findings.add(step(at, name), "没有这个字段")

    def has(self, name: str) -> bool:
        """Whether the field was given."""
        return name in self._values

    def raw(self, name: str) -> Any:
        """The value as given, None when absent."""
        return self._values.get(name)

    def ok(self, *names: str) -> bool:
        """Whether the object is one and none of these fields was found bad."""
        return self._whole and not self._bad.intersection(names)

    def pointer(self, name: str) -> str:
        """The JSON Pointer of a field."""
        return step(self.at, name)

    def bad(self, name: str, detail: str) -> None:
        """Note that a field is bad; the object that holds this one is not sound then either."""
        self._spoil(name)
        self.findings.add(self.pointer(name), detail)

    def required(self, name: str) -> bool:
        """Note the absence of a required field; whether it is there."""
        if self._whole and name not in self._values:
            self.bad(name, "缺少这个必填字段")
        return name in self._values

    def money(self, name: str, default_fen: int | None = None, *, above_zero: bool = False) -> int:
        """A sum of money in fen; without a default the field is required."""
        if not self._present(name, default_fen is not None):
            return default_fen or 0
        amount_fen = read_money(self._values[name])
        if amount_fen is None:
            self.bad(name, "应为元的十进制字符串，最多两位小数，不超过 1000000000")
        elif above_zero and amount_fen == 0:
            self.bad(name, "应大于 0")
        return amount_fen or 0

    def ratio(self, name: str, default: str | None = None, most: Fraction = Fraction(1)) -> Fraction:
        """A rate or ratio from 0 to ``most``; without a default the field is required."""
        if not self._present(name, default is not None):
            return Fraction(default or 0)
        value = read_ratio(self._values[name])
        if value is None or value > most:
            self.bad(name, f"应为 0 到 {plain(most)} 的十进制字符串，最多 12 位小数")
            return Fraction(0)
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number within bounds; without a default the field is required."""
        if not self._present(name, default is not None):
            return low if default is None else default
        value = self._values[name]
        if type(value) is not int or not low <= value <= high:
            self.bad(name, f"应为 {low} 到 {high} 的整数")
            return low
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._values.get(name, default)
        if type(value) is not bool:
            self.bad(name, "应为 true 或 false")
            return default
        return value

    def choice(self, name: str, options: Sequence[str]) -> str:
        """One of a few words; required."""
        if self.required(name) and self._values[name] not in options:
            self.bad(name, "应为其中之一：" + "、".join(options))
        value = self._values.get(name)
        return value if isinstance(value, str) and value in options else options[0]

    def day(self, name: str) -> date:
        """A date; required."""
        if not self.required(name):
            return DATE_FIRST
        day = read_date(self._values[name])
        if day is None:
            self.bad(name, "应为 1990-01-01 到 2100-12-31 的日期，写作 YYYY-MM-DD")
        return day or DATE_FIRST

    def text(self, name: str, *, length_max: int = TEXT_LENGTH_MAX) -> str:
        """A text that is not empty; required."""
        if not self.required(name):
            return ""
        value = self._values[name]
        if not isinstance(value, str) or not 1 <= len(value) <= length_max:
            self.bad(name, f"应为 1 到 {length_max} 个字的字符串")
            return ""
        return value

    def array(self, name: str, low: int, high: int, *, optional: bool = False) -> list[Any]:
        """An array within bounds of length; required unless said."""
        if not self._present(name, optional):
            return []
        value = self._values[name]
        if not isinstance(value, list) or not low <= len(value) <= high:
            self.bad(name, f"应为 {low} 到 {high} 项的数组")
            return []
        return value

    def child(self, name: str, known: Collection[str]) -> "Fields":
        """An object within this one; required."""
        if not self.required(name):
            return Fields({}, self.pointer(name), known, Findings())
        inner = Fields(self._values[name], self.pointer(name), known, self.findings)
        inner._within = self, name
        if not inner.ok():
            self._spoil(name)
        return inner

    def _spoil(self, name: str) -> None:
        self._bad.add(name)
        if self._within is not None:
            holder, at = self._within
            holder._spoil(at)

    def _present(self, name: str, optional: bool) -> bool:
        return name in self._values if optional else self.required(name)


def read_ratio(value: object) -> Fraction | None:
    """Read a decimal string from 0 to 1 exactly, or None."""
    parts = decimal_parts(value, RATE_PLACES_MAX) if isinstance(value, str) else None
    if parts is None:
        return None
    number = Fraction(parts[0], 10 ** parts[1])
    return number if number <= 1 else None


def plain(value: Fraction) -> str:
    """Write a decimal of at most 12 places without needless zeros (``"0.1"``, ``"0"``)."""
    digits = value * RATE_UNIT
    if digits.denominator != 1:
        raise ValueError(f"more than {RATE_PLACES_MAX} places: {value}")
    whole, rest = divmod(int(digits), RATE_UNIT)
    fraction = f"{rest:0{RATE_PLACES_MAX}d}".rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)
