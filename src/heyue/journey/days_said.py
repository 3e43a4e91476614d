"""How days are written in each language of the pages: the one place where the order of day, month, year stands."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import translation

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_chinese() -> bool:
    """Whether the page is in the project's own language."""
    return (translation.get_language() or settings.LANGUAGE_CODE) == settings.LANGUAGE_CODE


def day_said(on: date, *, weekday: bool = False, year: bool = False) -> str:
    """Write a day: 2026年11月24日 (周二), or Tue 24 Nov 2026, with its weekday and its year where asked."""
    if is_chinese():
        said = f"{on.month}月{on.day}日"
        if weekday:
            said += f" (周{_WEEKDAYS_ZH[on.weekday()]})"
        return f"{on.year}年{said}" if year else said
    said = f"{on.day} {_MONTHS_EN[on.month - 1]}"
    if weekday:
        said = f"{_WEEKDAYS_EN[on.weekday()]} {said}"
    return f"{said} {on.year}" if year else said


def month_said(on: date) -> str:
    """Write a month: 2026年12月, or Dec 2026."""
    return f"{on.year}年{on.month}月" if is_chinese() else f"{_MONTHS_EN[on.month - 1]} {on.year}"
