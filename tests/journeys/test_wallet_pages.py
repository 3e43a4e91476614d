"""The wallet's pages in a real browser: sliders by keyboard, files that go up when chosen, and without script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import expect

import bargain
import build
import statements
from browser import PHONE, for_the_guide
from cast import Cast, assemble
from heyue.faces.worker.own_cards import read_statements
from heyue.wallet import reads as wallets
from heyue.wallet import statement_reads
from journeys.axe import violations
from journeys.test_plan_pages import HTML_LANG, WIDTHS, signed_in
from statements import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def cast() -> Cast:
    bargain.day(DAY)
    people = assemble()
    build.cards(people.lin, people.bank_a, build.card_told(last4="6612", waivable="300.00"))
    statements.read(people.lin, statements.statement(balance=statements.found(1012_00)), content=b"draft")
    statements.taken(people.lin, statements.statement(), content=b"taken")
    return people


def enter(page: Page, live_server: LiveServer, cast: Cast) -> None:
    """Sign Lin in on this page."""
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": signed_in(cast.lin_person), "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


def addresses(cast: Cast) -> dict[str, str]:
    """Pages of the wallet, one of each kind, with the name of its picture in the guide; that is empty for none."""
    cards = {card.is_own: card for card in wallets.cards(cast.lin)}
    own, feed = f"/cards/{cards[True].pk}", f"/cards/{cards[False].pk}"
    (draft,) = statement_reads.drafts(cast.lin)
    check = f"/import/{draft.row.pk}"
    return {
        own: "41-own-card", f"{feed}/cost": "42-cost", "/debt": "43-debt", f"{own}/bills/2026-11-05": "44-bill",
        "/cards/add": "45-add-card", f"{own}/change": "", f"{own}/posting": "", "/import": "46-import",
        check: "47-import-check", f"{check}/lines/0/0": "",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_clean_and_stands_within_its_width(
    phone: Page, live_server: LiveServer, cast: Cast, language: str
) -> None:
    enter(phone, live_server, cast)
    phone.context.add_cookies([{"name": "heyue_language", "value": language, "url": live_server.url}])
    for address, picture in addresses(cast).items():
        phone.goto(live_server.url + address)
        assert phone.locator("html").get_attribute("lang") == HTML_LANG[language]
        for width in WIDTHS:
            phone.set_viewport_size({"width": width, "height": 844})
            assert phone.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
        phone.set_viewport_size({"width": WIDTHS[0], "height": 844})
        assert violations(phone) == [], address
        if picture and language == "zh-hans":
            for_the_guide(phone, picture)


def test_a_slider_is_moved_by_keyboard_and_the_answer_comes_at_once(
    phone: Page, live_server: LiveServer, cast: Cast
) -> None:
    enter(phone, live_server, cast)
    card = next(card for card in wallets.cards(cast.lin) if not card.is_own)
    phone.goto(f"{live_server.url}/cards/{card.pk}/cost")
    before = phone.locator("#worked").inner_text()
    phone.get_by_label("谈成分几期").focus()
    phone.keyboard.press("Home")
    expect(phone.locator("#said-periods")).to_have_text("6期")
    expect(phone.locator("#worked")).not_to_have_text(before)
    assert phone.url.endswith("/cost")


def test_a_chosen_file_goes_up_at_once(phone: Page, live_server: LiveServer, cast: Cast) -> None:
    enter(phone, live_server, cast)
    phone.goto(f"{live_server.url}/import")
    phone.locator("input[type=file]").set_input_files(
        {"name": "对账.csv", "mimeType": "text/csv", "buffer": statements.SHEET}
    )
    expect(phone.get_by_role("link", name=re.compile("对账.csv"))).to_contain_text("正在读")
    read_statements()
    expect(phone.get_by_role("link", name=re.compile("对账.csv"))).to_contain_text("没见过这种")


def test_without_script_a_card_is_added_and_reckoned(browser: Browser, live_server: LiveServer, cast: Cast) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    enter(page, live_server, cast)
    page.goto(f"{live_server.url}/cards/add/by-hand")
    page.get_by_label("哪家银行").select_option("icbc")
    for label, value in (
        ("卡号最后4位", "1357"), ("一共欠多少", "8,000"), ("每月几号出账单", "5"), ("每月几号是最后还款日", "23"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="放进钱包").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1357")
    page.get_by_role("link", name="换个数算一算").click()
    page.get_by_label("谈成分几期").fill("24")
    page.get_by_role("button", name="算一算").click()
    expect(page.locator("#worked")).to_contain_text("24个月还清")
    context.close()
