"""Published averages beside the expenses, gentle questions from them, and helpful beginnings."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import build
import interview
from heyue.application.living_cost import averages, persons, questions
from heyue.engine.moves import PLATFORM
from heyue.journey import perform
from heyue.policy.living_cost import guideline
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from interview import page, sent

pytestmark = pytest.mark.django_db


def test_averages_stand_beside_their_fields_with_their_source() -> None:
    talk = interview.started()
    shown = page(interview.phone_of(talk.lin), "/apply/expenses")
    # 6,359 in nine months is 706.56 a month for one person
    assert "吃饭平均 ¥706.56" in shown
    assert str(guideline("CN", date(2026, 11, 16))["source"]) in shown
    assert {usual.field for usual in averages(date(2026, 11, 16)).usual} >= {"food", "housing", "medical"}


def test_averages_count_everybody_who_lives_on_the_income() -> None:
    talk = interview.answered()
    assert persons(talk.answers()) == 2
    assert "吃饭平均 ¥1,413.12" in page(interview.phone_of(talk.lin), "/apply/expenses")


def test_what_looks_low_high_or_left_out_is_asked_gently_and_stops_nothing() -> None:
    talk = interview.answered()
    talk.save("expenses", {"food": "200", "housing": "5000"})
    asked = {(note.code, note.category) for note in questions(talk.answers(), date(2026, 11, 16))}
    assert asked >= {("below_guideline", "food"), ("above_guideline", "housing"), ("no_reserve", "reserve")}
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/expenses")
    assert "够用吗？留足一点" in shown
    assert "银行可能会问起" in shown
    assert "够用吗？留足一点" in page(lin, "/apply/review")
    assert sent(lin, "/apply/expenses", {"food": "200", "housing": "5000"}) == "/apply/hardship"


def test_an_ordinary_budget_is_asked_nothing_about_its_food() -> None:
    talk = interview.answered()
    assert "food" not in {note.category for note in questions(talk.answers(), date(2026, 11, 16))}
    assert questions({}, date(2026, 11, 16)) == ()


def test_cards_that_may_be_chosen_are_ticked_at_first_and_only_then() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/cards")
    assert shown.count(" checked") == 2
    talk.save("cards", {"ids": [str(talk.card_a.pk)]})
    assert page(lin, "/apply/cards").count(" checked") == 1


def test_a_wish_begins_with_what_can_be_paid_and_the_months_that_it_takes() -> None:
    talk = interview.started()
    for part in ("income", "expenses"):
        talk.save(part, interview.TYPED[part])
    talk.save("cards", talk.cards())
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/wish")
    owed = talk.card_a.balance_fen + talk.card_b.balance_fen
    assert 'name="monthly"' in shown
    assert 'value="2,800"' in shown
    assert f'value="{-(-owed // 2800_00)}"' in shown
    assert "先按这个数填好了" in shown


def test_without_anything_to_pay_no_wish_is_proposed() -> None:
    talk = interview.started()
    talk.save("cards", talk.cards())
    talk.save("expenses", {"food": "1500"})
    assert "先按这个数填好了" not in page(interview.phone_of(talk.lin), "/apply/wish")


def test_the_first_plan_is_proposed_and_said_to_be() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/plan")
    assert 'value="lowest_burden" checked' in shown
    assert "先选上了第一个，你可以换。" in shown
    assert "plan" not in talk.answers()


@pytest.mark.parametrize("path", ["/apply/cards", "/apply/expenses", "/apply/plan", "/apply/review"])
def test_a_page_asks_the_database_as_often_for_one_card_as_for_six(path: str) -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    page(lin, path)
    with CaptureQueriesContext(connection) as few:
        page(lin, path)
    told = [build.card_told(last4=f"77{n:02}", waivable="100.00") for n in range(5)]
    perform(PLATFORM, wallet.record_feed, link_id=talk.card_a.link_id, cards=told, events=[])
    more = [str(card.pk) for card in wallets.cards(talk.lin) if card.last4.startswith("77")]
    assert len(more) == 5
    talk.save("cards", {"ids": [str(talk.card_b.pk), *more]})
    interview.solve(talk)
    talk.save("plan", {"name": "lowest_burden"})
    page(lin, path)
    with CaptureQueriesContext(connection) as many:
        page(lin, path)
    assert len(many) == len(few)
