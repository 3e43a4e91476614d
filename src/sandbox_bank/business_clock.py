"""The bank's two clocks: its stored business date (营业日期), and the machine's time for the wire."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import chinese_calendar


def machine_now() -> datetime:
    """The machine's time as an aware UTC instant, for signatures, retries and times of receipt only."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today(connection: sqlite3.Connection) -> date:
    """The bank's business date."""
    row = connection.execute("SELECT value FROM bank WHERE key = 'today'").fetchone()
    return date.fromisoformat(row[0])


def set_today(connection: sqlite3.Connection, day: date) -> None:
    """Store a later business date; the caller has checked that it is later."""
    connection.execute("UPDATE bank SET value = ? WHERE key = 'today'", (day.isoformat(),))


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether banks work on that day; weekends alone decide for a year whose notice is not out yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def after(start: date, working_days: int = 0, calendar_days: int = 0) -> date:
    """The day that lies so many calendar days and then so many working days after `start`."""
    day = start + timedelta(days=calendar_days)
    for _ in range(working_days):
        day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
    return day


def day_of_month(year: int, month: int, day: int) -> date:
    """That day of the month, or the month's last; months above 12 run into the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month, min(day, last))
