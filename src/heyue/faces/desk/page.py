"""What every page of the desk has: its navigation for this role, a refusal said on the page it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from heyue.banks import reads as banks
from heyue.casework import reads as casework
from heyue.dispatch import reads as dispatches
from heyue.disputes import reads as disputes
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal
from heyue.execution import reads as plans
from heyue.faces.problems import next_step, sentence
from heyue.faces.sessions import View
from heyue.identity import erasure
from heyue.negotiation import reads as negotiations
from heyue.review import appeals
from heyue.review import reads as reviews

GONE_ON = 409
"""The status of refusals which say that the step was taken already or the matter has gone on: one goes and looks."""
_TAKEN = "taken_form"


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; ``count`` None shows none."""

    name: str
    address: str
    icon: str
    here: bool
    count: int | None = None


def home_of(actor: Actor) -> str:
    """Return where this role begins."""
    return {Role.REVIEWER: "/desk/reviews", Role.OFFICER: "/desk/cases"}.get(actor.role, "/desk/sla")


def navigation(actor: Actor, path: str) -> list[Place]:
    """Return the pages of this role, each with what waits there."""
    places: list[tuple[str, str, str, int | None]] = []
    if actor.role is Role.REVIEWER:
        places.append(("/desk/reviews", _("初审"), "clipboard-check", reviews.queue(actor).count()))
        places.append(("/desk/appeals", _("申诉"), "gavel", appeals.for_me(actor).count()))
        places.append(("/desk/quality", _("抽查"), "list-check", None))
    if actor.role is Role.OFFICER:
        waiting = negotiations.to_answer(actor).count() + dispatches.on_the_way(actor).count()
        places.append(("/desk/cases", _("案件"), "inbox", waiting))
        places.append(("/desk/approvals", _("待复核"), "gavel", casework.awaiting(actor).count()))
        places.append(("/desk/disputes", _("异议"), "scale", disputes.asks_bank(actor).count()))
        places.append(("/desk/policy", _("政策"), "file-text", None))
        places.append(("/desk/team", _("人手"), "users", None))
        places.append(("/desk/figures", _("统计"), "chart-bar", None))
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        stuck = banks.stuck_messages(actor).count() + banks.troubled_inbound(actor).count()
        places.append(("/desk/disputes", _("异议"), "scale", disputes.open_ones(actor).count()))
        places.append(("/desk/sla", _("答复时效"), "clock", None))
        places.append(("/desk/figures", _("统计"), "chart-bar", None))
        places.append(("/desk/messages", _("往来消息"), "mail", stuck))
        places.append(("/desk/channels", _("渠道"), "send", None))
        places.append(("/desk/payments", _("对账"), "receipt", plans.unmatched(actor).count()))
        if actor.role is Role.OPERATOR:
            places.append(("/desk/audit", _("审计"), "list-search", None))
            places.append(("/desk/erasures", _("删除请求"), "trash", erasure.requests(actor).count()))
        if settings.HEYUE_CLOCK_HELD:
            places.append(("/desk/clock", _("业务日期"), "calendar", None))
    return [Place(name, address, icon, path.startswith(address), count) for address, name, icon, count in places]


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page of the desk with its navigation; nothing of it is kept by a browser or a proxy."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    may_move = settings.HEYUE_CLOCK_HELD and actor.role in (Role.REVIEWER, Role.OPERATOR)
    known: dict[str, Any] = {
        "places": navigation(actor, request.path),
        "home": home_of(actor),
        "may_move_clock": may_move,
    }
    known["done_form"] = request.session.pop(_TAKEN, "")
    response = render(request, f"desk/{template}", {**known, **context})
    response["Cache-Control"] = "no-store"
    return response


def posted(back: str) -> Callable[[View], View]:
    """Let only posts through; whoever comes otherwise (from signing in again, say) goes to the page ``back``."""

    def decorate(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return redirect(back.format(**kwargs))
            return inner(request, *args, **kwargs)

        return guarded

    return decorate


def said(refusal: Refusal) -> str:
    """Return a refusal as one line for a message."""
    return " ".join(part for part in (sentence(refusal), next_step(refusal)) if part)


def act(request: HttpRequest, back: str, do: Callable[[], object], done: str) -> HttpResponse:
    """Do one act and go back to its page. A refusal is said there; one that names a missing thing is raised."""
    try:
        do()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return gone_on(request, refusal, back)
    messages.success(request, done)
    return redirect(back)


def taken(request: HttpRequest, done: str, back: str, form: str) -> HttpResponse:
    """Go on after a form was taken: say what was done, and let the browser forget what it kept of that form."""
    request.session[_TAKEN] = form
    messages.success(request, done)
    return redirect(back)


def gone_on(request: HttpRequest, refusal: Refusal, back: str) -> HttpResponse:
    """Go to where the matter stands now, and say there why the act was not done."""
    messages.warning(request, said(refusal))
    return redirect(back)
