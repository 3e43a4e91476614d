"""The operator's audit view of the ledger: search by case, kind and staff; facts stay sealed."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound
from heyue.faces.desk.page import page
from heyue.faces.sessions import staff_only
from heyue.journey import audit, perform

CHARS_MAX = 40


@staff_only(Role.OPERATOR)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show one page of what was done, the newest first."""
    typed = {name: request.GET.get(name, "").strip()[:CHARS_MAX] for name in ("number", "kind", "staff_number")}
    lines, after = perform(request.actor, audit.look, asked=audit.Asked(**typed, before=_id(request)))
    more = urlencode({**{name: said for name, said in typed.items() if said}, "before": str(after)}) if after else ""
    return page(request, "audit.html", {"lines": lines, "more": more, **typed})


def _id(request: HttpRequest) -> UUID | None:
    before = request.GET.get("before", "")
    try:
        return UUID(before) if before else None
    except ValueError:
        raise NotFound() from None


urls = [path("audit", ledger, name="desk-audit")]
