"""The pages for everybody in a real browser: languages, dark, 大字, keyboard, no script; axe finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from journeys.axe import violations
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PAGES = ("/signin", "/look", "/help", "/help/terms", "/help/rights", "/help/fraud", "/help/complaint", "/offline")
NARROWEST = 320
TAP = 44


@pytest.mark.parametrize(
    ("language", "theme", "size"), [("zh-hans", "light", "normal"), ("en", "dark", "large"), ("en", "light", "large")]
)
def test_every_page_for_everybody_can_be_read_by_everybody(
    phone: Page, site: Site, language: str, theme: str, size: str
) -> None:
    for name, value in (("language", language), ("theme", theme), ("size", size)):
        phone.context.add_cookies([{"name": f"heyue_{name}", "value": value, "url": site.url}])
    phone.set_viewport_size({"width": NARROWEST, "height": 700})
    for path in PAGES:
        phone.goto(site.url + path)
        assert violations(phone) == [], path
        wide = phone.evaluate(
            """most => document.documentElement.scrollWidth <= most ? [] : [...document.querySelectorAll('body *')]
                 .filter((e) => e.getBoundingClientRect().right > most).map((e) => e.outerHTML.slice(0, 120))""",
            NARROWEST,
        )
        assert wide == [], path
        small = phone.evaluate(
            """least => [...document.querySelectorAll('main a, main button, .top a, .top button')].filter((e) => {
                 const box = e.getBoundingClientRect(); return box.width && box.height < least - 0.5;
               }).map((e) => e.outerHTML.slice(0, 120))""",
            TAP,
        )
        assert small == [], path


def test_the_look_is_chosen_by_keyboard_alone(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/look")
    phone.get_by_role("button", name="深色").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    phone.locator("main").get_by_role("button", name="English").focus()
    phone.keyboard.press("Space")
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    expect(phone.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_the_look_and_help_work_without_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(f"{site.url}/signin")
        page.get_by_role("button", name="English").first.click()
        assert page.locator("html").get_attribute("lang") == "en"
        page.get_by_role("link", name="Help").click()
        assert page.get_by_role("heading", level=1).inner_text() == "What would you like to know?"
        assert page.locator(".aloud").is_hidden(), "without script nothing can be read aloud, so nothing is offered"
    finally:
        context.close()
