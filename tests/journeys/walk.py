"""The whole way through real pages: what Lin, the reviewer, the officer and the operator do, step by step."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
LIN = {"phone": "13800005678", "name": "林晓", "id_number": "110101199003074477"}
INCOME = {"wage": "9200"}
EXPENSES = {
    "housing": "2400",
    "food": "2400",
    "transport": "500",
    "dependants": "1",
    "reserve": "400",
    "savings": "6000",
}
STORY = "服装店8月底关门，失业一个月；7月住院手术，自付一万八千多。10月起在超市上班。"


@dataclass
class Walk:
    """One walk over one running demo. ``seen`` is called with a name at each page worth a look."""

    told: dict[str, Any]
    phone: Page
    desk: Page
    seen: Callable[[str, Page], None] = field(default=lambda name, page: None)

    def __post_init__(self) -> None:
        for page in (self.phone, self.desk):
            page.set_default_timeout(PATIENCE_MS)

    # ── the borrower ─────────────────────────────────────────────────────────────────────────────────

    def go(self, path: str) -> None:
        """Open a borrower's page."""
        self.phone.goto(self.told["portal"].rstrip("/") + path)

    def code(self) -> str:
        """Read the newest code in the demo's inbox page."""
        with urlopen(self.told["inbox"], timeout=10) as answer:
            found = re.search(r"\b(\d{6})\b", re.sub(r"<[^>]*>", " ", answer.read().decode()))
        assert found, "the inbox shows no code"
        return found.group(1)

    def sign_in(self) -> None:
        """Bare eleven digits and a six-digit code; the first use makes the account."""
        self.go("/signin")
        self.seen("12-signin", self.phone)
        self.phone.get_by_label("手机号").fill(LIN["phone"])
        press(self.phone, "获取验证码")
        self.phone.wait_for_url("**/signin/code*")
        self.phone.get_by_label("短信验证码").fill(self.code())
        press(self.phone, "登录")
        self.phone.wait_for_url(lambda url: "/signin" not in url)

    def join_and_bind(self) -> None:
        """Read the notice, say who one is, consent bank by bank, and see the cards come."""
        self.phone.get_by_label("我看完了").check()
        press(self.phone, "继续")
        self.phone.get_by_label("姓名").fill(LIN["name"])
        self.phone.get_by_label("身份证号").fill(LIN["id_number"])
        press(self.phone, "继续")
        self.phone.wait_for_url("**/banks*")
        for box in self.phone.get_by_role("checkbox").all():
            assert not box.is_checked(), "a consent was ticked for her"
            box.check()
        press(self.phone, "去问这些银行")
        expect(self.phone.get_by_text("已绑定")).to_have_count(3)
        self.go("/")
        expect(self.phone.locator("main")).to_contain_text("今天一共欠")
        self.seen("01-home", self.phone)
        self.phone.get_by_role("link", name=re.compile("6612")).click()
        self.seen("02-card", self.phone)

    def interview(self) -> None:
        """Answer one question a screen up to the plan."""
        self.go("/apply")
        press(self.phone, "开始")
        for box in self.phone.get_by_role("checkbox").all():
            box.check()
        self.onward("cards")
        self.fill(INCOME)
        self.onward("income")
        self.fill(EXPENSES)
        self.seen("03-interview", self.phone)
        self.onward("expenses")
        self.phone.locator("input[name=kind][value=business]").check()
        self.fill({"story": STORY})
        self.onward("hardship")
        self.fill({"periods": "48", "monthly": "3000"})
        self.onward("wish")
        self.phone.locator("input[name=name][value=lowest_burden]").check()
        self.seen("04-plan", self.phone)
        self.onward("plan")

    def prove(self) -> None:
        """Upload an identity card and a payslip."""
        for kind, words in (("identity", "身份证"), ("income", "工资条 2026年10月")):
            form = self.phone.locator("form", has=self.phone.locator(f"input[type=hidden][name=kind][value={kind}]"))
            form.locator("input[type=file][multiple]").set_input_files(
                files=[{"name": f"{kind}.png", "mimeType": "image/png", "buffer": picture(words)}]
            )
            expect(self.phone.get_by_role("link", name=f"{kind}.jpg")).to_be_visible()
        self.seen("05-proofs", self.phone)
        self.onward("proofs")

    def submit(self) -> str:
        """Look over everything, agree bank by bank, declare it true, hand it in; return the address reached."""
        self.seen("06-review", self.phone)
        for box in self.phone.get_by_role("checkbox").all():
            box.check()
        press(self.phone, re.compile("提交|交上去|递交"))
        self.phone.wait_for_url("**/progress**")
        return self.phone.url

    # ── the banks' answers ───────────────────────────────────────────────────────────────────────────

    def progress_shows(self, *words: str) -> None:
        """Wait until the progress page says these words; it renews itself."""
        self.go("/progress")
        for said in words:
            expect(self.phone.locator("main")).to_contain_text(said, timeout=PATIENCE_MS)

    def sign(self) -> None:
        """Read the agreement that waits, ask a code, sign; wait until it is in force and collection stopped."""
        self.go("/progress")
        self.phone.get_by_role("link", name="看协议").first.click()
        self.phone.wait_for_url("**/agreement/*")
        self.seen("13-agreement", self.phone)
        self.go(self.phone.url.removeprefix(self.told["portal"].rstrip("/")) + "/sign")
        press(self.phone, "发验证码给我")
        self.phone.get_by_label(re.compile("验证码")).fill(self.code())
        self.seen("14-sign", self.phone)
        press(self.phone, re.compile("^签|签这份|确认签"))
        self.phone.wait_for_url(lambda url: not url.endswith("/sign"))
        expect(self.phone.locator("h1")).to_contain_text("生效")
        for words in ("看协议原文", "看签署页"):
            paper = self.phone.get_by_role("link", name=words).get_attribute("href")
            answer = self.phone.request.get(self.told["portal"].rstrip("/") + str(paper))
            assert (answer.status, answer.body()[:5]) == (200, b"%PDF-"), words

    def counter_offer(self, periods: str) -> None:
        """Look at the bank's offer beside the whole budget, and counter with another term and the full waiver."""
        self.go("/progress")
        self.phone.get_by_role("link", name="看看这个还价").click()
        self.phone.wait_for_url("**/offer")
        self.seen("08-offer", self.phone)
        self.phone.get_by_role("link", name="自己改一个数").click()
        self.phone.wait_for_url("**/counter**")
        self.phone.locator("select[name=periods]").select_option(periods)
        self.phone.locator("select[name=down_payment]").select_option(index=0)
        waivers = self.phone.locator("select[name=waiver] option").count()
        self.phone.locator("select[name=waiver]").select_option(index=waivers - 1)
        press(self.phone, "算算看")
        self.seen("15-counter", self.phone)
        press(self.phone, "用这个条件还价")

    def accept_offer(self) -> None:
        """Accept the offer that waits, after a second thought."""
        self.go("/progress")
        self.phone.get_by_role("link", name=re.compile("看看这个还价|看看")).first.click()
        self.phone.wait_for_url("**/offer")
        self.phone.locator(".bar .weui-btn_primary").click()
        self.phone.wait_for_load_state()
        self.seen("16-accept", self.phone)
        self.phone.locator(".bar .weui-btn_primary").click()
        self.phone.wait_for_load_state()

    def note_call(self) -> None:
        """Call the silent bank with the guide's words, and keep a note of it."""
        self.go("/progress")
        self.phone.get_by_role("link", name=re.compile("打电话")).first.click()
        self.phone.wait_for_url("**/call")
        self.seen("09-call", self.phone)
        self.phone.get_by_label("说在审核").check()
        press(self.phone, "保存通话记录")
        self.phone.wait_for_url("**/progress/**")
        expect(self.phone.locator("body")).to_contain_text("记下来了")

    def of_bank(self, bank: str, link: str) -> None:
        """Open the link of this name in one bank's part of the progress page."""
        self.go("/progress")
        part = self.phone.locator("section", has=self.phone.get_by_role("heading", name=bank))
        part.get_by_role("link", name=link).click()
        self.phone.wait_for_load_state()

    def hash_of(self, page: str) -> str:
        """Return the schedule's hash as the last bank's agreement or plan page shows it."""
        self.of_bank("北川银行", {"agreement": "看协议", "plan": "看还款计划"}[page])
        self.seen({"agreement": "13-agreement", "plan": "17-plan"}[page], self.phone)
        found = re.search(r"(?:接受|还款表).*?([0-9a-f]{64})", self.phone.content(), re.DOTALL)
        assert found, f"{self.phone.url} shows no schedule hash"
        return found.group(1)

    def wait_until_paid(self, period: int) -> None:
        """Wait until the last bank's feed has brought this period's payment and it is matched."""
        self.of_bank("北川银行", "看还款计划")
        row = self.phone.get_by_role("row", name=re.compile(rf"^{period}\b"))
        for _ in range(PATIENCE_MS // 500):
            if "还了" in row.inner_text():
                return
            self.phone.wait_for_timeout(500)
            self.phone.reload()
        raise AssertionError(f"period {period} was not matched")

    def onward(self, step: str) -> None:
        """Press the one button at the thumb and leave the step."""
        self.phone.locator(".bar .weui-btn_primary").click()
        self.phone.wait_for_url(lambda url: f"/apply/{step}" not in url)

    def fill(self, values: dict[str, str]) -> None:
        """Fill fields by name, opening what is folded away."""
        for name, value in values.items():
            self.phone.locator(f"main [name={name}]").first.fill(value)

    # ── the desk ─────────────────────────────────────────────────────────────────────────────────────

    def sign_in_at_desk(self, login: str) -> None:
        """Sign in as a member of staff; whoever was signed in leaves first."""
        account = next(a for a in self.told["accounts"] if a["login"] == login)
        self.desk.context.clear_cookies()
        self.desk.goto(self.told["desk"] + "signin")
        self.desk.locator("[name=login]").fill(account["login"])
        self.desk.locator("[name=password]").fill(account["secret"])
        self.desk.get_by_role("button", name="登录").click()
        self.desk.wait_for_url(lambda url: "signin" not in url)

    def review(self) -> None:
        """Take the application in hand, look at the papers, let it pass."""
        self.sign_in_at_desk("reviewer")
        self.seen("21-queue", self.desk)
        self.desk.get_by_role("link", name=re.compile("^林")).first.click()
        self.desk.get_by_role("link", name="身份证 1").click()
        press(self.desk, "接手")
        self.seen("23-review-desk", self.desk)
        press(self.desk, re.compile("^通过"))
        expect(self.desk.locator("body")).to_contain_text("通过了")

    def offer_at_desk(self, periods: str, valid_until: str) -> None:
        """The silent bank's officer answers at the desk: the same debt in fewer periods."""
        self.sign_in_at_desk("officer-beichuan")
        self.desk.get_by_role("link", name=re.compile("^林")).first.click()
        builder = self.desk.locator("form", has=self.desk.locator("[name=periods]"))
        builder.locator("[name=periods]").fill(periods)
        builder.locator("[name=valid_until]").fill(valid_until)
        builder.get_by_role("button", name="算一下").click()
        self.desk.wait_for_load_state()
        self.seen("22-case", self.desk)
        self.desk.locator("form", has=self.desk.locator("[name=periods]")).get_by_role(
            "button", name="发给持卡人"
        ).click()
        self.desk.wait_for_load_state()

    def move_clock(self, day: str) -> None:
        """Move the business date at the desk (as the operator)."""
        self.desk.goto(self.told["clock"])
        self.desk.get_by_label("别的日期").fill(day)
        press(self.desk, "拨到这天")
        self.desk.wait_for_load_state()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=name).first.click()


def picture(words: str) -> bytes:
    """A made-up paper as a phone would photograph it."""
    sheet = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(sheet).rectangle((60, 60, 840, 1140), outline="black", width=3)
    for line in range(12):
        ImageDraw.Draw(sheet).line(
            (100, 180 + 70 * line, 800 - 13 * (line * len(words) % 17), 180 + 70 * line), "gray", 6
        )
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def read_told(var: Path) -> dict[str, Any]:
    """Read what the running demo tells scripts."""
    return dict(json.loads((var / "demo.json").read_text(encoding="utf-8")))
