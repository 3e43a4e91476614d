"""A bank's offer: side by side with what was asked and what to counter, and the acts upon it."""

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

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.deadlines import RULES, WaitKind
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.offer_tested import hurts, tested
from heyue.faces.borrower.offer_told import finding, over_words, phrase, short, told
from heyue.faces.problems import field_error, sentence
from heyue.faces.sessions import borrower_only
from heyue.journey import perform
from heyue.journey.weighing import weighed
from heyue.negotiation import borrower_acts
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.policy.load import rule


class DeclineForm(forms.Form):
    """Which offer is turned down, and why."""

    offer_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=lazy("想对银行说的（可以不写）"),
        required=False,
        max_length=borrower_acts.REASON_CHARS_MAX,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": lazy("写得太长了，留在 500 字以内")},
    )


@never_cache
@borrower_only
def offer(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Show the offer against the whole budget, and what can be done."""
    talk = negotiations.negotiation(request.actor, negotiation_id)
    if negotiations.is_agreed(talk):
        return _to_agreement(request.actor, talk)
    seen = weighed(request.actor, negotiation_id)
    if seen.offer is None:
        return redirect("progress-of", talk.application_id)
    said = told(seen)
    tried = tuple((column.name, column.terms, column.pick) for column in said.columns[1:])
    context = {
        "seen": seen,
        "told": said,
        "bank": talk.bank,
        "talk": talk,
        "suggestion": short(seen.suggested) if seen.suggested else "",
        "hurts": hurts(seen),
        "tested": tested(seen, tried),
    }
    return render(request, "borrower/offer/page.html", context)


@never_cache
@borrower_only
def accept(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Ask once more, with the finding and what follows, and accept the bank's offer as it stands."""
    talk = negotiations.negotiation(request.actor, negotiation_id)
    if request.method == "POST":
        return _accepted(request, talk)
    if negotiations.is_agreed(talk):
        return _to_agreement(request.actor, talk)
    seen = weighed(request.actor, negotiation_id)
    if not seen.stands or seen.offered is None:
        messages.warning(request, _("这个条件已经不在了，看看最新的。"))
        return redirect("offer", negotiation_id)
    context = {
        "seen": seen,
        "bank": talk.bank,
        "heading": finding(seen.offered, _("接受以后")),
        "over": over_words(seen.offered),
        "terms": phrase(seen.offered),
        "hurts": hurts(seen),
        "tested": tested(seen, ((_("接受以后"), seen.offered, False),)),
    }
    return render(request, "borrower/offer/accept.html", context)


@never_cache
@borrower_only
def decline(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Say what follows, take a word of reason, and turn the bank's offer down."""
    talk = negotiations.negotiation(request.actor, negotiation_id)
    seen = weighed(request.actor, negotiation_id)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            perform(request.actor, borrower_acts.decline_offer, negotiation_id=talk.pk, **form.cleaned_data)
            messages.success(request, _("告诉%(bank)s了。它可以再出一个条件，你也可以提。") % {"bank": talk.bank.name})
            return redirect("offer", talk.pk)
        except Refusal as refusal:
            if refusal.field:
                field_error(form, refusal)
            elif negotiations.is_declined(negotiations.negotiation(request.actor, talk.pk)):
                return redirect("offer", talk.pk)
            else:
                messages.warning(request, sentence(refusal))
                return redirect("offer", talk.pk)
    if not seen.stands or seen.offered is None:
        return redirect("offer", talk.pk)
    context = {"seen": seen, "bank": talk.bank, "form": form, "terms": phrase(seen.offered)}
    context["days"] = rule(RULES[WaitKind.ASK_AGAIN].rule_id or "", clock.today()).value
    return render(request, "borrower/offer/decline.html", context)


def _accepted(request: HttpRequest, talk: Negotiation) -> HttpResponse:
    try:
        offer_id = UUID(request.POST.get("offer", ""))
    except ValueError:
        return redirect("offer", talk.pk)
    try:
        perform(request.actor, borrower_acts.accept_offer, negotiation_id=talk.pk, offer_id=offer_id)
    except Refusal as refusal:
        talk = negotiations.negotiation(request.actor, talk.pk)
        if not negotiations.is_agreed(talk):
            messages.warning(request, sentence(refusal))
            return redirect("offer", talk.pk)
    return _to_agreement(request.actor, talk)


def _to_agreement(actor: Actor, talk: Negotiation) -> HttpResponse:
    row = agreements.of_negotiation(actor, talk.pk)
    return redirect("agreement", row.pk) if row else redirect("progress-of", talk.application_id)


urls = [
    path("n/<uuid:negotiation_id>/offer", offer, name="offer"),
    path("n/<uuid:negotiation_id>/accept", accept, name="accept"),
    path("n/<uuid:negotiation_id>/decline", decline, name="decline"),
]
