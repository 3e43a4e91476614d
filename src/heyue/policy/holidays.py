"""Mainland China's calendar of working days, adapted from the ``chinesecalendar`` package."""

from functools import cache

from chinese_calendar import constants

from heyue.engine.working_days import Calendar


@cache
def mainland() -> Calendar:
    """Holidays and adjusted working weekends of every year whose State Council notice is out (2004 on)."""
    noticed = [*constants.holidays, *constants.workdays]
    return Calendar(
        holidays=frozenset(constants.holidays),
        working_weekends=frozenset(constants.workdays),
        years=frozenset(day.year for day in noticed),
    )
