"""Waits as rows (期限): who owes what to whom by when, under which rule."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heyue.deadlines.kinds import RULES, WaitKind

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    """Import at first use: Django imports this package before its rows may be."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("heyue.deadlines.waits"), name)
