"""The agreement's pages: the six contents, the PDF, signing by a code, cancelling, and what follows."""

from __future__ import annotations

from datetime import date

import pytest

import bargain
import build
from cast import LIN_PHONE
from heyue.agreement import actions
from heyue.agreement.models import Agreement, Signature
from heyue.journey import perform
from on_phone import as_lin, as_zhao, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """The agreement with the first bank lies before Lin."""
    found = bargain.received()
    return bargain.drawn(bargain.accepted(found, found.cast.bank_a), found.cast.bank_a)


@pytest.fixture
def row(deal: bargain.Bargain) -> Agreement:
    """The agreement with the first bank."""
    return deal.agreement(deal.cast.bank_a)


def test_the_six_contents_are_told_in_plain_words(deal: bargain.Bargain, row: Agreement) -> None:
    said = page(as_lin(deal), f"/agreement/{row.pk}")
    for heading in ("1 欠多少", "2 怎么还", "3 还款期间还收什么", "4 你要答应的", "5 各自的责任", "6 其他"):
        assert heading in said
    for words in ("不向任何银行申请信用卡", "停止催收", "12378", "折合年化", row.schedule_hash, row.sha256):
        assert words in said
    assert "甲方" not in said


def test_the_document_is_shown_to_its_own_borrower_alone(deal: bargain.Bargain, row: Agreement) -> None:
    address = f"/agreement/{row.pk}/document.pdf"
    found = as_lin(deal).get(address)
    assert (found.status_code, found["Content-Type"]) == (200, "application/pdf")
    assert found["Content-Disposition"].startswith("inline")
    assert as_zhao(deal).get(address).status_code == 404


def test_signing_asks_a_code_and_takes_it(deal: bargain.Bargain, row: Agreement) -> None:
    client, address = as_lin(deal), f"/agreement/{row.pk}/sign"
    first = page(client, address)
    assert "发验证码给我" in first
    assert "138****5678" in first
    assert client.post(address)["Location"] == address
    assert client.post(address)["Location"] == address
    assert "签字验证码" in page(client, address)
    right = build.last_code(LIN_PHONE)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    refused = client.post(address, {"document": row.sha256, "code": wrong})
    assert refused.status_code == 422
    assert "还可以试4次" in refused.content.decode()
    empty = client.post(address, {"document": row.sha256, "code": ""})
    assert "填短信里的6位数字" in empty.content.decode()
    for _ in range(2):
        done = client.post(address, {"document": row.sha256, "code": right})
        assert done["Location"] == f"/agreement/{row.pk}"
    assert Signature.objects.count() == 1
    assert "你签好了，等东湖银行签" in page(client, f"/agreement/{row.pk}")


def test_a_digest_that_is_not_the_documents_signs_nothing(deal: bargain.Bargain, row: Agreement) -> None:
    client, address = as_lin(deal), f"/agreement/{row.pk}/sign"
    client.post(address)
    refused = client.post(address, {"document": "0" * 64, "code": build.last_code(LIN_PHONE)})
    assert refused.status_code == 422
    assert "请重新看一遍再签" in refused.content.decode()


def test_the_page_follows_the_bank(deal: bargain.Bargain, row: Agreement) -> None:
    client = as_lin(deal)
    bargain.signed(deal, deal.cast.bank_a)
    said = page(client, f"/agreement/{row.pk}")
    address = said.split('hx-get="')[1].split('"')[0]
    assert "HX-Refresh" not in client.get(address)
    bargain.in_force(deal, deal.cast.bank_a)
    assert client.get(address)["HX-Refresh"] == "true"
    said = page(client, f"/agreement/{row.pk}")
    assert "协议生效了" in said
    assert f"/plan/{deal.plan(deal.cast.bank_a).pk}" in said
    perform(
        bargain.as_bank(deal.cast.bank_a),
        actions.stop_collection,
        agreement_id=row.pk,
        from_on=date(2026, 11, 16),
    )
    assert "11月16日 (周一)</time>起停止催收" in page(client, f"/agreement/{row.pk}")


def test_it_is_cancelled_after_a_second_look_and_a_second_tap_ends_well(deal: bargain.Bargain, row: Agreement) -> None:
    client, address = as_lin(deal), f"/agreement/{row.pk}/cancel"
    assert "取消和东湖银行的协议？" in page(client, address)
    for _ in range(2):
        done = client.post(address, follow=True)
        assert "这份协议取消了" in done.content.decode()
        assert "现在不能这样做" not in done.content.decode()
    assert client.get(address)["Location"] == f"/agreement/{row.pk}"
    assert client.get(f"/agreement/{row.pk}/sign")["Location"] == f"/agreement/{row.pk}"


def test_a_lapsed_agreement_says_what_next(deal: bargain.Bargain, row: Agreement) -> None:
    bargain.day(date(2026, 11, 24))
    bargain.reach_due()
    said = page(as_lin(deal), f"/agreement/{row.pk}")
    assert "没有按时签" in said
    assert f"/n/{row.negotiation_id}/offer" in said
    assert "同意：60期" in page(as_lin(deal), "/progress")


def test_before_the_document_is_made_it_says_so() -> None:
    deal = bargain.received()
    bargain.accepted(deal, deal.cast.bank_a)
    row = deal.agreement(deal.cast.bank_a)
    assert "正在写协议" in page(as_lin(deal), f"/agreement/{row.pk}")
    assert as_lin(deal).get(f"/agreement/{row.pk}/document.pdf").status_code == 404


def test_strangers_find_no_agreement(deal: bargain.Bargain, row: Agreement) -> None:
    client = as_zhao(deal)
    for address in ("", "/standing", "/sign", "/cancel", "/document.pdf"):
        assert client.get(f"/agreement/{row.pk}{address}").status_code == 404, address
    for address in ("/sign", "/cancel"):
        assert client.post(f"/agreement/{row.pk}{address}", {"code": "000000"}).status_code == 404, address
