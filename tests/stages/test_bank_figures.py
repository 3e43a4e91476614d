"""How banks answered, in figures; the public board without small counts; the queue as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

import bargain
from at_desk import desk_of
from bargain import Bargain
from cast import LIN_NAME, Cast
from heyue import clock
from heyue.banks.models import Bank
from heyue.evidence.models import Leaf
from heyue.faces.desk.exports import as_csv, as_xlsx, safe
from heyue.journey.bank_figures import BankFigures, Share, figures, hidden
from heyue.negotiation.models import Negotiation

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Bargain:
    """Both banks received; bank A agreed a day later, bank B has let its days go by."""
    found = bargain.received()
    bargain.day(clock.today() + timedelta(days=1))
    bargain.accepted(found, found.cast.bank_a)
    return found


@pytest.fixture
def cast(deal: Bargain) -> Cast:
    return deal.cast


def test_figures_count_answers_agreements_and_promises_by_bank(deal: Bargain, cast: Cast) -> None:
    (own,) = figures(cast.officer_a)
    assert own.bank == cast.bank_a
    assert (own.in_time.part, own.in_time.whole, own.in_time.percent) == (1, 1, 100)
    assert own.middle_days == 1
    assert (own.agreed.part, own.agreed.whole) == (1, 1)
    assert own.promises.percent is None
    everyone = {one.bank.pk: one for one in figures(cast.operator)}
    assert everyone[cast.bank_b.pk].in_time.whole == 0
    assert everyone[cast.bank_b.pk].agreed.percent is None
    assert figures(cast.lin) == ()
    page = desk_of(cast.officer_b).get("/desk/figures").content.decode()
    assert cast.bank_b.name in page
    assert cast.bank_a.name not in page


def test_talks_that_began_more_than_a_year_ago_are_not_counted(deal: Bargain, cast: Cast) -> None:
    Negotiation.objects.update(opened_on=clock.today() - timedelta(days=366))
    (own,) = figures(cast.officer_a)
    assert own.agreed.percent is None


def test_the_middle_day_is_told_only_where_enough_were_answered() -> None:
    answered = Share(part=2, whole=9)
    one = BankFigures(Bank(), answered, middle_days=3, agreed=Share(0, 0), promises=Share(0, 0))
    assert hidden(one, 3).in_time.percent == 22
    assert hidden(one, 3).middle_days is None, "two answers: whose they were could be found out"
    assert hidden(one, 2).middle_days == 3


def test_the_figures_are_handed_out_as_a_file(deal: Bargain, cast: Cast) -> None:
    told = desk_of(cast.officer_a).get("/desk/figures.csv").content.decode("utf-8-sig")
    (_heads, line) = csv.reader(io.StringIO(told))
    assert line == [cast.bank_a.name, "1", "1", "1", "1", "1", "0", "0"]
    assert desk_of(cast.officer_a).get("/desk/figures.pdf").status_code == 404
    assert Client().get("/desk/figures.csv").status_code == 302


def test_the_public_board_is_the_operators_choice_and_hides_small_counts(
    deal: Bargain, cast: Cast, settings: Settings
) -> None:
    anybody = Client()
    assert anybody.get("/help/banks").status_code == 404
    settings.HEYUE_SCOREBOARD_MIN = 1
    open_board = anybody.get("/help/banks").content.decode()
    assert "100%" in open_board
    settings.HEYUE_SCOREBOARD_MIN = 2
    hidden = anybody.get("/help/banks").content.decode()
    assert "不公布" in hidden
    assert "100%" not in hidden
    assert "1个工作日" not in hidden


def test_the_queue_is_a_file_masked_recorded_and_of_the_own_bank(deal: Bargain, cast: Cast) -> None:
    browser = desk_of(cast.officer_a)
    answer = browser.get("/desk/cases.csv")
    assert answer["Content-Disposition"].startswith("attachment")
    heads, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 1
    line = dict(zip(heads, lines[0], strict=True))
    assert line["持卡人"] != LIN_NAME
    assert line["案件号"]
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/desk/cases.xlsx").content))
    assert [cell.value for cell in book.active[1]] == heads
    assert {leaf.actor_id for leaf in Leaf.objects.filter(kind="cases.exported")} == {cast.officer_a.person_id}
    assert browser.get("/desk/cases.exe").status_code == 404
    assert desk_of(cast.reviewer).get("/desk/cases.csv").status_code == 403


@pytest.mark.parametrize("words", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"])
def test_no_cell_of_words_is_taken_for_a_formula(words: str) -> None:
    assert safe(words) == f"'{words}"
    assert as_csv([[words]]).decode("utf-8-sig").lstrip('"').startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([[words, Decimal("-1.50")]])))
    written, number = book.active[1]
    assert written.data_type == "s"
    assert str(number.value) == "-1.5"
