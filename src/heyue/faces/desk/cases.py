"""The officer's queue: this bank's cases by deadline, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

import uuid6
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.casework import reads as casework
from heyue.casework.bulk import ACTS, BY, said_to
from heyue.casework.templates import draft_of
from heyue.deadlines import days_left, open_waits
from heyue.deadlines.models import Wait
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.execution import said_paid
from heyue.faces.desk.bulk_forms import ways_to_share
from heyue.faces.desk.case_page import Case, Filled, case_of, show
from heyue.faces.desk.offer import offer
from heyue.faces.desk.page import page
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked, shown_as
from heyue.journey.board import late_since
from heyue.journey.staff_words import case_words
from heyue.negotiation import reads as negotiations
from heyue.negotiation.drafting import Draft
from heyue.negotiation.models import Negotiation

SOON_WORKING_DAYS = 3
FILTERS = ("late", "today", "soon", "new", "mine", "approval")


@dataclass(frozen=True, slots=True)
class Row:
    """One case as the queue lists it; sums in fen. ``left_fen``: what the household keeps if it pays as asked."""

    row: Dispatch
    name: str
    wait: Wait | None
    late_on: date | None
    waits_for_us: bool
    standing: str
    officer: str
    left_fen: int
    since: object
    mine: bool = False
    awaits_approval: bool = False

    @property
    def due_on(self) -> date | None:
        """The day that went by, else the last day of the nearest open wait."""
        return self.late_on or (self.wait.due_on if self.wait else None)

    @property
    def kinds(self) -> frozenset[str]:
        """The filters that show this row."""
        if not self.waits_for_us:
            return frozenset()
        left = days_left(self.wait) if self.wait and self.late_on is None else None
        found = {"new": not self.officer, "late": self.late_on is not None, "mine": self.mine}
        found["approval"] = self.awaits_approval
        found["today"] = left == 0
        found["soon"] = left is not None and 0 < left <= SOON_WORKING_DAYS
        return frozenset(name for name, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class Filter:
    """One tab above the queue."""

    name: str
    label: str
    tone: str
    count: int
    here: bool


@staff_only(Role.OFFICER)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for this bank by deadline, and the rest below."""
    rows = queue_rows(request.actor)
    number = request.GET.get("q", "").strip()[:40]
    chosen = request.GET.get("show", "")
    if number:
        rows = [r for r in rows if _matches(r, number)]
    waiting = sorted((r for r in rows if r.waits_for_us), key=lambda r: (r.due_on or clock.today(), r.row.number))
    shown = [r for r in waiting if chosen not in FILTERS or chosen in r.kinds]
    context = {
        "filters": _filters(waiting, chosen),
        "rows": shown,
        "rest": [r for r in rows if not r.waits_for_us],
        "q": number,
        "owed_fen": sum(r.row.debt.balance_fen for r in waiting),
        "waiting": len(waiting),
        "ways": ways_to_share(request.actor),
        "acts": [(name, _(said)) for name, said in ACTS.items() if request.actor.role in BY[name] and name != "assign"],
        "token": uuid6.uuid7(),
        "all": "all" in request.GET,
        "all_query": _toggled(request),
    }
    return page(request, "cases.html", context)


@staff_only(Role.OFFICER)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show one case of this bank; a post to it is an offer, tried out or made."""
    if request.method == "POST":
        return offer(request, case_id)
    case = case_of(request.actor, case_id)
    return show(request, case, Filled(draft=_from_template(request, case), words=_words_kept(request, case)))


def _toggled(request: HttpRequest) -> str:
    """Return this page's query with all cases chosen, or none where all are."""
    asked = {name: request.GET[name] for name in ("show", "q") if request.GET.get(name)}
    return urlencode(asked if "all" in request.GET else {**asked, "all": "1"})


def _from_template(request: HttpRequest, case: Case) -> Draft | None:
    """Return the draft that a chosen template makes for this debt. Raises ``NotFound`` for another bank's."""
    chosen = request.GET.get("template", "")
    if not chosen:
        return None
    try:
        kept = casework.template(request.actor, UUID(chosen))  # type: ignore[attr-defined]
    except ValueError:
        raise NotFound() from None
    return draft_of(kept.terms, case.row.debt)


def _words_kept(request: HttpRequest, case: Case) -> str:
    """Return the words that a chosen template has for this case. Raises ``NotFound`` for another bank's."""
    chosen = request.GET.get("message", "")
    if not chosen:
        return ""
    try:
        kept = casework.message_template(request.actor, UUID(chosen))  # type: ignore[attr-defined]
    except ValueError:
        raise NotFound() from None
    return said_to(request.actor, "message", {"text": kept.text}, case.row)  # type: ignore[attr-defined]


def _matches(row: Row, typed: str) -> bool:
    """Whether what was searched for is in the number, the last four of a card, the shown surname or the officer."""
    if typed.lower() in row.row.number.lower() or typed in row.officer:
        return True
    return row.name.rstrip("*").startswith(typed) or any(card["last4"] == typed for card in row.row.debt.structure)


def _filters(waiting: list[Row], chosen: str) -> list[Filter]:
    names = {
        "": (_("全部"), ""),
        "late": (_("已超期"), "due-now"),
        "today": (_("今天到期"), "due-now"),
        "soon": (_("%(n)s个工作日内") % {"n": SOON_WORKING_DAYS}, "due-soon"),
        "new": (_("还没人接手"), ""),
        "mine": (_("我负责的"), ""),
        "approval": (_("等复核"), ""),
    }
    return [
        Filter(name, label, tone, sum(1 for r in waiting if not name or name in r.kinds), name == chosen)
        for name, (label, tone) in names.items()
    ]


def queue_rows(actor: Actor) -> list[Row]:
    """Return every case of the bank, newest change first."""
    talks = {talk.pk: talk for talk in negotiations.visible(actor)}
    ours = set(negotiations.to_answer(actor).values_list("pk", flat=True))
    ours |= set(dispatches.on_the_way(actor).values_list("pk", flat=True))
    drawn = {row.negotiation_id: row for row in agreements.visible(actor)}
    held = set(casework.awaiting(actor).values_list("negotiation_id", flat=True))
    me = shown_as(actor)
    mine = me.staff_number if me else ""
    rows = list(dispatches.visible(actor).prefetch_related("application__debts"))
    waits, late = open_waits([row.pk for row in rows]), late_since(actor)
    found = [
        replace(
            _row(row, talks.get(row.pk), drawn.get(row.pk), waits.get(row.pk, []), late.get(row.pk), row.pk in ours),
            mine=bool(mine) and row.pk in talks and talks[row.pk].officer_number == mine,
            awaits_approval=row.pk in held,
        )
        for row in rows
    ]
    return sorted(found, key=lambda r: str(r.since), reverse=True)


def _row(
    row: Dispatch,
    talk: Negotiation | None,
    drawn: Agreement | None,
    waits: list[Wait],
    late_on: date | None,
    waits_for_us: bool,
) -> Row:
    asked_fen = sum(debt.asked_instalment_fen for debt in row.application.debts.all())
    return Row(
        row=row,
        name=masked(row.application.borrower).name,
        wait=waits[0] if waits else None,
        late_on=late_on,
        waits_for_us=waits_for_us,
        standing=case_words(row, talk, drawn),
        officer=talk.officer_name if talk else "",
        left_fen=(row.application.affordable_fen or 0) - asked_fen,
        since=(talk or row).state_since,
    )


@staff_only(Role.OFFICER)
def receipt(request: HttpRequest, case_id: UUID, said_id: UUID) -> HttpResponse:
    """Show the receipt of a payment that the borrower said was made, for the bank to look its books through."""
    dispatches.dispatch(request.actor, case_id)
    media_type, content = said_paid.receipt(request.actor, said_id)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=media_type, headers={**headers, "Cache-Control": "no-store"})


urls = [
    path("cases", queue, name="desk-cases"),
    path("cases/<uuid:case_id>/receipts/<uuid:said_id>", receipt, name="desk-receipt"),
    path("cases/<uuid:case_id>", case, name="desk-case"),
]
