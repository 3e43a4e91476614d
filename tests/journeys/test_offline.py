"""Without a network, and with a voice: what the phone keeps, sends when it can, and reads aloud."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

import bargain
import interview
from heyue.execution.models import EarlyWarning
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LOST = ("ERR_INTERNET_DISCONNECTED", "Failed to load resource")
PATIENCE_MS = 60_000
SPEECH = """
  window.spoken = [];
  const speak = (u) => { window.spoken.push(u.text); window.spokenLang = u.lang; setTimeout(() => u.onend({}), 5); };
  const voice = { speak, cancel: () => {}, getVoices: () => [] };
  Object.defineProperty(window, 'speechSynthesis', { value: voice });
"""


@pytest.fixture
def talk(phone: Page, site: Site) -> interview.Interview:
    """Lin at the question of her income, signed in on the phone."""
    talk = interview.started()
    client = Client()
    client.force_login(talk.cast.lin_person)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    phone.context.add_cookies([{**cookie, "url": site.url}])  # type: ignore[list-item]
    return talk


def worker_ready(page: Page) -> None:
    """Wait until the service worker looks after the page.

    A page that is on its way when the worker claims all pages is missed by it, and is looked after from its next load.
    """
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    if not page.evaluate("Boolean(navigator.serviceWorker.controller)"):
        page.reload()
    page.wait_for_function("Boolean(navigator.serviceWorker.controller)")


def kept(page: Page) -> list[str]:
    """What of the interview stands in the browser."""
    return page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('heyue-form'))")


def test_an_answer_typed_without_a_network_is_sent_when_it_is_back(
    phone: Page, site: Site, talk: interview.Interview
) -> None:
    phone.goto(f"{site.url}/apply/income")
    phone.locator("[name=wage]").fill("4800")
    assert len(kept(phone)) == 1
    phone.context.set_offline(True)
    phone.locator(".bar .weui-btn_primary").click()
    expect(phone.get_by_text("没有网。你填的都存在这台手机上")).to_be_visible()
    assert "/apply/income" in phone.url, "the page stays, with what was typed"
    phone.context.set_offline(False)
    expect(phone).to_have_url(re.compile("/apply/expenses"), timeout=PATIENCE_MS)
    assert kept(phone) == [], "what was taken does not stay on the phone"
    phone.goto(f"{site.url}/apply/income")
    assert phone.locator("[name=wage]").input_value().replace(",", "").startswith("4800")


def test_a_page_opened_without_a_network_says_so_and_sends_what_waits_afterwards(
    site: Site, talk: interview.Interview, phone: Page
) -> None:
    phone.goto(f"{site.url}/apply/income")
    worker_ready(phone)
    phone.locator("[name=wage]").fill("5100")
    # The network goes between the tap and the answer: the browser still thinks that it has one.
    phone.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => true })")
    phone.context.set_offline(True)
    phone.locator(".bar .weui-btn_primary").click()
    expect(phone.get_by_role("heading", name="现在没有网")).to_be_visible()
    expect(phone.get_by_text("你刚才填的都存在这台手机上")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone).to_have_url(re.compile("/apply/expenses"), timeout=PATIENCE_MS)
    assert kept(phone) == []
    phone.goto(f"{site.url}/apply/income")
    assert phone.locator("[name=wage]").input_value().replace(",", "").startswith("5100")


def test_what_a_bank_is_told_before_its_day_outlives_a_lost_network(phone: Page, site: Site) -> None:
    deal = bargain.running()
    client = Client()
    client.force_login(deal.cast.lin_person)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    phone.context.add_cookies([{**cookie, "url": site.url}])  # type: ignore[list-item]
    address = f"{site.url}/plan/{deal.plan(deal.cast.bank_a).pk}/cannot"
    phone.goto(address)
    worker_ready(phone)
    phone.locator("[name=can_pay]").fill("0")
    phone.locator("[name=words]").fill("十二月停工。")
    assert len(kept(phone)) == 1
    # Whichever button was tapped goes out, and no other: working it out tells the bank nothing.
    phone.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => true })")
    phone.context.set_offline(True)
    phone.locator("[name=work-out]").click()
    expect(phone.get_by_role("heading", name="现在没有网")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.locator("form [role=status].say")).to_be_visible(timeout=PATIENCE_MS)
    assert phone.locator("[name=words]").input_value() == "十二月停工。"
    assert not EarlyWarning.objects.exists()


def test_no_personal_page_is_ever_kept(phone: Page, site: Site, talk: interview.Interview) -> None:
    for path in ("/", "/apply/income", "/me"):
        phone.goto(f"{site.url}{path}")
    worker_ready(phone)
    phone.reload()
    stored = phone.evaluate(
        """async () => {
             const names = await caches.keys();
             const shelves = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
             return shelves.flat().map((asked) => new URL(asked.url).pathname);
           }"""
    )
    assert [path for path in stored if not path.startswith("/static/")] == ["/offline"]
    offline = phone.evaluate("caches.match('/offline').then(r => r.text())")
    assert "csrf" not in offline
    assert "data-who" not in offline


def test_signing_out_leaves_nothing_that_was_typed(phone: Page, site: Site, talk: interview.Interview) -> None:
    phone.goto(f"{site.url}/apply/income")
    phone.locator("[name=wage]").fill("4800")
    phone.goto(f"{site.url}/me")
    assert len(kept(phone)) == 1, "what was typed and not sent outlives the page"
    phone.get_by_role("button", name="退出").click()
    phone.wait_for_url("**/signin")
    assert kept(phone) == []


def test_anothers_words_are_not_offered_and_do_not_stay(phone: Page, site: Site, talk: interview.Interview) -> None:
    phone.goto(f"{site.url}/apply/income")
    phone.locator("[name=wage]").fill("4800")
    phone.evaluate(
        """() => Object.keys(localStorage).forEach((k) => {
             localStorage[k] = JSON.stringify({ ...JSON.parse(localStorage[k]), who: "another" });
           })"""
    )
    phone.goto(f"{site.url}/apply/income")
    assert phone.get_by_role("button", name="接着填").count() == 0
    assert kept(phone) == []


def test_the_page_can_stand_on_the_phones_first_screen(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/signin")
    manifest = phone.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(r => r.json())")
    assert (manifest["start_url"], manifest["display"], manifest["lang"]) == ("/", "standalone", "zh-CN")
    for icon in manifest["icons"]:
        size = phone.evaluate(
            "src => new Promise(done => { const i = new Image(); i.onload = () => done(i.width); i.src = src; })",
            icon["src"],
        )
        assert icon["sizes"] == f"{size}x{size}"


def test_a_page_is_read_aloud_in_its_order_with_sums_and_days_as_spoken(
    phone: Page, site: Site, talk: interview.Interview, fits: Callable[[Page], None]
) -> None:
    phone.add_init_script(SPEECH)
    phone.goto(f"{site.url}/")
    fits(phone)
    button = phone.get_by_role("button", name="读给我听")
    button.click()
    expect(phone.locator("[data-aloud]")).to_have_attribute("aria-pressed", "false")
    said = "\n".join(phone.evaluate("window.spoken"))
    assert phone.evaluate("window.spokenLang") == "zh-CN"
    assert "¥" not in said
    assert re.search(r"\d+元", said)
    assert re.search(r"\d+月\d+日", said)
    headings = phone.locator("main h1, main h2").all_inner_texts()
    places = [said.find(words.split("\n")[0][:4]) for words in headings]
    assert places == sorted(places)
    assert -1 not in places[1:]


def test_reading_stops_when_asked(phone: Page, site: Site) -> None:
    phone.add_init_script(SPEECH.replace("setTimeout(() => u.onend({}), 5);", ""))
    phone.goto(f"{site.url}/help/terms")
    phone.get_by_role("button", name="读给我听").click()
    expect(phone.locator(".spoken")).to_have_count(1)
    phone.get_by_role("button", name="停下").click()
    expect(phone.locator(".spoken")).to_have_count(0)
    assert len(phone.evaluate("window.spoken")) == 1


def test_where_there_is_no_voice_nothing_is_offered(phone: Page, site: Site) -> None:
    phone.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined });")
    phone.goto(f"{site.url}/help")
    expect(phone.locator("[data-aloud]")).to_be_hidden()
