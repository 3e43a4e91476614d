"""What the borrower was told, newest first; looking at it makes it read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue import journey
from heyue.faces.sessions import borrower_only
from heyue.journey.told import Told, read_all
from heyue.journey.told import told as told_to

WHERE = {"dispute": "/disputes/{}", "agreement": "/agreement/{}", "plan": "/plan/{}"}


@never_cache
@borrower_only
def told(request: HttpRequest) -> HttpResponse:
    """Show the notices, then mark them as read."""
    found = [(one, _where(one)) for one in told_to(request.actor)]
    journey.perform(request.actor, read_all)
    return render(request, "borrower/told.html", {"found": found})


def _where(one: Told) -> str:
    return WHERE.get(one.subject_type, "/progress").format(one.subject_id)


urls = [path("told", told, name="told")]
