"""Refusals become a page, a form error, a part of a page or an RFC 9457 problem: here, once."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from heyue.engine.refusal import Refusal
from heyue.faces import kept
from heyue.faces.kept import is_desk
from heyue.faces.sessions import came_from, safe_next, to_sign_in

METHOD_NOT_ALLOWED, MISDIRECTED, BROKEN = 405, 421, 500
NOTHING_TYPED = ("/size", "/desk/size", "/signout", "/desk/signout")
"""Forms of one button: when they went stale one is simply shown the page again."""


def sentence(refusal: Refusal) -> str:
    """Return the refusal's sentence in the reader's language."""
    return _filled(refusal.message, refusal)


def next_step(refusal: Refusal) -> str:
    """Return what to do next in the reader's language, empty where nothing is to be done."""
    return _filled(refusal.next_step, refusal)


def field_error(form: Form, refusal: Refusal) -> None:
    """Put a refusal beside the field it names, or above the form when the form has no such field."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, sentence(refusal) + next_step(refusal))


class RefusalPages:
    """A refusal that a view lets through becomes what its caller can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; an address that only takes forms says so instead of showing nothing."""
        response = self.get_response(request)
        if response.status_code == METHOD_NOT_ALLOWED and not wants_json(request):
            return page(request, _("这一步要从页面上点。"), _("回到上一页，再点一次。"), status=METHOD_NOT_ALLOWED)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; leave every other exception to Django."""
        if not isinstance(exception, Refusal):
            return None
        if wants_json(request):
            return problem(exception)
        return page(request, sentence(exception), next_step(exception), status=exception.status)


def wants_json(request: HttpRequest) -> bool:
    """Whether a machine asks: the gateway, or whoever accepts JSON and not HTML."""
    accepts = request.headers.get("Accept", "")
    return request.path_info.startswith("/v1/") or ("json" in accepts and "html" not in accepts)


def problem(refusal: Refusal) -> HttpResponse:
    """Return a refusal as RFC 9457 problem details; ``type`` is a relative reference to its code."""
    body: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": sentence(refusal),
        "status": refusal.status,
        "code": refusal.code,
    }
    details = {"detail": next_step(refusal), "article": refusal.article, "field": refusal.field}
    body.update({name: value for name, value in details.items() if value})
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=refusal.status, content_type="application/problem+json"
    )


def page(request: HttpRequest, heading: str, what_next: str = "", *, status: int) -> HttpResponse:
    """Return a plain page with a sentence, what to do next and a way back."""
    desk = is_desk(request.path_info)
    return render(
        request,
        "desk_problem.html" if desk else "problem.html",
        {
            "heading": heading.rstrip("。."),
            "what_next": what_next,
            "back": "/desk/" if desk else "/",
            "came_from": came_from(request),
        },
        status=status,
    )


def form_went_stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is too old (a sign-in elsewhere, a session that ended): offer the same form again.

    What was typed is offered only when the form was sent from our own page, so that another site cannot
    lay words into somebody's hand.
    """
    if request.path_info in NOTHING_TYPED:
        return redirect(safe_next(request, "/desk/" if is_desk(request.path_info) else "/"))
    typed = kept.typed(request) if _from_here(request) else []
    if typed and not request.user.is_authenticated and kept.keep(request):
        return to_sign_in(request)
    files = list(request.FILES) if typed else []
    context = {"typed": typed, "files": files, "target": request.get_full_path(), "back": came_from(request) or "/"}
    name = "desk_stale.html" if is_desk(request.path_info) else "stale.html"
    return render(request, name, context, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be read; 421: it was meant for another host, and no page of ours may bear its name."""
    if isinstance(exception, DisallowedHost):
        return HttpResponse(status=MISDIRECTED)
    return page(request, _("这一步没看懂。"), _("回到上一页，再点一次。"), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this one."""
    return page(request, _("这一页不是给你看的。"), _("如果你换过账户，先退出，再用对的手机号登录。"), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is no such page."""
    return page(request, _("没有这一页。"), _("可能是地址打错了，也可能它已经结束。"), status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our mistake. Drawn without the database, which may be what broke; a machine is told so by its own kind."""
    if wants_json(request):
        told = {"type": "about:blank", "title": "Internal Server Error", "status": BROKEN}
        return HttpResponse(json.dumps(told), status=BROKEN, content_type="application/problem+json")
    return HttpResponse(render_to_string("broken.html", {"desk": is_desk(request.path_info)}), status=BROKEN)


def _filled(message: str, refusal: Refusal) -> str:
    if not message:
        return ""
    said = _(message)
    return said % refusal.params if refusal.params and "%(" in said else said


def _from_here(request: HttpRequest) -> bool:
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return origin == here or origin.startswith(here + "/")
