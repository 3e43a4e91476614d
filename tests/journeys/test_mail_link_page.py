"""The desk behind a mailed link in a real browser, on a phone and at a desk: axe finds nothing, nothing runs over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import bargain
import mail_servers
from heyue.banks.models import Bank
from heyue.faces.worker import bank_mails
from heyue.faces.worker.texts import send_mails
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 390, 1280)
TAP = 44


def looked_over(page: Page) -> None:
    """Nothing for axe, nothing beyond the edge, nothing too small for a finger."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]] == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """least => [...document.querySelectorAll("main a.btn, main button.btn, main input[type=text], main select")]
             .filter((e) => { const box = e.getBoundingClientRect(); return box.width && box.height < least - 0.5; })
             .map((e) => e.outerHTML.slice(0, 120))""",
        TAP,
    )
    assert small == []


def test_an_officer_opens_the_link_and_accepts_on_a_phone(phone: Page, site: Site, settings: Any) -> None:
    settings.HEYUE_PUBLIC_URL = site.url
    with mail_servers.smtp(settings) as post:
        deal = bargain.submitted()
        Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="email", mail_address="cards@donghu.example")
        bargain.passed(deal)
        bank_mails.send_to_banks()
        text = post.taken[0][2].get_body().get_content()  # type: ignore[union-attr]
        phone.goto(re.search(r"http\S+/desk/by-mail/\S+", text)[0])  # type: ignore[index]
        looked_over(phone)
        phone.get_by_role("button", name="发验证码").click()
        send_mails()
        code = re.search(r"(\d{6})", post.taken[-1][2].get_body().get_content())  # type: ignore[union-attr]
        phone.get_by_label("邮件里的验证码").fill(code[1])  # type: ignore[index]
        phone.get_by_label("你的姓名").fill("王立")
        phone.get_by_label("你的工号").fill("A-0101")
        phone.get_by_role("button", name="打开").click()
        looked_over(phone)
        phone.get_by_role("button", name="确认收到申请表").click()
        phone.get_by_role("button", name="算一下").click()
        looked_over(phone)
        phone.get_by_role("button", name="按申请同意").click()
        expect(phone.get_by_text("等持卡人签字")).to_be_visible()
    assert deal.talk(deal.cast.bank_a).state == "agreed"
