"""Help: open to everybody, drawn from the dated records, with letters filled from one's own case alone."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from django.test import Client
from docx import Document
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

import bargain
from cast import LIN_PHONE
from heyue import clock
from heyue.documents.letter import as_docx, as_pdf
from heyue.journey import perform
from heyue.journey.letters import LetterKind, blank, of_matter, write
from heyue.negotiation import telephone
from heyue.negotiation.telephone import CallNote
from heyue.policy.load import rule
from on_phone import as_lin, as_zhao, page

pytestmark = pytest.mark.django_db


def in_pdf(content: bytes) -> str:
    return "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(content)).replace("\r\n", "")


def in_docx(content: bytes) -> str:
    return "\n".join(one.text for one in Document(io.BytesIO(content)).paragraphs)


@pytest.mark.parametrize("path", ["", "/terms", "/rights", "/fraud", "/complaint"])
def test_help_is_open_without_signing_in(path: str) -> None:
    assert "<h1>" in page(Client(), f"/help{path}")


def test_every_page_leads_to_help() -> None:
    assert 'href="/help"' in page(Client(), "/signin")
    assert 'href="/help"' in page(as_lin(bargain.submitted()), "/progress")


def test_each_right_cites_the_record_it_is_drawn_from() -> None:
    said = page(Client(), "/help/rights")
    today = clock.today()
    assert f"分期最长可以谈到 {rule('CC-70-2', today).value} 个月" in said
    assert f"{rule('CC-70-2', today).source} {rule('CC-70-2', today).article}" in said
    assert said.count("条号或细节待核") == 4, "what is not confirmed is said to be so"


def test_numbers_to_call_come_from_the_records() -> None:
    said = page(Client(), "/help/complaint")
    for name in ("REGULATOR-HOTLINE", "CENTRAL-BANK-HOTLINE", "LEGAL-AID-HOTLINE"):
        assert f'href="tel:{rule(name, clock.today()).value}"' in said


def test_whoever_complains_of_the_platform_finds_its_own_line_first(settings: Settings) -> None:
    settings.HEYUE_COMPLAINTS = "投诉电话 010-00000001"
    about_us = page(Client(), "/help/complaint").partition('id="about-us"')[2]
    assert about_us.index("投诉电话 010-00000001") < about_us.index("12378") < about_us.index("现成的信")


def test_the_operators_own_words_for_a_bad_hour_stand_before_the_general_line(settings: Settings) -> None:
    settings.HEYUE_CRISIS_HELP = "我们的志愿者：周一到周五 9 点到 18 点\n电话 010-00000000"
    said = page(Client(), "/help")
    assert said.index("我们的志愿者") < said.index(f"tel:{rule('CRISIS-HOTLINE', clock.today()).value}")


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_blank_letter_holds_no_name_and_opens_in_both_formats(kind: LetterKind) -> None:
    pdf = Client().get(f"/letters/{kind}.pdf")
    word = Client().get(f"/letters/{kind}.docx")
    assert pdf.status_code == word.status_code == 200
    assert "attachment" in pdf.headers["Content-Disposition"]
    title = write(kind, blank()).title
    assert title in in_pdf(pdf.content)
    assert in_docx(word.content).startswith(title)
    assert zipfile.ZipFile(io.BytesIO(word.content)).testzip() is None


def test_a_letter_is_filled_from_ones_own_case() -> None:
    deal = bargain.received()
    talk = deal.id_at(deal.cast.bank_a)
    case = of_matter(deal.cast.lin, talk)
    said = in_docx(as_lin(deal).get(f"/letters/{talk}/complaint-to-bank.docx").content)
    for known in (case.number, LIN_PHONE, deal.cast.bank_a.name, case.owed, case.cards, "贵行至今没有答复"):
        assert known in said
    printed = in_pdf(as_lin(deal).get(f"/letters/{talk}/chase.pdf").content)
    assert "我想知道现在审到哪一步" in printed, "nothing is overdue yet, and the letter does not say it is"


def test_calls_that_were_noted_stand_in_the_letter() -> None:
    deal = bargain.received()
    talk = deal.id_at(deal.cast.bank_a)
    note = CallNote(called_at=clock.now(), seconds=60, result="checking", staff="8801", notes="", promised_on=None)
    perform(deal.cast.lin, telephone.record_call, negotiation_id=talk, call=note)
    assert "工号8801，说在审核" in in_docx(as_lin(deal).get(f"/letters/{talk}/chase.docx").content)


def test_a_letter_stays_chinese_on_an_english_page() -> None:
    deal = bargain.received()
    client = as_lin(deal)
    client.post("/size", {"language": "en", "next": "/"})
    talk = deal.id_at(deal.cast.bank_a)
    assert "关于尽快答复协商还款申请的函" in in_docx(client.get(f"/letters/{talk}/chase.docx").content)


def test_nobody_gets_anothers_letter() -> None:
    deal = bargain.received()
    address = f"/letters/{deal.id_at(deal.cast.bank_a)}/chase.pdf"
    assert as_zhao(deal).get(address).status_code == 404
    assert "/signin" in Client().get(address).headers["Location"]


def test_an_unknown_letter_is_not_found() -> None:
    assert Client().get("/letters/ransom.pdf").status_code == 404
    assert Client().get("/letters/chase.exe").status_code == 404


def test_letters_are_listed_for_each_bank_one_talks_with_at_a_constant_cost(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    deal = bargain.received()
    client = as_lin(deal)
    with django_assert_max_num_queries(20):
        said = page(client, "/help/complaint")
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        assert f"/letters/{deal.id_at(bank)}/chase.pdf" in said


def test_a_letter_of_a_later_day_cites_what_holds_then() -> None:
    bargain.day(date(2026, 11, 24))
    said = "".join(write(LetterKind.COMPLAINT_TO_BANK, blank()).asks)
    assert f"在{rule('COMPLAINT', date(2026, 11, 24)).value}日内" in said


@pytest.mark.parametrize("sign", ["\x0b", "\x08", "\u202e", "\ufffe", "\ud800"])
def test_a_sign_that_no_paper_can_hold_breaks_no_letter(sign: str) -> None:
    said = replace(blank(), answer=f"贵行答复{sign}不同意。", calls=(f"工号{sign}7",))
    letter = write(LetterKind.COMPLAINT_TO_BANK, said)
    for text in (in_docx(as_docx(letter)), in_pdf(as_pdf(letter, clock.today()))):
        assert sign not in text
        assert "不同意" in text
