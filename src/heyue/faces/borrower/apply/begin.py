"""Begin an application, go on with one, apply again after one that ended, take one back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from heyue.application import reads
from heyue.application.actions import start as start_verb
from heyue.application.actions import withdraw as withdraw_verb
from heyue.application.cards import options
from heyue.application.models import Application
from heyue.faces.borrower.apply.steps import PROGRESS, STEPS, address, first_missing
from heyue.faces.sessions import borrower_only
from heyue.journey import busy_banks, perform
from heyue.wallet import reads as wallets


@never_cache
@borrower_only
def apply(request: HttpRequest) -> HttpResponse:
    """Go on where the interview stopped; without one in the making tell what is asked and begin."""
    row = reads.in_the_making(request.actor)
    if row is not None:
        return redirect(_where_it_stopped(request, row))
    latest = reads.latest(request.actor)
    previous = reads.earlier(request.actor, _id_or_none(request.GET.get("previous", "")))
    if latest and reads.is_under_review(latest):
        return HttpResponseRedirect(PROGRESS)
    debts = wallets.by_bank(request.actor)
    offered = options(debts, busy_banks(request.actor))
    context = {
        "steps": len(STEPS),
        "has_cards": bool(debts),
        "has_choice": any(bank.choosable for bank in offered),
        "latest": latest,
        "previous": previous,
        "was_rejected": bool(previous and reads.is_rejected(previous)),
        "was_withdrawn": bool(previous and reads.is_withdrawn(previous)),
        "is_over": bool(previous and reads.has_ended(previous)),
        "runs": bool(latest and reads.may_be_withdrawn(request.actor, latest)),
    }
    return render(request, "borrower/apply/begin.html", context)


@borrower_only
def start(request: HttpRequest) -> HttpResponse:
    """Begin; with ``previous`` take its answers and proofs over."""
    if request.method != "POST":
        return redirect("apply")
    perform(request.actor, start_verb, previous_id=_id_or_none(request.POST.get("previous", "")))
    return redirect(address(STEPS[0])) if reads.in_the_making(request.actor) else HttpResponseRedirect(PROGRESS)


@never_cache
@borrower_only
def withdraw(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Ask once more, then take the application back."""
    row = reads.application(request.actor, application_id)
    if not reads.may_be_withdrawn(request.actor, row):
        return HttpResponseRedirect(PROGRESS)
    if request.method == "POST":
        handed_in = row.submitted_at is not None
        perform(request.actor, withdraw_verb, application_id=row.pk)
        messages.success(request, _("申请撤回了。填过的都还在，想再申请，随时可以。"))
        return HttpResponseRedirect(PROGRESS if handed_in else "/")
    context = {
        "row": row,
        "in_the_making": reads.is_in_the_making(row),
        "under_review": reads.is_under_review(row),
        "back": "/apply" if reads.is_in_the_making(row) else PROGRESS,
    }
    return render(request, "borrower/apply/withdraw.html", context)


def _where_it_stopped(request: HttpRequest, row: Application) -> str:
    if reads.is_returned(row):
        return address("review")
    missing = first_missing(reads.answers(request.actor, row))
    if missing:
        return address(missing)
    return address("review" if reads.proofs(request.actor, row) else "proofs")


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


urls = [
    path("apply", apply, name="apply"),
    path("apply/start", start, name="apply-start"),
    path("apply/<uuid:application_id>/withdraw", withdraw, name="apply-withdraw"),
]
