"""The progress page swaps its news in without asking the browser for anything that its policy forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

import bargain
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_news_that_is_swapped_in_breaks_no_policy(phone: Page, site: Site) -> None:
    deal = bargain.received()
    client = Client()
    client.force_login(deal.cast.lin_person)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    phone.context.add_cookies([{**cookie, "url": site.url}])  # type: ignore[list-item]
    said: list[str] = []
    phone.on("console", lambda message: said.append(message.text))
    phone.goto(f"{site.url}/progress/{deal.application_id}")
    phone.locator("details[hx-preserve]").first.locator("summary").click()
    bargain.offered(deal, deal.cast.bank_a)
    phone.evaluate("window.htmx.trigger(document.querySelector('[data-stream]'), 'news')")
    expect(phone.get_by_text("轮到你拿主意")).to_be_visible(timeout=30_000)
    assert said == []
