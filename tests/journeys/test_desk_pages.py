"""An officer's day and a reviewer's day in a real browser: every page of the desk at 1280 and at 1920 px; axe clean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import bargain
import build
import busy_desk
from bargain import Bargain
from busy_desk import Somebody
from cast import PASSWORD, Cast, assemble
from heyue import clock
from heyue.application import actions as application
from heyue.application.models import Application
from heyue.application.proofs import take_in
from heyue.banks import outbox
from heyue.banks.models import BankPolicy, OutboundMessage
from heyue.dispatch import mail_in
from heyue.engine.moves import Role
from heyue.faces.worker import bank_mails
from heyue.identity import erasure
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.review import sampling
from journeys.judged import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper
    from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),
]

LATE = Somebody("吴伟", 1, wage="5200", spent=("2600.00", "1800.00", "900.00"), periods=36)
TODAY = Somebody("郑爽朗", 2, wage="8800", spent=("9600.00", "7300.00", "12800.00"), periods=48)
SOON = Somebody("孙悦", 3, wage="7100", spent=("4600.00", "8200.00", "3900.00"))
RUNS = Somebody("许文", 4, wage="6600", spent=("1600.00", "2100.00", "3900.00"), periods=24)
COUNTERS = Somebody("何家宁", 5, wage="6900", spent=("3600.00", "2100.00", "5900.00"), periods=48)
FRESH = Somebody("林晓", 6, wage="6000")
STANDS_ON = date(2026, 11, 24)


@dataclass(frozen=True)
class AtTheBank:
    """Bank A on a Tuesday: one case of each colour, one running plan, one counter-offer."""

    cast: Cast
    soon: Bargain
    runs: Bargain
    counters: Bargain


def at_the_bank() -> AtTheBank:
    """Six borrowers whose forms came on six days; what one officer may decide alone is limited."""
    bargain.day(date(2026, 11, 9))
    cast = assemble()
    bank = cast.bank_a
    build.staff(Role.OFFICER, "qian", "钱进", "A-0102", bank, password=PASSWORD)
    runs = bargain.received(busy_desk.applies(cast, RUNS, date(2026, 11, 9)), bank)
    bargain.running(runs, bank)
    bargain.received(busy_desk.applies(cast, LATE, date(2026, 11, 11)), bank)
    bargain.received(busy_desk.applies(cast, TODAY, date(2026, 11, 13)), bank)
    papers = {"identity": busy_desk.paper("身份证", 5), "income": busy_desk.paper("工资条")}
    soon = busy_desk.applies(cast, SOON, date(2026, 11, 16), bank, cast.bank_b, papers=papers)
    bargain.received(soon, bank)
    counters = bargain.received(busy_desk.applies(cast, COUNTERS, date(2026, 11, 18)), bank)
    bargain.offered(counters, bank, periods=12)
    put = bargain.put(counters, bank, periods=48, valid_days=None)
    perform(counters.cast.lin, borrower_acts.counter, negotiation_id=counters.id_at(bank), put=put)
    bargain.passed(busy_desk.applies(cast, FRESH, date(2026, 11, 20)))
    bargain.day(STANDS_ON)
    bargain.reach_due()
    BankPolicy.objects.filter(bank=bank).update(limits={"periods_max": 36, "waived_fen_max": 100_000})
    return AtTheBank(cast, soon, runs, counters)


def takes_the_case(desk: Desk) -> None:
    """Find the case in the queue, take it, look behind the mask with a reason, look through the papers."""
    page = desk.page
    desk.judged("officer-queue", guide="24-cases")
    page.get_by_role("link", name="3个工作日内").click()
    expect(page.get_by_role("link", name="吴*")).to_have_count(0)
    page.get_by_role("link", name="孙*").click()
    desk.press("我来负责")
    expect(page.get_by_text("这件由你负责")).to_be_visible()
    page.get_by_text("查看完整信息").click()
    desk.press("写明理由，查看")
    expect(page.get_by_text("写一句为什么要看，持卡人会看到")).to_be_visible()
    page.get_by_label("为什么要看").fill("核对借记账户的户名")
    desk.press("写明理由，查看")
    expect(page.get_by_text("孙悦", exact=True)).to_be_visible()
    desk.judged("officer-unmasked")
    page.get_by_role("link", name="工资条").click()
    expect(page.locator(".viewer img")).to_be_visible()
    expect(page.get_by_text("孙悦", exact=True)).to_have_count(0)
    desk.judged("officer-proofs")


def works_on_it(desk: Desk) -> None:
    """Tick, note, ask; build an offer that cannot be, then one over the limit, and send it: it needs four eyes."""
    page = desk.page
    desk.press("欠款与行内系统一致")
    page.get_by_label("内部备注，持卡人看不到").fill("下周三再回访")
    desk.press("记下")
    expect(page.locator(".log").get_by_text("下周三再回访")).to_be_visible()
    expect(page.get_by_text("上次写的还没记")).to_have_count(0)
    asks_by_a_template(page, page.url.partition("?")[0].partition("#")[0], desk)
    page.locator("#ask").get_by_role("button", name="问持卡人").click()
    expect(page.get_by_text("等持卡人回答")).to_be_visible()
    offer = page.locator("#offer")
    offer.get_by_label("期数").fill("72")
    offer.get_by_role("button", name="算一下").click()
    desk.judged("officer-offer-refused")
    offer.get_by_label("期数").fill("48")
    offer.get_by_label("附一句话").fill("免去违约金，分四十八期，手续费不变。")
    offer.get_by_role("button", name="算一下").click()
    expect(offer.get_by_text("期数 48，不超过 60")).to_be_visible()
    desk.judged("officer-case", guide="22-case")


def asks_by_a_template(page: Page, case: str, desk: Desk) -> None:
    """Keep words for the cardholder under a name, and fill them into the case's form, its number in its place."""
    desk.go("/desk/team")
    kept = page.locator("#message")
    kept.get_by_label("模板名字").fill("问排班")
    kept.get_by_label("对持卡人说").fill("{案件号}：十二月起的排班定了吗？")
    kept.get_by_label("要持卡人回答").check()
    kept.get_by_role("button", name="存下").click()
    page.goto(case)
    page.locator("form", has=page.locator("#message-kept")).get_by_role("button", name="填上").click()
    expect(page.get_by_label("对持卡人说")).to_have_value(re.compile(r"^HY-\S+：十二月起的排班定了吗？$"))


def keeps_a_template(desk: Desk) -> None:
    """Keep the terms under a name, fill them in from there, and send them."""
    page, offer = desk.page, desk.page.locator("#offer")
    offer.get_by_label("期数").fill("48")
    offer.get_by_role("button", name="算一下").click()
    offer.get_by_text("存成模板").click()
    offer.get_by_label("模板名字").fill("四十八期")
    offer.get_by_role("button", name="存下").click()
    page.locator("form", has=page.locator("#template")).get_by_role("button", name="填上").click()
    expect(offer.get_by_label("期数")).to_have_value("48")
    offer.get_by_role("button", name="发给持卡人").click()
    expect(page.get_by_text("已经送去复核")).to_be_visible()
    desk.judged("officer-case-awaits")


def looks_round_the_bank(desk: Desk, day: AtTheBank) -> None:
    """Share the rest out, take the cases home as files, change the policy; the team, the figures, other cases."""
    page = desk.page
    desk.go("/desk/cases")
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_label("把选中的分给").select_option(label="谁手上少给谁")
    desk.press("分案")
    expect(page.get_by_text("2 件办好了")).to_be_visible()
    desk.go("/desk/cases?all=1")
    page.get_by_label("对选中的").select_option(label="发消息")
    desk.press("下一步")
    page.get_by_label("对持卡人说").fill("{案件号} 在办，月底前答复。")
    desk.press("看一遍再发")
    desk.judged("officer-many-look")
    page.get_by_role("button", name="位持卡人").click()
    expect(page.get_by_role("status")).to_contain_text("件办好了")
    desk.judged("officer-many-outcome")
    desk.go("/desk/cases")
    for kind, words in (("csv", "导出 CSV"), ("xlsx", "导出 Excel")):
        with page.expect_download() as got:
            page.get_by_role("link", name=words).click()
        assert got.value.suggested_filename == f"cases-{clock.today():%Y%m%d}.{kind}"
    page.get_by_label("搜索案件").fill("没有这个人")
    page.get_by_label("搜索案件").press("Enter")
    desk.judged("officer-queue-nothing")
    for name, deal in (("officer-case-runs", day.runs), ("officer-case-counter", day.counters)):
        desk.go(f"/desk/cases/{deal.id_at(day.cast.bank_a)}")
        desk.judged(name)
    desk.go("/desk/policy")
    page.get_by_label("期数，逗号隔开").fill("12, 24, 36")
    page.get_by_label("从哪天生效").fill((clock.today() + timedelta(days=7)).isoformat())
    page.get_by_label("为什么改").fill("年底放宽期数")
    desk.press("存草稿")
    expect(page.get_by_text("过去的 6 件")).to_be_visible()
    desk.judged("officer-policy", guide="26-policy")
    page.get_by_role("button", name="送去复核").click()
    for name in ("team", "figures", "disputes"):
        desk.go(f"/desk/{name}")
        desk.judged(f"officer-{name}")


def decides_as_the_second(desk: Desk) -> None:
    """The second officer lets the answer and the policy go, in English."""
    page = desk.page
    desk.go("/desk/approvals")
    desk.judged("officer-approvals", guide="25-approvals")
    desk.press("同意，发给持卡人")
    expect(page.get_by_text("答复已经送出")).to_be_visible()
    desk.judged("officer-approvals-none")
    desk.go("/desk/policy")
    desk.judged("officer-policy-approval")
    desk.press("同意，到日子生效")
    expect(page.get_by_text("到生效日自动换上")).to_be_visible()
    desk.go("/desk/cases")
    desk.in_english()
    desk.judged("officer-queue-en")
    page.locator(".list a").first.click()
    desk.judged("officer-case-en")


def test_an_officers_day(live_server: LiveServer, desk: Page) -> None:
    day = at_the_bank()
    here = Desk(desk, live_server.url)
    here.signs_in("wang", "案件")
    takes_the_case(here)
    works_on_it(here)
    keeps_a_template(here)
    looks_round_the_bank(here, day)
    here.signs_in("qian", "案件")
    decides_as_the_second(here)
    assert day.soon.talk(day.cast.bank_a).state == "offered"


# ── the platform's own desk ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AtThePlatform:
    """The platform on a Tuesday: two applications to review, banks that answered and banks that are late."""

    cast: Cast
    lacks: Bargain
    vain: Bargain


def at_the_platform() -> AtThePlatform:
    """A plan that runs with a payment nobody can match, a silent bank, a stuck message, a stray mail, an erasure."""
    bargain.day(date(2026, 11, 9))
    cast = assemble()
    build.staff(Role.REVIEWER, "he", "何敏", "P-0008", password=PASSWORD)
    runs = busy_desk.applies(cast, RUNS, date(2026, 11, 9))
    bargain.running(bargain.received(runs, cast.bank_a))
    bargain.pays(runs, cast.bank_a, 12_345)
    bargain.received(busy_desk.applies(cast, LATE, date(2026, 11, 11), cast.bank_b), cast.bank_b)
    bargain.passed(busy_desk.applies(cast, TODAY, date(2026, 11, 18)))
    for message in OutboundMessage.objects.filter(kind="application"):
        outbox.mark_refused(message.pk, 422, {"title": "form"})
    vain = busy_desk.applies(cast, FRESH, date(2026, 11, 20))
    bargain.day(STANDS_ON)
    bargain.reach_due()
    papers = {"identity": busy_desk.paper("身份证", 5)}
    lacks = busy_desk.applies(cast, SOON, STANDS_ON, cast.bank_a, cast.bank_b, papers=papers)
    mail_in.keep(b"From: <somebody@elsewhere.example>\r\nTo: <replies@heyue.example>\r\nSubject: hello\r\n\r\nhi\r\n")
    bank_mails.judge_mails()
    perform(cast.zhao, erasure.ask_erasure, open_matters=False)
    return AtThePlatform(cast, lacks, vain)


def reviews_one(desk: Desk, day: AtThePlatform) -> None:
    """Hold what was declared against the papers; ask for more without words, then by a ready phrase."""
    page = desk.page
    desk.judged("reviewer-queue", guide="21-queue")
    page.get_by_role("link", name="孙*").click()
    page.get_by_role("link", name="身份证").first.click()
    desk.press("接手")
    page.get_by_role("link", name="身份证").first.click()
    expect(page.get_by_text("填了收入，但没有收入材料")).to_be_visible()
    desk.judged("reviewer-review", guide="23-review-desk")
    desk.press("请补材料")
    expect(page.get_by_text("5 到 500 个字")).to_be_visible()
    page.get_by_label("请补一份最近3个月的工资条或银行流水。").check()
    desk.press("请补材料")
    expect(page.get_by_text("已经请持卡人补充")).to_be_visible()


def sees_it_again(desk: Desk, day: AtThePlatform) -> None:
    """The borrower has added the paper: found by its number, passed; another one is rejected with words."""
    page = desk.page
    adds_what_was_asked_for(day)
    number = Application.objects.get(pk=day.lacks.application_id).number
    page.get_by_label("搜索申请").fill(number[-8:])
    page.get_by_label("搜索申请").press("Enter")
    page.locator(".list a").first.click()
    desk.press("接手")
    expect(page.get_by_text("自动核对没有发现问题")).to_be_visible()
    page.get_by_role("link", name="工资条").first.click()
    desk.judged("reviewer-review-again")
    desk.press("通过，发给2家银行")
    expect(page.get_by_text("通过了，正在排版")).to_be_visible()
    page.get_by_role("link", name="林*").click()
    desk.press("接手")
    page.get_by_text("查看完整信息").click()
    page.get_by_label("为什么要看").fill("核对身份证上的名字")
    desk.press("写明理由，查看")
    expect(page.get_by_text("林晓", exact=True)).to_be_visible()
    page.get_by_label("给持卡人的话").fill("身份证的照片是白的，请重拍以后再交一次。")
    desk.press("退回并说明")
    expect(page.get_by_text("已经退回，持卡人看得到原因")).to_be_visible()
    desk.go(f"/desk/reviews/{bargain.deal_review(day.vain)}")
    desk.judged("reviewer-review-rejected")


def adds_what_was_asked_for(day: AtThePlatform) -> None:
    """The borrower adds a payslip and hands the application in again."""
    lin, application_id = day.lacks.cast.lin, day.lacks.application_id
    stored = take_in(day.lacks.cast.lin_person.pk, "income", "工资条.png", busy_desk.paper("工资条"))
    perform(lin, application.add_proof, application_id=application_id, stored=stored)
    banks = {day.cast.bank_a.pk, day.cast.bank_b.pk}
    perform(lin, application.submit, application_id=application_id, declared_true=True, bank_ids=banks)


def looks_again_as_another(desk: Desk) -> None:
    """Another reviewer looks at what was decided, agrees with one and not with the other."""
    page = desk.page
    desk.go("/desk/quality")
    desk.judged("reviewer-quality", guide="27-quality")
    page.get_by_label("不同意的，为什么").first.fill("身份证照片只是太亮，可以请持卡人重拍，不用退回。")
    page.get_by_role("button", name="不同意", exact=True).first.click()
    expect(page.get_by_text("记下了。")).to_be_visible()
    page.get_by_role("button", name="同意这个决定").first.click()
    desk.judged("reviewer-quality-looked")
    for name, address in (("queue-nothing", "reviews?q=NOTHING"), ("appeals", "appeals")):
        desk.go(f"/desk/{address}")
        desk.judged(f"reviewer-{name}")


def watches_over_it(desk: Desk, bank_id: object) -> None:
    """The operator's pages: who is late, what is stuck, what was done; and the board that everybody may read."""
    page = desk.page
    channel = f"channels/banks/{bank_id}"
    for name in ("sla", "figures", "messages", "channels", channel, "payments", "disputes", "erasures", "clock"):
        desk.go(f"/desk/{name}")
        desk.judged(f"operator-{name.replace('/', '-')[:13]}", guide={"sla": "28-deadlines"}.get(name, ""))
    page.goto(f"{desk.site}/desk/audit")
    page.get_by_label("工号").fill("P-0007")
    desk.press("找")
    expect(page.get_by_role("cell", name="review.passed").first).to_be_visible()
    desk.judged("operator-audit", guide="29-audit")
    desk.in_english()
    for name in ("audit", "sla"):
        desk.go(f"/desk/{name}")
        desk.judged(f"operator-{name}-en")
    desk.go("/help/banks")
    desk.judged("scoreboard-en")


def test_a_reviewers_day(
    live_server: LiveServer, desk: Page, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HEYUE_SCOREBOARD_MIN = 1
    monkeypatch.setattr(sampling, "is_sampled", lambda _review_id, _one_in: True)
    day = at_the_platform()
    here = Desk(desk, live_server.url)
    here.signs_in("chen", "初审")
    reviews_one(here, day)
    sees_it_again(here, day)
    here.signs_in("he", "初审")
    looks_again_as_another(here)
    here.signs_in("zhou", "各家银行的答复时效")
    watches_over_it(here, day.cast.bank_b.pk)
    assert Application.objects.get(pk=day.lacks.application_id).state == "passed"
    assert Application.objects.get(pk=day.vain.application_id).state == "rejected"
