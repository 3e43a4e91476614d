"""Applying in a real browser: with few taps, with the keyboard alone, and with scripts switched off."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from PIL import Image, ImageDraw
from playwright.sync_api import expect

import bargain
import build
import interview
from browser import PHONE, watched_page
from heyue import clock
from heyue.application import reads, uploads
from heyue.banks.models import Bank, BankPolicy
from heyue.engine.moves import Actor, Role
from heyue.identity.models import OneTimeCode, Person
from journeys.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

LIN_PHONE, LIN_NAME, LIN_ID = "13800005678", "林晓", "110101199003077619"
TODAY = date(2026, 11, 24)
STORY = "今年三月起工时减半，工资少了一半。六月找到夜班，收入稳住了。"
TAPS_MAX = 25
COUNT = """
addEventListener('pointerdown', () => counted('tap'), true);
addEventListener('change', e => {
  const type = e.target.type;
  if (type === 'file' || type.startsWith('select')) counted('chosen');
  else if (type !== 'checkbox' && type !== 'radio') counted('typed');
}, true);
"""
TABS_MAX = 90

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def banks() -> tuple[Bank, Bank]:
    """Two banks whose menus are known, on the day of the test."""
    with transaction.atomic():
        if clock.today() < TODAY:
            clock.advance_to(TODAY)
    found = build.bank("donghu", "东湖银行", "东"), build.bank("nanshan", "南山银行", "南", colour=2)
    for bank in found:
        BankPolicy.objects.create(bank=bank, menu=bargain.MENU, effective_from=date(2026, 1, 1), source="test")
    return found


def bind(lin: Actor, banks: tuple[Bank, Bank]) -> None:
    """Two cards of the first bank and one of the second, as their feeds tell them."""
    two = build.card_told("6612", as_of=TODAY), build.card_told("0385", "金卡", as_of=TODAY)
    build.cards(lin, banks[0], *two)
    build.cards(lin, banks[1], build.card_told("5520", as_of=TODAY))


def paper(name: str) -> dict[str, Any]:
    """A made-up paper as a file to choose."""
    sheet = Image.new("RGB", (900, 1200), "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(120, 1080, 30):
        for letter in range(120, 760 - 7 * len(name), 22):
            pen.rectangle((letter, line, letter + 11, line + 14), fill="black")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": out.getvalue()}


def press(page: Page, words: str | re.Pattern[str]) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=words).first.click()


def onward(page: Page, step: str) -> None:
    """Press the one button at the thumb and leave the step."""
    page.locator(".bar .weui-btn_primary").click()
    page.wait_for_url(lambda url: f"/apply/{step}" not in url)


def fill(page: Page, **values: str) -> None:
    """Type into fields by their names."""
    for name, value in values.items():
        page.locator(f"main form#f [name={name}]").fill(value)


def files_of(page: Page, kind: str) -> Locator:
    """The field that takes files of this kind of proof."""
    form = page.locator("form.upload", has=page.locator(f"input[type=hidden][name=kind][value={kind}]"))
    return form.locator("input[type=file][multiple]")


def is_handed_in(lin: Actor) -> bool:
    """Whether the reviewer has it now."""
    row = reads.latest(lin)
    return row is not None and reads.is_under_review(row)


def test_from_sign_in_to_handing_in_for_three_cards_and_two_proofs_in_at_most_25_taps(
    phone: Page, site: Site, banks: tuple[Bank, Bank]
) -> None:
    """Counted: every tap, every file, every list chosen from. Not counted: what is typed, be it words or sums.

    Typed are the phone's number, the code, name and identity number, the story, and five sums.
    """
    counts = {"tap": 0, "chosen": 0, "typed": 0}

    def counted(_source: object, what: str) -> None:
        counts[what] += 1

    page = phone
    page.expose_binding("counted", counted)
    page.add_init_script(COUNT)

    page.goto(f"{site.url}/signin")
    page.get_by_label("手机号").fill(LIN_PHONE)
    press(page, "获取验证码")
    page.wait_for_url("**/signin/code")
    page.get_by_label("短信验证码").fill(build.last_code(LIN_PHONE))
    press(page, "登录")
    page.wait_for_url("**/privacy*")
    page.get_by_label("我看完了").check()
    press(page, "继续")
    page.get_by_label("姓名").fill(LIN_NAME)
    page.get_by_label("身份证号").fill(LIN_ID)
    press(page, "继续")
    page.wait_for_url("**/banks*")
    for bank in banks:
        page.get_by_label(bank.name).check()
    press(page, "去问这些银行")
    page.get_by_text("正在问").first.wait_for()
    lin = Actor(Role.BORROWER, Person.objects.get().pk)
    bind(lin, banks)
    page.get_by_role("heading", name="已经找到 3 张卡").wait_for()
    page.get_by_role("link", name="看我的欠款").click()
    page.get_by_role("link", name="去协商").click()
    press(page, "开始")
    page.wait_for_url("**/apply/cards")
    assert page.locator("input[name=ids]:checked").count() == 3
    onward(page, "cards")
    fill(page, wage="6000")
    onward(page, "income")
    fill(page, food="1500", housing="1500", reserve="200", savings="2000")
    onward(page, "expenses")
    page.get_by_label("收入少了").check()
    fill(page, story=STORY)
    onward(page, "hardship")
    onward(page, "wish")
    onward(page, "plan")
    for kind in ("identity", "income"):
        files_of(page, kind).set_input_files([paper(kind)])
        expect(page.get_by_role("link", name=f"{kind}.jpg")).to_be_visible()
    onward(page, "proofs")
    for box in page.locator("form#f input[type=checkbox]").all():
        assert not box.is_checked(), "a consent was ticked for her"
        box.check()
    press(page, "提交给这 2 家银行")
    page.wait_for_url("**/progress**")

    assert is_handed_in(lin)
    assert counts["tap"] + counts["chosen"] <= TAPS_MAX, counts
    assert counts["typed"] == 10, counts


# ── scripts switched off ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone whose browser runs no script."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: Site) -> None:
    """Sign in as somebody who has joined already."""
    page.goto(f"{site.url}/signin")
    page.get_by_label("手机号").fill(LIN_PHONE)
    press(page, "获取验证码")
    page.wait_for_url("**/signin/code")
    page.get_by_label("短信验证码").fill(build.last_code(LIN_PHONE))
    press(page, "登录")
    page.wait_for_url(lambda url: "/signin" not in url)


def joined(page: Page, site: Site, banks: tuple[Bank, Bank]) -> Actor:
    """Lin, who joined long ago and has three cards, signs in."""
    lin = build.borrower(LIN_PHONE, LIN_NAME, LIN_ID)
    bind(lin, banks)
    # A code may be asked for once a minute; the one of joining is of another day.
    OneTimeCode.objects.all().delete()
    sign_in(page, site)
    return lin


def test_without_scripts_the_whole_application_can_be_made(plain: Page, site: Site, banks: tuple[Bank, Bank]) -> None:
    page = plain
    lin = joined(page, site, banks)
    page.goto(f"{site.url}/apply")
    press(page, "开始")
    page.get_by_label("5520").uncheck()
    onward(page, "cards")
    fill(page, wage="六千")
    page.locator(".bar .weui-btn_primary").click()
    expect(page.locator("#e-wage")).to_be_visible()
    assert page.locator("[name=wage]").input_value() == "六千"
    fill(page, wage="6000")
    onward(page, "income")
    fill(page, food="1500", housing="1500", savings="2000")
    onward(page, "expenses")
    page.get_by_label("生病、受伤").check()
    fill(page, story=STORY)
    onward(page, "hardship")
    fill(page, periods="48", monthly="800")
    onward(page, "wish")
    page.locator("input[name=name]").nth(1).check()
    onward(page, "plan")
    files_of(page, "identity").set_input_files([paper("identity")])
    page.locator("#identity form.upload").last.get_by_role("button", name="传上去").click()
    expect(page.get_by_role("link", name="identity.jpg")).to_be_visible()
    files_of(page, "medical").set_input_files([paper("medical")])
    page.locator("#medical form.upload").last.get_by_role("button", name="传上去").click()
    page.get_by_label("同意给东湖银行看病历").check()
    onward(page, "proofs")
    page.locator("details.edit summary", has_text="改收入").click()
    page.locator("#edit-income [name=wage]").fill("6100")
    press(page, "存好收入")
    page.wait_for_url("**/apply/plan?back=review")
    onward(page, "plan")
    expect(page.locator("main")).to_contain_text("¥6,100.00")
    for box in page.locator("form#f input[type=checkbox]").all():
        box.check()
    press(page, re.compile("^提交给"))
    page.wait_for_url("**/progress**")
    assert is_handed_in(lin)


# ── the keyboard alone ─────────────────────────────────────────────────────────────────────────────────


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(TABS_MAX):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def key_onward(page: Page, step: str) -> None:
    """Reach the one button and press Enter."""
    reach(page, page.locator(".bar .weui-btn_primary"))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: f"/apply/{step}" not in url)


def type_into(page: Page, **values: str) -> None:
    """Reach each field and type."""
    for name, value in values.items():
        reach(page, page.locator(f"form#f [name={name}]").first)
        page.keyboard.type(value)


def test_with_the_keyboard_alone_the_application_can_be_made(phone: Page, site: Site, banks: tuple[Bank, Bank]) -> None:
    page = phone
    lin = joined(page, site, banks)
    page.goto(f"{site.url}/apply")
    reach(page, page.get_by_role("button", name="开始"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/apply/cards")
    reach(page, page.get_by_label("0385"))
    page.keyboard.press("Space")
    key_onward(page, "cards")
    type_into(page, wage="6000")
    key_onward(page, "income")
    type_into(page, housing="1500", food="1500", savings="2000")
    key_onward(page, "expenses")
    reach(page, page.locator("input[name=kind]").first)
    page.keyboard.press("ArrowDown")
    type_into(page, story=STORY)
    key_onward(page, "hardship")
    key_onward(page, "wish")
    reach(page, page.locator("input[name=name]").first)
    page.keyboard.press("ArrowDown")
    key_onward(page, "plan")
    page.on("filechooser", lambda _chooser: None)  # from here on the browser hands its chooser over, in time for Enter
    reach(page, files_of(page, "identity"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([paper("identity")])
    expect(page.get_by_role("link", name="identity.jpg")).to_be_visible()
    key_onward(page, "proofs")
    for box in page.locator("form#f input[type=checkbox]").all():
        reach(page, box)
        page.keyboard.press("Space")
    key_onward(page, "review")
    page.wait_for_url("**/progress**")
    assert is_handed_in(lin)


# ── a connection that breaks ───────────────────────────────────────────────────────────────────────────


def test_a_file_whose_connection_breaks_goes_on_by_itself_where_it_stopped(browser: Browser, site: Site) -> None:
    with transaction.atomic():
        talk = interview.planned()
    offsets: list[str] = []

    def break_once(route: Route) -> None:
        offsets.append(route.request.headers["upload-offset"])
        if len(offsets) == 2:
            route.abort()
        else:
            route.continue_()

    with watched_page(browser, PHONE, ignored=("ERR_FAILED",)) as page:
        OneTimeCode.objects.all().delete()
        sign_in(page, site)
        page.goto(f"{site.url}/apply/proofs")
        page.route(re.compile(r"/apply/uploads/[0-9a-f-]{36}$"), break_once)
        big = {"name": "flow.png", "mimeType": "image/png", "buffer": noise()}
        files_of(page, "identity").set_input_files([big])
        expect(page.locator("#identity .going")).to_contain_text("断网了，连上会接着传")
        expect(page.get_by_role("link", name="flow.jpg")).to_be_visible()
    part = uploads.PART_BYTES_MAX
    assert offsets == ["0", str(part), str(part)]
    assert [name for _proof, name in reads.proofs(talk.lin, talk.row())] == ["flow.jpg"]


def noise() -> bytes:
    """A picture that no format makes small: more than one part, less than two."""
    sheet = Image.frombytes("L", (1100, 1200), random.Random(7).randbytes(1100 * 1200))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    assert uploads.PART_BYTES_MAX < out.tell() < 2 * uploads.PART_BYTES_MAX
    return out.getvalue()
