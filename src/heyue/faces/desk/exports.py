"""Figures of the bank's answers, and its cases as a file: masked as on the page, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.casework import actions as casework
from heyue.casework.bulk import must_be_some
from heyue.engine.money import yuan
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk.cases import Row, queue_rows
from heyue.faces.desk.page import gone_on, page, posted
from heyue.faces.sessions import staff_only
from heyue.journey import perform
from heyue.journey.bank_figures import SPAN_DAYS, figures

Cell = str | int | Decimal
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (CSV injection; OWASP). Words get a leading apostrophe."""
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet computes: numbers as they are, words that look like a formula quoted."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(STARTS_A_FORMULA) else cell


def as_csv(lines: Iterable[Sequence[Cell]]) -> bytes:
    """Write lines as CSV with a byte order mark, by which spreadsheets know that it is UTF-8."""
    told = io.StringIO()
    csv.writer(told).writerows([safe(cell) for cell in line] for line in lines)
    return told.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Iterable[Sequence[Cell]]) -> bytes:
    """Write lines as one sheet."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("heyue")
    for line in lines:
        sheet.append([safe(cell) for cell in line])
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()


@staff_only(Role.OFFICER)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the bank's cases as a file; that is recorded."""
    if kind not in MEDIA_TYPES:
        raise Http404
    return _file(request, kind, queue_rows(request.actor))


@staff_only(Role.OFFICER)
@posted("/desk/cases")
def export_chosen(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the chosen cases as a file: all of them, or none where one is gone; that is recorded for each."""
    if kind not in MEDIA_TYPES:
        raise Http404
    try:
        chosen = {str(one) for one in must_be_some(request.POST.getlist("case"))}
    except Refusal as refusal:
        return gone_on(request, refusal, "/desk/cases")
    rows = [row for row in queue_rows(request.actor) if str(row.row.pk) in chosen]
    if len(rows) != len(chosen):
        raise NotFound()
    return _file(request, kind, rows)


def _file(request: HttpRequest, kind: str, rows: list[Row]) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    perform(actor, casework.record_export, kind=kind, case_ids=[row.row.pk for row in rows])
    return _download([_heads(), *(_line(row) for row in rows)], kind, "cases")


def _download(lines: list[tuple[Cell, ...]], kind: str, name: str) -> HttpResponse:
    response = HttpResponse(as_csv(lines) if kind == "csv" else as_xlsx(lines), content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}-{clock.today():%Y%m%d}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


@staff_only(Role.OFFICER, Role.REVIEWER, Role.OPERATOR)
def shown_figures(request: HttpRequest) -> HttpResponse:
    """Show how the bank, or every bank, answered in the last year."""
    return page(request, "figures.html", {"figures": figures(request.actor), "span": SPAN_DAYS})


@staff_only(Role.OFFICER, Role.REVIEWER, Role.OPERATOR)
def export_figures(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the figures as a file: counts of cases, no case."""
    if kind not in MEDIA_TYPES:
        raise Http404
    heads = (
        _("银行"),
        _("首次答复，一般用几个工作日"),
        _("按期答复"),
        _("到期的首次答复"),
        _("谈成"),
        _("结束的协商"),
        _("说好的日子做到了"),
        _("说好的日子"),
    )
    lines: list[tuple[Cell, ...]] = [heads]
    for one in figures(request.actor):
        shares = (one.in_time, one.agreed, one.promises)
        middle: Cell = "" if one.middle_days is None else one.middle_days
        lines.append((one.bank.name, middle, *(count for share in shares for count in (share.part, share.whole))))
    return _download(lines, kind, "figures")


def _heads() -> tuple[str, ...]:
    return (
        _("案件号"),
        _("持卡人"),
        _("欠款（元）"),
        _("逾期天数"),
        _("申请期数"),
        _("申请月供（元）"),
        _("走到哪步"),
        _("负责"),
        _("期限"),
    )


def _line(one: Row) -> tuple[Cell, ...]:
    debt = one.row.debt
    return (
        one.row.number,
        one.name,
        Decimal(yuan(debt.balance_fen)),
        debt.days_overdue,
        int(debt.asked_terms["periods"]),
        Decimal(yuan(debt.asked_instalment_fen)),
        one.standing,
        one.officer,
        one.due_on.isoformat() if one.due_on else "",
    )


urls = [
    path("cases.<str:kind>", export, name="desk-export"),
    path("cases/chosen.<str:kind>", export_chosen),
    path("figures", shown_figures, name="desk-figures"),
    path("figures.<str:kind>", export_figures),
]
