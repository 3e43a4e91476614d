"""Dates as statements print them, and the year of those printed without one.

A posting date lies within the billing cycle; that chooses its year. The date of an instalment's purchase may be two
years back: it is the day nearest to where its count of instalments puts it. A leap day is judged in its year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from heyue.wallet.statement_files.plain_text import plain

YEAR_FIRST = 2000
YEAR_LAST = 2099
_Y = r"(?P<y>20[0-9]{2})"
_M = r"(?P<m>0?[1-9]|1[0-2])"
_D = r"(?P<d>0?[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[ T]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.0+)?)?)?"
SHAPES = {
    "YYYY-MM-DD": re.compile(rf"{_Y} ?[-/.] ?{_M} ?[-/.] ?{_D}{_TIME}"),
    "YYYY年MM月DD日": re.compile(rf"{_Y} ?年 ?{_M} ?月 ?{_D} ?日{_TIME}"),
    "YYYYMMDD": re.compile(r"(?P<y>20[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])"),
    "YYMMDD": re.compile(r"(?P<y>[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])"),
    "MM/DD": re.compile(r"(?P<m>0[1-9]|1[0-2]) ?/ ?(?P<d>0[1-9]|[12][0-9]|3[01])"),
    "MMDD": re.compile(r"(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])"),
    "MM月DD日": re.compile(rf"{_M} ?月 ?{_D} ?日"),
    # Two readings of one text (03/04/2026): never tried by themselves, only where a person said which.
    "MM/DD/YYYY": re.compile(rf"{_M} ?[-/.] ?{_D} ?[-/.] ?{_Y}{_TIME}"),
    "DD/MM/YYYY": re.compile(rf"{_D} ?[-/.] ?{_M} ?[-/.] ?{_Y}{_TIME}"),
}
WHOLE = ("YYYY-MM-DD", "YYYY年MM月DD日", "YYYYMMDD")
_ANY_WHOLE = re.compile(
    r"(?<!\d)20\d{2} ?(?:[-/.] ?\d{1,2} ?[-/.] ?\d{1,2}(?!\d)|年 ?\d{1,2} ?月 ?\d{1,2} ?日|\d{4}(?!\d))"
)
_DAY_RULE = re.compile(r"每月 ?(\d{1,2}) ?[日号]")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as printed; without a year it is still to be placed."""

    month: int
    day: int
    year: int = 0

    @property
    def whole(self) -> date | None:
        """The date when its year was printed."""
        return _date(self.year, self.month, self.day) if self.year else None


def read_day(text: str, shapes: Iterable[str] = WHOLE) -> Day | None:
    """Read a cell that is a date of one of these shapes and nothing else, or None."""
    shown = plain(text)
    if not 4 <= len(shown) <= 24:
        return None
    for shape in shapes:
        found = SHAPES[shape].fullmatch(shown)
        if found is None:
            continue
        parts = found.groupdict()
        year = int(parts.get("y") or 0)
        if shape == "YYMMDD":
            year += YEAR_FIRST
        if year and _date(year, int(parts["m"]), int(parts["d"])) is None:
            return None
        if int(parts["d"]) > monthrange(YEAR_FIRST, int(parts["m"]))[1]:
            return None
        return Day(int(parts["m"]), int(parts["d"]), year)
    return None


def read_date(text: str) -> date | None:
    """Read a cell that is a whole date, or None."""
    day = read_day(text)
    return None if day is None else day.whole


def day_of_serial(text: str) -> str:
    """A day that a spreadsheet kept as its serial number (days since the end of 1899), as a date; else the text."""
    if not re.fullmatch(r"[34]\d{4}(?:\.\d+)?", text):
        return text
    return (date(1899, 12, 30) + timedelta(days=int(text.split(".")[0]))).isoformat()


def dates_in(text: str) -> Iterator[date]:
    """Every whole date within a text, in order."""
    for found in _ANY_WHOLE.finditer(text):
        day = read_date(found[0])
        if day is not None:
            yield day


def read_cycle(text: str) -> tuple[date, date] | None:
    """The first and last day of a billing cycle printed as two dates with any sign between them, or None."""
    days = list(dates_in(text))[:2]
    if len(days) < 2 or not 0 < (days[1] - days[0]).days <= 100:
        return None
    return days[0], days[1]


def day_of_month(text: str) -> int | None:
    """The day of a rule (``每月19日``), or None."""
    found = _DAY_RULE.search(plain(text))
    return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None


def posted(day: Day, start: date | None, end: date | None) -> date | None:
    """Place a posting date: in the cycle, else the latest such day up to a few days after its end."""
    if day.year:
        return day.whole
    if end is None:
        return None
    found = list(_candidates(day, end.year + 1, 3))
    within = [one for one in found if start is not None and start <= one <= end]
    before = [one for one in found if one <= end + timedelta(days=5)]
    return max(within or before, default=None)


def bought(day: Day, posted_on: date, instalment: int = 0) -> date | None:
    """Place the date of a purchase: before its posting, an instalment's as many months back as its count says."""
    if day.year:
        return day.whole
    found = [one for one in _candidates(day, posted_on.year, 6) if one <= posted_on + timedelta(days=1)]
    if instalment > 1:
        meant = posted_on - timedelta(days=round(30.44 * (instalment - 1)))
        return min(found, key=lambda one: abs((one - meant).days), default=None)
    return max(found, default=None)


def first_after(day: Day, start: date) -> date | None:
    """Place a due date without a year: the first such day after the statement's."""
    if day.year:
        return day.whole
    return min((one for one in _candidates(day, start.year + 1, 2) if one > start), default=None)


def _candidates(day: Day, last_year: int, years: int) -> Iterator[date]:
    for year in range(last_year, last_year - years, -1):
        found = _date(year, day.month, day.day)
        if found is not None:
            yield found


def _date(year: int, month: int, day: int) -> date | None:
    if not YEAR_FIRST <= year <= YEAR_LAST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
