"""One act on many cases at the desk: say it once, look at what each would get, do it, and read what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import uuid6
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from heyue.casework import bulk
from heyue.casework import reads as casework
from heyue.casework.models import BulkItem
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.faces.desk.bulk_forms import form_for, said_of
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.page import gone_on, home_of, page
from heyue.faces.problems import field_error, sentence
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked
from heyue.journey import perform
from heyue.journey.bulk import ahead, carry_out

LOOKED_AT = ("message", "paper", "channel")
"""Acts of which something goes out: what each case would get is shown before."""
FATES = {
    BulkItem.Fate.WAITING: words("还没办成，可以再试一次"),
    BulkItem.Fate.DONE: words("办好了"),
    BulkItem.Fate.UNCHANGED: words("本来就是这样，没有动"),
    BulkItem.Fate.REFUSED: words("没有办"),
}
desk_only = staff_only(Role.OFFICER, Role.REVIEWER, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Line:
    """One chosen case: whose, what the borrower is told, why it cannot be done (empty: it can)."""

    row: Dispatch
    name: str
    said: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Became:
    """One case of a run and what became of it."""

    row: Dispatch
    name: str
    standing: str
    why: str
    done: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a post says: the act, the cases, the run's id, and where one comes from."""

    act: str
    cases: tuple[UUID, ...]
    token: UUID
    back: str


@desk_only
def step(request: HttpRequest) -> HttpResponse:
    """Take one step of an act on the chosen cases: fill in, look, do."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        return redirect(back_of(actor))
    try:
        chosen = _chosen(request, actor)
        if not {"look", "do", "assign"} & request.POST.keys():
            return _show(request, chosen, _form_to_fill(request, chosen))
        form = form_for(chosen.act, actor, request.POST)
        if not form.is_valid():
            return _show(request, chosen, form)
        if chosen.act in LOOKED_AT and "do" not in request.POST:
            return _show(request, chosen, form, looked=True)
        return _do(request, chosen, form)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return gone_on(request, refusal, back_of(actor))


def _do(request: HttpRequest, chosen: Chosen, form: DeskForm) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    values = {"act": chosen.act, "values": form.cleaned_data, "case_ids": chosen.cases}
    try:
        perform(actor, bulk.begin_run, run_id=chosen.token, **values)
    except Refusal as refusal:
        if refusal.field not in form.fields:
            raise
        field_error(form, refusal)
        return _show(request, chosen, form)
    carry_out(actor, chosen.token)
    return redirect(f"/desk/bulk/{chosen.token}")


def _show(request: HttpRequest, chosen: Chosen, form: DeskForm, *, looked: bool = False) -> HttpResponse:
    """Show the form with the chosen cases; ``looked``: what each would get, to be sent as it stands."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines = _ahead(actor, chosen, form) if looked else _lines(actor, chosen)
    if looked and form.errors:
        looked, lines = False, _lines(actor, chosen)
    context = {
        "chosen": chosen,
        "said": _(bulk.ACTS[chosen.act]),
        "form": form,
        "lines": lines,
        "looked": looked,
        "looks": chosen.act in LOOKED_AT,
        "gone": len(chosen.cases) - len(lines),
        "possible": sum(1 for line in lines if not line.why),
        "outcome": said_of(chosen.act, form.cleaned_data) if looked else "",
        "templates": casework.message_templates(actor) if chosen.act == "message" else [],
    }
    return page(request, "bulk.html", context)


def _ahead(actor: Actor, chosen: Chosen, form: DeskForm) -> list[Line]:
    """Return what each case would get; words that cannot be sent are an error of the form."""
    try:
        if chosen.act == "message":
            bulk.must_be_fillable(form.cleaned_data["text"])
        found = ahead(actor, chosen.act, form.cleaned_data, chosen.cases)
    except Refusal as refusal:
        if refusal.field not in form.fields:
            raise
        field_error(form, refusal)
        return []
    return [
        Line(one.row, masked(one.row.application.borrower).name, one.said, sentence(one.refusal) if one.refusal else "")
        for one in found
    ]


def _lines(actor: Actor, chosen: Chosen) -> list[Line]:
    rows = dispatches.visible(actor).filter(pk__in=chosen.cases).order_by("number")
    return [Line(row, masked(row.application.borrower).name) for row in rows]


def _form_to_fill(request: HttpRequest, chosen: Chosen) -> DeskForm:
    """Return the form as it is first seen, with a template's words where one was chosen, or as it was left."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    initial: dict[str, object] = {}
    if "edit" in request.POST:
        initial = {name: request.POST[name] for name in form_for(chosen.act, actor).fields if name in request.POST}
    elif request.POST.get("template"):
        kept = casework.message_template(actor, _id(request.POST["template"]))
        initial = {"text": kept.text, "wants_answer": kept.wants_answer}
    return form_for(chosen.act, actor, initial=initial)


@desk_only
def outcome(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Tell for each case what was done and why not; a post tries again what broke."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    run = casework.bulk_run(actor, run_id)
    if request.method == "POST":
        carry_out(actor, run_id)
        return redirect(f"/desk/bulk/{run_id}")
    lines = [_became(item) for item in casework.bulk_items(run)]
    context = {
        "run": run,
        "said": _(bulk.ACTS[run.act]),
        "lines": sorted(lines, key=lambda line: (line.done, line.row.number)),
        "done": sum(1 for line in lines if line.done),
        "left": [line for line in lines if not line.done],
        "waiting": bool(casework.bulk_waiting(actor, run_id)),
        "back": back_of(actor),
        "base": "/desk/cases/" if actor.role is Role.OFFICER else "",
    }
    return page(request, "bulk_outcome.html", context)


def _became(item: BulkItem) -> Became:
    fate = BulkItem.Fate(item.fate)
    why = _(item.message) % item.params if item.message and item.params else _(item.message) if item.message else ""
    name = masked(item.dispatch.application.borrower).name
    return Became(item.dispatch, name, _(FATES[fate]), why, fate in (BulkItem.Fate.DONE, BulkItem.Fate.UNCHANGED))


def back_of(actor: Actor) -> str:
    """Return the list from which this role chooses cases."""
    return home_of(actor) if actor.role is Role.OFFICER else "/desk/channels"


def _chosen(request: HttpRequest, actor: Actor) -> Chosen:
    """Read what is chosen. Raises ``Refusal``: ``none-chosen``, ``too-many``; ``NotPermitted`` for another's act."""
    act = "assign" if "assign" in request.POST else request.POST.get("act", "")
    if act not in bulk.ACTS:
        raise NotFound()
    if actor.role not in bulk.BY[act]:
        raise NotPermitted()
    cases = tuple(bulk.must_be_some([_id(one) for one in request.POST.getlist("case")]))
    token = request.POST.get("token", "")
    return Chosen(act, cases, _id(token) if token else uuid6.uuid7(), back_of(actor))


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound() from None


urls = [
    path("bulk", step, name="desk-bulk"),
    path("bulk/<uuid:run_id>", outcome, name="desk-bulk-outcome"),
]
