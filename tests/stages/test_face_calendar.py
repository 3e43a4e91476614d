"""The calendar and the plan: what is due where, what is late, paid and unmatched, and one hash to the end."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import bargain
from heyue.faces.shown import yuan_text
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.wallet.models import Card
from on_phone import as_lin, as_zhao, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """Twelve periods run at the first bank; with the second one Lin has stopped talking."""
    found = bargain.running(bargain.received(bargain.submitted(periods=12)))
    perform(found.cast.lin, borrower_acts.end, negotiation_id=found.id_at(found.cast.bank_b))
    return found


def plan_page(deal: bargain.Bargain) -> str:
    """The address of the first bank's plan."""
    return f"/plan/{deal.plan(deal.cast.bank_a).pk}"


def first_fen(deal: bargain.Bargain) -> int:
    """What the next unpaid instalment asks, in fen."""
    row = deal.plan(deal.cast.bank_a).instalments.exclude(state="paid").order_by("period").first()
    assert row is not None
    return row.amount_fen


def test_without_a_plan_it_says_so() -> None:
    assert "还没有要还的计划" in page(as_lin(bargain.received()), "/calendar")


def test_each_payment_says_where_to_pay_and_that_heyue_takes_no_money(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bank.pay_instructions = "手机银行 → 信用卡 → 还款\n或柜台"
    bank.save()
    said = page(as_lin(deal), "/calendar")
    for words in ("手机银行 → 信用卡 → 还款", "和约不收钱", "12月12日 (周六)", "第1期"):
        assert words in said
    assert "手机银行 → 信用卡 → 还款" in page(as_lin(deal), plan_page(deal))


def test_the_month_can_be_turned_and_a_foolish_one_is_this_month(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    said = page(client, "/calendar?month=2026-12")
    assert "2026年12月" in said
    assert 'class="pay k1"' in said
    for month in ("2026-13", "x", "0001-01", "9999-12", ""):
        assert client.get(f"/calendar?month={month}").status_code == 200, month


def test_a_paid_instalment_is_shown_as_paid(deal: bargain.Bargain) -> None:
    bargain.day(date(2026, 12, 12))
    bargain.pays(deal, deal.cast.bank_a, first_fen(deal), 1)
    assert "已经还了 1 笔" in page(as_lin(deal), "/calendar")
    said = page(as_lin(deal), plan_page(deal))
    assert "12笔还了1笔" in said
    assert ">还了<" in said


def test_a_late_instalment_is_told_gently_with_what_to_do(deal: bargain.Bargain) -> None:
    bargain.day(date(2026, 12, 17))
    bargain.reach_due()
    assert "还没收到的" in page(as_lin(deal), "/calendar")
    said = page(as_lin(deal), plan_page(deal))
    for words in (
        "有一期还没收到",
        "越早说，越有办法",
        'href="tel:4000001357"',
        deal.agreement(deal.cast.bank_a).number,
    ):
        assert words in said
    assert "违约" not in said
    assert "要求一次还清" not in said
    assert "有一期没收到" in page(as_lin(deal), "/progress")


def test_several_late_instalments_are_told_with_their_number_and_sum(deal: bargain.Bargain) -> None:
    bargain.day(date(2027, 1, 20))
    bargain.reach_due()
    said = page(as_lin(deal), plan_page(deal))
    rows = deal.plan(deal.cast.bank_a).instalments.filter(state="late")
    assert rows.count() == 2
    assert f"有2期还没收到，一共 {yuan_text(sum(row.amount_fen for row in rows))}" in said
    assert "先还最早的一期" in said
    assert "2期没还，银行可以终止协议、要求一次还清，但要提前10天告诉你" in said
    assert "有2期没收到" in page(as_lin(deal), "/progress")
    assert "有 2 期还没收到" in page(as_lin(deal), "/")


def test_an_unmatched_payment_is_shown_and_not_guessed(deal: bargain.Bargain) -> None:
    bargain.pays(deal, deal.cast.bank_a, 50_00)
    for address in ("/calendar", plan_page(deal)):
        said = page(as_lin(deal), address)
        assert "对不上哪一期的" in said
        assert "我们不猜它算哪一期" in said


def test_one_hash_stands_in_agreement_and_plan(deal: bargain.Bargain) -> None:
    row = deal.agreement(deal.cast.bank_a)
    for address in (f"/agreement/{row.pk}", plan_page(deal)):
        assert row.offer.hash in page(as_lin(deal), address)
    assert "是同一张还款表" in page(as_lin(deal), plan_page(deal))


def test_the_end_says_what_to_settle(deal: bargain.Bargain) -> None:
    for row in deal.plan(deal.cast.bank_a).instalments.order_by("period"):
        bargain.day(row.due_on)
        bargain.pays(deal, deal.cast.bank_a, row.amount_fen, row.period)
    said = page(as_lin(deal), plan_page(deal))
    for words in ("东湖银行的欠款全部还清了", "结清证明", "是同一张还款表"):
        assert words in said
    assert "全部还清了" in page(as_lin(deal), "/calendar")
    assert "还清了" in page(as_lin(deal), "/progress")


def test_a_stranger_finds_no_plan(deal: bargain.Bargain) -> None:
    assert as_zhao(deal).get(plan_page(deal)).status_code == 404
    assert "还没有要还的计划" in page(as_zhao(deal), "/calendar")


def test_a_card_under_a_plan_is_paid_by_it_and_not_by_its_last_statement(deal: bargain.Bargain) -> None:
    planned, other = (Card.objects.get(bank=bank) for bank in (deal.cast.bank_a, deal.cast.bank_b))
    lin = as_lin(deal)
    assert page(lin, "/").count("照协议还") == 1
    shown = page(lin, f"/cards/{planned.pk}")
    assert f'href="{plan_page(deal)}"' in shown
    assert "最低还款" not in shown
    assert "照协议还" not in page(lin, f"/cards/{other.pk}")


def test_who_owes_nothing_any_more_is_not_asked_for_cards(deal: bargain.Bargain) -> None:
    bargain.day(date(2028, 1, 3))
    for row in deal.plan(deal.cast.bank_a).instalments.order_by("period"):
        bargain.pays(deal, deal.cast.bank_a, row.amount_fen, row.period)
    Card.objects.update(balance_fen=0)
    said = page(as_lin(deal), "/")
    assert "现在没有欠款" in said
    assert "先把卡加进来" not in said


def test_the_calendars_queries_do_not_grow_with_the_plans(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    page(client, "/calendar")
    with CaptureQueriesContext(connection) as one_plan:
        page(client, "/calendar")
    both = bargain.received(bargain.submitted(deal.cast, periods=12), deal.cast.bank_b)
    bargain.running(both, both.cast.bank_b)
    with CaptureQueriesContext(connection) as two_plans:
        assert "南山银行在哪还" in page(client, "/calendar")
    assert len(two_plans) == len(one_plan)


def test_the_plans_queries_do_not_grow_with_payments_and_warnings(deal: bargain.Bargain) -> None:
    client, address = as_lin(deal), plan_page(deal)
    page(client, address)
    with CaptureQueriesContext(connection) as before:
        page(client, address)
    for period in (1, 2, 3):
        bargain.pays(deal, deal.cast.bank_a, first_fen(deal), period)
    with CaptureQueriesContext(connection) as after:
        page(client, address)
    assert len(after) == len(before)
