"""The months of all banks together, as layers of the one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from heyue.banks.models import Bank
from heyue.engine.offer import month_totals
from heyue.engine.schedule import Row
from heyue.faces.months_chart import Layer, MonthsChart
from heyue.faces.shown import yuan_text
from heyue.journey.weighing import OtherBank, Terms

COLOURS = 4


def colour_of(bank: Bank) -> int:
    """Return the bank's data colour, 1 to 4."""
    return (max(bank.colour, 1) - 1) % COLOURS + 1


def layer(bank: Bank, months_fen: Sequence[int], paid_months: int | None = None) -> Layer:
    """Return one bank's months as a layer."""
    return Layer(bank.short_name, colour_of(bank), tuple(months_fen), paid_months)


def with_others(bank: Bank, terms: Terms, others: Iterable[OtherBank], affordable_fen: int, words: str) -> MonthsChart:
    """Return the picture of one set of terms on top of all other banks' plans; ``words`` name the terms."""
    below = [layer(o.bank, month_totals([o.rows], terms.base)) for o in others]
    heaviest = max((m.total_fen for m in terms.view.months), default=0)
    label = _("%(words)s：最多的一个月 %(sum)s") % {"words": words, "sum": yuan_text(heaviest)}
    return MonthsChart((*below, layer(bank, terms.months_fen)), affordable_fen, label, low=True)


def months_of(rows: Iterable[Row], base: date) -> tuple[int, ...]:
    """Return what rows ask in each month after ``base``'s."""
    return month_totals([tuple(rows)], base)
