"""A counter-offer: one of the bank's own menu, tried out first, sent with a word of reason."""

from __future__ import annotations

from dataclasses import replace
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

from heyue.engine.menu import Choice
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.offer_told import finding, over_words, phrase, picture
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.faces.shown import yuan_text
from heyue.journey import perform
from heyue.journey.weighing import Terms, Weighed, terms_of_choice, weighed
from heyue.negotiation import borrower_acts
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.negotiation.terms import Put

NOTE_CHARS_MAX = 500


class CounterForm(forms.Form):
    """Periods, down payment and waiver from the bank's menu, and why."""

    periods = forms.TypedChoiceField(label=lazy("分几期"), coerce=int)
    down_payment = forms.ChoiceField(label=lazy("先付多少"))
    waiver = forms.ChoiceField(label=lazy("减免"))
    note = forms.CharField(
        label=lazy("想对银行说的（可以不写）"),
        required=False,
        max_length=NOTE_CHARS_MAX,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": lazy("写得太长了，留在 500 字以内")},
    )

    def __init__(self, data: Any, menu: tuple[Choice, ...]) -> None:
        super().__init__(data)
        for name in ("periods", "down_payment", "waiver"):
            self.fields[name].error_messages["invalid_choice"] = _("从银行能给的里面选一个")
            self.fields[name].error_messages["required"] = _("选一个")
        self.fields["periods"].choices = [(n, _("%(n)s期") % {"n": n}) for n in sorted({c.periods for c in menu})]
        self.fields["down_payment"].choices = _named({c.down_payment_ratio.text: c.down_payment_fen for c in menu})
        self.fields["waiver"].choices = _named({c.waiver_ratio.text: c.waived_fen for c in menu}, exact=True)


@never_cache
@borrower_only
def counter(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Try out other terms (GET with numbers, or 算算看), and send those that were tried (POST)."""
    seen = weighed(request.actor, negotiation_id)
    talk = seen.talk
    if not seen.may_counter or not seen.menu:
        if not negotiations.is_countered(talk):
            messages.warning(request, _("现在不能还价，看看它到了哪一步。"))
        return redirect("progress-of", talk.application_id)
    typed = request.POST if request.method == "POST" else request.GET
    form = CounterForm(typed if typed.get("periods") else _initial(seen), seen.menu)
    tried = None
    try:
        put, tried = _terms(form, seen)
        if put and form.is_valid() and _sends(request):
            put = replace(put, note=form.cleaned_data["note"].strip())
            perform(request.actor, borrower_acts.counter, negotiation_id=negotiation_id, put=put)
            return _sent(request, talk)
    except Refusal as refusal:
        if negotiations.is_countered(negotiations.negotiation(request.actor, negotiation_id)):
            return _sent(request, talk)
        field_error(form, refusal)
    context = {"seen": seen, "bank": talk.bank, "form": form, "tried": tried, "signature": _signature(form)}
    if tried:
        context |= {
            "heading": finding(tried, _("这样还")),
            "over": over_words(tried),
            "terms": phrase(tried),
            "picture": picture(seen, tried, _("这样还")),
        }
    return render(request, "borrower/offer/counter.html", context, status=422 if form.errors else 200)


def _sends(request: HttpRequest) -> bool:
    """Whether this post is to be sent: not merely tried, and not changed after its months were shown."""
    if request.method != "POST" or "look" in request.POST:
        return False
    return request.POST.get("seen", "") in ("", _signature(CounterForm(request.POST, ())))


def _signature(form: CounterForm) -> str:
    """Return what the choices of a form are, so that others than those shown are shown first."""
    return "/".join(str(form[name].value() or "") for name in ("periods", "down_payment", "waiver"))


def _terms(form: CounterForm, seen: Weighed) -> tuple[Put | None, Terms | None]:
    """Return what was chosen, judged; nothing while a choice is amiss. What is wrong with the note waits."""
    form.is_valid()
    periods, down, waiver = (form.cleaned_data.get(name) for name in ("periods", "down_payment", "waiver"))
    if periods is None or down is None or waiver is None:
        return None, None
    return terms_of_choice(seen, periods, down, waiver)


def _sent(request: HttpRequest, talk: Negotiation) -> HttpResponse:
    messages.success(request, _("还价送给%(bank)s了，等它答复。") % {"bank": talk.bank.name})
    return redirect("progress-of", talk.application_id)


def _initial(seen: Weighed) -> dict[str, object]:
    best = seen.suggested or seen.closest
    choice = best.choice if best and best.choice else seen.menu[0]
    return {
        "periods": choice.periods,
        "down_payment": choice.down_payment_ratio.text,
        "waiver": choice.waiver_ratio.text,
    }


def _named(ratios: dict[str, int], *, exact: bool = False) -> list[tuple[str, str]]:
    """Name a ratio by its sum; a down payment's sum depends on the waiver, so it is said to be about that."""
    named = []
    for text, fen in sorted(ratios.items(), key=lambda pair: pair[1]):
        about = yuan_text(fen) if exact else _("约 %(sum)s") % {"sum": yuan_text(fen)}
        named.append((text, about if fen else _("没有")))
    return named


urls = [path("n/<uuid:negotiation_id>/counter", counter, name="counter")]
