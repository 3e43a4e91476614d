"""Values as the wire writes them (gateway-v1 section 1): amounts in yuan, days, digests, short texts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from heyue.engine.money import fen, yuan

AMOUNT_FEN_MAX = 100_000_000_000
TEXT_CHARS_MAX = 20_000
_AMOUNT = r"^[0-9]{1,10}(\.[0-9]{1,2})?$"
_SIGNED = r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def _fen(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("an amount is a string in yuan with two places")
    try:
        read = fen(value)
    except ValueError:
        # Its own words repeat what was given, and these stand in logs and answers.
        raise ValueError("an amount is in yuan with at most two places") from None
    if abs(read) > AMOUNT_FEN_MAX:
        raise ValueError("an amount is at most 1,000,000,000.00")
    return read


def _not_negative(value: int) -> int:
    if value < 0:
        raise ValueError("an amount is not negative")
    return value


def _above_nought(value: int) -> int:
    if value <= 0:
        raise ValueError("an amount is above 0")
    return value


def can_be_kept(told: Any) -> bool:
    """Whether every text in a JSON value can be stored: PostgreSQL keeps no U+0000, UTF-8 no half of a pair."""
    left = [told]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and _NOT_KEPT.search(one):
            return False
    return True


def instant_text(value: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(value: Any) -> Any:
    if not isinstance(value, str | date) or isinstance(value, datetime):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


def _amount_schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": ["1234.56"]})


_WRITTEN = PlainSerializer(yuan, return_type=str)

Amount = Annotated[int, BeforeValidator(_fen), AfterValidator(_not_negative), _WRITTEN, _amount_schema(_AMOUNT)]
"""Fen in Python, a string in yuan with two places on the wire; never negative."""
PaidAmount = Annotated[int, BeforeValidator(_fen), AfterValidator(_above_nought), _WRITTEN, _amount_schema(_AMOUNT)]
SignedAmount = Annotated[int, BeforeValidator(_fen), _WRITTEN, _amount_schema(_SIGNED)]
"""A balance, which may stand below nought when the bank owes the holder."""

Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[AwareDatetime, PlainSerializer(instant_text, return_type=str)]
Rate = Annotated[str, StringConstraints(pattern=r"^[0-9](\.[0-9]{1,12})?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""An identifier that the other side chose."""
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARS_MAX)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]
