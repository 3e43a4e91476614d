"""The faces' base and the first pages, without a browser: sessions, refusals, kept forms, whose card it is."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

import build
import cast as stage
from cast import Cast
from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces import kept, problems
from heyue.identity import reads
from heyue.identity.actions import give_consent
from heyue.identity.models import Consent
from heyue.journey import perform
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets

pytestmark = pytest.mark.django_db
HERE = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture
def cast() -> Cast:
    return stage.assemble()


def as_person(actor: Any, **options: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client(**options)
    client.force_login(reads.person(actor))
    client.cookies[kept.WHO_COOKIE] = reads.mark(actor.person_id)
    return client


def text(response: HttpResponse) -> str:
    return response.content.decode()


# ── sessions ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_has_a_cookie_of_its_own(cast: Cast) -> None:
    client = Client()
    client.get("/signin")
    response = client.get("/desk/signin")
    assert "sessionid" not in response.cookies
    if "heyue_desk" in response.cookies:
        assert response.cookies["heyue_desk"]["path"] == "/desk"


def test_a_borrowers_session_opens_nothing_at_the_desk(cast: Cast) -> None:
    response = as_person(cast.lin).get("/desk/")
    assert response.status_code in (302, 404)


def test_staff_in_the_borrowers_session_see_no_wallet(cast: Cast) -> None:
    assert as_person(cast.officer_a).get("/").status_code == 403


def test_a_session_holds_no_readable_phone() -> None:
    client = Client()
    client.post("/signin", {"phone": "13800005678"})
    assert "13800005678" not in json.dumps(dict(client.session.items()))
    client.post("/signin/code", {"code": build.last_code("13800005678")})
    assert "13800005678" not in json.dumps(dict(client.session.items()))


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back() -> None:
    response = Client().get("/banks")
    assert response.headers["Location"] == "/signin?next=%2Fbanks"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)", "\\\\example.com"]
)
def test_signing_in_leads_to_no_other_site(cast: Cast, elsewhere: str) -> None:
    response = as_person(cast.lin).get("/signin", {"next": elsewhere})
    assert response.headers["Location"] == "/"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in() -> None:
    response = Client().get(
        "/banks/answers", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/banks"}
    )
    assert response.headers["HX-Redirect"] == "/signin?next=%2Fbanks"


def test_joining_comes_in_order(cast: Cast) -> None:
    client = as_person(build.newcomer("13700009999"))
    assert client.get("/banks").headers["Location"] == "/privacy?next=%2Fbanks"
    assert client.get("/identity").headers["Location"] == "/privacy"
    client.post("/privacy", {"read": "on"})
    assert client.get("/banks").headers["Location"] == "/identity?next=%2Fbanks"


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────


def test_a_card_is_shown_to_its_holder_and_does_not_exist_for_others(cast: Cast) -> None:
    (card,) = build.cards(cast.lin, cast.bank_a, build.card_told("6612"))
    assert "6612" in text(as_person(cast.lin).get(f"/cards/{card.pk}"))
    assert as_person(cast.zhao).get(f"/cards/{card.pk}").status_code == 404
    assert "6612" not in text(as_person(cast.zhao).get("/"))


def test_a_link_is_unbound_by_its_holder_alone_and_once(cast: Cast) -> None:
    build.cards(cast.lin, cast.bank_a, build.card_told("6612"))
    link = wallets.links(cast.lin).get()
    assert as_person(cast.zhao).post(f"/banks/{link.pk}/unbind").status_code == 404
    client = as_person(cast.lin)
    assert client.post(f"/banks/{link.pk}/unbind").headers["Location"] == "/banks"
    assert client.post(f"/banks/{link.pk}/unbind").headers["Location"] == "/banks"
    assert reads.standing_consents(cast.lin, Consent.Purpose.ACCOUNTS) == set()


def test_a_bank_is_asked_only_where_its_own_box_was_ticked(cast: Cast) -> None:
    client = as_person(cast.lin)
    page = text(client.get("/banks"))
    assert page.count('type="checkbox"') == 2
    assert "checked" not in page
    client.post("/banks/ask", {"bank": [str(cast.bank_b.pk), "nonsense", str(uuid.uuid4())]})
    assert reads.standing_consents(cast.lin, Consent.Purpose.ACCOUNTS) == {cast.bank_b.pk}
    client.post("/banks/ask", {"bank": [str(cast.bank_b.pk)]})
    assert wallets.links(cast.lin).count() == 1


def test_the_inbox_is_there_in_the_demo_alone() -> None:
    assert Client().get("/demo/inbox").status_code == 404
    with override_settings(HEYUE_DEMO=True):
        assert Client().get("/demo/inbox").status_code == 200


# ── forms that went stale ──────────────────────────────────────────────────────────────────────────────


def test_a_stale_form_keeps_what_was_typed_and_gets_a_fresh_token(cast: Cast) -> None:
    client = as_person(build.newcomer("13700009999"), enforce_csrf_checks=True)
    response = client.post("/identity", {"name": "<b>林晓</b>", "csrfmiddlewaretoken": "old"}, **HERE)
    page = text(response)
    assert response.status_code == 403
    assert "&lt;b&gt;林晓&lt;/b&gt;" in page
    assert 'value="old"' not in page
    assert 'action="/identity"' in page


def test_another_site_cannot_lay_words_into_somebodys_hand(cast: Cast) -> None:
    client = as_person(cast.lin, enforce_csrf_checks=True)
    response = client.post("/banks/ask", {"bank": "planted"}, HTTP_ORIGIN="https://example.com")
    assert response.status_code == 403
    assert "planted" not in text(response)


def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(cast: Cast) -> None:
    response = Client().post(f"/banks/{uuid.uuid4()}/unbind", headers={"Referer": "http://testserver/banks"})
    assert response.headers["Location"] == "/signin?next=%2Fbanks"


def test_an_address_for_forms_says_so_when_it_is_opened(cast: Cast) -> None:
    response = as_person(cast.lin).get("/signout")
    assert response.status_code == 405
    assert "要从页面上点" in text(response)


def test_staff_whose_session_ended_in_mid_form_get_it_back(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    desk = {"login": "wang", "password": stage.PASSWORD, "next": "/desk/"}
    client.post("/desk/signin", _with_token(client, "/desk/signin", desk), **HERE)
    assert client.cookies[kept.WHO_COOKIE_DESK]["path"] == "/desk"
    client.cookies.pop("heyue_desk")
    response = client.post("/desk/clock", {"day": "2026-12-01"}, **HERE)
    assert response.headers["Location"].startswith("/desk/signin?next=")
    page = text(client.post("/desk/signin", _with_token(client, "/desk/signin", desk), **HERE))
    assert 'value="2026-12-01"' in page
    assert 'action="/desk/clock"' in page


def _with_token(client: Client, path: str, fields: dict[str, str]) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text(client.get(path)))
    assert found
    return {**fields, "csrfmiddlewaretoken": found[1]}


def test_codes_and_passwords_are_never_kept() -> None:
    request = RequestFactory().post("/x", {"password": "p", "code": "123456", "csrfmiddlewaretoken": "t", "story": "s"})
    assert kept.typed(request) == [("story", "s")]


def test_a_form_too_large_to_keep_is_not_kept() -> None:
    request = RequestFactory().post("/x", {"story": "字" * (kept.CHARS_MAX + 1)})
    assert kept.typed(request) == []


def test_every_value_of_a_field_is_kept_in_its_order() -> None:
    request = RequestFactory().post("/x", {"card": ["a", "b"], "story": ""})
    assert kept.typed(request) == [("card", "a"), ("card", "b"), ("story", "")]


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_machine_gets_problem_details() -> None:
    refusal = Refusal(
        "too-long",
        "最长%(limit)s期。",
        next_step="选短一些。",
        article="第七十条",
        field="periods",
        params={"limit": 60},
    )
    request = RequestFactory().get("/v1/x")
    response = problems.RefusalPages(lambda r: HttpResponse()).process_exception(request, refusal)
    assert response is not None
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "/problems/too-long",
        "title": "最长60期。",
        "status": 409,
        "code": "too-long",
        "detail": "选短一些。",
        "article": "第七十条",
        "field": "periods",
    }


def test_a_person_gets_a_page_with_a_way_back(cast: Cast) -> None:
    response = as_person(cast.lin).get(f"/cards/{uuid.uuid4()}", headers={"Referer": "http://testserver/me"})
    page = text(response)
    assert response.status_code == 404
    assert "没有找到" in page
    assert 'href="/me"' in page


def test_other_exceptions_are_left_alone() -> None:
    middleware = problems.RefusalPages(lambda r: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None
    assert middleware.process_exception(RequestFactory().get("/"), NotFound()) is not None


def test_our_own_mistake_is_said_without_the_database() -> None:
    page = problems.broken(RequestFactory().get("/"))
    assert page.status_code == 500
    assert "不是你的问题" in text(page)


@pytest.mark.parametrize("path", ["/signin", "/privacy", "/demo/inbox", "/no-such-page"])
def test_pages_allow_no_inline_code_and_no_frame(path: str) -> None:
    policy = Client().get(path).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


def test_a_mistyped_name_is_mended_when_a_bank_does_not_know_it_and_no_longer_once_one_does(cast: Cast) -> None:
    perform(cast.lin, give_consent, bank_id=cast.bank_a.pk, purpose=Consent.Purpose.ACCOUNTS.value)
    link_id = perform(cast.lin, wallet.ask_bank, bank_id=cast.bank_a.pk)
    perform(PLATFORM, wallet.record_not_customer, link_id=link_id)
    client = as_person(cast.lin)
    assert 'href="/identity?again=1"' in client.get("/banks").content.decode()
    assert 'name="id_number"' in client.get("/identity?again=1").content.decode()
    mended = {"name": "林小", "id_number": stage.LIN_ID, "next": "/banks"}
    assert client.post("/identity", mended).headers["Location"] == "/banks"
    assert reads.own(cast.lin).name == "林小"
    build.cards(cast.lin, cast.bank_b, build.card_told())
    assert 'name="id_number"' not in client.get("/identity?again=1").content.decode()
    client.post("/identity", mended | {"name": "王五"})
    assert reads.own(cast.lin).name == "林小"


def test_the_way_back_never_leads_to_another_host(cast: Cast) -> None:
    page = as_person(cast.lin).get("/no-such-page", HTTP_REFERER="http://testserver//evil.example/a")
    assert 'href="//evil' not in text(page)
