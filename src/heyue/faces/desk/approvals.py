"""Answers over the bank's limit: what waits for a second officer, and the decision."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue.casework import actions
from heyue.casework import reads as casework
from heyue.engine.moves import Role
from heyue.faces.desk.case_beside import approval_of
from heyue.faces.desk.page import act, page, posted
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked
from heyue.journey import perform

officer_only = staff_only(Role.OFFICER)
SHOWN_MAX = 100


@officer_only
def approvals(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second officer, the oldest first."""
    found = [
        (approval_of(request.actor, row), masked(row.negotiation.application.borrower).name)
        for row in casework.awaiting(request.actor)[:SHOWN_MAX]
    ]
    return page(request, "approvals.html", {"found": found})


@officer_only
@posted("/desk/approvals")
def approve(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Approve another officer's answer."""
    casework.draft(request.actor, draft_id)
    return act(
        request,
        "/desk/approvals",
        lambda: perform(request.actor, actions.approve, draft_id=draft_id),
        _("同意了，答复已经送出。"),
    )


@officer_only
@posted("/desk/approvals")
def give_back(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give an answer back to its author, with words."""
    casework.draft(request.actor, draft_id)
    return act(
        request,
        "/desk/approvals",
        lambda: perform(request.actor, actions.give_back, draft_id=draft_id, text=request.POST.get("text", "")),
        _("退回给经办的同事了。"),
    )


@officer_only
@posted("/desk/approvals")
def withdraw(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take one's own answer back."""
    row = casework.draft(request.actor, draft_id)
    return act(
        request,
        f"/desk/cases/{row.negotiation_id}",
        lambda: perform(request.actor, actions.withdraw, draft_id=draft_id),
        _("撤回了，可以重新出方案。"),
    )


urls = [
    path("approvals", approvals, name="desk-approvals"),
    path("approvals/<uuid:draft_id>/approve", approve),
    path("approvals/<uuid:draft_id>/return", give_back),
    path("approvals/<uuid:draft_id>/withdraw", withdraw),
]
