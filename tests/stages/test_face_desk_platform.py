"""The platform's own desk: reviews, the board, messages, unmatched payments, the demo's date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import bargain
import build
from at_desk import desk_of, review_address
from bargain import BASE_DAY, Bargain
from cast import LIN_ID, LIN_NAME, PASSWORD
from heyue import clock
from heyue.application.models import Application, ProofLook
from heyue.banks.models import OutboundMessage
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Role
from heyue.evidence.models import Leaf
from heyue.execution.models import Payment
from heyue.identity.models import Person
from heyue.review.models import Review

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Bargain:
    """Lin's application, handed in and not looked at yet."""
    return bargain.submitted()


# ── reviews ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reviewer_takes_looks_and_passes(deal: Bargain) -> None:
    browser, here = desk_of(deal.cast.reviewer), review_address(deal)
    assert "林*" in browser.get("/desk/reviews").content.decode()
    page = browser.get(here).content.decode()
    assert LIN_NAME not in page
    assert "填了收入，但没有收入材料" in page
    assert "接手" in page
    taken = browser.post(f"{here}/take", follow=True).content.decode()
    assert "通过，发给2家银行" in taken
    paper = Review.objects.get().application.proofs.get()
    browser.get(f"{here}?proof={paper.pk}")
    assert browser.get(f"{here}/proofs/{paper.pk}").status_code == 200
    assert ProofLook.objects.get().actor_id == deal.cast.reviewer.person_id
    done = browser.post(f"{here}/decide", {"decision": "pass"}, follow=True).content.decode()
    assert "送到各家银行" in done
    twice = browser.post(f"{here}/decide", {"decision": "pass"}, follow=True).content.decode()
    assert "已经到了另一步" in twice
    assert "申请表在排版" in browser.get(here).content.decode()


def test_asking_for_more_needs_words_and_ready_ones_do(deal: Bargain) -> None:
    browser, here = desk_of(deal.cast.reviewer), review_address(deal)
    browser.post(f"{here}/take")
    bare = browser.post(f"{here}/decide", {"decision": "more", "words": "补"})
    assert bare.status_code == 200
    assert "5 到 500 个字" in bare.content.decode()
    assert ">\n补</textarea>" in bare.content.decode()
    assert browser.post(f"{here}/decide", {}).status_code == 200
    browser.post(f"{here}/decide", {"decision": "more", "phrases": ["pay-slips"], "words": "谢谢。"})
    assert Application.objects.get().words_back == "请补一份最近3个月的工资条或银行流水。谢谢。"


def test_ready_words_are_in_the_language_that_the_borrower_reads(deal: Bargain) -> None:
    Person.objects.filter(pk=deal.cast.lin.me).update(language="en")
    browser, here = desk_of(deal.cast.reviewer), review_address(deal)
    browser.post(f"{here}/take")
    browser.post(f"{here}/decide", {"decision": "more", "phrases": ["pay-slips", "job"], "words": "Thanks."})
    said = Application.objects.get().words_back
    assert said.endswith(". Thanks.")
    assert said.isascii()


def test_another_reviewers_case_says_whose_it_is(deal: Bargain) -> None:
    other = build.staff(Role.REVIEWER, "he", "何静", "P-0009", password=PASSWORD)
    mine, theirs, here = desk_of(deal.cast.reviewer), desk_of(other), review_address(deal)
    open_before = mine.get(here)
    assert open_before.status_code == 200
    theirs.post(f"{here}/take")
    said = mine.post(f"{here}/take", follow=True).content.decode()
    assert "这件在何静手上" in said
    assert "接过来" in said
    decided = mine.post(f"{here}/decide", {"decision": "pass"}, follow=True).content.decode()
    assert "这件在何静手上" in decided
    assert "接过来" not in mine.post(f"{here}/take", {"over": "1"}, follow=True).content.decode()


def test_a_reviewer_sees_particulars_once_for_a_reason(deal: Bargain) -> None:
    browser, here = desk_of(deal.cast.reviewer), review_address(deal)
    assert browser.post(f"{here}/unmask", {"reason": ""}).status_code == 200
    shown = browser.post(f"{here}/unmask", {"reason": "核对身份证号"}).content.decode()
    assert LIN_NAME in shown
    assert LIN_ID in shown
    assert Leaf.objects.filter(kind="person.unmasked").count() == 1
    assert LIN_ID not in browser.get(here).content.decode()


# ── the board ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_board_says_who_owes_what_by_when_and_what_is_late(deal: Bargain) -> None:
    bargain.received(bargain.passed(deal), deal.cast.bank_b)
    browser = desk_of(deal.cast.operator)
    page = browser.get("/desk/sla").content.decode()
    assert "2件在等银行，都在期限里" in page
    assert "回执" in page
    assert "首次答复" in page
    assert "/desk/reviews/" not in page
    bargain.day(date(2026, 11, 26))
    bargain.reach_due()
    late = browser.get("/desk/sla").content.decode()
    assert "2件过了期限" in late
    assert "催办函 11月26日" in late
    assert "再不答复就可以投诉" in late
    bargain.day(date(2026, 12, 3))
    bargain.reach_due()
    assert "15天内须有决定" in desk_of(deal.cast.reviewer).get("/desk/sla").content.decode()


def test_a_late_review_is_on_the_board_and_red_in_the_queue(deal: Bargain) -> None:
    bargain.day(date(2026, 11, 20))
    bargain.reach_due()
    browser = desk_of(deal.cast.reviewer)
    assert "去初审" in browser.get("/desk/sla").content.decode()
    assert "超了2个工作日" in browser.get("/desk/reviews").content.decode()
    assert "超了2个工作日" in browser.get(review_address(deal)).content.decode()


def test_a_silent_banks_case_is_late_in_its_queue_until_it_answers(deal: Bargain) -> None:
    bargain.received(bargain.passed(deal))
    bargain.day(date(2026, 12, 3))
    bargain.reach_due()
    bargain.day(date(2026, 12, 9))
    bargain.reach_due()
    browser = desk_of(deal.cast.officer_a)
    late = browser.get("/desk/cases", {"show": "late"}).content.decode()
    assert "超期，已催办" in late
    assert "due-now" in late
    bargain.offered(deal, deal.cast.bank_a)
    assert "没有等我行答复的案件" in browser.get("/desk/cases", {"show": "late"}).content.decode()
    board = desk_of(deal.cast.operator).get("/desk/sla").content.decode()
    assert "1件过了期限" in board


# ── messages ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_dead_letter_is_sent_again_by_hand(deal: Bargain) -> None:
    bargain.passed(deal)
    browser = desk_of(deal.cast.operator)
    assert "都送到了" in browser.get("/desk/messages").content.decode()
    message = OutboundMessage.objects.filter(bank=deal.cast.bank_a).get()
    OutboundMessage.objects.filter(pk=message.pk).update(delivery="dead", last_error="连不上", tries=40)
    page = browser.get("/desk/messages").content.decode()
    assert Dispatch.objects.get(pk=message.negotiation_id).number in page
    assert "试了72小时，停了" in page
    assert "连不上" in page
    assert "再发一次" in page
    assert browser.post(f"/desk/messages/{message.pk}/again").status_code == 302
    message.refresh_from_db()
    assert message.delivery == "waiting"
    assert browser.post(f"/desk/messages/{message.pk}/again").status_code == 404
    assert desk_of(deal.cast.officer_a).post(f"/desk/messages/{message.pk}/again").status_code == 403


# ── payments ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_unmatched_payment_is_settled_only_when_it_is_the_rows_sum(deal: Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.running(bargain.received(bargain.passed(deal)), bank)
    rows = list(deal.plan(bank).instalments.order_by("period"))
    bargain.pays(deal, bank, rows[1].amount_fen, period=2, ref="P-2")
    bargain.pays(deal, bank, rows[0].amount_fen + 1, ref="P-odd")
    odd = Payment.objects.get(bank_ref="P-odd")
    browser = desk_of(deal.cast.reviewer)
    page = browser.get("/desk/payments").content.decode()
    assert "P-odd" in page
    assert "P-2" not in page
    at, name = f"/desk/payments/{odd.plan_id}/settle", str(odd.plan_id)
    none = browser.post(at, {})
    assert "选一期或几期" in none.content.decode()
    differs = browser.post(at, {f"{name}-payments": [str(odd.pk)], f"{name}-periods": ["1"]})
    assert differs.status_code == 200
    assert "对不上，请和银行核对" in differs.content.decode()
    assert differs.content.decode().count("checked") == 2
    assert Payment.objects.get(pk=odd.pk).instalment is None


def test_a_payment_that_is_matched_meanwhile_leads_back_to_the_list(deal: Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.running(bargain.received(bargain.passed(deal)), bank)
    rows = list(deal.plan(bank).instalments.order_by("period"))
    Payment.objects.create(
        plan=deal.plan(bank),
        borrower_id=deal.cast.lin.person_id,
        bank=bank,
        bank_ref="P-by-hand",
        paid_on=clock.today(),
        amount_fen=rows[0].amount_fen,
        reported_at=clock.now(),
    )
    payment = Payment.objects.get(bank_ref="P-by-hand")
    browser = desk_of(deal.cast.operator)
    at, name = f"/desk/payments/{payment.plan_id}/settle", str(payment.plan_id)
    sent = {f"{name}-payments": [str(payment.pk)], f"{name}-periods": ["1"]}
    assert "对上了" in browser.post(at, sent, follow=True).content.decode()
    assert "已经对上" in browser.post(at, sent, follow=True).content.decode()


# ── the demo's date ────────────────────────────────────────────────────────────────────────────────────


def test_the_date_moves_in_steps_and_a_double_tap_moves_it_once(deal: Bargain) -> None:
    browser = desk_of(deal.cast.operator)
    page = browser.get("/desk/clock").content.decode()
    assert "下一个工作日" in page
    assert "过了最近的期限" in page
    assert "初审" in page
    step = {"day": (BASE_DAY + timedelta(days=1)).isoformat(), "step": "1"}
    assert "业务日期拨到 11月17日" in browser.post("/desk/clock", step, follow=True).content.decode()
    assert "已经到 11月17日" in browser.post("/desk/clock", step, follow=True).content.decode()
    assert clock.today() == BASE_DAY + timedelta(days=1)


def test_a_bad_day_is_said_at_its_field(deal: Bargain) -> None:
    browser = desk_of(deal.cast.operator)
    bad = {"": "选一个日期", "明天": "日期写成", "2026-01-01": "只能往后拨", "9999-01-01": "太远了"}
    for typed, words in bad.items():
        answer = browser.post("/desk/clock", {"day": typed})
        assert answer.status_code == 200, typed
        assert words in answer.content.decode()
    assert clock.today() == BASE_DAY


def test_there_is_no_such_page_where_the_date_is_real(deal: Bargain, settings: pytest.FixtureRequest) -> None:
    browser = desk_of(deal.cast.operator)
    settings.HEYUE_CLOCK_HELD = False  # type: ignore[attr-defined]
    assert browser.get("/desk/clock").status_code == 404
