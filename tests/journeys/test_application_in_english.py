"""Applying in English on a narrow phone: the same way, with no word of Chinese but names and what was typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import build
from browser import watched_page
from heyue.identity.models import OneTimeCode
from journeys.axe import violations
from journeys.test_application_taps import (
    LIN_ID,
    LIN_NAME,
    LIN_PHONE,
    STORY,
    banks,
    bind,
    files_of,
    fill,
    is_handed_in,
    onward,
    paper,
    press,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from heyue.banks.models import Bank
    from journeys.conftest import Site

__all__ = ["banks"]  # a fixture
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 360, "height": 740}
# Names of banks, their seals and cards are told by the banks; the way back to Chinese is written in Chinese.
TOLD = re.compile("东湖(银行)?|南山(银行)?|标准卡|金卡|东|南|中文|林晓|林|" + STORY)
CHINESE = re.compile("[\u4e00-\u9fff].*")


@pytest.fixture
def narrow(browser: Browser) -> Iterator[Page]:
    """A phone of 360 px."""
    with watched_page(browser, NARROW) as page:
        yield page


def judged(page: Page) -> None:
    """In English, within its width, and nothing for axe to find."""
    said = TOLD.sub("", page.locator("body").inner_text())
    assert CHINESE.findall(said) == [], page.url
    wide = page.evaluate(
        """most => document.documentElement.scrollWidth <= most ? [] : [...document.querySelectorAll('body *')]
             .filter((e) => e.getBoundingClientRect().right > most).map((e) => e.outerHTML.slice(0, 160))""",
        NARROW["width"],
    )
    assert wide == [], page.url
    assert violations(page) == [], page.url


def test_an_application_for_two_banks_is_made_in_english(narrow: Page, site: Site, banks: tuple[Bank, Bank]) -> None:
    page = narrow
    lin = build.borrower(LIN_PHONE, LIN_NAME, LIN_ID)
    bind(lin, banks)
    OneTimeCode.objects.all().delete()  # a code may be asked for once a minute; the one of joining is of another day
    page.goto(f"{site.url}/signin")
    press(page, "EN")
    judged(page)
    page.get_by_label("Phone number").fill(LIN_PHONE)
    press(page, "Get a code")
    page.wait_for_url("**/signin/code")
    judged(page)
    page.get_by_label("Code from the text message").fill(build.last_code(LIN_PHONE))
    press(page, "Sign in")
    page.wait_for_url(lambda url: "/signin" not in url)
    judged(page)

    page.goto(f"{site.url}/apply")
    judged(page)
    press(page, "Start")
    page.wait_for_url("**/apply/cards")
    for step, answers in (
        ("cards", {}),
        ("income", {"wage": "6000"}),
        ("expenses", {"food": "1500", "housing": "1500", "savings": "2000"}),
    ):
        judged(page)
        fill(page, **answers)
        onward(page, step)
    judged(page)
    page.get_by_label("Earning less").check()
    fill(page, story=STORY)
    onward(page, "hardship")
    for step in ("wish", "plan"):
        judged(page)
        onward(page, step)
    files_of(page, "identity").set_input_files([paper("identity")])
    expect(page.get_by_role("link", name="identity.jpg")).to_be_visible()
    judged(page)
    onward(page, "proofs")
    judged(page)
    for box in page.locator("form#f input[type=checkbox]").all():
        box.check()
    press(page, "Submit to these 2 banks")
    page.wait_for_url("**/progress**")
    judged(page)
    assert is_handed_in(lin)
