"""One plan: every instalment with its state, the hash that never changes, how far it has come, its end."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue.agreement.typeset import breach_terms
from heyue.execution import reads as plans
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
    context = {
        "one": one,
        "plan": row,
        "bank": row.bank,
        "dues": [_shown(due) for due in one.dues],
        "late": late,
        "recall": breach if len(late) >= breach.missed_before_recall else None,
        "late_fen": sum(due.row.amount_fen for due in late),
        "chart": chart_of([one]),
        "unmatched": [payment for payment in row.payments.all() if payment.instalment_id is None],
        "dialled": "".join(c for c in row.bank.hotline if c.isdigit()),
    }
    return render(request, "borrower/plan/page.html", context)


def _shown(due: Due) -> dict[str, object]:
    return {"due": due, "paid": due.mark is Mark.PAID, "late": due.mark is Mark.LATE, "next": due.mark is Mark.NEXT}


urls = [path("plan/<uuid:plan_id>", plan, name="plan")]
