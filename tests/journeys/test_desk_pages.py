"""An officer's day at the bank's desk in a real browser, at 1280 and 1920 px: four eyes, policy, figures; axe clean."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import bargain
import build
from cast import PASSWORD
from heyue import clock
from heyue.banks.models import BankPolicy
from heyue.engine.moves import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
WIDTHS = (1280, 1920)


def looked_at(page: Page, name: str) -> None:
    """Judge a page by axe and by its width on both screens; HEYUE_GUIDE: a folder for pictures."""
    found = Axe().run(page).response["violations"]
    assert not [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]], name
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on {width}"
        if folder := os.environ.get("HEYUE_GUIDE"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def signs_in(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/desk/signin")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button, form button").first.click()
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()


@pytest.mark.journey
@pytest.mark.timeout(120)
def test_an_officers_day(live_server: LiveServer, desk: Page) -> None:
    deal = bargain.received()
    cast, site = deal.cast, live_server.url
    build.staff(Role.OFFICER, "qian", "钱进", "A-0102", cast.bank_a, password=PASSWORD)
    BankPolicy.objects.filter(bank=cast.bank_a).update(limits={"periods_max": 24})

    signs_in(desk, site, "wang")
    desk.get_by_role("checkbox").first.check()
    desk.get_by_label("把选中的分给").select_option(label="谁手上少给谁")
    looked_at(desk, "queue")
    desk.get_by_role("button", name="分案").click()
    expect(desk.get_by_text("分好了 1 件")).to_be_visible()

    desk.locator(".list a").first.click()
    desk.get_by_role("button", name="欠款与行内系统一致").click()
    desk.get_by_label("内部备注，持卡人看不到").fill("下周三再回访")
    desk.get_by_role("button", name="记下", exact=True).click()
    expect(desk.get_by_text("下周三再回访")).to_be_visible()
    expect(desk.get_by_text("上次写的还没记")).to_have_count(0)
    desk.get_by_role("button", name="算一下").click()
    desk.locator("#offer").get_by_role("button", name="发给持卡人").click()
    expect(desk.get_by_text("已经送去复核")).to_be_visible()
    looked_at(desk, "case")

    desk.goto(f"{site}/desk/policy")
    desk.get_by_label("期数，逗号隔开").fill("12, 24, 36")
    desk.get_by_label("从哪天生效").fill((clock.today() + timedelta(days=7)).isoformat())
    desk.get_by_label("为什么改").fill("年底放宽期数")
    desk.get_by_role("button", name="存草稿").click()
    expect(desk.get_by_text("过去的 1 件")).to_be_visible()
    looked_at(desk, "policy")
    desk.get_by_role("button", name="送去复核").click()
    for name in ("team", "figures"):
        desk.goto(f"{site}/desk/{name}")
        looked_at(desk, name)

    desk.get_by_role("button", name="退出").click()
    signs_in(desk, site, "qian")
    desk.goto(f"{site}/desk/approvals")
    looked_at(desk, "approvals")
    desk.get_by_role("button", name="同意，发给持卡人").click()
    expect(desk.get_by_text("答复已经送出")).to_be_visible()
    assert deal.talk(cast.bank_a).state == "offered"
    desk.goto(f"{site}/desk/policy")
    looked_at(desk, "policy-approval")
    desk.get_by_role("button", name="同意，到日子生效").click()
    expect(desk.get_by_text("到生效日自动换上")).to_be_visible()
