"""The look of the pages: the language, 大字, light or dark, for strangers and for accounts, without script."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

import bargain
import cast as stage
from heyue import clock
from heyue.faces import look, shown
from heyue.faces.worker.texts import announce
from heyue.identity.models import Person
from heyue.journey.days_said import day_said, month_said
from heyue.notices.models import TextMessage
from heyue.policy.load import every_record, rule
from heyue.vault import keyring
from on_phone import as_lin, as_person, page

pytestmark = pytest.mark.django_db
CJK = re.compile(r"[\u3400-\u9fff]")
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9"}


def words(html: str) -> str:
    """What a page says: no tags, nothing marked as Chinese, none of the names that stay Chinese."""
    body = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", html[html.index("<body") :], flags=re.S)
    body = re.sub(r'(value|content|href|data-[a-z-]+)="[^"]*"', "", body)
    return re.sub(r"<[^>]+>", " ", body)


def test_a_stranger_reads_the_browsers_language_until_another_is_chosen() -> None:
    client = Client(**ENGLISH)
    assert "You cannot pay your credit cards?" in page(client, "/signin")
    client.post("/size", {"language": "zh-hans", "next": "/signin"})
    assert "信用卡还不上" in page(client, "/signin")


def test_what_one_chose_stays_with_the_account_on_another_phone() -> None:
    lin = stage.assemble().lin_person
    as_person(lin).post("/size", {"language": "en", "next": "/me"})
    as_person(lin).post("/size", {"theme": "dark", "next": "/me"})
    as_person(lin).post("/size", {"size": "large", "next": "/me"})
    said = page(as_person(lin), "/me")
    assert '<html lang="en" data-size="large" data-theme="dark">' in said
    row = Person.objects.get(pk=lin.pk)
    assert (row.language, row.theme, row.large_text) == ("en", "dark", True)


def test_the_look_outlives_signing_out() -> None:
    client = as_person(stage.assemble().lin_person)
    client.post("/size", {"language": "en", "next": "/me"})
    client.post("/size", {"theme": "dark", "next": "/me"})
    client.post("/signout")
    assert '<html lang="en" data-theme="dark">' in page(client, "/signin")


def test_an_unknown_choice_changes_nothing() -> None:
    client = Client()
    client.post("/size", {"language": "xx", "theme": "pink", "size": "huge"})
    assert '<html lang="zh-CN">' in page(client, "/signin")


def test_the_desk_keeps_its_officers_language() -> None:
    cast = stage.assemble()
    officer = Client()
    officer.post("/desk/signin", {"login": "wang", "password": stage.PASSWORD})
    assert officer.post("/desk/size", {"language": "en", "next": "/desk/"}).status_code == 302
    assert Person.objects.get(pk=cast.officer_a.person_id).language == "en"
    assert 'lang="en"' in officer.get("/desk/cases", follow=True).content.decode()


def test_machines_are_answered_alike_whatever_they_accept() -> None:
    chinese, english = (Client(**more).get("/v1/nothing", HTTP_ACCEPT="application/json") for more in ({}, ENGLISH))
    assert chinese.content == english.content


def test_a_stream_is_written_in_its_readers_language() -> None:
    def view(request: object) -> StreamingHttpResponse:
        told = (translation.gettext(said).encode() for said in ("没有找到。可能已经结束，或者不是你的。",))
        return StreamingHttpResponse(told, content_type="text/event-stream")

    request = RequestFactory().get("/", **ENGLISH)
    response = look.PageLanguage(view)(request)
    assert b"Not found" in b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert translation.get_language() == "zh-hans"


def test_a_page_says_its_language_and_that_it_depends_on_it() -> None:
    response = Client(**ENGLISH).get("/signin")
    assert response.headers["Content-Language"] == "en"
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-hans", "2026年11月24日 (周二)|11月24日|2026年11月"), ("en", "Tue 24 Nov 2026|24 Nov|Nov 2026")],
)
def test_days_are_written_as_each_language_has_them(language: str, said: str) -> None:
    on = date(2026, 11, 24)
    with translation.override(language):
        written = (day_said(on, weekday=True, year=True), day_said(on), month_said(on))
    assert "|".join(written) == said


def test_a_single_day_is_singular_in_english() -> None:
    bargain.day(date(2026, 11, 16))
    with translation.override("en"):
        assert "1 working day left" in shown.due(date(2026, 11, 17))
        assert "2 working days left" in shown.due(date(2026, 11, 18))


@pytest.mark.parametrize(
    "path", ["/signin", "/look", "/help", "/help/terms", "/help/rights", "/help/fraud", "/help/complaint", "/offline"]
)
def test_an_english_page_for_strangers_has_no_chinese_word(path: str) -> None:
    said = words(page(Client(**ENGLISH), path)).replace(rule("COMPLAINT", clock.today()).source, "")
    assert not CJK.search(said), CJK.findall(said)


def test_english_pages_of_a_case_keep_chinese_to_names() -> None:
    deal = bargain.received()
    bargain.offered(deal, deal.cast.bank_b)
    client = as_lin(deal)
    client.post("/size", {"language": "en", "next": "/"})
    talk = deal.id_at(deal.cast.bank_b)
    names = {deal.cast.bank_a, deal.cast.bank_b}
    known = (
        [record.source for record in every_record()]
        + ["标准卡"]
        + [text for bank in names for text in (bank.name, bank.short_name, bank.seal)]
    )
    for path in ("/", "/progress", f"/n/{talk}/offer", f"/n/{talk}/call", "/calendar", "/access", "/told", "/me"):
        said = words(page(client, path))
        for name in sorted(known, key=len, reverse=True):
            said = said.replace(name, "")
        left = re.findall(r"[\u3400-\u9fff，。：；（）]+", said)
        assert set(left) <= ALLOWED, (path, [said[max(0, said.find(x) - 60) : said.find(x) + 60] for x in left])


ALLOWED = {"林", "林晓"}
"""Her name, in full where she reads it out, and as the mask 林*."""


def test_nothing_else_than_an_html_answer_is_changed() -> None:
    plain = look.PageLanguage(lambda request: HttpResponse("好"))(RequestFactory().get("/"))
    assert plain.content.decode() == "好"  # type: ignore[attr-defined]


def test_a_text_message_is_in_the_language_of_its_readers_pages() -> None:
    deal = bargain.received()
    bargain.offered(deal, deal.cast.bank_b)
    as_lin(deal).post("/size", {"language": "en", "next": "/"})
    announce()
    assert messages_to(deal) == "【和约】Something waits for you. Please sign in and look."
    as_lin(deal).post("/size", {"language": "zh-hans", "next": "/"})
    bargain.offered(deal, deal.cast.bank_a)
    announce()
    assert messages_to(deal) == "【和约】有一件事等你办，登录看看。"


def messages_to(deal: bargain.Bargain) -> str:
    """The newest text message to Lin."""
    row = TextMessage.objects.filter(owner_id=deal.cast.lin.person_id).order_by("-id")[0]
    return keyring(row.owner_id).open_text(row.sealed_text, "sms-text")
