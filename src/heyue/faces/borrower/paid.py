"""我还了: the borrower's word that an instalment was paid, with the receipt, until the bank reports it."""

from __future__ import annotations

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
from django.views.decorators.http import require_safe

from heyue import clock
from heyue.application.proofs import TOO_LARGE
from heyue.engine.refusal import NotFound, Refusal
from heyue.execution import reads as plans
from heyue.execution import said_paid
from heyue.faces.borrower.apply.proof_files import SANDBOXED
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.faces.upload_limit import was_too_large
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.vault.files import discard


class PaidForm(forms.Form):
    """The day of the payment, and the receipt."""

    paid_on = forms.DateField(
        label=lazy("哪天还的"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": lazy("填还款的日子"),
            "invalid": lazy("填一个日子，例如 2026-11-26"),
        },
    )
    receipt = forms.FileField(
        label=lazy("回单或转账截图（可以不传）"),
        required=False,
        widget=forms.FileInput({"accept": "image/*,.pdf"}),
        error_messages={"empty": lazy("这个文件是空的，换一个试试")},
    )


@never_cache
@borrower_only
def paid(request: HttpRequest, plan_id: UUID, instalment_id: UUID) -> HttpResponse:
    """Ask for the day and the receipt, and keep both."""
    row = plans.instalment(request.actor, instalment_id)
    if row.plan_id != plan_id:
        raise NotFound()
    posted = request.method == "POST"
    form = PaidForm(request.POST, request.FILES) if posted else PaidForm(initial={"paid_on": clock.today()})
    if posted and was_too_large(request):
        form.add_error("receipt", _(TOO_LARGE))
    if posted and form.is_valid():
        try:
            _keep(request, instalment_id, form.cleaned_data)
            messages.success(request, _("记下了。银行报来收到，这一期就会消掉。"))
            return redirect("plan", plan_id)
        except Refusal as refusal:
            field_error(form, refusal)
    context = {"row": row, "plan": row.plan, "bank": row.plan.bank, "form": form, "done": plans.is_paid(row)}
    return render(request, "borrower/plan/paid.html", context)


def _keep(request: HttpRequest, instalment_id: UUID, data: dict[str, Any]) -> None:
    actor = request.actor  # type: ignore[attr-defined]
    file = data["receipt"]
    stored = said_paid.take_in(people.person(actor).pk, file.read()) if file else None
    try:
        perform(actor, said_paid.say_paid, instalment_id=instalment_id, paid_on=data["paid_on"], receipt=stored)
    except Refusal:
        if stored:
            discard(stored.file)  # what was not taken fills no disk
        raise


@require_safe
@never_cache
@borrower_only
def receipt(request: HttpRequest, said_id: UUID) -> HttpResponse:
    """Show the own receipt."""
    media_type, content = said_paid.receipt(request.actor, said_id)
    headers = {"Content-Security-Policy": SANDBOXED, "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=media_type, headers=headers)


urls = [
    path("plan/<uuid:plan_id>/paid/<uuid:instalment_id>", paid, name="paid"),
    path("receipts/<uuid:said_id>", receipt, name="receipt"),
]
