"""The public board of how banks answer, where the operator shows one; open without signing in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue.journey import bank_figures


@never_cache
@require_safe
def scoreboard(request: HttpRequest) -> HttpResponse:
    """Show every bank's figures, those that rest on few cases left out."""
    found = bank_figures.scoreboard()
    if found is None:
        raise Http404
    return render(request, "borrower/help/scoreboard.html", {"figures": found})


urls = [path("help/banks", scoreboard, name="scoreboard")]
