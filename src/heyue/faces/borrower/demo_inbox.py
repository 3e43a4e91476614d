"""The demo's inbox of text messages: there in demo mode, nowhere else."""

from __future__ import annotations

from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue.faces.sessions import safe_next
from heyue.notices.inbox import Message, messages

PHONES_MAX = 20


def by_phone(found: list[Message]) -> list[tuple[str, list[Message]]]:
    """Group messages by phone; the phone with the newest message stands first."""
    order = list(dict.fromkeys(m.phone for m in found))
    grouped = groupby(sorted(found, key=lambda m: order.index(m.phone)), key=lambda m: m.phone)
    return [(phone, list(group)) for phone, group in grouped][:PHONES_MAX]


@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages by phone, newest first; the page refreshes itself."""
    if not settings.HEYUE_DEMO:
        raise Http404
    context = {"phones": by_phone(messages()), "back": safe_next(request)}
    return render(request, "borrower/demo_inbox.html", context)


urls = [path("demo/inbox", inbox, name="demo-inbox")]
