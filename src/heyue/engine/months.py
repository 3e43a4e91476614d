"""Calendar months: a day of a month that falls on the month's last day where the month is shorter."""

from calendar import monthrange
from datetime import date


def in_month(year: int, month: int, day: int) -> date:
    """The day of that month, or its last day when the month has fewer."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def months_after(start: date, count: int, day: int) -> date:
    """The day (or last day) of the ``count``-th calendar month after ``start``'s."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return in_month(year, month + 1, day)


def months_between(start: date, end: date) -> int:
    """How many calendar months ``end``'s month lies after ``start``'s."""
    return (end.year - start.year) * 12 + end.month - start.month
