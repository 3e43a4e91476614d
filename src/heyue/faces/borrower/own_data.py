"""我的资料: a copy of everything, and having it erased: what goes, what stays and why."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue import clock
from heyue.engine.refusal import Refusal
from heyue.faces.problems import next_step, sentence
from heyue.faces.sessions import borrower_only
from heyue.identity import erasure as requests
from heyue.journey import erasure, own_copy, perform
from heyue.policy.load import rule


@never_cache
@borrower_only
def own_data(request: HttpRequest) -> HttpResponse:
    """Show what can be done with one's data."""
    context = {
        "asked": requests.asked(request.actor),
        "busy": erasure.is_something_open(request.actor),
        "adverse_years": rule("CREDIT", clock.today()).value["adverse_years"],
        "credit_source": rule("CREDIT", clock.today()).source,
    }
    return render(request, "borrower/own_data.html", context)


@require_POST
@never_cache
@borrower_only  # type: ignore[arg-type]  # a file is streamed
def copy(request: HttpRequest) -> HttpResponseBase:
    """Give a zip of everything; that it was taken stands in the record."""
    made = own_copy.packed(request.actor)
    perform(request.actor, own_copy.record_copy)
    name = f"heyue-{clock.today():%Y%m%d}.zip"
    return FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")


@require_POST
@borrower_only
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Take the wish to be erased, after a second look (the box was ticked)."""
    if "sure" not in request.POST:
        messages.warning(request, _("先在“我知道删了就找不回来”那里打个勾。"))
        return redirect("/me/data#erase")
    try:
        perform(request.actor, erasure.ask)
        messages.success(request, _("记下了。运营方删好以前，你还可以收回。"))
    except Refusal as refusal:
        messages.warning(request, sentence(refusal) + next_step(refusal))
    return redirect("own-data")


@require_POST
@borrower_only
def take_back(request: HttpRequest) -> HttpResponse:
    """Take the wish back."""
    perform(request.actor, requests.take_back_erasure)
    messages.success(request, _("收回了，资料都还在。要用的同意，重新给一次。"))
    return redirect("own-data")


urls = [
    path("me/data", own_data, name="own-data"),
    path("me/data/copy", copy, name="own-data-copy"),
    path("me/data/erase", ask_erasure, name="erasure-ask"),
    path("me/data/keep", take_back, name="erasure-take-back"),
]
