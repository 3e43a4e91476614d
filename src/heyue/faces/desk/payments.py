"""Payments that match no instalment: shown, not guessed; said by hand which one they pay."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.execution import actions
from heyue.execution import reads as plans
from heyue.execution.models import Instalment, Payment
from heyue.faces.desk.page import page, posted
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.faces.shown import day_text, yuan_text
from heyue.journey import perform


class PeriodForm(forms.Form):
    """Which row of the schedule a payment pays."""

    period = forms.TypedChoiceField(
        label=lazy("算哪一期"),
        coerce=int,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一期"), "invalid_choice": lazy("这一期已经还了，选另一期")},
    )

    def __init__(self, *args: object, rows: list[Instalment], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["period"].choices = [("", _("选一期")), *((r.period, _named(r)) for r in rows)]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Line:
    """One unmatched payment with the form that allocates it."""

    payment: Payment
    number: str
    form: PeriodForm


@staff_only(Role.REVIEWER, Role.OPERATOR)
def payments(request: HttpRequest) -> HttpResponse:
    """List the unmatched payments, the oldest first."""
    return _show(request)


@staff_only(Role.REVIEWER, Role.OPERATOR)
@posted("/desk/payments")
def allocate(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Say which instalment a payment pays; one that was matched meanwhile leads back to the list."""
    actor: Actor = request.actor
    found = plans.unmatched(actor).filter(pk=payment_id).first()
    if found is None:
        messages.info(request, _("这笔已经对上了。"))
        return redirect("desk-payments")
    form = PeriodForm(request.POST, rows=_open_rows(actor, found), prefix=str(payment_id))
    if form.is_valid():
        try:
            perform(actor, actions.allocate, payment_id=payment_id, period=form.cleaned_data["period"])
        except NotFound:
            messages.info(request, _("这笔已经对上了。"))
            return redirect("desk-payments")
        except Refusal as refusal:
            field_error(form, refusal)
        else:
            messages.success(request, _("对上了，持卡人已经看得到。"))
            return redirect("desk-payments")
    return _show(request, {payment_id: form})


def _show(request: HttpRequest, given: dict[UUID, PeriodForm] | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines = [
        Line(
            payment,
            plans.plan(actor, payment.plan_id).agreement.number,
            (given or {}).get(payment.pk) or PeriodForm(rows=_open_rows(actor, payment), prefix=str(payment.pk)),
        )
        for payment in plans.unmatched(actor)
    ]
    return page(request, "payments.html", {"lines": lines})


def _open_rows(actor: Actor, payment: Payment) -> list[Instalment]:
    return [row for row in plans.upcoming(actor) if row.plan_id == payment.plan_id]


def _named(row: Instalment) -> str:
    said = {"n": row.period, "day": day_text(row.due_on), "sum": yuan_text(row.amount_fen)}
    return _("首付 · %(day)s · %(sum)s") % said if row.period == 0 else _("第%(n)s期 · %(day)s · %(sum)s") % said


urls = [
    path("payments", payments, name="desk-payments"),
    path("payments/<uuid:payment_id>/allocate", allocate),
]
