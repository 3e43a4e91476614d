"""Sessions: one cookie for the borrower's pages and one for the desk, and who acts in a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from heyue import clock
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotPermitted
from heyue.faces import kept
from heyue.faces.kept import DESK, is_desk
from heyue.identity import reads
from heyue.identity.models import Person

DESK_COOKIE = "heyue_desk"
STAFF = (Role.REVIEWER, Role.OFFICER, Role.OPERATOR)

View = Callable[..., HttpResponse]


def one_day(get_response: View) -> View:
    """Let the business clock stand still within a request, and be read once."""

    def answered(request: HttpRequest) -> HttpResponse:
        with clock.read_once():
            return get_response(request)

    return answered


class SessionPerFace(SessionMiddleware):
    """Django's sessions, under a cookie of its own below /desk/: one browser can be borrower and officer."""

    def process_request(self, request: HttpRequest) -> None:
        """Let Django read the desk's cookie where the desk is asked for."""
        if is_desk(request.path_info):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            if DESK_COOKIE in request.COOKIES:
                request.COOKIES[settings.SESSION_COOKIE_NAME] = request.COOKIES[DESK_COOKIE]
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Write what Django would write to its cookie to the desk's instead."""
        response = super().process_response(request, response)
        if is_desk(request.path_info) and settings.SESSION_COOKIE_NAME in response.cookies:
            morsel = response.cookies.pop(settings.SESSION_COOKIE_NAME)
            morsel.set(DESK_COOKIE, morsel.value, morsel.coded_value)
            morsel["path"] = DESK
            response.cookies[DESK_COOKIE] = morsel
        return response


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who acts in this request, None when nobody is signed in."""
    if not request.user.is_authenticated:
        return None
    return Actor(Role(request.user.role), request.user.pk, request.user.bank_id)


def account_of(request: HttpRequest) -> Person:
    """Return the signed-in account, as the request has it already. Raises ``NotPermitted`` where there is none."""
    if not isinstance(request.user, Person):
        raise NotPermitted()
    return request.user


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Return the page of ours that the request wants to go on to."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours and wanted.startswith("/") else default


def came_from(request: HttpRequest) -> str:
    """Return the page of ours that led here, empty when there is none or it is this very page."""
    path = _page_of(request)
    return "" if path == request.get_full_path() else path


def _page_of(request: HttpRequest) -> str:
    """Return the page of ours on which the request was made, empty when it was none of ours."""
    here = f"{request.scheme}://{request.get_host()}"
    referer = request.headers.get("Referer", "")
    ours = referer.startswith(here + "/") and not referer.startswith(here + "//")
    return referer[len(here) :] if ours else ""


def asked_from(request: HttpRequest) -> str:
    """Return the network address that asks: behind our own proxy what the proxy saw, else the peer's."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() or request.META["REMOTE_ADDR"]
    return request.META.get("REMOTE_ADDR", "")


def welcome(request: HttpRequest, person_id: UUID, onward: str) -> HttpResponse:
    """Open the session of one who has just said who it is, and go on.

    A form that was sent after this person's last session had ended is offered again first.
    """
    login(request, reads.account(person_id))
    form = kept.give_back(request, person_id)
    if form:
        target, typed = form
        template = "desk_stale.html" if is_desk(request.path_info) else "stale.html"
        context = {"target": target, "typed": typed, "back": onward, "signed_in_again": True}
        response = render(request, template, context)
    else:
        response = HttpResponseRedirect(onward)
    kept.mark_browser(request, response, person_id)
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page of this face, and from there back here."""
    return _go("/desk/signin" if is_desk(request.path_info) else settings.LOGIN_URL, request)


def _go(path: str, request: HttpRequest) -> HttpResponse:
    """Send to ``path`` and remember where one wanted to go; a part of a page sends the whole page."""
    here = request.get_full_path() if request.method == "GET" else _page_of(request) or "/"
    if getattr(request, "htmx", None):
        here = request.htmx.current_url_abs_path or "/"
        return HttpResponse(status=204, headers={"HX-Redirect": f"{path}?{urlencode({'next': here})}"})
    return HttpResponseRedirect(f"{path}?{urlencode({'next': here})}")


def borrower_only(view: View | None = None, *, before_identity: bool = False) -> Any:
    """Let a signed-in borrower in; ``request.actor`` is the borrower.

    Who has not read the privacy notice or not said a name yet is sent there first, unless the page comes
    ``before_identity``. What was typed into a form whose session had ended is kept (see ``kept``).
    """

    def decorate(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor is None:
                kept.keep(request)
                return to_sign_in(request)
            if actor.role is not Role.BORROWER:
                raise NotPermitted()
            request.actor = actor  # type: ignore[attr-defined]
            step = None if before_identity else reads.next_step_of_joining(account_of(request))
            return _go("/" + step, request) if step else inner(request, *args, **kwargs)

        return guarded

    return decorate(view) if view else decorate


def staff_only(*roles: Role) -> Callable[[View], View]:
    """Let signed-in staff of these roles (none named: any staff) in; ``request.actor`` is the one."""

    def decorate(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor is None:
                kept.keep(request)
                return to_sign_in(request)
            if actor.role not in (roles or STAFF):
                raise NotPermitted()
            request.actor = actor  # type: ignore[attr-defined]
            return inner(request, *args, **kwargs)

        return guarded

    return decorate
