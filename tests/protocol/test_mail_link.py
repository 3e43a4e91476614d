"""The desk behind a mailed link: who may open it, what it shows, and how a bank without accounts completes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

import bargain
import mail_servers
from at_desk import desk_of
from bargain import Bargain
from heyue import clock
from heyue.banks.models import Bank, BankPolicy, OutboundMessage
from heyue.dispatch import channels, mail_links
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import MailLink
from heyue.evidence import facts_of
from heyue.evidence.models import Leaf
from heyue.faces.worker import bank_mails
from heyue.faces.worker.texts import send_mails
from heyue.identity.models import OneTimeCode
from heyue.journey import perform
from heyue.negotiation import reads as negotiations

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
MAILBOX, OTHERS = "cards@donghu.example", "desk@nanshan.example"
WHO = {"name": "王立", "staff_number": "A-0101"}


@pytest.fixture
def post(settings: Any) -> Iterator[mail_servers.Post]:
    with mail_servers.smtp(settings) as post:
        yield post


@pytest.fixture
def deal(post: mail_servers.Post) -> Bargain:
    """Both banks are reached by e-mail, and each has the mail with its form."""
    return mailed()


def mailed() -> Bargain:
    deal = bargain.submitted()
    for bank, address in ((deal.cast.bank_a, MAILBOX), (deal.cast.bank_b, OTHERS)):
        Bank.objects.filter(pk=bank.pk).update(channel="email", mail_address=address)
    bargain.passed(deal)
    bank_mails.send_to_banks()
    return deal


def link_of(post: mail_servers.Post, address: str = MAILBOX) -> str:
    """The path of the link in the newest mail to this address that has one."""
    for _from, recipients, sent in reversed(post.taken):
        found = re.search(r"/desk/by-mail/\S+", sent.get_body().get_content())  # type: ignore[union-attr]
        if found and recipients == [address]:
            return found[0]
    raise AssertionError(f"no link went to {address}")


def code_of(post: mail_servers.Post, address: str = MAILBOX) -> str:
    """The code in the newest mail to this address that has one."""
    send_mails()
    for _from, recipients, sent in reversed(post.taken):
        found = re.search(r"验证码 (\d{6})", sent.get_body().get_content())  # type: ignore[union-attr]
        if found and recipients == [address]:
            return found[1]
    raise AssertionError(f"no code went to {address}")


def opened(post: mail_servers.Post, address: str = MAILBOX) -> tuple[Client, str]:
    """A browser in which the link was opened by its code, and the negotiation's page."""
    browser, link = Client(), link_of(post, address)
    browser.post(link, {"send": "1"})
    answer = browser.post(link, {"code": code_of(post, address), **WHO})
    assert answer.status_code == 302, answer.content.decode()
    return browser, answer["Location"]


def code_is_refused(browser: Client, link: str, code: str) -> bool:
    answer = browser.post(link, {"code": code, **WHO})
    return answer.status_code == 200 and "_error" in answer.content.decode()


def test_the_link_alone_opens_nothing(deal: Bargain, post: mail_servers.Post) -> None:
    browser = Client()
    door = browser.get(link_of(post)).content.decode()
    assert "c***@donghu.example" in door
    assert MAILBOX not in door
    assert "工时" not in door
    page = f"/desk/by-mail/case/{deal.id_at(deal.cast.bank_a)}"
    assert browser.get(page).status_code == 403
    assert browser.post(f"{page}/receive").status_code == 403
    assert browser.get(f"{page}/form.pdf").status_code == 403


def test_a_code_is_used_once_and_opens_no_other_link(deal: Bargain, post: mail_servers.Post) -> None:
    browser, link, other = Client(), link_of(post), link_of(post, OTHERS)
    browser.post(link, {"send": "1"})
    code = code_of(post)
    assert code_is_refused(browser, other, code)
    assert code_is_refused(browser, link, f"{(int(code) + 1) % 10**6:06}")
    assert browser.post(link, {"code": code, **WHO}).status_code == 302
    assert code_is_refused(Client(), link, code)


def test_an_expired_or_changed_link_opens_nothing(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    link = link_of(post)
    assert Client().get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    MailLink.objects.update(expires_at=clock.machine_now() - timedelta(seconds=1))
    assert Client().get(link).status_code == 410
    assert browser.get(page).status_code == 410, "a session ends with its link"


def test_a_link_shows_one_negotiation_and_no_other(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    assert browser.get(page).status_code == 200
    other = f"/desk/by-mail/case/{deal.id_at(deal.cast.bank_b)}"
    assert browser.get(other).status_code == 403
    assert browser.get("/desk/cases").status_code == 302, "it is no sign-in at the desk"
    link = MailLink.objects.get(dispatch_id=deal.id_at(deal.cast.bank_a))
    actor = mail_links.officer(link, "王立", "A-0101")
    assert [row.pk for row in dispatches.visible(actor)] == [deal.id_at(deal.cast.bank_a)]
    receive(browser, page, deal)
    assert [row.pk for row in negotiations.visible(actor)] == [deal.id_at(deal.cast.bank_a)]
    of_another = replace(actor, matter=uuid4())
    assert not dispatches.visible(of_another).exists(), "another case of the same bank is not seen"
    assert not negotiations.visible(of_another).exists()


def test_the_links_of_a_negotiation_end_when_its_channel_is_given_up(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    row_id = deal.id_at(deal.cast.bank_a)
    perform(deal.cast.operator, channels.choose, dispatch_id=row_id, channel="phone", reason="行里要打电话")
    assert browser.get(page).status_code == 410


def receive(browser: Client, page: str, deal: Bargain) -> None:
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_a))
    browser.post(f"{page}/receive", {"form_sha256": row.form_sha256})


def test_a_receipt_starts_the_answer_and_says_who_gave_it(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    receive(browser, page, deal)
    assert deal.talk(deal.cast.bank_a).state == "awaiting-first-answer"
    leaf = Leaf.objects.get(kind="dispatch.received", bank_id=deal.cast.bank_a.pk)
    assert facts_of([leaf])[0]["officer"] == "王立 A-0101"
    assert leaf.actor_role == "officer"


def test_the_officer_asks_offers_and_refuses_by_the_same_rules(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    receive(browser, page, deal)
    form = browser.get(page).context["ask"]
    asked = {"text": "现在有工作吗？", "token": str(form["token"].value())}
    browser.post(f"{page}/ask", asked)
    browser.post(f"{page}/ask", asked)
    talk = deal.talk(deal.cast.bank_a)
    assert talk.questions.count() == 1, "sent twice, asked once"
    assert (talk.officer_name, talk.officer_number) == ("王立", "A-0101")
    shown = browser.get(page).context["offer"]
    typed = {name: shown[name].value() or "" for name in shown.fields} | {"note": "试试"}
    typed["valid_until"] = (clock.today() + timedelta(days=7)).isoformat()
    tried = browser.post(f"{page}/offer", {**typed, "periods": "61", "try": "1"})
    assert "60" in str(tried.context["offer"].errors), "the law's limit stands"
    tried = browser.post(f"{page}/offer", {**typed, "periods": "36", "try": "1"})
    seen = {**typed, "periods": "36", "previewed": tried.context["preview"].hash}
    browser.post(f"{page}/offer", {**seen, "make": "1"})
    assert deal.talk(deal.cast.bank_a).state == "offered"
    browser.post(f"{page}/refuse", {"ground": "policy", "text": "不在范围内", "rule": "第三条"})
    assert deal.talk(deal.cast.bank_a).state == "refused"


def test_an_answer_over_the_banks_limit_needs_two_accounts(deal: Bargain, post: mail_servers.Post) -> None:
    BankPolicy.objects.filter(bank=deal.cast.bank_a).update(limits={"periods_max": 12})
    browser, page = opened(post)
    receive(browser, page, deal)
    answer = browser.post(f"{page}/accept", {"valid_until": (clock.today() + timedelta(days=7)).isoformat()})
    assert "两位专员" in answer.content.decode()
    assert deal.talk(deal.cast.bank_a).state == "awaiting-first-answer"


def agreed(deal: Bargain, browser: Client, page: str) -> None:
    """Accepted at the link, signed by Lin: the bank's seal is all that is missing."""
    receive(browser, page, deal)
    browser.post(f"{page}/accept", {"valid_until": (clock.today() + timedelta(days=7)).isoformat()})
    bargain.signed(bargain.drawn(deal, deal.cast.bank_a), deal.cast.bank_a)


def test_a_bank_without_an_account_completes_by_a_code(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    agreed(deal, browser, page)
    drawn = deal.agreement(deal.cast.bank_a)
    hashes = {"document_sha256": drawn.sha256, "schedule_hash": drawn.schedule_hash}
    opening = OneTimeCode.objects.filter(purpose="open-link").latest("sent_at")
    browser.post(f"{page}/seal", {"code": "000000", **hashes})
    assert deal.agreement(deal.cast.bank_a).state == "awaiting-bank", "no code was asked for"
    browser.post(f"{page}/seal-code")
    code = code_of(post)
    browser.post(f"{page}/seal", {"code": code, **hashes, "document_sha256": "0" * 64})
    assert deal.agreement(deal.cast.bank_a).state == "awaiting-bank", "the code is of another document"
    browser.post(f"{page}/seal", {"code": code, **hashes})
    drawn = deal.agreement(deal.cast.bank_a)
    assert drawn.state == "in-force"
    signature = drawn.signatures.get(side="bank")
    assert (signature.method, signature.signer) == ("one-time-code", "王立 A-0101")
    assert signature.code_id not in (None, opening.pk)
    browser.post(f"{page}/stop", {"from_on": clock.today().isoformat()})
    assert deal.agreement(deal.cast.bank_a).collection_stopped_on == clock.today()


def test_what_happens_later_is_mailed_with_a_link_of_its_own(deal: Bargain, post: mail_servers.Post) -> None:
    browser, page = opened(post)
    first = link_of(post)
    agreed(deal, browser, page)
    bank_mails.send_to_banks()
    bank_mails.send_to_banks()
    assert link_of(post) != first
    sent = OutboundMessage.objects.filter(bank=deal.cast.bank_a).order_by("sequence")
    assert [one.kind for one in sent] == ["application", "agreement.drawn", "agreement.signed"]
    assert {one.delivery for one in sent} == {"delivered"}


@pytest.mark.parametrize("actor", ["reviewer", "operator"])
def test_the_desk_shows_channels_and_mails_and_changes_them(deal: Bargain, actor: str) -> None:
    browser = desk_of(getattr(deal.cast, actor))
    assert MAILBOX in browser.get("/desk/channels").content.decode()
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    empty = browser.post("/desk/channels", {"number": row.number, "channel": "phone", "reason": ""})
    assert "写明为什么换" in empty.content.decode()
    browser.post("/desk/channels", {"number": row.number, "channel": "phone", "reason": "邮箱没人看"})
    row.refresh_from_db()
    assert row.channel == "phone"
    own = f"/desk/channels/banks/{deal.cast.bank_a.pk}"
    changed = browser.post(own, {"channel": "email", "mail_address": "new@donghu.example", "reason": "换了邮箱"})
    assert changed.status_code == (302 if actor == "operator" else 403)
    bank = Bank.objects.get(pk=deal.cast.bank_a.pk)
    assert bank.mail_address == ("new@donghu.example" if actor == "operator" else MAILBOX)
    assert desk_of(deal.cast.officer_a).get("/desk/channels").status_code == 403
