"""The desk behind a mailed link in a real browser, on a phone and at a desk: axe finds nothing, nothing runs over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import bargain
from browser import for_the_guide
from heyue.banks.models import Bank
from heyue.dispatch.models import ReceivedMail
from heyue.faces.worker import bank_mails
from heyue.faces.worker.texts import send_mails
from journeys.axe import violations
from journeys.conftest import Site, free_port, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 390, 1280, 1920)
TAP = 44


def looked_over(page: Page) -> None:
    """Nothing for axe, nothing beyond the edge, nothing too small for a finger."""
    assert violations(page) == []
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


@dataclass(frozen=True)
class Mailbox:
    """The demo's mailbox as a process: its page, and the folder of its replies."""

    url: str
    replies: Path


@pytest.fixture
def mailbox(site: Site, settings: SettingsWrapper) -> Mailbox:
    """A mailbox into which the platform's mails go, and from which it fetches replies."""
    page, smtp, replies = free_port(), free_port(), site.logs / "replies"
    ports = ("--port", str(page), "--smtp-port", str(smtp))
    kept = ("--folder", str(site.logs / "mails"), "--replies", str(replies))
    process = site.start("mailbox", "-P", "-m", "sandbox_bank", "mailbox", *ports, *kept)
    wait_for(f"http://127.0.0.1:{page}/", process, site.logs / "mailbox.log")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
    settings.HEYUE_PUBLIC_URL = site.url
    settings.HEYUE_INBOX_URL = f"folder://{replies}"
    return Mailbox(f"http://127.0.0.1:{page}/", replies)


def test_an_officer_opens_the_link_and_accepts_on_a_phone(phone: Page, mailbox: Mailbox) -> None:
    deal = bargain.submitted()
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="email", mail_address="cards@donghu.example")
    bargain.passed(deal)
    bank_mails.send_to_banks()
    phone.goto(mailbox.url)
    looked_over(phone)
    phone.get_by_role("link", name="个性化分期还款协商申请").click()
    looked_over(phone)
    for_the_guide(phone, "61-mail")
    phone.get_by_role("link", name=re.compile("by-mail")).click()
    looked_over(phone)
    phone.get_by_role("button", name="发验证码").click()
    door = phone.url
    send_mails()
    phone.goto(mailbox.url)
    phone.get_by_role("row").nth(1).get_by_role("link").click()
    code = re.search(r"(\d{6})", phone.locator(".letter").inner_text())
    assert code
    phone.goto(door)
    phone.get_by_label("邮件里的验证码").fill(code[1])
    phone.get_by_label("你的姓名").fill("王立")
    phone.get_by_label("你的工号").fill("A-0101")
    phone.get_by_role("button", name="打开").click()
    looked_over(phone)
    phone.get_by_role("button", name="确认收到申请表").click()
    phone.get_by_role("button", name="算一下").click()
    looked_over(phone)
    for_the_guide(phone, "62-mail-desk")
    phone.get_by_role("button", name="按申请同意").click()
    expect(phone.get_by_text("等持卡人签字")).to_be_visible()
    assert deal.talk(deal.cast.bank_a).state == "agreed"


def test_a_reply_from_the_mailbox_is_kept_with_its_case(phone: Page, mailbox: Mailbox) -> None:
    deal = bargain.submitted()
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="email", mail_address="cards@donghu.example")
    bargain.passed(deal)
    bank_mails.send_to_banks()
    phone.goto(mailbox.url)
    phone.get_by_role("link", name="个性化分期还款协商申请").click()
    phone.get_by_label("写给平台，会存证").fill("收到，三天内答复。")
    phone.get_by_role("button", name="寄出").click()
    expect(phone.get_by_text("回信寄出了")).to_be_visible()
    bank_mails.fetch()
    bank_mails.judge_mails()
    kept = ReceivedMail.objects.get()
    assert (kept.fate, kept.dispatch_id) == (ReceivedMail.Fate.FILED, deal.id_at(deal.cast.bank_a))
    assert not list(mailbox.replies.glob("*.eml"))
