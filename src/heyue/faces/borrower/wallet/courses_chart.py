"""Debts over time as lines: an inline SVG in data units (months across, yuan up), drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from heyue.engine.money import round_ratio
from heyue.wallet.ahead import Course

HEADROOM = (3, 2)
"""What is owed now stands at two thirds of the height; a line that rises beyond leaves the picture."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of paying as a line: its key, its words, its data colour, its course and what it says."""

    key: str
    words: str
    colour: int
    course: Course
    said: str
    first_fen: int


def draw(ways: Sequence[Way], months: int, label: str) -> SafeString:
    """Return the lines' SVG; ``label`` says the finding."""
    now_fen = max((way.course.owed_fen[0] for way in ways), default=0)
    top = max(round_ratio(now_fen * HEADROOM[0], HEADROOM[1] * 100), 1)
    lines = [(way.colour, way.key, _points(way.course, months, top)) for way in ways]
    return format_html(
        '<svg class="courses" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        months,
        top,
        label,
        format_html_join("", '<polyline class="k{} way-{}" points="{}"/>', lines),
    )


def _points(course: Course, months: int, top: int) -> str:
    """Return the line's points; once nothing is owed it lies on the ground and ends."""
    points = []
    for month in range(months + 1):
        owed_fen = course.owed_after(month)
        points.append(f"{month},{top - round_ratio(owed_fen, 100)}")
        if owed_fen <= 0:
            break
    return " ".join(points)
