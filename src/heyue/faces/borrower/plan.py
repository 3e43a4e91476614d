"""One plan: every instalment with its state, the hash that never changes, how far it has come, its end."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue.agreement.typeset import breach_terms
from heyue.execution import reads as plans
from heyue.execution.certificate import certificate_for
from heyue.execution.reads import Due, Mark
from heyue.faces.borrower.calendar import chart_of
from heyue.faces.sessions import borrower_only


@never_cache
@borrower_only
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Show one plan."""
    row = plans.plan(request.actor, plan_id)
    one = plans.carried_out(row)
    breach = breach_terms(row.agreement)
    late = [due for due in one.dues if due.mark is Mark.LATE]
    said = plans.said_paid(request.actor, row)
    warned = {warning.period for warning in plans.warnings(request.actor, row)}
    open_due = one.next
    context = {
        "one": one,
        "plan": row,
        "bank": row.bank,
        "dues": [_shown(due, due.row.pk in said) for due in one.dues],
        "open_due": open_due,
        "open_said": said.get(open_due.row.pk) if open_due else None,
        "warned": bool(open_due and open_due.row.period in warned),
        "late": late,
        "recall": breach if len(late) >= breach.missed_before_recall else None,
        "late_fen": sum(due.row.amount_fen for due in late),
        "chart": chart_of([one]),
        "unmatched": [payment for payment in row.payments.all() if payment.instalment_id is None],
        "dialled": "".join(c for c in row.bank.hotline if c.isdigit()),
    }
    return render(request, "borrower/plan/page.html", context)


@require_safe
@never_cache
@borrower_only
def certificate(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Give the certificate of completion, once the last payment is in."""
    row = plans.plan(request.actor, plan_id)
    response = HttpResponse(certificate_for(row), content_type="application/pdf")
    said = _("还款完成证明")
    name = f"{row.agreement.number}-{said}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def _shown(due: Due, said: bool) -> dict[str, object]:
    return {
        "due": due,
        "said": said,
        "paid": due.mark is Mark.PAID,
        "late": due.mark is Mark.LATE,
        "next": due.mark is Mark.NEXT,
    }


urls = [
    path("plan/<uuid:plan_id>", plan, name="plan"),
    path("plan/<uuid:plan_id>/certificate.pdf", certificate, name="certificate"),
]
