"""The parts of one bank's story: its steps, the pages to go on to, what a phase adds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from heyue.faces.borrower.ways import Way


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. ``mark`` is "wait" for what is still to come, "here" for what is to be done now."""

    words: str
    on: date | None = None
    small: str = ""
    mark: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A page to go on to."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a phase adds to the story: a badge or a day that is waited for, the steps to come, the act."""

    group: str
    alone: str
    badge: str = ""
    good: bool = False
    steps: tuple[Step, ...] = ()
    act: Link | None = None
    links: tuple[Link, ...] = ()
    ways: tuple[Way, ...] = ()
    ways_heading: str = ""
    ways_open: bool = False
    may_call: bool = False
    declined: bool = False
    urgency: int = 5
