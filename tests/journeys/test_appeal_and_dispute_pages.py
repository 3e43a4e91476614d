"""Appeals and disputes in a real browser, in both languages: on the phone and at the desk on both screens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

import bargain
import build
from cast import PASSWORD, Cast
from heyue.disputes import actions as disputes
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor, Role
from heyue.faces.sessions import DESK_COOKIE
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.review import actions as review
from heyue.review.models import Appeal
from journeys.axe import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from journeys.conftest import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
REASON = "材料和填报对不上，请核对后再交。"
SAID = "工资条上的是税前，我填的是到手，两个数都对。"
ANSWER = "税前税后都核对过了，银行流水里没有这笔工资。"
WRONG = "11月12日我转了500元，银行的账上没有这一笔。"
PHONE_WIDTHS, DESK_WIDTHS = (320, 390), (1280, 1920)
GUIDE_WIDTH_MAX = 1280
Look = Callable[..., None]


def signed_in(page: Page, site: str, who: Actor, cookie: str) -> None:
    """Let this browser be signed in as ``who``, at the borrower's pages or at the desk."""
    assert who.person_id
    person, session = people.account(who.person_id), SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    page.context.add_cookies([{"name": cookie, "value": str(session.session_key), "url": site}])


def looking(page: Page, site: str, widths: tuple[int, ...], amiss: list[str]) -> Look:
    """How a page is judged in both languages; HEYUE_GUIDE: a folder for the Chinese ones that have a name."""

    def look(address: str, picture: str = "") -> None:
        for language in ("en", "zh-hans"):
            page.context.add_cookies([{"name": "heyue_language", "value": language, "url": site}])
            page.goto(site + address)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 844})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    amiss.append(f"{address} in {language} is wider than {width}")
        amiss.extend(f"{address}: {rule} {element}" for rule, element in violations(page))
        page.set_viewport_size({"width": max(w for w in widths if w <= GUIDE_WIDTH_MAX), "height": 844})
        if picture and (folder := os.environ.get("HEYUE_GUIDE")):
            page.screenshot(path=Path(folder) / f"{picture}.png")

    return look


def rejected(deal: bargain.Bargain) -> None:
    """The first reviewer sends it back."""
    review_id = bargain.deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    perform(deal.cast.reviewer, review.reject, review_id=review_id, reason=REASON)


def asked(cast: Cast, made: Dispute) -> None:
    """The platform takes the dispute and asks both sides."""
    perform(cast.operator, disputes.take, dispute_id=made.pk)
    perform(cast.operator, disputes.ask, dispute_id=made.pk, to="bank", text="这笔入账了吗？")
    perform(cast.operator, disputes.ask, dispute_id=made.pk, to="borrower", text="有回单吗？")
    perform(cast.operator, disputes.write_note, dispute_id=made.pk, text="下周三问银行。")


@pytest.mark.journey
def test_an_appeal_goes_from_the_phone_to_another_reviewer_and_back(site: Site, phone: Page, desk: Page) -> None:
    deal, url = bargain.submitted(), site.url
    he = build.staff(Role.REVIEWER, "he", "何静", "P-0009", password=PASSWORD)
    signed_in(phone, url, deal.cast.lin, settings.SESSION_COOKIE_NAME)
    signed_in(desk, url, he, DESK_COOKIE)
    amiss: list[str] = []
    on_phone, at_desk = looking(phone, url, PHONE_WIDTHS, amiss), looking(desk, url, DESK_WIDTHS, amiss)
    rejected(deal)

    on_phone(f"/progress/{deal.application_id}")
    on_phone(f"/apply/{deal.application_id}/appeal", "58-appeal")
    phone.get_by_label("哪里不对，为什么").fill(SAID)
    phone.get_by_role("button", name="交申诉").click()
    expect(phone.get_by_text("由另一位初审员看")).to_be_visible()

    desk.goto(f"{url}/desk/appeals")
    desk.locator(".list a").first.click()
    desk.get_by_role("button", name="接手").click()
    at_desk(f"/desk/appeals/{Appeal.objects.get().pk}", "33-appeal-desk")
    desk.get_by_label("给持卡人的话").fill(ANSWER)
    desk.get_by_role("button", name="维持退回，说明理由").click()
    expect(desk.get_by_text("持卡人看得到理由和还能走的路")).to_be_visible()

    on_phone(f"/progress/{deal.application_id}")
    expect(phone.locator(".say", has_text=ANSWER)).to_be_visible()
    assert amiss == []


@pytest.mark.journey
def test_a_dispute_is_asked_of_both_sides_and_decided(site: Site, phone: Page, desk: Page) -> None:
    deal, url = bargain.received(), site.url
    cast, at = deal.cast, deal.id_at(deal.cast.bank_a)
    signed_in(phone, url, cast.lin, settings.SESSION_COOKIE_NAME)
    signed_in(desk, url, cast.officer_a, DESK_COOKIE)
    amiss: list[str] = []
    on_phone, at_desk = looking(phone, url, PHONE_WIDTHS, amiss), looking(desk, url, DESK_WIDTHS, amiss)

    on_phone(f"/n/{at}/dispute")
    phone.get_by_label("还了的款没有算上").check()
    phone.get_by_role("radio", name="东湖银行").check()
    phone.get_by_label("说清楚：哪天、哪一笔、谁说的").fill(WRONG)
    phone.get_by_role("button", name="交上去，请平台查").click()
    expect(phone.get_by_role("heading", name="等平台的人接手")).to_be_visible()
    made = Dispute.objects.get()
    asked(cast, made)
    on_phone(f"/disputes/{made.pk}", "59-dispute")

    at_desk(f"/desk/cases/{at}")
    desk.get_by_label("我行的回答，平台看得到").fill("在另一张卡上，已经改正。")
    desk.get_by_role("button", name="答复平台").click()
    expect(desk.get_by_text("答复给平台了")).to_be_visible()

    signed_in(desk, url, cast.operator, DESK_COOKIE)
    at_desk(f"/desk/disputes/{made.pk}", "34-dispute-desk")
    desk.get_by_label("部分成立").check()
    desk.get_by_label("查到了什么，为什么").fill("银行查到这笔款记在了另一张卡上，已经改正入账。")
    desk.get_by_role("button", name="告诉持卡人和银行").click()
    expect(desk.get_by_text("也告诉持卡人了")).to_be_visible()
    assert Dispute.objects.get().sealed_reason
    assert amiss == []
