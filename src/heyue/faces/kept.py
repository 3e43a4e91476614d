"""What was typed into a form is kept when its session ended or its token went stale."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from heyue.clock import machine_now
from heyue.identity.reads import mark
from heyue.vault import keyring

NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "password", "code", "next"})
FIELDS_MAX = 200
CHARS_MAX = 20_000
KEPT_SECONDS = 30 * 60
WHO_COOKIE = "heyue_who"
WHO_COOKIE_DESK = "heyue_who_desk"
DESK = "/desk"
_KEY = "kept_form"
_PURPOSE = "kept-form"
_OWNER = UUID(int=1)
"""Owner of the key that seals kept forms: nobody is signed in when they are kept."""


def is_desk(path: str) -> bool:
    """Whether a path belongs to the desk."""
    return path == DESK or path.startswith(DESK + "/")


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of a posted form that may be given back, in their order."""
    fields = [(name, value) for name in request.POST for value in request.POST.getlist(name) if name not in NEVER_KEPT]
    small = len(fields) <= FIELDS_MAX and sum(len(n) + len(v) for n, v in fields) <= CHARS_MAX
    return fields if small else []


def keep(request: HttpRequest) -> bool:
    """Keep a form posted after its session had ended, sealed, for the one who was signed in before on this face.

    Returns whether there was something to keep.
    """
    who = request.COOKIES.get(_cookie(request), "")
    if request.path_info.endswith("/signin") or request.method != "POST" or not who or not (fields := typed(request)):
        return False
    form = {"target": request.get_full_path(), "fields": fields, "who": who, "at": int(machine_now().timestamp())}
    put(request, _KEY, form)
    return True


def give_back(request: HttpRequest, person_id: UUID) -> tuple[str, list[tuple[str, str]]] | None:
    """Return the target and the fields of the form kept for this person, once; None when there is none."""
    form = look(request, _KEY)
    request.session.pop(_KEY, None)
    if not form:
        return None
    late = int(machine_now().timestamp()) - form["at"] > KEPT_SECONDS
    if late or form["who"] != mark(person_id):
        return None
    return form["target"], [(name, value) for name, value in form["fields"]]


def mark_browser(request: HttpRequest, response: HttpResponse, person_id: UUID) -> None:
    """Remember in the browser, by a mark that names nobody, who signed in last on this face."""
    response.set_cookie(
        _cookie(request),
        mark(person_id),
        max_age=settings.SESSION_COOKIE_AGE,
        path=DESK if is_desk(request.path_info) else "/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Forget who signed in last on this face: one who signs out leaves nothing behind."""
    response.delete_cookie(_cookie(request), path=DESK if is_desk(request.path_info) else "/")


def _cookie(request: HttpRequest) -> str:
    return WHO_COOKIE_DESK if is_desk(request.path_info) else WHO_COOKIE


def put(request: HttpRequest, key: str, value: dict[str, object]) -> None:
    """Put a small value into the session, sealed: a session holds nothing that can be read."""
    request.session[key] = b64encode(keyring(_OWNER).seal_json(value, _PURPOSE)).decode()


def look(request: HttpRequest, key: str) -> dict[str, Any]:
    """Return what was put into the session under this key, empty where nothing was."""
    try:
        return keyring(_OWNER).open_json(b64decode(request.session.get(key, "")), _PURPOSE)
    except (InvalidTag, ValueError):
        return {}
