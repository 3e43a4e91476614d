"""The one-negotiation desk behind a mailed link: what is asked, what the bank may answer, the agreement to seal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import uuid6
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.dispatch import actions as dispatch
from heyue.dispatch import mail_links
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.dispatch.unmasking import record_paper
from heyue.disputes import actions as disputes
from heyue.disputes import reads as dispute_reads
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk import viewer
from heyue.faces.desk.by_mail import CODE, code_error, mailed, opened
from heyue.faces.desk.case_beside import disputed
from heyue.faces.desk.case_forms import GROUNDS, AcceptForm, AskForm, CounterRefusalForm, RefusalForm, StandstillForm
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.disputes import answer_given, paper_shown
from heyue.faces.desk.offer_form import AT_FIELD, OfferForm, typed_as
from heyue.faces.desk.page import GONE_ON, said
from heyue.faces.desk.preview import Preview, of_terms, preview
from heyue.faces.problems import field_error
from heyue.faces.sessions import asked_from
from heyue.journey import by_mail, perform
from heyue.journey.officer_may import officer_may
from heyue.journey.staff_words import agreement_words, case_words
from heyue.negotiation import actions as negotiation
from heyue.negotiation import reads as negotiations
from heyue.negotiation.drafting import VALID_DAYS, as_asked, try_out
from heyue.negotiation.models import Negotiation, Offer

DATE = {"class": "form-control", "type": "date"}


class SealForm(DeskForm):
    """The code that signs for the bank."""

    code = forms.CharField(
        label=lazy("签署验证码"),
        max_length=12,
        widget=forms.TextInput(CODE),
        error_messages={"required": lazy("填6位验证码"), "max_length": lazy("验证码是6位数字，再看一眼邮件。")},
    )
    document_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    schedule_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


class StopForm(DeskForm):
    """From when collection has stopped."""

    from_on = forms.DateField(
        label=lazy("从哪天起停止催收"),
        widget=forms.DateInput(DATE, "%Y-%m-%d"),
        error_messages={"required": lazy("写明日期"), "invalid": lazy("日期写成 2026-12-10 这样")},
    )


@dataclass(frozen=True, slots=True)
class Matter:
    """The rows that a link opens; ``talk`` is None until the bank's receipt."""

    row: Dispatch
    talk: Negotiation | None
    drawn: Agreement | None

    @property
    def base(self) -> str:
        """The page's address."""
        return f"/desk/by-mail/case/{self.row.pk}"


@dataclass(frozen=True, slots=True)
class Typed:
    """Forms that come back with what was typed, and the draft that was tried out."""

    forms: dict[str, forms.Form] = field(default_factory=dict)
    shown: Preview | None = None
    notice: str = ""


def _matter(request: HttpRequest, case_id: UUID) -> Matter:
    row = dispatches.dispatch(request.actor, case_id)
    talk = negotiations.visible(request.actor).filter(pk=case_id).first()
    return Matter(row, talk, agreements.of_negotiation(request.actor, case_id) if talk else None)


@opened
def page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the one negotiation."""
    return _show(request, _matter(request, case_id), Typed())


def _show(request: HttpRequest, one: Matter, given: Typed) -> HttpResponse:
    actor = request.actor
    can = officer_may(actor, one.row, one.talk)
    counter = one.talk.offer if one.talk and can.answer_counter else None
    stands = one.talk.offer if one.talk and one.talk.offer and one.talk.offer.by == Offer.By.BANK else None
    found = given.forms
    offer_form, shown = found.get("offer"), given.shown
    if can.offer and offer_form is None:
        offer_form = OfferForm(initial={**typed_as(as_asked(one.row.debt)), "token": uuid6.uuid7()})
    until = {"valid_until": clock.today() + timedelta(days=VALID_DAYS)}
    papers = dispatches.proofs_shown(actor, one.row)
    look = viewer.asked_for(request, papers)
    context = {
        "one": one,
        "row": one.row,
        "base": one.base,
        "bank": one.row.bank,
        "named": actor.named,
        "facts": dispatches.case_facts(actor, one.row),
        "can": can,
        "standing": case_words(one.row, one.talk, one.drawn),
        "asked": of_terms(one.row.debt.asked_terms),
        "counter": counter,
        "counter_shown": of_terms(counter.terms) if counter else None,
        "stands": stands if stands and stands.fate == Offer.Fate.OPEN else None,
        "stands_shown": of_terms(stands.terms) if stands else None,
        "refused_for": _(GROUNDS.get(one.talk.refusal["ground"], "")) if one.talk and one.talk.refusal else "",
        "questions": negotiations.questions(actor, one.talk) if one.talk else [],
        "tabs": viewer.tabs(papers, one.base, look[0] if look else None),
        "opened": viewer.open_proof(request, *look, one.base) if look else None,
        "offer": offer_form,
        "preview": shown,
        "previewed": shown.hash if shown else "",
        "notice": given.notice,
        "standstill_form": found.get("standstill") or StandstillForm(initial={"until": one.row.standstill_until}),
        "ask": found.get("ask") or AskForm(initial={"token": uuid6.uuid7()}),
        "accept": found.get("accept") or AcceptForm(initial=until),
        "counter_refusal": found.get("counter") or CounterRefusalForm(),
        "refusal": found.get("refuse") or RefusalForm(),
        "papers_base": one.base,
        **disputed(actor, one.row),
        **_agreed(one, found),
    }
    return render(request, "desk/by_mail_case.html", context)


def _agreed(one: Matter, found: dict[str, forms.Form]) -> dict[str, Any]:
    if one.drawn is None:
        return {"drawn": None}
    drawn, now = one.drawn, agreements.standing(one.drawn)
    hashes = {"document_sha256": drawn.sha256, "schedule_hash": drawn.schedule_hash}
    return {
        "drawn": drawn,
        "drawn_words": agreement_words(drawn),
        "seal": (found.get("seal") or SealForm(initial=hashes)) if now.bank_signs else None,
        "stop": (found.get("stop") or StopForm(initial={"from_on": clock.today()}))
        if now.in_force and drawn.collection_stopped_on is None
        else None,
    }


@opened
def do(request: HttpRequest, case_id: UUID, act: str) -> HttpResponse:
    """Do one act of the bank's; what is amiss comes back at its field."""
    one = _matter(request, case_id)
    if request.method != "POST":
        return redirect(one.base)
    if act == "offer":
        return _offer(request, one)
    if act not in ACTS:
        raise NotFound()
    form, verb, done = ACTS[act](request, one)
    if form is None or form.is_valid():
        try:
            _take_in_hand(request, one)
            verb()
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            if form is None or refusal.status == GONE_ON:
                messages.warning(request, said(refusal))
                return redirect(one.base)
            code_error(form, refusal) if act == "seal" else field_error(form, refusal)
        else:
            messages.success(request, done)
            return redirect(one.base)
    return _show(request, one, Typed(forms={act: form}))


def _take_in_hand(request: HttpRequest, one: Matter) -> None:
    """Let the borrower see who handles it: the name that the officer gave."""
    name, _space, number = request.actor.named.rpartition(" ")
    if (
        one.talk
        and (one.talk.officer_name, one.talk.officer_number) != (name, number)
        and officer_may(request.actor, one.row, one.talk).assign
    ):
        perform(request.actor, negotiation.assign_officer, negotiation_id=one.row.pk, name=name, staff_number=number)


def _offer(request: HttpRequest, one: Matter) -> HttpResponse:
    """Try an offer out, or put it: only what was seen with this hash is put, once for each form."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _show(request, one, Typed(forms={"offer": form}))
    try:
        put, schedule = try_out(form.draft(), one.row.debt)
        shown = preview(request.actor, one.row, put, schedule)
        if "make" not in request.POST:
            return _show(request, one, Typed(forms={"offer": form}, shown=shown))
        if form.cleaned_data["previewed"] != schedule.hash:
            notice = _("条件改过了。这是按新条件算的，看过再发。")
            return _show(request, one, Typed(forms={"offer": form}, shown=shown, notice=notice))
        ref = f"mail-{form.cleaned_data['token']}"
        if not one.talk or not negotiations.offers(request.actor, one.talk).filter(bank_ref=ref).exists():
            _take_in_hand(request, one)
            perform(request.actor, by_mail.make_offer, negotiation_id=one.row.pk, put=put, bank_ref=ref)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        if refusal.status == GONE_ON:
            messages.warning(request, said(refusal))
            return redirect(one.base)
        form.add_error(AT_FIELD.get(refusal.field), said(refusal))
        return _show(request, one, Typed(forms={"offer": form}))
    messages.success(request, _("条件已经送到持卡人那里，等对方拿主意。"))
    return redirect(one.base)


Doing = tuple[Any, Callable[[], object], str]


def _receive(request: HttpRequest, one: Matter) -> Doing:
    values = {"form_sha256": request.POST.get("form_sha256", ""), "received_on": clock.today()}
    done = _("已确认收到，答复期限从今天起算。")
    return None, lambda: perform(request.actor, dispatch.receive, dispatch_id=one.row.pk, **values), done


def _standstill(request: HttpRequest, one: Matter) -> Doing:
    form = StandstillForm(request.POST)

    def answer() -> None:
        told = form.cleaned_data
        values = {"granted": told["answer"] == "grant", "until": told["until"], "reason": told["reason"]}
        perform(request.actor, dispatch.answer_standstill, dispatch_id=one.row.pk, **values)

    return form, answer, _("已告诉持卡人。")


def _ask(request: HttpRequest, one: Matter) -> Doing:
    form = AskForm(request.POST)

    def put() -> None:
        ref = f"mail-{form.cleaned_data['token']}"
        asked = negotiations.questions(request.actor, one.talk) if one.talk else []
        if ref not in {each.row.bank_ref for each in asked}:
            values = {"text": form.cleaned_data["text"], "bank_ref": ref}
            perform(request.actor, negotiation.ask, negotiation_id=one.row.pk, **values)

    return form, put, _("问题已经送到持卡人那里。")


def _accept(request: HttpRequest, one: Matter) -> Doing:
    form = AcceptForm(request.POST)
    counter = one.talk.offer if one.talk and officer_may(request.actor, one.row, one.talk).answer_counter else None

    def accept() -> None:
        if counter:
            values = {"counter_id": _counter_id(request), **form.cleaned_data}
            perform(request.actor, by_mail.accept_counter, negotiation_id=one.row.pk, **values)
        else:
            perform(request.actor, by_mail.accept, negotiation_id=one.row.pk, **form.cleaned_data)

    return form, accept, _("同意了，协议正在排版，等持卡人签字。")


def _refuse_counter(request: HttpRequest, one: Matter) -> Doing:
    form = CounterRefusalForm(request.POST)

    def refuse() -> None:
        values = {"counter_id": _counter_id(request), "text": form.cleaned_data["text"]}
        perform(request.actor, negotiation.refuse_counter, negotiation_id=one.row.pk, **values)

    return form, refuse, _("已告诉持卡人。")


def _refuse(request: HttpRequest, one: Matter) -> Doing:
    form = RefusalForm(request.POST)
    return (
        form,
        lambda: perform(request.actor, negotiation.refuse, negotiation_id=one.row.pk, **form.cleaned_data),
        _("已告诉持卡人。"),
    )


def _seal(request: HttpRequest, one: Matter) -> Doing:
    form = SealForm(request.POST)

    def seal() -> None:
        values = {"link_id": request.link.pk, "agreement_id": _drawn(one).pk, **form.cleaned_data}
        perform(request.actor, by_mail.seal, **values)

    return form, seal, _("银行签好了，协议生效。接下来请停止催收，并在这里告诉持卡人。")


def _stop(request: HttpRequest, one: Matter) -> Doing:
    form = StopForm(request.POST)

    def stop() -> None:
        perform(request.actor, agreement.stop_collection, agreement_id=_drawn(one).pk, **form.cleaned_data)

    return form, stop, _("已告诉持卡人停止催收了。")


ACTS: dict[str, Callable[[HttpRequest, Matter], Doing]] = {
    "receive": _receive,
    "standstill": _standstill,
    "ask": _ask,
    "accept": _accept,
    "counter": _refuse_counter,
    "refuse": _refuse,
    "seal": _seal,
    "stop": _stop,
}


def _drawn(one: Matter) -> Agreement:
    if one.drawn is None:
        raise NotFound()
    return one.drawn


def _counter_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("counter_id", ""))
    except ValueError:
        raise NotFound() from None


@opened
def seal_code(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Mail the code that signs the agreement as it was read."""
    one = _matter(request, case_id)
    if request.method == "POST":
        values = {"link_id": request.link.pk, "document_sha256": _drawn(one).sha256}
        mailed(
            request,
            lambda: perform(request.actor, mail_links.ask_seal_code, **values, asked_from=asked_from(request)),
        )
    return redirect(f"{one.base}#seal")


@opened
def answer_dispute(request: HttpRequest, case_id: UUID, dispute_id: UUID, asked_id: UUID) -> HttpResponse:
    """Answer the platform's question about a dispute in this negotiation; the same act as at the desk."""
    one = _matter(request, case_id)
    dispute_reads.dispute(request.actor, dispute_id)
    if request.method == "POST":
        values = answer_given(request, dispute_id, asked_id)
        try:
            perform(request.actor, disputes.answer, **values)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            messages.warning(request, said(refusal))
        else:
            messages.success(request, _("答复给平台了。"))
    return redirect(f"{one.base}#disputes")


@opened
def dispute_paper(request: HttpRequest, case_id: UUID, dispute_id: UUID, paper_id: UUID) -> HttpResponse:
    """Show a paper of a dispute in this negotiation; its opening is recorded."""
    return paper_shown(request, dispute_id, paper_id)


@opened
def form_pdf(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return the application form; its opening is recorded."""
    one = _matter(request, case_id)
    return _pdf(request, one, dispatches.form_pdf(request.actor, case_id), one.row.number)


@opened
def agreement_pdf(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return the newest agreement; its opening is recorded."""
    one = _matter(request, case_id)
    return _pdf(request, one, agreements.document(request.actor, _drawn(one).pk), _drawn(one).number)


@opened
def proof_picture(request: HttpRequest, case_id: UUID, proof_id: UUID) -> HttpResponse:
    """Return one page of a proof that was granted to this bank."""
    proof, content = dispatches.proof_shown(request.actor, case_id, proof_id)
    return viewer.picture(request, proof, lambda: content)


def _pdf(request: HttpRequest, one: Matter, content: bytes, number: str) -> HttpResponse:
    perform(request.actor, record_paper, dispatch_id=one.row.pk, number=number)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


urls = [
    path("by-mail/case/<uuid:case_id>", page),
    path("by-mail/case/<uuid:case_id>/form.pdf", form_pdf),
    path("by-mail/case/<uuid:case_id>/agreement.pdf", agreement_pdf),
    path("by-mail/case/<uuid:case_id>/seal-code", seal_code),
    path("by-mail/case/<uuid:case_id>/proofs/<uuid:proof_id>", proof_picture),
    path("by-mail/case/<uuid:case_id>/disputes/<uuid:dispute_id>/answer/<uuid:asked_id>", answer_dispute),
    path("by-mail/case/<uuid:case_id>/disputes/<uuid:dispute_id>/papers/<uuid:paper_id>", dispute_paper),
    path("by-mail/case/<uuid:case_id>/<str:act>", do),
]
