"""The one picture for everything: banks' instalments stacked month by month under what one can pay.

An inline SVG in data units (months across, yuan up), drawn on the server: no script, right at first paint.
The dashed line always stands at three quarters of the height, so that all charts compare at a glance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from heyue.engine.money import round_ratio, yuan

FEN = 100
GAP_SHARE = 128
"""The gap between two banks is the height's 128th part: one pixel of the chart's 128."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One bank's instalments: its name, its data colour (1 to 4), fen for each month, months paid already."""

    name: str
    colour: int
    months_fen: tuple[int, ...]
    paid_months: int | None = None


@dataclass(frozen=True, slots=True)
class MonthsChart:
    """Layers from the ground up and what can be paid each month (能拿出), in fen; ``label`` says the finding."""

    layers: tuple[Layer, ...]
    affordable_fen: int
    label: str
    low: bool = False

    @property
    def months(self) -> int:
        """How many months the chart spans."""
        return max((len(layer.months_fen) for layer in self.layers), default=0) or 1

    def total_fen(self, month: int) -> int:
        """The sum of all layers in one month, counted from 0."""
        return sum(layer.months_fen[month] for layer in self.layers if month < len(layer.months_fen))

    def rows(self) -> list[tuple[int, int, int]]:
        """Return (first month, last month, total in fen) for each run of equal months, counted from 1."""
        found, month = [], 0
        for total, run in groupby(range(self.months), self.total_fen):
            length = len(list(run))
            found.append((month + 1, month + length, total))
            month += length
        return found


def draw(chart: MonthsChart) -> SafeString:
    """Return the chart's SVG."""
    top = max(_yuan(max(chart.affordable_fen, 1)) * 4 // 3, 4)
    line = top - _yuan(chart.affordable_fen)
    rects = [*_layers(chart, top), *_over(chart, top, line)]
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}'
        '<line x1="0" x2="{}" y1="{}" y2="{}"/></svg>',
        "low" if chart.low else "months",
        chart.months,
        top,
        chart.label,
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', rects),
        chart.months,
        line,
        line,
    )


def table(chart: MonthsChart) -> SafeString:
    """Return the chart's table, folded under 看数字: a row for each run of equal months."""
    names = [layer.name for layer in chart.layers]
    several = len(names) > 1
    head = [_("月份"), *names, *([_("合计")] if several else [])]
    rows = mark_safe("")
    for first, last, total in _runs(chart):
        each = [_sum(layer.months_fen[first - 1]) if first <= len(layer.months_fen) else "" for layer in chart.layers]
        said = _("第%(n)s个月") % {"n": first} if first == last else _("第%(a)s–%(b)s个月") % {"a": first, "b": last}
        cells = [said, *each, *([_sum(total)] if several else [])]
        rows += format_html("<tr>{}</tr>", format_html_join("", "<td>{}</td>", ((c,) for c in cells)))
    return format_html(
        "<details><summary>{}</summary><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></details>",
        _("看数字"),
        format_html_join("", '<th scope="col">{}</th>', ((name,) for name in head)),
        rows,
    )


def legend(chart: MonthsChart) -> SafeString:
    """Return the names of the layers with their colours, and the line's sum."""
    names = format_html_join(
        "",
        '<span><span class="dot k{}"></span>{}</span>',
        ((layer.colour, layer.name) for layer in chart.layers),
    )
    line = format_html('<span class="dash">{}</span>', _("能拿出 ¥%(sum)s") % {"sum": _plain(chart.affordable_fen)})
    return format_html('<p class="key">{}{}</p>', names, line)


Rect = tuple[str, int, int, int, int]


def _layers(chart: MonthsChart, top: int) -> list[Rect]:
    gap = max(round_ratio(top, GAP_SHARE), 1)
    base = [0] * chart.months
    rects: list[Rect] = []
    for layer in chart.layers:
        paid = len(layer.months_fen) if layer.paid_months is None else layer.paid_months
        heights = [_yuan(fen) for fen in layer.months_fen]
        spans = [(base[m], h, m < paid) for m, h in enumerate(heights)]
        month = 0
        for (ground, height, solid), run in groupby(spans):
            width = len(list(run))
            if height > 0:
                tone = f"k{layer.colour}" + ("" if solid else " pale")
                rects.append((tone, month, top - ground - height, width, max(height - gap, 1)))
            month += width
        for m, h in enumerate(heights):
            base[m] += h
    return rects


def _over(chart: MonthsChart, top: int, line: int) -> list[Rect]:
    """What stands above the line is ink."""
    rects: list[Rect] = []
    for first, last, total in chart.rows():
        height = _yuan(total) - (top - line)
        if height > 0:
            rects.append(("over", first - 1, line - height, last - first + 1, height))
    return rects


def _runs(chart: MonthsChart) -> Sequence[tuple[int, int, int]]:
    """Like ``rows``, but a run ends wherever any one layer changes."""

    def key(month: int) -> tuple[int, ...]:
        return tuple(layer.months_fen[month] if month < len(layer.months_fen) else -1 for layer in chart.layers)

    found, month = [], 0
    for _amounts, run in groupby(range(chart.months), key):
        length = len(list(run))
        found.append((month + 1, month + length, chart.total_fen(month)))
        month += length
    return found


def _yuan(fen: int) -> int:
    return round_ratio(fen, FEN)


def _sum(fen: int) -> str:
    return "¥" + _grouped(yuan(fen))


def _plain(fen: int) -> str:
    """Whole yuan without places, as the line's sum is round more often than not."""
    text = yuan(fen)
    return _grouped(text[:-3] if text.endswith(".00") else text)


def _grouped(text: str) -> str:
    whole, _dot, places = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    grouped = f"{int(whole.lstrip('-')):,}"
    return sign + grouped + (f".{places}" if places else "")
