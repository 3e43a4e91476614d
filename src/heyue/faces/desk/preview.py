"""A draft offer before it is put: instalment, total, true rate, hash, every row, the law, the joint months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from heyue import clock
from heyue.dispatch.models import Dispatch
from heyue.documents.figures import percent
from heyue.engine.moves import Actor
from heyue.engine.offer import month_totals
from heyue.engine.schedule import Row, Schedule, build
from heyue.faces.months_chart import Layer, MonthsChart
from heyue.faces.shown import yuan_text
from heyue.journey.beside import beside
from heyue.negotiation.advice import Budget, base_for, weigh
from heyue.negotiation.drafting import METHODS, checks
from heyue.negotiation.terms import Put

OURS, OTHERS = 3, 2
"""Data colours: the bank in question on top, the others below it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms in short: sums in fen, the method as a word."""

    periods: int
    instalment_fen: int
    last_fen: int
    down_payment_fen: int
    total_fen: int
    rate: str
    method: str
    hash: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One rule: whether it is kept, the finding, its source, article and grade."""

    fits: bool
    finding: str
    source: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What the officer sees of a draft. ``finding`` is the household's, in words; ``over`` says that it is bad."""

    terms: Terms
    hash: str
    checks: tuple[CheckLine, ...]
    chart: MonthsChart
    total_month_fen: int
    left_fen: int
    over_fen: int
    fails: str
    banks: int


def of_terms(terms: dict[str, Any]) -> Terms:
    """Return terms in short."""
    return of_schedule(build(terms))


def of_schedule(schedule: Schedule) -> Terms:
    """Return a schedule in short."""
    plan = schedule.plan
    return Terms(
        periods=plan.periods,
        instalment_fen=schedule.rows[0].payment_fen,
        last_fen=schedule.rows[-1].payment_fen,
        down_payment_fen=plan.down_payment_fen,
        total_fen=plan.down_payment_fen + schedule.total_payment_fen,
        rate=percent(schedule.annual_rates[0]),
        method=_(METHODS[plan.method]),
        hash=schedule.hash,
        rows=schedule.rows,
    )


def preview(actor: Actor, row: Dispatch, put: Put, schedule: Schedule) -> Preview:
    """Lay a judged draft beside what the household can pay and what the other banks ask."""
    today = clock.today()
    others = beside(actor, row.pk)
    budget = Budget(others.affordable_fen, others.savings_fen, others.rows)
    base = base_for(schedule, today)
    view = weigh(schedule, budget, base)
    worst_fen = max(month.total_fen for month in view.months)
    left_fen = min(month.affordable_fen - month.total_fen for month in view.months)
    return Preview(
        terms=of_schedule(schedule),
        hash=schedule.hash,
        checks=tuple(
            CheckLine(
                check.fits,
                _(check.message) % check.params,
                _("%(source)s %(article)s · %(grade)s")
                % {"source": check.record.source, "article": check.record.article, "grade": check.record.grade},
            )
            for check in checks(schedule, put, row.debt)
        ),
        chart=_chart(schedule, budget, base, worst_fen),
        total_month_fen=worst_fen,
        left_fen=max(left_fen, 0),
        over_fen=view.over_by_fen,
        fails=_fails(view.fails_in_month),
        banks=len(others.rows) + 1,
    )


def _fails(month: int | None) -> str:
    if month is None:
        return ""
    return _("积蓄不够付首付") if month == 0 else _("第%(n)s个月付不出") % {"n": month}


def _chart(schedule: Schedule, budget: Budget, base: date, worst_fen: int) -> MonthsChart:
    layers = []
    if budget.others:
        layers.append(Layer(_("他行"), OTHERS, month_totals(budget.beside(base), base)))
    layers.append(Layer(_("我行"), OURS, month_totals((schedule.rows,), base)))
    label = _("各家合计每月最多 %(sum)s，能拿出 %(can)s") % {
        "sum": yuan_text(worst_fen),
        "can": yuan_text(budget.affordable_fen),
    }
    return MonthsChart(tuple(layers), budget.affordable_fen, label)
