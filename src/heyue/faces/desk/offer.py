"""The officer's offer: tried out as often as one likes, put to the borrower once it was seen."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from heyue.casework import actions as casework
from heyue.casework.templates import terms_of
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.desk.case_beside import done_or_sent
from heyue.faces.desk.case_page import Case, Filled, case_of, show
from heyue.faces.desk.offer_form import AT_FIELD, OfferForm
from heyue.faces.desk.page import GONE_ON, gone_on, taken
from heyue.faces.desk.preview import preview
from heyue.faces.problems import next_step, sentence
from heyue.journey import perform
from heyue.negotiation import reads as negotiations
from heyue.negotiation.drafting import try_out
from heyue.negotiation.terms import Put


def offer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Try an offer out, or put it: only what was seen with this hash is put."""
    case = case_of(request.actor, case_id)
    form = OfferForm(request.POST)
    if not form.is_valid():
        return show(request, case, Filled(forms={"offer": form}))
    try:
        put, schedule = try_out(form.draft(), case.row.debt)
        shown = preview(request.actor, case.row, put, schedule)
        if "keep" in request.POST:
            notice = _keep(request, form, case)
            return show(request, case, Filled(forms={"offer": form}, shown=shown, notice=notice))
        if "make" not in request.POST:
            return show(request, case, Filled(forms={"offer": form}, shown=shown))
        if form.cleaned_data["previewed"] != schedule.hash:
            notice = _("条件改过了。这是按新条件算的，看过再发。")
            return show(request, case, Filled(forms={"offer": form}, shown=shown, notice=notice))
        _make(request.actor, case, put, f"desk-{form.cleaned_data['token']}")
    except Refusal as refusal:
        return _refused(request, case, form, refusal)
    done = done_or_sent(request.actor, case_id, _("条件已经送到持卡人那里，等对方拿主意。"))
    return taken(request, done, case.base, f"{case.base}#offer")


def _keep(request: HttpRequest, form: OfferForm, case: Case) -> str:
    """Keep the terms as a template of the bank, and say so."""
    name = request.POST.get("template_name", "")
    terms = terms_of(form.draft(), case.row.debt)
    perform(request.actor, casework.keep_template, name=name, terms=terms)  # type: ignore[attr-defined]
    return _("存成了模板，本行同事出方案时都能用。")


def _make(actor: Actor, case: Case, put: Put, ref: str) -> None:
    """Put the offer; the same form sent twice is one offer."""
    if case.talk and negotiations.offers(actor, case.talk).filter(bank_ref=ref).exists():
        return
    perform(actor, casework.put_offer, negotiation_id=case.row.pk, put=put, ref=ref)


def _refused(request: HttpRequest, case: Case, form: OfferForm, refusal: Refusal) -> HttpResponse:
    if refusal.status in (403, 404):
        raise refusal
    if refusal.status == GONE_ON:
        return gone_on(request, refusal, case.base)
    words = " ".join(part for part in (sentence(refusal), next_step(refusal)) if part)
    article = _("（%(article)s）") % {"article": refusal.article} if refusal.article else ""
    form.add_error(AT_FIELD.get(refusal.field), words + article)
    return show(request, case, Filled(forms={"offer": form}))
