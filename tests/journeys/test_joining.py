"""The first steps of the way in a real browser: signing in, saying who one is, binding banks, seeing what is owed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from playwright.sync_api import expect

import build
from browser import PHONE, watched_page
from heyue import clock
from heyue.engine.moves import PLATFORM, Actor, Role
from heyue.evidence.models import Leaf
from heyue.identity.models import Person
from heyue.journey import perform
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LIN_PHONE, LIN_NAME, LIN_ID = "13800005678", "林晓", "110101199003077619"
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
Fits = Callable[["Page"], None]


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).click()


def ask_code(page: Page, site: Site, phone: str = LIN_PHONE) -> None:
    page.goto(f"{site.url}/signin")
    page.get_by_label("手机号").fill(phone)
    press(page, "获取验证码")
    page.wait_for_url("**/signin/code")


def sign_in(page: Page, site: Site, phone: str = LIN_PHONE) -> None:
    ask_code(page, site, phone)
    page.get_by_label("短信验证码").fill(build.last_code(re.sub(r"\D", "", phone)[-11:]))
    press(page, "登录")
    page.wait_for_url(lambda url: "/signin" not in url)


def join(page: Page, site: Site) -> Actor:
    sign_in(page, site)
    page.get_by_label("我看完了").check()
    press(page, "继续")
    page.get_by_label("姓名").fill(LIN_NAME)
    page.get_by_label("身份证号").fill(LIN_ID)
    press(page, "继续")
    page.wait_for_url("**/banks*")
    return Actor(Role.BORROWER, Person.objects.get().pk)


def sign_in_with_slips(page: Page, site: Site, fits: Fits) -> None:
    """Sign in for the first time as people do: a digit missing, a number pasted, a wrong code first."""
    # A number with a digit missing: said at the field, and what was typed is still there.
    page.goto(site.url)
    page.get_by_label("手机号").fill("1380000567")
    press(page, "获取验证码")
    assert page.locator("#id_phone_error").inner_text().startswith("手机号是11位数字")
    assert page.get_by_label("手机号").input_value() == "1380000567"
    fits(page)

    # Pasted with spaces and +86; the code stands in the demo's inbox, which leads back.
    page.get_by_label("手机号").fill("+86 138 0000 5678")
    press(page, "获取验证码")
    page.wait_for_url("**/signin/code")
    fits(page)
    page.get_by_role("link", name="去收件箱看验证码").click()
    found = re.search(r"验证码 (\d{6})", page.locator("#inbox").inner_text())
    assert found
    fits(page)
    page.get_by_role("link", name="返回").click()
    page.get_by_label("短信验证码").fill(f"{(int(found[1]) + 1) % 1_000_000:06d}")
    press(page, "登录")
    assert "还可以试4次" in page.locator("#id_code_error").inner_text()
    page.get_by_label("短信验证码").fill(found[1])
    press(page, "登录")


def join_with_slips(page: Page, fits: Fits) -> None:
    """Read the notice and say who one is, with what is easily forgotten or mistyped."""
    # The notice is confirmed by one's own tick.
    page.wait_for_url("**/privacy*")
    assert not page.get_by_label("我看完了").is_checked()
    press(page, "继续")
    expect(page.locator("#id_read_error")).to_be_visible()
    fits(page)
    page.get_by_label("我看完了").check()
    press(page, "继续")

    # Both fields are judged at once.
    page.wait_for_url("**/identity*")
    page.get_by_label("姓名").fill("Lin")
    page.get_by_label("身份证号").fill("110101199003077618")
    press(page, "继续")
    expect(page.locator(".wrong")).to_have_count(2)
    expect(page.get_by_label("身份证号")).to_have_value("110101199003077618")
    fits(page)
    page.get_by_label("姓名").fill(LIN_NAME)
    page.get_by_label("身份证号").fill(LIN_ID.lower())
    press(page, "继续")


def test_a_newcomer_signs_in_joins_binds_and_sees_what_is_owed(phone: Page, site: Site, fits: Fits) -> None:
    with transaction.atomic():
        clock.advance_to(date(2026, 11, 24))
    donghu, nanshan = build.bank("donghu", "东湖银行", "东"), build.bank("nanshan", "南山银行", "南", colour=2)
    page = phone
    sign_in_with_slips(page, site, fits)
    join_with_slips(page, fits)

    # Bank by bank: nothing is ticked by us, and each answer appears by itself.
    page.wait_for_url("**/banks*")
    assert page.locator("input[type=checkbox]:checked").count() == 0
    press(page, "去问这些银行")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("东湖银行").check()
    page.get_by_label("南山银行").check()
    press(page, "去问这些银行")
    page.get_by_text("正在问").first.wait_for()
    fits(page)
    lin = Actor(Role.BORROWER, Person.objects.get().pk)
    build.cards(lin, donghu, build.card_told("6612", as_of=date(2026, 11, 24)))
    page.get_by_text("已绑定 1 张").wait_for()
    page.get_by_role("heading", name="已经找到 1 张卡").wait_for()
    perform(PLATFORM, wallet.record_not_customer, link_id=wallets.links(lin).get(bank=nanshan).pk)
    page.get_by_text("你不是它的客户").wait_for()
    fits(page)

    # What is owed, and of what it is made.
    page.get_by_role("link", name="看我的欠款").click()
    card = wallets.cards(lin).get()
    whole = f"{card.balance_fen // 100:,}"
    assert whole in page.locator(".hero").inner_text()
    expect(page.get_by_role("link", name="去协商")).to_be_visible()
    fits(page)
    page.get_by_role("link", name=re.compile("6612")).click()
    assert whole in page.locator(".hero").inner_text()
    expect(page.get_by_text("利息怎么算出来的")).to_be_visible()
    fits(page)


def test_large_text_is_a_form_post_and_stays_with_the_account(phone: Page, site: Site, fits: Fits) -> None:
    join(phone, site)
    phone.goto(f"{site.url}/me")
    press(phone, "打开")
    expect(phone.locator("html")).to_have_attribute("data-size", "large")
    fits(phone)
    press(phone, "退出")
    phone.wait_for_url("**/signin")
    expect(phone.get_by_text("你已经退出")).to_be_visible()
    phone.goto(f"{site.url}/me")
    assert "/signin" in phone.url
    sign_in(phone, site)
    expect(phone.locator("html")).to_have_attribute("data-size", "large")


def test_another_phone_number_and_the_old_one_is_told(phone: Page, site: Site, fits: Fits) -> None:
    join(phone, site)
    phone.goto(f"{site.url}/me")
    phone.get_by_role("link", name="换手机号").click()
    phone.get_by_label("新手机号").fill("138 0000 5678")
    press(phone, "发验证码")
    assert "现在用的就是" in phone.locator("#id_phone_error").inner_text()
    phone.get_by_label("新手机号").fill("137 0000 9999")
    press(phone, "发验证码")
    phone.wait_for_url("**/me/phone/code")
    fits(phone)
    phone.get_by_label("短信验证码").fill(build.last_code("13700009999"))
    press(phone, "换成这个手机号")
    phone.wait_for_url("**/me")
    expect(phone.get_by_text("137****9999").first).to_be_visible()
    phone.goto(f"{site.url}/demo/inbox")
    assert "你的账户换成了手机号 137****9999" in phone.locator("section", has_text="138 0000 5678").last.inner_text()


def test_a_session_that_ended_in_mid_form_costs_nothing_that_was_typed(phone: Page, site: Site) -> None:
    sign_in(phone, site)
    phone.get_by_label("我看完了").check()
    press(phone, "继续")
    phone.get_by_label("姓名").fill(LIN_NAME)
    phone.get_by_label("身份证号").fill(LIN_ID)
    Session.objects.all().delete()
    with phone.expect_navigation():
        press(phone, "继续")
    expect(phone).to_have_url(re.compile("/signin"))
    sign_in_here(phone, site)
    expect(phone.get_by_text("你填的都在")).to_be_visible()
    press(phone, "再交一次")
    phone.wait_for_url("**/banks*")
    assert Leaf.objects.filter(kind="person.identity-told").count() == 1


def test_what_was_typed_and_left_is_offered_back_and_not_once_it_was_taken(phone: Page, site: Site) -> None:
    sign_in(phone, site)
    phone.get_by_label("我看完了").check()
    press(phone, "继续")
    phone.get_by_label("姓名").fill(LIN_NAME)
    phone.get_by_label("身份证号").fill(LIN_ID)
    phone.goto(f"{site.url}/privacy")
    phone.goto(f"{site.url}/identity")
    assert phone.get_by_label("姓名").input_value() == ""
    press(phone, "接着填")
    assert phone.get_by_label("姓名").input_value() == LIN_NAME
    assert phone.get_by_label("身份证号").input_value() == "", "an identity number is not left in the browser"
    phone.get_by_label("身份证号").fill(LIN_ID)
    press(phone, "继续")
    phone.wait_for_url("**/banks*")
    assert phone.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('heyue-form'))") == []


def sign_in_here(page: Page, site: Site) -> None:
    """Sign in from the sign-in page one was sent to."""
    page.get_by_label("手机号").fill(LIN_PHONE)
    press(page, "获取验证码")
    page.wait_for_url("**/signin/code")
    page.get_by_label("短信验证码").fill(build.last_code(LIN_PHONE))
    press(page, "登录")
    page.wait_for_load_state()


def test_what_one_typed_is_not_shown_to_another_who_signs_in_next(phone: Page, site: Site) -> None:
    sign_in(phone, site)
    phone.get_by_label("我看完了").check()
    press(phone, "继续")
    phone.get_by_label("姓名").fill(LIN_NAME)
    Session.objects.all().delete()
    with phone.expect_navigation():
        press(phone, "继续")
    phone.get_by_label("手机号").fill("13900001234")
    press(phone, "获取验证码")
    phone.wait_for_url("**/signin/code")
    phone.get_by_label("短信验证码").fill(build.last_code("13900001234"))
    press(phone, "登录")
    phone.wait_for_url("**/privacy*")
    assert LIN_NAME not in phone.content()


def test_a_form_in_a_second_tab_is_offered_again_after_signing_in_anew(browser: Browser, site: Site) -> None:
    with watched_page(browser, PHONE, ignored=("403",)) as first:
        sign_in(first, site)
        first.get_by_label("我看完了").check()
        press(first, "继续")
        first.get_by_label("姓名").fill(LIN_NAME)
        first.get_by_label("身份证号").fill(LIN_ID)
        second = first.context.new_page()
        second.goto(f"{site.url}/identity")
        sign_out_and_in(second, site)
        press(first, "继续")
        expect(first.get_by_text("你填的都在，再交一次就好")).to_be_visible()
        press(first, "再交一次")
        first.wait_for_url("**/banks*")


def sign_out_and_in(page: Page, site: Site) -> None:
    """Sign out by the form of a page and in again, so that every older form's token is void."""
    page.evaluate(
        """() => { const f = document.querySelector('form[action="/size"]').cloneNode(true);
                   f.action = '/signout'; document.body.append(f); f.submit(); }"""
    )
    page.wait_for_url("**/signin")
    sign_in(page, site)


def test_a_double_tap_sends_one_code(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/signin")
    phone.get_by_label("手机号").fill(LIN_PHONE)
    phone.get_by_role("button", name="获取验证码").dblclick()
    phone.wait_for_url("**/signin/code")
    phone.goto(f"{site.url}/demo/inbox")
    expect(phone.locator(".message")).to_have_count(1)


def test_pages_that_are_not_there_say_so_with_a_way_back(browser: Browser, site: Site, fits: Fits) -> None:
    with watched_page(browser, PHONE, ignored=("404",)) as page:
        join(page, site)
        page.goto(f"{site.url}/cards/00000000-0000-0000-0000-000000000000")
        expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
        fits(page)
        page.get_by_role("link", name="回到我的欠款").first.click()
        page.goto(f"{site.url}/no-such-page")
        expect(page.get_by_role("heading", name="没有这一页")).to_be_visible()
