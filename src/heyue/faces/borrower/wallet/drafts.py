"""A statement that was read: every field with its confidence and the words it stood in, to be mended and taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.borrower.wallet.fields import AmountField, DayField, TailField
from heyue.faces.borrower.wallet.files import problem_said
from heyue.faces.problems import next_step, sentence
from heyue.faces.sessions import borrower_only
from heyue.journey import perform
from heyue.wallet import reads as wallets
from heyue.wallet import statement_acts as acts
from heyue.wallet import statement_draft as drafts
from heyue.wallet import statement_reads as statements
from heyue.wallet.issuers import issuers, slug_of
from heyue.wallet.statement_reads import SentFile, Standing

ROWS_SHOWN = 8
TEXT_CHARS_MAX = 80
RAW_CHARS_MAX = 160
POLL_SECONDS = 1
UNPROCESSABLE = 422


class StatementForm(forms.Form):
    """The figures of one statement."""

    issuer = forms.ChoiceField(required=False)
    last4 = TailField(required=False)
    statement_on = DayField(required=False)
    due_on = DayField(required=False)
    balance = AmountField(required=False, below_zero=True)
    minimum = AmountField(required=False)
    previous = AmountField(required=False, below_zero=True)
    interest = AmountField(required=False)
    fees = AmountField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["issuer"].choices = [  # type: ignore[attr-defined]
            ("", _("选一家")),
            *((one.slug, one.name) for one in issuers(clock.today())),
        ]
        for name, field in self.fields.items():
            field.label = _(drafts.WORDS[name])

    def values(self) -> dict[str, Any]:
        """Return what was typed as a draft's plain data."""
        return {name: _plain(value) if value != "" else None for name, value in self.cleaned_data.items()}


class RowForm(forms.Form):
    """One line of a statement."""

    on = DayField(label=lazy("记账日"))
    text = forms.CharField(label=lazy("说明"), required=False, max_length=TEXT_CHARS_MAX)
    kind = forms.ChoiceField(label=lazy("是什么"), choices=[(kind, lazy(said)) for kind, said in drafts.KINDS.items()])
    fen = AmountField(label=lazy("金额（还款、退款填负数）"), below_zero=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """A field on the page: its form field, how sure it is, the words it stood in."""

    bound: forms.BoundField
    tone: str
    sure: str
    raw: str
    is_money: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row on the page."""

    position: int
    on: date
    text: str
    kind: str
    fen: int
    raw: str
    is_sure: bool

    @property
    def lowers(self) -> bool:
        """Whether it lowers the debt."""
        return self.fen < 0


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How the statement adds up: the old balance, all rows, what they make, what is printed, the difference."""

    previous_fen: int
    rows_fen: int
    printed_fen: int
    difference_fen: int

    @property
    def makes_fen(self) -> int:
        """The old balance with all rows."""
        return self.previous_fen + self.rows_fen

    @property
    def apart_fen(self) -> int:
        """By how much it does not add up, without its sign."""
        return abs(self.difference_fen)


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement of the draft as the page shows it."""

    position: int
    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    reckoned: Reckoned | None
    differing: tuple[tuple[str, int], ...]
    standing: Standing
    rows_available: bool
    currencies: tuple[str, ...]
    others: tuple[str, ...]
    unsure_count: int

    @property
    def first(self) -> tuple[Line, ...]:
        """The lines shown at once."""
        return self.lines[:ROWS_SHOWN]

    @property
    def rest(self) -> tuple[Line, ...]:
        """The lines folded away."""
        return self.lines[ROWS_SHOWN:]


@never_cache
@borrower_only
def check(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show what was read; keep what is mended; put it into the wallet."""
    found = statements.file(request.actor, file_id)
    elsewhere = _elsewhere(request, found)
    if elsewhere is not None:
        return elsewhere
    read: list[dict[str, Any]] = statements.draft(request.actor, found.row)["statements"]
    typed = [_form(request, one, position) for position, one in enumerate(read)]
    error = ""
    if request.method == "POST" and all([form.is_valid() for form in typed]):  # every one is judged
        for position, form in enumerate(typed):
            perform(request.actor, acts.correct, file_id=file_id, position=position, values=form.values())
        if request.POST.get("do") != "take":
            messages.success(request, _("改的都存好了。"))
            return redirect("import-check", file_id)
        answer = _taken(request, file_id)
        if isinstance(answer, HttpResponse):
            return answer
        error = answer
        read = statements.draft(request.actor, statements.file(request.actor, file_id).row)["statements"]
        for form, one in zip(typed, read, strict=True):
            for name in drafts.missing(one):
                form.add_error(name, _("补上这一项。"))
    context = {
        "file": found,
        "shown": [_shown(request, one, i, form) for i, (one, form) in enumerate(zip(read, typed, strict=True))],
        "needs_a_look": any(drafts.needs_a_look(one) for one in read),
        "error": error,
        "amiss": any(form.errors for form in typed),
    }
    return render(request, "borrower/wallet/check.html", context)


def _taken(request: HttpRequest, file_id: UUID) -> HttpResponse | str:
    """Put it into the wallet and lead to the card; return what is still amiss where it cannot be yet."""
    try:
        card_id = perform(request.actor, acts.take, file_id=file_id, looked_at="looked_at" in request.POST)
    except Refusal as refusal:
        if refusal.status != UNPROCESSABLE:
            raise
        return sentence(refusal) + next_step(refusal)
    messages.success(request, _("放进钱包了。欠款从账单往后算到了今天。"))
    shown_card = wallets.cards(request.actor).filter(pk=card_id).exists()
    return redirect("card", card_id) if shown_card else redirect("home")  # a feed's card stands in its place


@never_cache
@borrower_only
def line(request: HttpRequest, file_id: UUID, position: int, number: int) -> HttpResponse:
    """Mend one line, or take it out."""
    found = statements.file(request.actor, file_id)
    if not found.is_read:
        return redirect("import-check", file_id)
    read = statements.draft(request.actor, found.row)["statements"]
    if position >= len(read) or number >= len(read[position]["rows"]):
        raise NotFound()
    row = read[position]["rows"][number]
    form = RowForm(request.POST or None, initial={name: row[name]["value"] for name in ("on", "text", "kind", "fen")})
    removes = request.POST.get("do") == "remove"
    if request.method == "POST" and (removes or form.is_valid()):
        values = None if removes else {name: _plain(value) for name, value in form.cleaned_data.items()}
        perform(
            request.actor, acts.correct_row, file_id=file_id, position=position, line=number, values=values
        )  # fmt: skip
        return redirect("import-check", file_id)
    context = {"file": found, "form": form, "raw": row["raw"]}
    return render(request, "borrower/wallet/line.html", context)


def _elsewhere(request: HttpRequest, found: SentFile) -> HttpResponse | None:
    """Return the page of a file that is not to be looked at (now), None when it is."""
    if found.is_locked:
        return redirect("import-password", found.row.pk)
    if found.is_unmapped:
        return redirect("import-columns", found.row.pk)
    if found.is_taken:
        return redirect("card", found.row.card_id) if found.row.card_id else redirect("import")
    if found.is_read:
        return None
    if not found.is_waiting and not found.is_unreadable:
        raise NotFound()
    said = problem_said(found.row.problem) if found.is_unreadable else ""
    context = {"file": found, "said": said, "poll_seconds": 0 if said else POLL_SECONDS}
    response = render(request, "borrower/wallet/reading.html", context)
    return response


@never_cache
@borrower_only
def progress(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Say whether a file is still being read; when it is read, the page is loaded anew."""
    found = statements.file(request.actor, file_id)
    if not found.is_waiting:
        return HttpResponse(status=204, headers={"HX-Redirect": f"/import/{file_id}"})
    return render(request, "borrower/wallet/reading_part.html", {"file": found, "poll_seconds": POLL_SECONDS})


def _form(request: HttpRequest, statement: Mapping[str, Any], position: int) -> StatementForm:
    initial = {name: statement[name]["value"] for name in drafts.WORDS}
    initial["issuer"] = slug_of(str(initial["issuer"] or ""))
    return StatementForm(request.POST or None, prefix=f"s{position}", initial=initial)


def _shown(request: HttpRequest, statement: Mapping[str, Any], position: int, form: StatementForm) -> Shown:
    only_seen = statement["medium"] == drafts.PHOTO and drafts.difference_fen(statement) != 0
    return Shown(
        position=position,
        entries=tuple(_entry(form[name], statement[name], name, only_seen) for name in drafts.WORDS),
        lines=tuple(_line(number, row) for number, row in enumerate(statement["rows"])),
        reckoned=_reckoned(statement),
        differing=() if drafts.is_corrected(statement) else _differing(statement),
        standing=statements.standing(request.actor, statement),
        rows_available=statement["rows_available"],
        currencies=tuple(statement["currencies"]),
        others=tuple(str(one) for one in statement["others"]),
        unsure_count=drafts.unsure_rows(statement),
    )


def _entry(bound: forms.BoundField, field: Mapping[str, Any], name: str, only_seen: bool) -> Entry:
    """Return a field as it stands; ``only_seen``: it is a picture's, and no arithmetic speaks for it."""
    if field["corrected"]:
        tone, sure = "due-ok", _("你改的")
    elif field["value"] in (None, ""):
        needed = name in drafts.NEEDED
        tone, sure = ("due-soon", _("没找到，请填")) if needed else ("", _("账单上没有"))
    elif field["confidence"] >= drafts.TYPED:
        tone, sure = "due-ok", _("和账单对得上")
    elif field["confidence"] >= drafts.SURE and only_seen:
        tone, sure = "due-soon", _("照片上读的，对一下")
    elif field["confidence"] >= drafts.SURE:
        tone, sure = "", _("看清了")
    else:
        tone, sure = "due-soon", _("拿不准，对一下")
    return Entry(bound, tone, sure, str(field["raw"])[:RAW_CHARS_MAX], name in drafts.SUMS)


def _line(number: int, row: Mapping[str, Any]) -> Line:
    return Line(
        position=number,
        on=date.fromisoformat(row["on"]["value"]),
        text=str(row["text"]["value"] or ""),
        kind=_(drafts.KINDS.get(row["kind"]["value"], "")) if row["kind"]["value"] in drafts.KINDS else "",
        fen=int(row["fen"]["value"]),
        raw=str(row["raw"])[:RAW_CHARS_MAX],
        is_sure=all(row[part]["confidence"] >= drafts.SURE for part in ("on", "fen", "kind")),
    )


def _reckoned(statement: Mapping[str, Any]) -> Reckoned | None:
    difference_fen = drafts.difference_fen(statement)
    if difference_fen is None:
        return None
    previous_fen, printed_fen = int(statement["previous"]["value"]), int(statement["balance"]["value"])
    return Reckoned(previous_fen, drafts.rows_fen(statement), printed_fen, difference_fen)


def _differing(statement: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the statement's own checks that do not hold: words, and by how many fen."""
    return tuple(
        (_(drafts.CHECKS.get(one["name"], drafts.CHECKS["formula"])), abs(one["printed"] - one["reckoned"]))
        for one in drafts.differing(statement)
        if one["name"] not in ("rows", "balance")
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


urls = [
    path("import/<uuid:file_id>", check, name="import-check"),
    path("import/<uuid:file_id>/progress", progress, name="import-progress"),
    path("import/<uuid:file_id>/lines/<int:position>/<int:number>", line, name="import-line"),
]
