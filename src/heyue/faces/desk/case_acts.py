"""What an officer does on a case: each act is one post, and what is amiss comes back beside its field."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.casework import actions as casework
from heyue.dispatch import actions as dispatch
from heyue.dispatch import reads as dispatches
from heyue.dispatch.unmasking import record_paper
from heyue.dispatch.unmasking import unmask as unmask_holder
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk import viewer
from heyue.faces.desk.case_beside import done_or_sent
from heyue.faces.desk.case_forms import AcceptForm, CounterRefusalForm, RefusalForm, SayForm, StandstillForm
from heyue.faces.desk.case_page import Case, Filled, case_of, show
from heyue.faces.desk.page import GONE_ON, act, gone_on, posted, taken
from heyue.faces.desk.review_forms import ReasonForm
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.identity.reads import shown_as
from heyue.journey import perform
from heyue.negotiation import actions as negotiation
from heyue.negotiation import reads as negotiations

officer_only = staff_only(Role.OFFICER)
FORM_IDS = {"refusal": "refuse-form"}
"""The element of a form on the page where it is not called as the form is."""


def answer(
    request: HttpRequest, case: Case, name: str, form: Form, do: Callable[[], object], done: str | Callable[[], str]
) -> HttpResponse:
    """Do what a form says and go back to the case; bad input comes back at its field, what was typed kept.

    ``done``: the words, or what finds them once it is done.
    """
    if form.is_valid():
        try:
            do()
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            if refusal.status == GONE_ON:
                return gone_on(request, refusal, case.base)
            field_error(form, refusal)
        else:
            said = done if isinstance(done, str) else done()
            return taken(request, said, case.base, f"{case.base}#{FORM_IDS.get(name, name)}")
    return show(request, case, Filled(forms={name: form}))


@officer_only
@posted("/desk/cases/{case_id}")
def receive(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Acknowledge by hand the form whose digest the officer was shown."""
    case = case_of(request.actor, case_id)
    return act(
        request,
        case.base,
        lambda: perform(
            request.actor,
            dispatch.receive,
            dispatch_id=case_id,
            form_sha256=request.POST.get("form_sha256", ""),
            received_on=clock.today(),
        ),
        _("已确认收到，答复期限从今天起算。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def standstill(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Grant or refuse that collection pauses meanwhile."""
    form = StandstillForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "standstill",
        form,
        lambda: perform(
            request.actor,
            dispatch.answer_standstill,
            dispatch_id=case_id,
            granted=form.cleaned_data["answer"] == "grant",
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
        ),
        _("已告诉持卡人。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def assign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take the case: the borrower sees who handles it."""
    me = shown_as(request.actor)
    case = case_of(request.actor, case_id)
    return act(
        request,
        case.base,
        lambda: perform(
            request.actor,
            negotiation.assign_officer,
            negotiation_id=case_id,
            name=me.name if me else "",
            staff_number=me.staff_number if me else "",
        ),
        _("这件由你负责，持卡人看得到你的名字和工号。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def ask(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask the borrower, or say what asks nothing; the same form sent twice is one question."""
    case = case_of(request.actor, case_id)
    form, only_tell = SayForm(request.POST), "only_tell" in request.POST

    def put() -> None:
        ref = f"desk-{form.cleaned_data['token']}"
        asked = negotiations.questions(request.actor, case.talk) if case.talk else []
        if ref not in {one.row.bank_ref for one in asked}:
            text = form.cleaned_data["text"]
            do = negotiation.write_to_borrower if only_tell else negotiation.ask
            perform(request.actor, do, negotiation_id=case_id, text=text, bank_ref=ref)

    done = _("留言已经送到持卡人那里。") if only_tell else _("问题已经送到持卡人那里。")
    return answer(request, case, "ask", form, put, done)


@officer_only
@posted("/desk/cases/{case_id}")
def accept(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Accept what the borrower asked for."""
    form = AcceptForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "accept",
        form,
        lambda: perform(request.actor, casework.accept_as_asked, negotiation_id=case_id, **form.cleaned_data),
        lambda: done_or_sent(request.actor, case_id, _("按申请的方案同意了，协议正在排版，等持卡人签字。")),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def accept_counter(request: HttpRequest, case_id: UUID, counter_id: UUID) -> HttpResponse:
    """Accept the borrower's counter-offer."""
    form = AcceptForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "accept",
        form,
        lambda: perform(
            request.actor,
            casework.accept_counter,
            negotiation_id=case_id,
            counter_id=counter_id,
            **form.cleaned_data,
        ),
        lambda: done_or_sent(request.actor, case_id, _("接受了还价，协议正在排版，等持卡人签字。")),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def refuse_counter(request: HttpRequest, case_id: UUID, counter_id: UUID) -> HttpResponse:
    """Refuse the borrower's counter-offer, with words."""
    form = CounterRefusalForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "counter_refusal",
        form,
        lambda: perform(
            request.actor,
            negotiation.refuse_counter,
            negotiation_id=case_id,
            counter_id=counter_id,
            **form.cleaned_data,
        ),
        _("已告诉持卡人还价没有被接受。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def refuse(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Refuse the application, with ground, words and rule."""
    form = RefusalForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "refusal",
        form,
        lambda: perform(request.actor, negotiation.refuse, negotiation_id=case_id, **form.cleaned_data),
        _("已经答复：没有同意。持卡人看得到理由和依据。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def unmask(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the particulars in clear on this one answer, for a reason that is recorded."""
    case = case_of(request.actor, case_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            full = perform(request.actor, unmask_holder, dispatch_id=case_id, reason=form.cleaned_data["reason"])
            return show(request, case, Filled(full=full))
        except Refusal as refusal:
            field_error(form, refusal)
    return show(request, case, Filled(forms={"reason": form}))


@officer_only
def proof_picture(request: HttpRequest, case_id: UUID, proof_id: UUID) -> HttpResponse:
    """Return one page of a proof that was granted to this bank."""
    proof, content = dispatches.proof_shown(request.actor, case_id, proof_id)
    return viewer.picture(request, proof, lambda: content)


@officer_only
def form_pdf(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return the application form; it names the holder in full, so its opening is recorded."""
    content = dispatches.form_pdf(request.actor, case_id)
    return _pdf(request, case_id, content, dispatches.dispatch(request.actor, case_id).number)


@officer_only
def agreement_pdf(request: HttpRequest, case_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Return the agreement of this bank; its opening is recorded like the form's."""
    row = agreements.agreement(request.actor, agreement_id)
    if row.negotiation_id != case_id:
        raise NotFound()
    return _pdf(request, case_id, agreements.document(request.actor, agreement_id), row.number)


def _pdf(request: HttpRequest, case_id: UUID, content: bytes, number: str) -> HttpResponse:
    perform(request.actor, record_paper, dispatch_id=case_id, number=number)  # type: ignore[attr-defined]
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


urls = [
    path("cases/<uuid:case_id>/receive", receive),
    path("cases/<uuid:case_id>/standstill", standstill),
    path("cases/<uuid:case_id>/assign", assign),
    path("cases/<uuid:case_id>/ask", ask),
    path("cases/<uuid:case_id>/accept", accept),
    path("cases/<uuid:case_id>/counters/<uuid:counter_id>/accept", accept_counter),
    path("cases/<uuid:case_id>/counters/<uuid:counter_id>/refuse", refuse_counter),
    path("cases/<uuid:case_id>/refuse", refuse),
    path("cases/<uuid:case_id>/unmask", unmask),
    path("cases/<uuid:case_id>/proofs/<uuid:proof_id>", proof_picture),
    path("cases/<uuid:case_id>/form.pdf", form_pdf),
    path("cases/<uuid:case_id>/agreements/<uuid:agreement_id>.pdf", agreement_pdf),
]
