"""An agreement: in plain words, as a PDF, signed by a fresh code over its digest, cancelled before it is in force."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue.agreement import actions
from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.agreement.typeset import certificate_for, text_of
from heyue.engine.refusal import Refusal
from heyue.execution import reads as plans
from heyue.faces import kept
from heyue.faces.borrower.agreement_told import told
from heyue.faces.borrower.fields import CodeField
from heyue.faces.problems import field_error, next_step, sentence
from heyue.faces.sessions import borrower_only
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.identity.models import OneTimeCode
from heyue.journey import perform
from heyue.vault import mask_phone


class SigningForm(forms.Form):
    """The code, and the digest of the document that was read."""

    document = forms.CharField(widget=forms.HiddenInput)
    code = CodeField(label=lazy("签字验证码"))


@never_cache
@borrower_only
def agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Show the agreement, where it stands and what to do."""
    row = agreements.agreement(request.actor, agreement_id)
    return render(request, "borrower/agreement/page.html", _context(request, row))


@never_cache
@borrower_only
def standing(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Answer with where it stands, 204 when that is what the page shows already."""
    row = agreements.agreement(request.actor, agreement_id)
    at = agreements.standing(row)
    if request.GET.get("seen") == at.version:
        return HttpResponse(status=204)
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@never_cache
@borrower_only
def pdf(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Give the document itself, to be read in the browser."""
    content = agreements.document(request.actor, agreement_id)
    return _paper(content, agreements.agreement(request.actor, agreement_id).number)


@never_cache
@borrower_only
def certificate(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Give the page that says how and when both sides signed."""
    row = agreements.agreement(request.actor, agreement_id)
    return _paper(certificate_for(row), f"{row.number}-S")


def _paper(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


@never_cache
@borrower_only
def sign(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Send a code for this document, take it, sign."""
    row = agreements.agreement(request.actor, agreement_id)
    if not agreements.standing(row).to_sign:
        return redirect("agreement", agreement_id)
    form = SigningForm(request.POST if "code" in request.POST else None, initial={"document": row.sha256})
    if request.method == "POST":
        if "code" not in request.POST:
            return _send(request, row)
        if form.is_valid() and _signed(request, row, form):
            return redirect("agreement", agreement_id)
    phone = people.own(request.actor).phone
    context = {
        "row": row,
        "bank": row.bank,
        "form": form,
        "told": told(row, text_of(row)),
        "sent": form.is_bound or kept.look(request, _key(row)).get("document") == row.sha256,
        "phone": mask_phone(phone),
        "seconds": people.seconds_until_resend(OneTimeCode.Purpose.SIGN_DOCUMENT, phone),
    }
    return render(request, "borrower/agreement/sign.html", context, status=422 if form.errors else 200)


@never_cache
@borrower_only
def cancel(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Ask once more, and cancel an agreement that is not in force."""
    row = agreements.agreement(request.actor, agreement_id)
    at = agreements.standing(row)
    if request.method == "POST":
        try:
            perform(request.actor, actions.cancel, agreement_id=agreement_id)
            messages.success(request, _("和%(bank)s的协议取消了。") % {"bank": row.bank.name})
        except Refusal as refusal:
            if not agreements.standing(agreements.agreement(request.actor, agreement_id)).cancelled:
                messages.warning(request, sentence(refusal))
        return redirect("agreement", agreement_id)
    if not at.may_cancel:
        return redirect("agreement", agreement_id)
    return render(request, "borrower/agreement/cancel.html", {"row": row, "bank": row.bank, "at": at})


def _send(request: HttpRequest, row: Agreement) -> HttpResponse:
    try:
        perform(request.actor, identity.ask_signing_code, document_sha256=row.sha256)
    except Refusal as refusal:
        # A second tap: a code is on its way already, on to where it is entered.
        if refusal.code != "code-too-soon" or not kept.look(request, _key(row)):
            messages.warning(request, f"{sentence(refusal)} {next_step(refusal)}".strip())
            return redirect("agreement-sign", row.pk)
    kept.put(request, _key(row), {"document": row.sha256})
    return redirect("agreement-sign", row.pk)


def _signed(request: HttpRequest, row: Agreement, form: SigningForm) -> bool:
    try:
        perform(
            request.actor,
            actions.sign,
            agreement_id=row.pk,
            document_sha256=form.cleaned_data["document"],
            code=form.cleaned_data["code"],
        )
    except Refusal as refusal:
        if agreements.standing(agreements.agreement(request.actor, row.pk)).to_sign:
            field_error(form, refusal)
            return False
    request.session.pop(_key(row), None)
    return True


def _key(row: Agreement) -> str:
    return f"signing:{row.pk}"


def _context(request: HttpRequest, row: Agreement) -> dict[str, object]:
    return {
        "row": row,
        "bank": row.bank,
        "at": agreements.standing(row),
        "told": told(row, text_of(row)),
        "signatures": [(s, s.side == s.Side.BORROWER) for s in agreements.signatures(request.actor, row.pk)],
        "plan": plans.of_negotiation(request.actor, row.negotiation_id),
    }


urls = [
    path("agreement/<uuid:agreement_id>", agreement, name="agreement"),
    path("agreement/<uuid:agreement_id>/standing", standing, name="agreement-standing"),
    path("agreement/<uuid:agreement_id>/document.pdf", pdf, name="agreement-pdf"),
    path("agreement/<uuid:agreement_id>/certificate.pdf", certificate, name="agreement-certificate"),
    path("agreement/<uuid:agreement_id>/sign", sign, name="agreement-sign"),
    path("agreement/<uuid:agreement_id>/cancel", cancel, name="agreement-cancel"),
]
