"""我还了, 这个月还不上, 还清了: the borrower's word, the early warning to the bank, the certificate."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

import bargain
from at_desk import case_address, desk_of
from heyue import clock
from heyue.banks import outbox
from heyue.banks.models import BankPolicy, OutboundMessage
from heyue.engine.refusal import NotFound
from heyue.engine.schedule import build as schedule_of
from heyue.execution import said_paid
from heyue.execution.models import EarlyWarning, SaidPaid
from heyue.execution.states import InstalmentState
from heyue.journey import perform
from heyue.policy.load import rule
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def deal() -> bargain.Bargain:
    """Twelve periods run at the first bank."""
    return bargain.running(bargain.received(bargain.submitted(periods=12)))


def first(deal: bargain.Bargain):  # type: ignore[no-untyped-def]
    """The plan's first instalment."""
    return deal.plan(deal.cast.bank_a).instalments.get(period=1)


def plan_page(deal: bargain.Bargain) -> str:
    return f"/plan/{deal.plan(deal.cast.bank_a).pk}"


def photo() -> SimpleUploadedFile:
    """A photograph of a receipt."""
    png = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(png, "PNG")
    return SimpleUploadedFile("回单.png", png.getvalue(), "image/png")


# ── 我还了 ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_borrowers_word_is_kept_with_the_receipt_and_the_bank_decides(deal: bargain.Bargain) -> None:
    client, row = as_lin(deal), first(deal)
    bargain.day(row.due_on)
    address = f"{plan_page(deal)}/paid/{row.pk}"
    assert "以东湖银行报来的入账为准" in page(client, address)
    assert client.post(address, {"paid_on": row.due_on.isoformat(), "receipt": photo()}).status_code == 302
    said = SaidPaid.objects.get()
    assert said.file
    row.refresh_from_db()
    assert row.state == InstalmentState.UPCOMING
    shown = page(client, plan_page(deal))
    assert "等银行报来" in shown
    assert client.get(f"/receipts/{said.pk}")["Content-Type"] == "image/jpeg"
    assert "说东湖第 1 期还了" in page(client, "/access")


def test_a_day_to_come_is_refused_and_stays_typed(deal: bargain.Bargain) -> None:
    address = f"{plan_page(deal)}/paid/{first(deal).pk}"
    answer = as_lin(deal).post(address, {"paid_on": (clock.today() + timedelta(days=1)).isoformat()})
    assert answer.status_code == 200
    assert "今天或以前的日子" in answer.content.decode()
    assert not SaidPaid.objects.exists()


def test_a_receipt_is_seen_by_its_borrower_bank_and_desk_and_by_nobody_else(deal: bargain.Bargain) -> None:
    cast, row = deal.cast, first(deal)
    stored = said_paid.take_in(cast.lin_person.pk, photo().read())
    said_id = perform(cast.lin, said_paid.say_paid, instalment_id=row.pk, paid_on=clock.today(), receipt=stored)
    for actor in (cast.lin, cast.officer_a, cast.reviewer):
        assert said_paid.receipt(actor, said_id)[0] == "image/jpeg"
    for actor in (cast.zhao, cast.officer_b):
        with pytest.raises(NotFound):
            said_paid.receipt(actor, said_id)
    assert as_zhao(deal).get(f"/receipts/{said_id}").status_code == 404
    assert as_zhao(deal).post(f"{plan_page(deal)}/paid/{row.pk}", {"paid_on": "2026-11-16"}).status_code == 404


def receipts_kept() -> int:
    """How many sealed receipts lie in the store."""
    try:
        return len(default_storage.listdir(said_paid.FOLDER)[1])
    except FileNotFoundError:
        return 0


def test_a_receipt_that_is_not_taken_is_left_nowhere(
    deal: bargain.Bargain, django_capture_on_commit_callbacks: Any
) -> None:
    client, row, before = as_lin(deal), first(deal), receipts_kept()
    address, today = f"{plan_page(deal)}/paid/{row.pk}", clock.today().isoformat()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"paid_on": "2027-12-31", "receipt": photo()})
        assert receipts_kept() == before
        for _ in range(3):
            client.post(address, {"paid_on": today, "receipt": photo()})
    assert receipts_kept() == before + 1


# ── 这个月还不上 ──────────────────────────────────────────────────────────────────────────────────────────


def warned(deal: bargain.Bargain, **changes: str) -> dict[str, str]:
    """What Lin types."""
    return {
        "can_pay": "100",
        "later": "5000",
        "wish": "part",
        "pay_by": "2026-12-20",
        "words": "十二月停工，工资晚发。",
        **changes,
    }


def test_the_page_explains_the_agreements_clauses_and_the_article(deal: bargain.Bargain) -> None:
    said = page(as_lin(deal), f"{plan_page(deal)}/cannot")
    for words in ("3天内补上，算按时", "2期没还", "提前10天", "协议 5.10", "第七十条"):
        assert words in said
    assert "违约" not in said.replace("违约金", "")


def test_the_bank_is_told_before_the_day_once(deal: bargain.Bargain) -> None:
    client, address = as_lin(deal), f"{plan_page(deal)}/cannot"
    for _ in range(2):
        assert client.post(address, warned(deal)).status_code == 302
    kept = EarlyWarning.objects.get()
    assert (kept.period, kept.can_pay_fen, kept.pay_by) == (1, 100_00, date(2026, 12, 20))
    (sent,) = OutboundMessage.objects.filter(kind="instalment.warned")
    data = json.loads(outbox.body_of(sent))["data"]
    assert (data["period"], data["can_pay"], data["text"]) == (1, "100.00", "十二月停工，工资晚发。")
    assert "你告诉过银行了" in page(client, address)
    assert "提前告诉东湖：第 1 期可能还不上" in page(client, "/access")


def test_what_to_ask_for_is_worked_out_by_the_engine(deal: bargain.Bargain) -> None:
    client, address = as_lin(deal), f"{plan_page(deal)}/cannot"
    short = warned(deal, can_pay="0", later="5000", wish="", words="") | {"work-out": "1"}
    said = client.post(address, short).content.decode()
    assert "最小的改动：往后推1个月" in said
    assert not EarlyWarning.objects.exists()
    assert client.post(address, warned(deal, can_pay="0", wish="deferral")).status_code == 302
    kept = EarlyWarning.objects.get()
    assert schedule_of(kept.terms).hash == kept.hash


def test_what_falls_due_this_month_does_not_share_it_with_the_next_instalment(deal: bargain.Bargain) -> None:
    row = first(deal)
    bargain.day(row.due_on.replace(day=2))
    address, work_out = f"{plan_page(deal)}/cannot", {"wish": "", "words": "", "work-out": "1"}
    for can_pay, later, words in (
        ("0", "5000", "最小的改动：往后推1个月"),
        ("5000", "5000", "这一期够还，不用改计划"),
        ("0", "0", "往后推、拉长期数都还不上"),
    ):
        said = as_lin(deal).post(address, warned(deal, can_pay=can_pay, later=later) | work_out).content.decode()
        assert words in said, (can_pay, later)


def test_a_wish_that_does_not_fit_is_refused_and_all_stays_typed(deal: bargain.Bargain) -> None:
    address = f"{plan_page(deal)}/cannot"
    for changes, words in (
        ({"pay_by": ""}, "填一个今天以后"),
        ({"can_pay": "999999"}, "填 0 到这一期的数之间"),
        ({"wish": ""}, "选一种你想要的办法"),
        ({"can_pay": "很多"}, "填一个数"),
        ({"words": ""}, "写一两句为什么"),
    ):
        answer = as_lin(deal).post(address, warned(deal, **changes))
        assert answer.status_code == 200, changes
        assert words in answer.content.decode(), changes
        if "words" not in changes:
            assert "十二月停工" in answer.content.decode()
    assert not EarlyWarning.objects.exists()


def test_a_stranger_warns_no_bank(deal: bargain.Bargain) -> None:
    assert as_zhao(deal).post(f"{plan_page(deal)}/cannot", warned(deal)).status_code == 404
    assert not EarlyWarning.objects.exists()


# ── 还清了 ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_certificate_says_what_the_bank_reported_and_what_it_is_not(deal: bargain.Bargain) -> None:
    client, address = as_lin(deal), f"{plan_page(deal)}/certificate.pdf"
    assert client.get(address).status_code == 404
    for row in deal.plan(deal.cast.bank_a).instalments.order_by("period"):
        bargain.day(row.due_on)
        bargain.pays(deal, deal.cast.bank_a, row.amount_fen, row.period)
    assert address in page(client, plan_page(deal))
    pdf = client.get(address)
    assert pdf["Content-Type"] == "application/pdf"
    with pypdfium2.PdfDocument(pdf.content) as made:
        text = "".join(leaf.get_textpage().get_text_bounded() for leaf in made).replace("\r\n", "")
    plan = deal.plan(deal.cast.bank_a)
    for words in ("还款完成证明", "林晓", plan.schedule_hash, "不是发卡银行的结清证明", "P-donghu-12", "12 笔"):
        assert words in text, words
    assert "110101199003077619" not in text
    assert client.get(address).content == pdf.content
    assert as_zhao(deal).get(address).status_code == 404


def test_the_banks_officer_reads_both_and_sees_the_receipt(deal: bargain.Bargain) -> None:
    client, cast = as_lin(deal), deal.cast
    client.post(f"{plan_page(deal)}/cannot", warned(deal))
    today = {"paid_on": clock.today().isoformat(), "receipt": photo()}
    client.post(f"{plan_page(deal)}/paid/{first(deal).pk}", today)
    officer = desk_of(cast.officer_a)
    said = page(officer, case_address(deal))
    for words in ("第1期可能还不上", "十二月停工，工资晚发。", "能还 ¥100.00", "持卡人说还了"):
        assert words in said
    address = f"{case_address(deal)}/receipts/{SaidPaid.objects.get().pk}"
    assert officer.get(address)["Content-Type"] == "image/jpeg"
    assert desk_of(cast.officer_b).get(address).status_code == 404


def test_in_english_the_late_charge_is_told_and_a_banks_own_words_are_quoted_in_their_language(
    deal: bargain.Bargain,
) -> None:
    address, client = f"{plan_page(deal)}/cannot", as_lin(deal)
    usual = page(client, address)
    assert "违约金不计利息" in usual
    assert "<q" not in usual
    client.post("/size", {"language": "en", "next": "/me"})
    said = page(client, address)
    assert "The late fee bears no interest" in said
    assert "违约金" not in said
    bank = deal.cast.bank_a
    own = {**rule("BREACH-TERMS", clock.today()).value, "late_charge": "每期另收 10 元。"}
    BankPolicy.objects.filter(bank=bank).update(breach=own)
    said = page(client, address)
    assert '<q lang="zh-Hans">每期另收 10 元。</q>' in said
    assert "The Chinese text decides" in said
