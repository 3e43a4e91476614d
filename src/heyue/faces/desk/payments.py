"""Payments that match no instalment: shown, not guessed; said by hand which rows they pay together."""

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

from heyue.banks.models import Bank
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

ROWS_SHOWN = 12


class SettleForm(forms.Form):
    """Which unmatched payments of one plan together pay which of its rows."""

    payments = forms.MultipleChoiceField(
        label=lazy("入账"),
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"required": lazy("选要对的入账"), "invalid_choice": lazy("有一笔已经对上了，再选一次")},
    )
    periods = forms.TypedMultipleChoiceField(
        label=lazy("算哪一期"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"required": lazy("选一期或几期"), "invalid_choice": lazy("有一期已经还了，再选一次")},
    )

    def __init__(self, *args: object, unmatched: list[Payment], rows: list[Instalment], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["payments"].choices = [(str(p.pk), _told(p)) for p in unmatched]  # type: ignore[attr-defined]
        self.fields["periods"].choices = [(r.period, _named(r)) for r in rows[:ROWS_SHOWN]]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One plan with unmatched payments, and the form that settles them."""

    plan_id: UUID
    bank: Bank
    number: str
    form: SettleForm


@staff_only(Role.REVIEWER, Role.OPERATOR)
def payments(request: HttpRequest) -> HttpResponse:
    """List the unmatched payments by agreement, the oldest first."""
    return _show(request)


@staff_only(Role.REVIEWER, Role.OPERATOR)
@posted("/desk/payments")
def settle(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Say which payments pay which rows; what was matched meanwhile leads back to the list."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unmatched = [p for p in plans.unmatched(actor) if p.plan_id == plan_id]
    if not unmatched:
        messages.info(request, _("这笔已经对上了。"))
        return redirect("desk-payments")
    form = SettleForm(request.POST, unmatched=unmatched, rows=_open_rows(actor, plan_id), prefix=str(plan_id))
    if form.is_valid():
        chosen = frozenset(UUID(pk) for pk in form.cleaned_data["payments"])
        try:
            perform(actor, actions.settle, payment_ids=chosen, periods=frozenset(form.cleaned_data["periods"]))
        except NotFound:
            messages.info(request, _("这笔已经对上了。"))
            return redirect("desk-payments")
        except Refusal as refusal:
            field_error(form, refusal)
        else:
            messages.success(request, _("对上了，持卡人已经看得到。"))
            return redirect("desk-payments")
    return _show(request, {plan_id: form})


def _show(request: HttpRequest, given: dict[UUID, SettleForm] | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    by_plan: dict[UUID, list[Payment]] = {}
    for payment in plans.unmatched(actor):
        by_plan.setdefault(payment.plan_id, []).append(payment)
    unsettled = [
        Unsettled(
            plan_id,
            found[0].bank,
            plans.plan(actor, plan_id).agreement.number,
            (given or {}).get(plan_id)
            or SettleForm(unmatched=found, rows=_open_rows(actor, plan_id), prefix=str(plan_id)),
        )
        for plan_id, found in by_plan.items()
    ]
    return page(request, "payments.html", {"unsettled": unsettled})


def _open_rows(actor: Actor, plan_id: UUID) -> list[Instalment]:
    return [row for row in plans.upcoming(actor) if row.plan_id == plan_id]


def _told(payment: Payment) -> str:
    said = {
        "day": day_text(payment.paid_on),
        "sum": yuan_text(payment.amount_fen),
        "ref": payment.bank_ref,
        "text": payment.text,
    }
    return (_("%(day)s · %(sum)s · 流水号 %(ref)s %(text)s") % said).strip()


def _named(row: Instalment) -> str:
    said = {"n": row.period, "day": day_text(row.due_on), "sum": yuan_text(row.amount_fen)}
    return _("首付 · %(day)s · %(sum)s") % said if row.period == 0 else _("第%(n)s期 · %(day)s · %(sum)s") % said


urls = [
    path("payments", payments, name="desk-payments"),
    path("payments/<uuid:plan_id>/settle", settle),
]
