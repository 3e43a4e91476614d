"""Every form of the borrower's pages, found by following links, filled with anything: no 500, nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import bargain
import interview
from on_phone import as_lin

pytestmark = pytest.mark.django_db

PAGES_MAX = 80
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
BEGIN = ("/", "/apply", "/progress", "/me", "/access", "/calendar", "/banks")
NOT_FOLLOWED = re.compile(r"^/(static|signout|desk|v1|proofs/|demo)|\.(pdf|ics|docx|zip)$|/(document|form|paper)")
NEVER_SHOWN_AGAIN = ("password", "file", "hidden", "submit", "checkbox", "radio")
CODES = ("code", "id_number")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Field:
    """One field: its name, its type, and what may be chosen where it is a choice."""

    name: str
    type: str
    choices: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Found:
    """One form: where it goes and how, and its fields. ``page`` is where it was found."""

    page: str
    action: str
    method: str
    fields: tuple[Field, ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """Forms that differ in ids alone are one."""
        return ID.sub("…", self.action.split("?")[0]), tuple(f.name for f in self.fields)


def fields_of(form: Any) -> tuple[Field, ...]:
    """The fields of a form, those outside it that name it included."""
    outside = form.getroottree().xpath("//*[@form=$id]", id=form.get("id")) if form.get("id") else []
    found: dict[str, Field] = {}
    for one in [*form.iter("input", "select", "textarea", "button"), *outside]:
        name = one.get("name")
        if not name or name == "csrfmiddlewaretoken":
            continue
        usual = {"select": "select", "textarea": "textarea", "button": "submit"}.get(one.tag, "text")
        type_ = one.get("type", usual) if one.tag in ("input", "button") else usual
        choices = tuple(o.get("value", "") for o in one.iter("option")) if one.tag == "select" else ()
        if type_ in ("checkbox", "radio", "submit"):
            choices = (*(found[name].choices if name in found else ()), one.get("value", "on"))
        value = one.text or "" if one.tag == "textarea" else one.get("value", "")
        found[name] = Field(name, type_, choices, value)
    return tuple(found.values())


def crawl(client: Client) -> list[Found]:
    """Follow the links of the borrower's pages, each kind of page once, and gather every form, each shape once."""
    todo, seen, forms = list(BEGIN), set(BEGIN), {}
    while todo:
        path = todo.pop(0)
        answer = client.get(path, follow=True)
        assert answer.status_code < 500, path
        if "html" not in answer.headers.get("Content-Type", "") or not answer.content:
            continue
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        tree = lxml.html.fromstring(answer.content.decode())
        for form in tree.iter("form"):
            action = urljoin(here, form.get("action") or here).split("#")[0]
            one = Found(here, action, (form.get("method") or "get").lower(), fields_of(form))
            forms.setdefault(one.shape, one)
        for link in tree.iter("a"):
            parts = urlsplit(urljoin(here, link.get("href") or ""))
            kind = ID.sub("…", parts.path)
            if parts.netloc or parts.scheme or kind in seen or NOT_FOLLOWED.search(parts.path):
                continue
            seen.add(kind)
            todo.append(parts.path)
    assert len(seen) < PAGES_MAX
    return list(forms.values())


AWKWARD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "９９９",
        "１，２００元",
        "NaN",
        "99999999999999999999999",
        "'; DROP TABLE x; --",
        "</textarea><script>alert(1)</script>",
        "{{ 7*7 }} {% now %}",
        "%(bank)s %s %d",
        "\u202e反的\u200b",
        "𫚖𬭎\U0001f642",
        "a\r\nb\n\nc",
        "2026-02-31",
        "0001-01-01",
        "9999-12-31",
        "不是数字",
        "00000000-0000-0000-0000-000000000000",
        "长" * 2100,
        "\x00null",
    ]
)
TYPED = st.one_of(AWKWARD, st.text(max_size=40), st.integers(-5, 10**7).map(str))


def filled(form: Found, data: st.DataObject) -> dict[str, Any]:
    """Draw a value for each field: what it holds, one of its choices, or anything."""
    values: dict[str, Any] = {}
    for field in form.fields:
        if field.type == "file" and data.draw(st.integers(0, 3)):
            continue
        if field.type == "file":
            content = io.BytesIO(data.draw(st.binary(max_size=200)))
            content.name = "x.pdf"
            values[field.name] = content
        elif field.choices and data.draw(st.integers(0, 3)):
            values[field.name] = data.draw(st.sampled_from(field.choices))
        elif field.type == "hidden" and data.draw(st.integers(0, 3)):
            values[field.name] = field.value
        elif data.draw(st.integers(0, 9)):
            values[field.name] = data.draw(TYPED)
    return values


def check(client: Client, form: Found, values: dict[str, Any]) -> None:
    """Send it; nothing may break, and on a page that comes back with the form what was typed must stand."""
    send = client.post if form.method == "post" else client.get
    answer = send(form.action, values)
    assert answer.status_code < 500, (form, values)
    if form.method != "post" or answer.status_code not in (200, 422):
        return
    if "html" not in answer.headers.get("Content-Type", ""):
        return
    shown = _plain(unescape(answer.content.decode()))
    for field in form.fields:
        typed = values.get(field.name, "")
        if field.type in NEVER_SHOWN_AGAIN or field.type == "select" or any(c in field.name for c in CODES):
            continue
        if isinstance(typed, str):
            assert _plain(typed) in shown, (form.action, field.name, typed)


def _plain(text: str) -> str:
    """Line ends and the space around do not count; control characters cannot be typed."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fuzz(client: Client, examples: int) -> list[Found]:
    """Try the found forms; every try is undone. What was found, for those who ask whether enough was."""
    forms = crawl(client)
    cookies = dict(client.cookies)

    @settings(
        max_examples=examples,
        phases=(Phase.explicit, Phase.generate),  # a page is slow, and the first example that fails says enough
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(st.sampled_from(forms), st.data())
    def tried(form: Found, data: st.DataObject) -> None:
        with transaction.atomic():
            client.cookies.clear()
            client.cookies.update(cookies)
            check(client, form, filled(form, data))
            transaction.set_rollback(True)

    tried()
    return forms


def actions_of(forms: list[Found]) -> set[str]:
    """Where the forms go, ids left out."""
    return {ID.sub("", form.action.split("?")[0]) for form in forms}


def negotiating() -> Client:
    """Lin with an offer to decide on, an agreement to sign and a question to answer."""
    deal = bargain.received()
    bargain.offered(deal, deal.cast.bank_b)
    bargain.drawn(bargain.accepted(deal, deal.cast.bank_a), deal.cast.bank_a)
    return as_lin(deal)


def interviewed() -> Client:
    """Lin with everything answered and one proof, before handing in."""
    return interview.phone_of(interview.ready().lin)


@pytest.mark.parametrize(
    ("begin", "examples", "known"),
    [
        (interviewed, 40, {"/apply/wish", "/apply/proofs", "/apply/review", "/apply/hardship"}),
        (negotiating, 40, {"/n//accept", "/n//decline", "/n//counter", "/n//call", "/n//end"}),
    ],
    ids=["applying", "negotiating"],
)
def test_whatever_is_typed_nothing_breaks_and_nothing_is_lost(
    begin: Callable[[], Client], examples: int, known: set[str]
) -> None:
    forms = fuzz(begin(), examples)
    assert known <= actions_of(forms)


SIGN_IN = [
    Found("/signin", "/signin", "post", (Field("phone", "tel", (), ""), Field("next", "hidden", (), "/"))),
    Found("/signin/code", "/signin/code", "post", (Field("code", "text", (), ""),)),
]


@settings(max_examples=30)
@given(st.sampled_from(SIGN_IN), st.data())
def test_signing_in_breaks_at_nothing_either(form: Found, data: st.DataObject) -> None:
    with transaction.atomic():
        check(Client(), form, filled(form, data))
        transaction.set_rollback(True)
