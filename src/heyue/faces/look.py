"""How the pages look to one person: the language, 大字, light or dark.

What is chosen stays with the account of who is signed in, and in cookies of the browser, so that a stranger
may choose too and a page reads the same before sign-in and after signing out. Nothing chosen: the browser's language,
ordinary text, the phone's own light or dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from heyue.engine.moves import Actor
from heyue.faces.kept import is_desk
from heyue.faces.sessions import actor_of, safe_next
from heyue.identity import actions
from heyue.journey import perform

SIZE_COOKIE = "heyue_size"
THEME_COOKIE = "heyue_theme"
SIZES = ("normal", "large")
THEMES = ("light", "dark", "system")
COOKIE_SECONDS = 365 * 24 * 3600
MACHINES = "/v1/"


class PageLanguage:
    """Answer each page in its reader's language; it stands after sign-in, for the account's choice comes first.

    Machines (the gateway) are answered in the language of the project whatever they accept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language chosen."""
        code = language(request)
        request.LANGUAGE_CODE = code
        with translation.override(code):
            response = self.get_response(request)
        if response.streaming and response.headers.get("Content-Type", "").startswith("text/event-stream"):
            response.streaming_content = _each_in(code, response.streaming_content)  # type: ignore[union-attr]
        response.headers.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _each_in(code: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Make each piece of a stream in the reader's language: it is made long after the view has returned."""
    made = iter(chunks)
    while True:
        with translation.override(code):
            piece = next(made, None)
        if piece is None:
            return
        yield piece


def language(request: HttpRequest) -> str:
    """Return the language of this request's pages: the account's, the cookie's, the browser's, Chinese."""
    if request.path_info.startswith(MACHINES):
        return settings.LANGUAGE_CODE
    chosen = getattr(_account(request), "language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def size(request: HttpRequest) -> str:
    """Return the size of the text: large (大字) or normal."""
    account = _account(request)
    chosen = account is not None and account.large_text
    return "large" if chosen or request.COOKIES.get(SIZE_COOKIE) == "large" else "normal"


def theme(request: HttpRequest) -> str:
    """Return light or dark where one was chosen, system where the phone's own holds."""
    chosen = getattr(_account(request), "theme", "") or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def html_lang() -> str:
    """Return the page's language as HTML names it."""
    return next((tongue.lang for tongue in TONGUES if tongue.is_chosen), TONGUES[0].lang)


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of the pages, named in itself, so that who reads no other finds it."""

    code: str
    lang: str
    name: str
    short: str

    @property
    def is_chosen(self) -> bool:
        """Whether this page is in it."""
        return translation.get_language() == self.code


TONGUES = (Tongue("zh-hans", "zh-CN", "中文", "中文"), Tongue("en", "en", "English", "EN"))


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take what was chosen (any of ``size``, ``theme``, ``language``) and show the page again."""
    actor = actor_of(request)
    response = redirect(safe_next(request, "/desk/" if is_desk(request.path_info) else "/"))
    for name, known, cookie in (
        ("size", SIZES, SIZE_COOKIE),
        ("theme", THEMES, THEME_COOKIE),
        ("language", tuple(dict(settings.LANGUAGES)), settings.LANGUAGE_COOKIE_NAME),
    ):
        chosen = request.POST.get(name, "")
        if chosen in known:
            _keep(actor, name, chosen)
            _set(response, cookie, chosen)
    return response


def leave(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser keep the look of the account that signs out; it says nothing of whose it was.

    Called before the session ends.
    """
    _set(response, SIZE_COOKIE, size(request))
    _set(response, THEME_COOKIE, theme(request))
    _set(response, settings.LANGUAGE_COOKIE_NAME, language(request))


def _keep(actor: Actor | None, name: str, chosen: str) -> None:
    if actor is None:
        return
    if name == "size":
        perform(actor, actions.set_large_text, large=chosen == "large")
    elif name == "theme":
        perform(actor, actions.set_theme, theme=chosen)
    else:
        perform(actor, actions.set_language, language=chosen)


def _set(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie,
        value,
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _account(request: HttpRequest):  # type: ignore[no-untyped-def]  # the person's row, which faces do not name
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
