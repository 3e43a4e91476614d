"""帮手, the helper's side: accepting by the own code, and what one may see and do for somebody else, as oneself."""

from __future__ import annotations

from collections.abc import Mapping
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
from django.views.decorators.http import require_POST

from heyue.application import reads as applications
from heyue.application.answers import EXPENSE_KINDS, HARDSHIP_KINDS, INCOME_KINDS, FieldErrors, clean, part_version
from heyue.engine.moves import Actor
from heyue.engine.refusal import NotFound, Refusal
from heyue.execution import reads as plans
from heyue.faces.borrower.fields import CodeField
from heyue.faces.borrower.progress_told import finding, heard, in_order, tell
from heyue.faces.problems import field_error, next_step, sentence
from heyue.faces.sessions import asked_from, borrower_only
from heyue.identity import assistance
from heyue.identity.assistance import SCOPES
from heyue.journey import assisting, perform
from heyue.journey.assisting import FILLABLE
from heyue.journey.matters import matters

DUES_SHOWN = 6
KINDS: dict[str, Mapping[str, str]] = {"income": INCOME_KINDS, "expenses": EXPENSE_KINDS}
TITLES = {"income": lazy("每月收入"), "expenses": lazy("每月支出"), "hardship": lazy("遇到的困难")}


class AcceptForm(forms.Form):
    """The code that was sent to the helper's own phone."""

    code = CodeField(label=lazy("短信验证码"))


@never_cache
@borrower_only(before_identity=True)
def helping(request: HttpRequest) -> HttpResponse:
    """Show whom one was asked to help, and whom one helps."""
    found = [(row, name, [_(SCOPES[s]) for s in row.scopes]) for row, name in assistance.asked_of(request.actor)]
    return render(request, "borrower/helper/helping.html", {"found": found})


@never_cache
@borrower_only(before_identity=True)
def accept(request: HttpRequest, assistance_id: UUID) -> HttpResponse:
    """Tell what helping means, send the own code, and accept by it."""
    asked = _asked(request.actor, assistance_id)
    if asked is None:
        raise NotFound()
    row, name = asked
    form = AcceptForm(request.POST if "code" in request.POST else None)
    sent = "code" in request.POST or request.GET.get("sent") == "1"
    if "send" in request.POST:
        try:
            perform(
                request.actor, assistance.ask_accept_code, assistance_id=assistance_id, asked_from=asked_from(request)
            )
        except Refusal as refusal:
            messages.warning(request, sentence(refusal) + next_step(refusal))
        return redirect(f"/helping/{assistance_id}/accept?sent=1")
    if form.is_bound and form.is_valid():
        try:
            perform(request.actor, assistance.accept, assistance_id=assistance_id, code=form.cleaned_data["code"])
            messages.success(request, _("好了，你是%(name)s的帮手了。") % {"name": name})
            return redirect("helping-of", assistance_id)
        except Refusal as refusal:
            field_error(form, refusal)
    context = {"row": row, "name": name, "scopes": [_(SCOPES[s]) for s in row.scopes], "form": form, "sent": sent}
    return render(request, "borrower/helper/accept.html", context)


@never_cache
@borrower_only(before_identity=True)
def of(request: HttpRequest, assistance_id: UUID) -> HttpResponse:
    """Show how it stands for the one who is helped: every bank, the coming payments, the banks' questions."""
    return _page(request, assistance_id)


def _page(request: HttpRequest, assistance_id: UUID, wrong: dict[str, object] | None = None) -> HttpResponse:
    acting, name = assistance.helper(request.actor, assistance_id)  # type: ignore[attr-defined]
    row = applications.latest(acting)
    found = matters(acting, row.pk) if row else []
    stories = in_order([tell(heard(acting, row.borrower_id, found), one) for one in found]) if row else []
    may_fill = "fill" in acting.scopes and bool(applications.in_the_making(acting))
    context = {
        "id": assistance_id,
        "name": name,
        "heading": finding(stories) if stories else "",
        "stories": stories,
        "dues": plans.upcoming(acting)[:DUES_SHOWN],
        "may_answer": "messages" in acting.scopes,
        "parts": [(part, TITLES[part]) for part in FILLABLE] if may_fill else [],
        "wrong": wrong or {},
    }
    return render(request, "borrower/helper/of.html", context)


@require_POST
@borrower_only(before_identity=True)
def answer(request: HttpRequest, assistance_id: UUID, negotiation_id: UUID, question_id: UUID) -> HttpResponse:
    """Answer a bank's question in the borrower's place, as the helper."""
    acting, _name = assistance.helper(request.actor, assistance_id)
    typed = request.POST.get("text", "")
    try:
        perform(acting, assisting.answer, negotiation_id=negotiation_id, question_id=question_id, text=typed)
        messages.success(request, _("答复送出去了，写明是你代答的。"))
    except Refusal as refusal:
        if refusal.field:
            wrong = {"question_id": question_id, "typed": typed, "words": sentence(refusal)}
            return _page(request, assistance_id, wrong)
        if refusal.status in (403, 404):
            raise
        messages.warning(request, sentence(refusal))
    return redirect("helping-of", assistance_id)


@never_cache
@borrower_only(before_identity=True)
def fill(request: HttpRequest, assistance_id: UUID, part: str) -> HttpResponse:
    """Fill in one part of the draft; the borrower looks it over and hands it in."""
    acting, name = assistance.helper(request.actor, assistance_id)
    draft = applications.in_the_making(acting)
    if draft is None or part not in FILLABLE:
        raise NotFound()
    answers = applications.answers(acting, draft)
    kept, version = answers.get(part, {}), part_version(answers, part)
    errors: dict[str, str] = {}
    warning = ""
    if request.method == "POST":
        try:
            values = clean(part, {**_rest(kept), **request.POST.dict()})
            seen = request.POST.get("version") or None
            perform(acting, assisting.fill_in, application_id=draft.pk, part=part, values=values, version=seen)
            messages.success(request, _("填好了。%(name)s交以前会再看一遍。") % {"name": name})
            return redirect("helping-of", assistance_id)
        except FieldErrors as wrong:
            errors = wrong.errors
        except Refusal as refusal:
            if refusal.code != "answered-elsewhere":
                raise
            warning = _("%(name)s刚改过这一页。问问哪个对，再交一次就用你填的。") % {"name": name}
    context = {
        "warning": warning,
        "version": version,
        "id": assistance_id,
        "name": name,
        "part": part,
        "title": TITLES[part],
        "amounts": _amounts(part, kept, request.POST, errors),
        "kinds": [(k, _(said)) for k, said in HARDSHIP_KINDS.items()] if part == "hardship" else [],
        "kind": request.POST.get("kind", kept.get("kind", "")),
        "story": request.POST.get("story", kept.get("story", "")),
        "errors": {field: _(said) for field, said in errors.items()},
    }
    return render(request, "borrower/helper/fill.html", context)


@require_POST
@borrower_only(before_identity=True)
def end(request: HttpRequest, assistance_id: UUID) -> HttpResponse:
    """Stop helping, or decline to."""
    perform(request.actor, assistance.end, assistance_id=assistance_id)
    messages.success(request, _("结束了。"))
    return redirect("helping")


def _asked(actor: Actor, assistance_id: UUID) -> tuple[Any, str] | None:
    waiting = (one for one in assistance.asked_of(actor) if one[0].pk == assistance_id)
    return next((one for one in waiting if one[0].accepted_at is None), None)


def _rest(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this page does not ask, so that it stays: dependants, reserve, savings and the like."""
    return {name: str(value) for name, value in kept.items() if isinstance(value, str | int)}


def _amounts(
    part: str, kept: Mapping[str, Any], typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[dict[str, str]]:
    before = {item["kind"]: item["monthly"] for item in kept.get("items", [])}
    return [
        {
            "name": kind,
            "label": _(said),
            "value": typed.get(kind, before.get(kind, "")),
            "error": _(errors[kind]) if kind in errors else "",
        }
        for kind, said in KINDS.get(part, {}).items()
    ]


urls = [
    path("helping", helping, name="helping"),
    path("helping/<uuid:assistance_id>", of, name="helping-of"),
    path("helping/<uuid:assistance_id>/accept", accept, name="helping-accept"),
    path("helping/<uuid:assistance_id>/end", end, name="helping-end"),
    path("helping/<uuid:assistance_id>/fill/<slug:part>", fill, name="helping-fill"),
    path("helping/<uuid:assistance_id>/answer/<uuid:negotiation_id>/<uuid:question_id>", answer, name="helping-answer"),
]
