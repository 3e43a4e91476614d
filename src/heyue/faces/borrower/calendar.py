"""还款: the month with all banks' payments, what is next and where to pay it, what is late, paid, unmatched."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.engine.months import months_after
from heyue.execution import reads as plans
from heyue.execution.reads import Carried, Due, Mark
from heyue.faces.borrower.offer_chart import colour_of, layer, months_of
from heyue.faces.months_chart import MonthsChart
from heyue.faces.sessions import borrower_only
from heyue.faces.shown import day_text, month, yuan_text

UPCOMING_SHOWN = 6
YEARS_TURNED_MAX = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the month: its number (0: before the first), the payments on it."""

    day: int
    today: bool = False
    seals: str = ""
    colour: int = 0
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A month's cells and what they say to those who listen."""

    name: str
    cells: tuple[Cell, ...]
    label: str
    before: str
    after: str


@never_cache
@borrower_only
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the month that is asked for, the current one first."""
    all_plans = plans.carried(request.actor)
    today = clock.today()
    first = _asked_month(request, today)
    dues = sorted((due for one in all_plans for due in one.dues), key=lambda d: (d.row.due_on, d.plan.bank.colour))
    this_month = [due for due in dues if _same_month(due.row.due_on, today) and due.mark is not Mark.PAID]
    late = [due for due in dues if due.mark is Mark.LATE]
    ahead = [due for due in dues if due.mark in (Mark.NEXT, Mark.LATER)]
    paid = [due for due in dues if due.mark is Mark.PAID]
    going = [one for one in all_plans if not one.completed]
    context = {
        "plans": all_plans,
        "going": going,
        "first": first,
        "month": _month(first, dues, today),
        "this_month_fen": sum(due.row.amount_fen for due in this_month),
        "late": late,
        "next": ahead[0] if ahead else None,
        "ahead": ahead[:UPCOMING_SHOWN],
        "paid": paid,
        "paid_fen": sum(due.row.amount_fen for due in paid),
        "left_fen": sum(one.left_fen for one in all_plans),
        "unmatched": plans.unmatched(request.actor),
        "chart": chart_of(all_plans) if all_plans else None,
        "axis": _axis(dues),
    }
    return render(request, "borrower/calendar/page.html" if all_plans else "borrower/calendar/none.html", context)


def chart_of(all_plans: list[Carried]) -> MonthsChart:
    """Return the one picture of all plans from their first month to their last, what is paid in full colour."""
    earliest = min(due.row.due_on for one in all_plans for due in one.dues)
    base = months_after(earliest, -1, 31)
    layers = []
    for one in all_plans:
        rows = plans.all_rows(one.plan)
        paid = max((_months(base, due) for due in one.dues if due.mark is Mark.PAID), default=0)
        layers.append(layer(one.plan.bank, months_of(rows, base), paid))
    affordable = max(one.plan.application.affordable_fen or 0 for one in all_plans)
    left = sum(one.left_fen for one in all_plans)
    return MonthsChart(tuple(layers), affordable, _("每月要还的钱；还剩 %(sum)s") % {"sum": yuan_text(left)})


def _months(base: date, due: Due) -> int:
    on = due.row.due_on
    return (on.year - base.year) * 12 + on.month - base.month


def _asked_month(request: HttpRequest, today: date) -> date:
    """Return the first of the month that is asked for; this month for a foolish or far one."""
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return first if abs(first.year - today.year) <= YEARS_TURNED_MAX else today.replace(day=1)


def _month(first: date, dues: list[Due], today: date) -> Month:
    by_day: dict[int, list[Due]] = {}
    for due in dues:
        if _same_month(due.row.due_on, first):
            by_day.setdefault(due.row.due_on.day, []).append(due)
    cells = [Cell(0)] * first.weekday()
    for number in range(1, monthrange(first.year, first.month)[1] + 1):
        here = by_day.get(number, [])
        cells.append(
            Cell(
                number,
                today=first.replace(day=number) == today,
                seals="".join(due.plan.bank.seal for due in here),
                colour=colour_of(here[0].plan.bank) if here else 0,
                paid=bool(here) and all(due.mark is Mark.PAID for due in here),
            )
        )
    said = [f"{day_text(due.row.due_on)} {due.plan.bank.name}" for day in sorted(by_day) for due in by_day[day]]
    return Month(
        name=month(first),
        cells=tuple(cells),
        label=_("，").join(said) or _("这个月没有要还的"),
        before=f"{months_after(first, -1, 1):%Y-%m}",
        after=f"{months_after(first, 1, 1):%Y-%m}",
    )


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _axis(dues: list[Due]) -> list[str]:
    return [month(dues[0].row.due_on), month(dues[-1].row.due_on)] if dues else []


urls = [path("calendar", calendar, name="calendar")]
