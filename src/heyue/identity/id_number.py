"""The resident identity number (居民身份证号码): 18 characters with a date of birth and a check digit.

Source: GB 11643-1999.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from heyue.engine.refusal import Refusal, words

ADULT_YEARS = 18
_SHAPE = re.compile(r"[1-9]\d{16}[\dX]")
_PROVINCES = frozenset(
    int(code)
    for code in (
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
    ).split()
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number that passed every check."""

    number: str
    born_on: date

    def age_on(self, day: date) -> int:
        """Return the full years lived by ``day``; who is born on 29 February has the birthday on 1 March."""
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))


def check_digit(first17: str) -> str:
    """Return the 18th character for the first seventeen digits (ISO 7064, MOD 11-2)."""
    return _CHECKS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def parse(text: str, today: date) -> IdNumber:
    """Read a number as people type it (spaces, small x, full-width digits).

    Raises ``Refusal`` on the field ``id_number``: ``id-number-shape``, ``id-number-check``,
    ``id-number-date`` or ``not-adult``.
    """
    number = _plain(text)
    if not _SHAPE.fullmatch(number) or int(number[:2]) not in _PROVINCES:
        raise _refused("id-number-shape", words("身份证号是18位，最后一位可能是 X。"), words("对着身份证再看一遍。"))
    if check_digit(number[:17]) != number[17]:
        raise _refused("id-number-check", words("有一位数字对不上。"), words("对着身份证再看一遍。"))
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born_on = date.max
    if not date(1900, 1, 1) <= born_on <= today:
        raise _refused("id-number-date", words("里面的出生日期对不上。"), words("对着身份证再看一遍。"))
    parsed = IdNumber(number, born_on)
    if parsed.age_on(today) < ADULT_YEARS:
        raise _refused("not-adult", words("要满18岁才能用和约。"), words("请爸爸妈妈或监护人来办。"))
    return parsed


def _plain(text: str) -> str:
    wide = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
    return re.sub(r"[\s\-·]", "", text).translate(wide).upper()


def _refused(code: str, message: str, next_step: str) -> Refusal:
    return Refusal(code, message, next_step=next_step, field="id_number", status=422)
