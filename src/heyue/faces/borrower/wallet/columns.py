"""A table that no layout knows: say what each column is, look at what comes of it, and it is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.engine.refusal import words
from heyue.faces.sessions import borrower_only
from heyue.journey import perform
from heyue.wallet import statement_acts as acts
from heyue.wallet import statement_draft as drafts
from heyue.wallet import statement_reads as statements
from heyue.wallet.issuers import issuers, slug_of
from heyue.wallet.statement_reading import read

COLUMNS = {
    "post_date": words("记账日期"),
    "txn_date": words("交易日期"),
    "description": words("说明、商户"),
    "amount": words("金额（有正有负）"),
    "charge": words("支出、消费"),
    "credit": words("收入、还款"),
    "tail": words("卡号尾号"),
    "currency": words("币种"),
}
DATES = {
    "": words("自己认"),
    "MM/DD": words("11/05（月/日）"),
    "MMDD": words("1105（月日）"),
    "YYMMDD": words("261105（年月日）"),
    "MM月DD日": words("11月05日"),
    "MM/DD/YYYY": words("11/05/2026（月/日/年）"),
    "DD/MM/YYYY": words("05/11/2026（日/月/年）"),
}
ROWS_SHOWN = 6
SECONDS_MAX = 30
PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it stands for choice: its heading, an example, what it was said to be."""

    index: int
    heading: str
    example: str
    chosen: str


@never_cache
@borrower_only
def columns(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Ask what the columns are, show what comes of it, keep it."""
    found = statements.file(request.actor, file_id)
    if not found.is_unmapped:
        return redirect("import-check", file_id)
    tables = statements.draft(request.actor, found.row)["tables"]
    at = _number(request.POST.get("table") or request.GET.get("table") or "0", len(tables))
    table = drafts.table_of(tables[at])
    chosen = _chosen(request, table.guesses, len(table.rows[0]) if table.rows else 0)
    banks = issuers(clock.today())
    named = request.POST.get("issuer", slug_of(table.issuer))
    said = {
        "issuer": named if any(bank.slug == named for bank in banks) else "",
        "flipped": request.POST.get("sign") == "flipped",
        "dates": request.POST.get("dates", ""),
    }
    context: dict[str, Any] = {"file": found, "at": at, "tables": tables, "error": "", "preview": None, **said}
    if request.method == "POST":
        outcome = _read_as_said(request, found, table, chosen, said)
        if isinstance(outcome, HttpResponse):
            return outcome
        context["error"], context["preview"] = outcome
    context["columns"] = [
        Column(index, table.header[index] if index < len(table.header) else "", _example(table.rows, index), field)
        for index, field in enumerate(chosen)
    ]
    context["rows"] = table.rows[:ROWS_SHOWN]
    context["fields"] = [(name, _(label)) for name, label in COLUMNS.items()]
    context["date_words"] = [(name, _(label)) for name, label in DATES.items()]
    context["banks"] = banks
    return render(request, "borrower/wallet/columns.html", context)


def _read_as_said(
    request: HttpRequest, found: Any, table: Any, chosen: list[str], said: dict[str, Any]
) -> HttpResponse | tuple[str, list[dict[str, Any]] | None]:
    """Read the file with what was said; keep it when it is to be kept, else return an error or the first rows."""
    from heyue.wallet.statement_files import learned  # with its readers' libraries, only when a file is mapped

    named = {field: index for index, field in enumerate(chosen) if field}
    try:
        mapping = learned(
            table, named, issuer=said["issuer"].upper(), flipped=said["flipped"], dates=said["dates"]
        ).as_data()  # fmt: skip
    except ValueError:
        return _("至少要说明三样：哪列是日期，哪列是说明，哪列是金额。"), None
    draft = read(statements.content(found.row), found.name, [mapping], seconds_max=SECONDS_MAX)
    if not draft.get("statements"):
        return _("按这样说明，有的行读不出日期或金额。看看是不是选错了列。"), None
    if request.POST.get("do") != "save":
        return "", draft["statements"][0]["rows"][:PREVIEW_ROWS]
    perform(
        request.actor,
        acts.say_columns,
        file_id=found.row.pk,
        draft=draft,
        mapping=mapping,
        fingerprint=table.fingerprint,
    )
    messages.success(request, _("记住了。以后同样的文件，你传上来就能读。"))
    return redirect("import-check", found.row.pk)


def _chosen(request: HttpRequest, guesses: Any, width: int) -> list[str]:
    """Return the field of each column: as sent, else as guessed."""
    if request.method == "POST":
        sent = [request.POST.get(f"c{index}", "") for index in range(width)]
        return [field if field in COLUMNS else "" for field in sent]
    by_index = {index: field for field, index in guesses.items()}
    return [by_index.get(index, "") if by_index.get(index, "") in COLUMNS else "" for index in range(width)]


def _example(rows: Any, index: int) -> str:
    return next((row[index] for row in rows if index < len(row) and row[index]), "")


def _number(text: str, count: int) -> int:
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    return min(number, count - 1)


urls = [path("import/<uuid:file_id>/columns", columns, name="import-columns")]
