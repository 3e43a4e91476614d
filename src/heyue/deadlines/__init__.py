"""Waits as rows (期限): who owes what to whom by when, under which rule."""

from heyue.deadlines.kinds import RULES, WaitKind
from heyue.deadlines.waits import days_left, due_now, ends, meet, open_waits, reach, start

__all__ = [
    "RULES",
    "WaitKind",
    "days_left",
    "due_now",
    "ends",
    "meet",
    "open_waits",
    "reach",
    "start",
]
