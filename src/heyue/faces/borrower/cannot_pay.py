"""这个月还不上: what it means under the agreement, what to ask for, and telling the bank before the day."""

from __future__ import annotations

from datetime import date
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

from heyue.agreement.typeset import breach_terms
from heyue.documents.basis import COLLECTION_STOPS
from heyue.engine.money import fen, yuan
from heyue.engine.refusal import Refusal
from heyue.execution import cannot_pay as verbs
from heyue.execution import reads as plans
from heyue.execution.cannot_pay import WISHES, WORDS_CHARS_MAX, Replan, Said
from heyue.execution.models import Plan
from heyue.execution.reads import Due
from heyue.faces.borrower.clause_words import late_charge_told
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.journey import perform

AMOUNT_CHARS_MAX = 14


class AmountField(forms.CharField):
    """A sum in yuan, kept as fen."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            max_length=AMOUNT_CHARS_MAX,
            widget=widget,
            error_messages={"required": lazy("填一个数，没有就填 0"), "max_length": lazy("数太大了")},
            **kwargs,
        )

    def clean(self, value: str) -> int:
        """Return fen. Raises ``ValidationError``."""
        text = super().clean(value).replace(",", "").replace("¥", "").strip()
        try:
            found = fen(text)
        except ValueError as bad:
            raise forms.ValidationError(_("填一个数，例如 300 或 300.50")) from bad
        if found < 0:
            raise forms.ValidationError(_("填 0 或大于 0 的数"))
        return found


class CannotForm(forms.Form):
    """What can be paid now and later, what is wished, until when, and why."""

    can_pay = AmountField(label=lazy("这一期你现在能还多少"))
    later = AmountField(label=lazy("从下个月起，每月能还它多少"))
    wish = forms.ChoiceField(
        label=lazy("想请银行怎么办"), widget=forms.RadioSelect, error_messages={"required": lazy("选一种你想要的办法")}
    )
    pay_by = forms.DateField(
        label=lazy("哪天能还上（晚几天或先还一部分时填）"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": lazy("填一个日子，例如 2026-11-26")},
    )
    words = forms.CharField(
        label=lazy("为什么，一两句就行"),
        max_length=WORDS_CHARS_MAX,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": lazy("写一两句为什么，500 字以内"), "max_length": lazy("写得太长了，500 字以内")},
    )

    def __init__(self, *args: Any, only_sums: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [(name, _(said)) for name, said in WISHES.items()]
        if only_sums:
            self.fields["wish"].required = self.fields["words"].required = False


@never_cache
@borrower_only
def cannot(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Explain, work out what could be asked for, and tell the bank.

    ``计算`` shows the change that fits what was typed; ``告诉银行`` sends it.
    """
    row = plans.plan(request.actor, plan_id)
    one = plans.carried_out(row)
    due = one.next
    if due is None:
        return redirect("plan", plan_id)
    breach = breach_terms(row.agreement)
    told = next((w for w in plans.warnings(request.actor, row) if w.period == due.row.period), None)
    only_sums = "work-out" in request.POST
    form = CannotForm(request.POST or None, initial=_usual(due), only_sums=only_sums)
    found: Replan | None = None
    worked_out = is_enough = False
    if request.method == "POST" and form.is_valid() and told is None:
        data = form.cleaned_data
        found, worked_out = verbs.replan(row, data["can_pay"], data["later"], breach.grace_days), True
        is_enough = data["can_pay"] >= due.row.amount_fen
        if not only_sums and _sent(request, row, due, form, found):
            return redirect("plan", plan_id)
    elif request.method == "POST" and told:
        return redirect("plan", plan_id)
    context = {
        "plan": row,
        "bank": row.bank,
        "due": due,
        "form": form,
        "breach": breach,
        "late_charge": late_charge_told(breach),
        "late_so_far": plans.late_count(row),
        "basis": COLLECTION_STOPS,
        "found": found,
        "worked_out": worked_out,
        "is_enough": is_enough,
        "told": told,
        "told_wish": _(WISHES[told.wish]) if told else "",
        "dialled": "".join(c for c in row.bank.hotline if c.isdigit()),
    }
    return render(request, "borrower/plan/cannot.html", context)


def _sent(request: HttpRequest, row: Plan, due: Due, form: CannotForm, found: Replan | None) -> bool:
    data = form.cleaned_data
    pay_by: date | None = data["pay_by"] if data["wish"] in ("later", "part") else None
    terms = (
        found.terms if found and data["wish"] in ("deferral", "longer-term") and found.wish == data["wish"] else None
    )
    said = Said(due.row.period, data["wish"], data["can_pay"], pay_by, data["words"].strip(), terms)
    try:
        perform(request.actor, verbs.tell_bank, plan_id=row.pk, said=said)  # type: ignore[attr-defined]
    except Refusal as refusal:
        field_error(form, refusal)
        return False
    messages.success(request, _("告诉%(bank)s了。三天没有回音，就打电话问。") % {"bank": row.bank.name})
    return True


def _usual(due: Due) -> dict[str, object]:
    return {"can_pay": "", "later": yuan(due.row.amount_fen)}


urls = [path("plan/<uuid:plan_id>/cannot", cannot, name="cannot-pay")]
