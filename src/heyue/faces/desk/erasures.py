"""The operator's list of people who asked to be erased, and erasing one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from heyue.engine.moves import Role
from heyue.faces.desk.page import act, page, posted
from heyue.faces.sessions import staff_only
from heyue.identity import erasure as requests
from heyue.identity.reads import masked
from heyue.journey import erasure, perform


@staff_only(Role.OPERATOR)
def erasures(request: HttpRequest) -> HttpResponse:
    """Show the open requests, the oldest first."""
    found = [(row, masked(row.borrower)) for row in requests.requests(request.actor)]
    return page(request, "erasures.html", {"found": found})


@staff_only(Role.OPERATOR)
@posted("/desk/erasures")
def erase(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Erase one who asked."""
    if "sure" not in request.POST:
        messages.warning(request, _("先打勾：核对过了，删了找不回来。"))
        return redirect("/desk/erasures")
    actor = request.actor  # type: ignore[attr-defined]
    return act(
        request,
        "/desk/erasures",
        lambda: perform(actor, erasure.carry_out, request_id=request_id),
        _("删除了，找不回来了。"),
    )


urls = [
    path("erasures", erasures, name="desk-erasures"),
    path("erasures/<uuid:request_id>/erase", erase, name="desk-erase"),
]
