"""Working days (工作日) of a calendar that is handed in: the Nth after a day, and how many lie between two.

Source: 国务院办公厅 yearly notice of holidays, adjusted working weekends (调休) included.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

WORKING_DAYS_MAX = 10_000
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Days off on weekdays, working days on weekends, and the years whose notice is out."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    working_weekends: frozenset[date] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Whether the day is a working day; weekends alone decide in a year without notice."""
        if day.weekday() >= _SATURDAY:
            return day in self.working_weekends
        return day not in self.holidays

    def is_provisional(self, day: date) -> bool:
        """Whether the day's year has no notice yet, so that its holidays may still change."""
        return day.year not in self.years


@dataclass(frozen=True)
class Deadline:
    """The last day of a wait, and whether it rests on a year without notice."""

    on: date
    provisional: bool


def nth_working_day(start: date, n: int, calendar: Calendar) -> Deadline:
    """The Nth working day after ``start``, which itself never counts; n is at least 1."""
    if not 1 <= n <= WORKING_DAYS_MAX:
        raise ValueError(f"working days must be 1 to {WORKING_DAYS_MAX}, not {n}")
    day, left, provisional = start, n, False
    while left:
        day += _DAY
        provisional = provisional or calendar.is_provisional(day)
        left -= calendar.is_working(day)
    return Deadline(day, provisional)


def working_days_between(a: date, b: date, calendar: Calendar) -> int:
    """Working days after ``a`` up to and including ``b``; 0 when b is not after a."""
    return sum(calendar.is_working(a + offset * _DAY) for offset in range(1, (b - a).days + 1))
