"""The borrower's progress page: every state told, questions answered in place, calls noted, talks ended."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

import bargain
from heyue.agreement import actions as agreement
from heyue.application import actions as application
from heyue.dispatch import actions as dispatch
from heyue.journey import perform
from heyue.negotiation import actions, reads
from heyue.negotiation.models import Call
from heyue.review import actions as review
from on_phone import as_lin, as_person, as_zhao, page

pytestmark = pytest.mark.django_db


def test_without_an_application_it_says_how_to_begin() -> None:
    bargain.day(bargain.BASE_DAY)
    cast = bargain.assemble()
    said = page(as_person(cast.lin_person), "/progress")
    assert "还没有申请" in said
    assert 'href="/apply"' in said


def test_under_review_it_says_until_when() -> None:
    said = page(as_lin(bargain.submitted()), "/progress")
    assert "初审正在看" in said
    assert "11月18日 (周三)" in said


@pytest.mark.parametrize("verb", [review.ask_more, review.reject])
def test_the_reviewers_words_and_the_way_back_are_shown(verb: object) -> None:
    deal = bargain.submitted()
    review_id = bargain.deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    name = "reason" if verb is review.reject else "words_to_borrower"
    perform(deal.cast.reviewer, verb, review_id=review_id, **{name: "工资条看不清金额，请重拍"})  # type: ignore[arg-type]
    said = page(as_lin(deal), "/progress")
    assert "工资条看不清金额，请重拍" in said
    assert 'href="/apply' in said


def test_the_heading_is_the_finding() -> None:
    deal = bargain.received()
    assert "两家都在等" in page(as_lin(deal), "/progress")
    bargain.offered(deal, deal.cast.bank_b)
    assert "一家还价，一家在等" in page(as_lin(deal), f"/progress/{deal.application_id}")


def test_receipt_standstill_officer_and_offer_stand_on_the_banks_timeline() -> None:
    deal = bargain.received()
    bank = deal.cast.bank_b
    perform(
        bargain.as_bank(bank),
        dispatch.answer_standstill,
        dispatch_id=deal.id_at(bank),
        granted=True,
        until=date(2027, 1, 15),
    )
    perform(
        bargain.as_bank(bank),
        actions.assign_officer,
        negotiation_id=deal.id_at(bank),
        name="陆远",
        staff_number="B-0217",
    )
    bargain.offered(deal, bank)
    said = page(as_lin(deal), "/progress")
    for words in ("收到申请", "先暂停催收，到2027年1月15日 (周五)", "专员陆远在办", "还价：24期", "看看这个还价"):
        assert words in said


def test_a_silent_banks_borrower_is_told_whom_to_call_and_where_to_complain() -> None:
    deal = bargain.received()
    bargain.day(date(2026, 11, 26))
    bargain.reach_due()
    said = page(as_lin(deal), "/progress")
    assert "我们发了催办函" in said
    for number in ("400-000-1357", "12378", "12363"):
        assert number in said
    assert "15天内答复" in said
    assert f"/n/{deal.id_at(deal.cast.bank_a)}/call" in said


def test_a_bank_without_a_receipt_is_told_plainly() -> None:
    deal = bargain.passed()
    assert "等它确认收到" in page(as_lin(deal), "/progress")
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    assert "还没确认收到" in page(as_lin(deal), "/progress")
    assert "往哪里交" in page(as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/call")


def test_when_every_bank_declined_it_says_so_and_what_next() -> None:
    deal = bargain.received()
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        perform(
            bargain.as_bank(bank),
            actions.refuse,
            negotiation_id=deal.id_at(bank),
            ground="policy",
            text="逾期不满三十天，暂不受理",
        )
    said = page(as_lin(deal), "/progress")
    assert "两家都没同意" in said
    assert "逾期不满三十天，暂不受理" in said
    assert "这次没谈成，还有路" in said


def test_a_provisional_day_is_called_provisional() -> None:
    bargain.day(date(2026, 12, 28))
    deal = bargain.received(bargain.submitted(bargain.assemble()))
    assert "这个日子是暂定的" in page(as_lin(deal), "/progress")


def test_no_news_is_204_and_news_is_the_banks_part() -> None:
    deal = bargain.received()
    client = as_lin(deal)
    said = page(client, "/progress")
    seen = said.split('name="seen" value="')[1].split('"')[0]
    address = f"/progress/{deal.application_id}/news?seen={seen}"
    assert client.get(address).status_code == 204
    bargain.offered(deal, deal.cast.bank_b)
    fresh = page(client, address)
    assert fresh.lstrip().startswith('<div id="banks">')
    assert "还价：24期" in fresh


def test_an_earlier_application_is_listed() -> None:
    deal = bargain.submitted()
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    newer = bargain.submitted(deal.cast)
    said = page(as_lin(newer), "/progress")
    assert f"/progress/{deal.application_id}" in said
    assert "你撤回了这份申请" in page(as_lin(deal), f"/progress/{deal.application_id}")


def test_a_question_is_answered_in_place() -> None:
    deal = bargain.received()
    bank = deal.cast.bank_a
    asked = perform(bargain.as_bank(bank), actions.ask, negotiation_id=deal.id_at(bank), text="还在缴社保吗？")
    client = as_lin(deal)
    assert "一家有话问你，一家在等" in page(client, "/progress")
    address = f"/n/{deal.id_at(bank)}/answer/{asked}"
    wrong = client.post(address, {"text": "  "})
    assert wrong.status_code == 200
    assert "写几句回答" in wrong.content.decode()
    too_long = client.post(address, {"text": "还在缴" * 400})
    assert too_long.status_code == 200
    assert "还在缴还在缴" in too_long.content.decode()
    for _ in range(2):
        done = client.post(address, {"text": "还在缴。"})
        assert done.status_code == 302
    answered = page(client, "/progress")
    assert "你答：还在缴。" in answered
    assert "两家都在等" in answered


def test_a_talk_is_ended_after_a_second_look_and_a_second_tap_ends_well() -> None:
    deal = bargain.received()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/end"
    assert "不和东湖银行谈了？" in page(client, address)
    assert reads.is_talking(deal.talk(deal.cast.bank_a))
    for _ in range(2):
        done = client.post(address, follow=True)
        assert done.status_code == 200
        assert "现在不能这样做" not in done.content.decode()
    assert reads.is_ended(deal.talk(deal.cast.bank_a))
    assert "已经结束" in page(client, address)


def test_what_is_agreed_is_not_ended_here() -> None:
    deal = bargain.received()
    bargain.accepted(deal, deal.cast.bank_a)
    said = page(as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/end")
    assert f"/agreement/{deal.agreement(deal.cast.bank_a).pk}" in said


def test_the_call_guide_is_filled_with_this_cases_figures() -> None:
    deal = bargain.received()
    said = page(as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/call")
    for words in ("我叫林晓", "卡号尾号 1612", "HY-20261116-0001", "能按60期", "每月超过"):
        assert words in said
    assert 'href="tel:4000001357"' in said


def test_a_call_is_noted_once_and_wrong_notes_stay_typed() -> None:
    deal = bargain.received()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/call"
    assert "选一个结果" in client.post(address, {"staff": "88"}).content.decode()
    wrong = client.post(address, {"result": "promised", "staff": "工号88", "notes": "说下周"})
    assert wrong.status_code == 200
    for words in ("填上它答应的日子", "工号88", "说下周"):
        assert words in wrong.content.decode()
    note = {
        "called_at": "2026-11-16T01:00:00.123456+00:00",
        "seconds": "95",
        "result": "promised",
        "promised_on": "2026-11-19",
        "staff": "88",
    }
    for _ in range(2):
        assert client.post(address, note).status_code == 302
    assert Call.objects.count() == 1
    assert "答应了一个日子" in page(client, address)


def test_agreed_running_and_stopped_collection_are_told() -> None:
    deal = bargain.received()
    bank = deal.cast.bank_a
    bargain.accepted(deal, bank)
    assert "正在写协议" in page(as_lin(deal), "/progress")
    bargain.drawn(deal, bank)
    assert "等你签" in page(as_lin(deal), "/progress")
    bargain.signed(deal, bank)
    assert "等它签字" in page(as_lin(deal), "/progress")
    bargain.in_force(deal, bank)
    row = deal.agreement(bank)
    perform(bargain.as_bank(bank), agreement.stop_collection, agreement_id=row.pk, from_on=bargain.BASE_DAY)
    said = page(as_lin(deal), "/progress")
    assert "按计划在还" in said
    assert "停止催收" in said


def test_strangers_and_the_signed_out_see_nothing() -> None:
    deal = bargain.received()
    ours = deal.id_at(deal.cast.bank_a)
    addresses = [
        f"/progress/{deal.application_id}",
        f"/progress/{deal.application_id}/news",
        f"/n/{ours}/call",
        f"/n/{ours}/end",
        f"/n/{ours}/offer",
        f"/n/{ours}/accept",
        f"/n/{ours}/counter",
    ]
    for address in addresses:
        assert as_zhao(deal).get(address).status_code == 404, address
        signed_out = Client().get(address)
        assert signed_out.status_code == 302, address
        assert signed_out["Location"].startswith("/signin")
    for address in (f"/n/{ours}/end", f"/n/{ours}/call", f"/n/{ours}/answer/{ours}", f"/n/{ours}/accept"):
        assert as_zhao(deal).post(address, {"text": "x", "result": "other"}).status_code == 404, address
