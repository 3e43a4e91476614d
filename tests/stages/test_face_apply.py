"""The interview's pages: one question a screen, kept at each step, for the borrower alone."""

from __future__ import annotations

from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

import interview
from build import last_code
from cast import LIN_PHONE
from heyue.application import actions, reads
from heyue.application.models import Application
from heyue.identity.models import OneTimeCode
from heyue.journey import perform
from heyue.review import actions as review
from heyue.review import reads as reviews
from heyue.vault import keyring
from interview import Interview, page, refused, sent

pytestmark = pytest.mark.django_db

STEPS = ("cards", "income", "expenses", "hardship", "wish", "plan", "proofs", "review")


def give_back(talk: Interview, verb: Any, **values: str) -> None:
    review_id = reviews.visible(talk.cast.reviewer).get(application_id=talk.row().pk).pk
    perform(talk.cast.reviewer, review.take, review_id=review_id)
    perform(talk.cast.reviewer, verb, review_id=review_id, **values)


# ── the whole way ──────────────────────────────────────────────────────────────────────────────────────


def test_the_interview_leads_from_the_first_question_to_handing_in() -> None:
    talk = interview.begin()
    lin = interview.phone_of(talk.lin)
    assert "开始" in page(lin, "/apply")
    assert sent(lin, "/apply/start", {}) == "/apply/cards"
    assert sent(lin, "/apply/cards", talk.cards()) == "/apply/income"
    for step, onward in pairwise(STEPS[1:6]):
        page(lin, f"/apply/{step}")
        assert sent(lin, f"/apply/{step}", interview.TYPED[step]) == f"/apply/{onward}"
    assert "每月最轻" in page(lin, "/apply/plan")
    assert sent(lin, "/apply/plan", {"name": "lowest_burden"}) == "/apply/proofs"
    interview.prove(talk)
    assert sent(lin, "/apply/proofs/done", {}) == "/apply/review"
    shown = page(lin, "/apply/review")
    assert "checked" not in shown.split("一家一家问你")[1]
    banks = [str(talk.cast.bank_a.pk), str(talk.cast.bank_b.pk)]
    assert sent(lin, "/apply/review", {"bank": banks, "declared_true": "1"}) == "/progress"
    assert reads.is_under_review(talk.row())


@pytest.mark.parametrize("path", [f"/apply/{step}" for step in STEPS])
def test_nobody_who_is_not_signed_in_gets_in(path: str) -> None:
    assert Client().get(path).headers["Location"].startswith("/signin")


@pytest.mark.parametrize("path", [f"/apply/{step}" for step in STEPS])
def test_without_an_application_each_step_leads_to_the_beginning(path: str) -> None:
    talk = interview.answered()
    assert interview.phone_of(talk.cast.zhao).get(path).headers["Location"] == "/apply"


def test_staff_have_no_interview() -> None:
    talk = interview.begin()
    assert interview.phone_of(talk.cast.reviewer).get("/apply").status_code == 403


@pytest.mark.parametrize(
    ("build", "where"),
    [
        (interview.started, "cards"),
        (interview.answered, "plan"),
        (interview.planned, "proofs"),
        (interview.ready, "review"),
    ],
)
def test_on_another_phone_it_goes_on_where_it_stopped(build: Any, where: str) -> None:
    talk = build()
    assert interview.phone_of(talk.lin).get("/apply").headers["Location"] == f"/apply/{where}"


def test_going_back_loses_no_later_answer() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    assert "6,000" in page(lin, "/apply/income")
    assert sent(lin, "/apply/income", {"wage": "6000"}) == "/apply/expenses"
    assert interview.STORY.split("\n")[1] in page(lin, "/apply/hardship")
    assert talk.answers()["plan"] == {"name": "lowest_burden"}


def test_a_correction_leads_back_to_the_review() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    assert 'name="back" value="review"' in page(lin, "/apply/wish?back=review")
    values = {"periods": "24", "monthly": "1000", "back": "review"}
    assert sent(lin, "/apply/wish", values) == "/apply/review"


def test_no_sum_on_the_review_is_a_negative_nothing() -> None:
    talk = interview.ready()
    row = Application.objects.get()
    answers = talk.answers()
    answers["expenses"]["reserve"] = "0.00"
    row.sealed_answers = keyring(row.borrower_id).seal_json(answers, "answers")
    row.save()
    said = page(interview.phone_of(talk.lin), "/apply/review")
    assert "¥0.00" in said
    assert "−¥0.00" not in said
    assert "−¥" in said, "what must be spent is taken off"


def test_a_correction_of_sums_leads_by_way_of_the_plan() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    assert sent(lin, "/apply/income", {"wage": "6500", "back": "review"}) == "/apply/plan?back=review"
    assert sent(lin, "/apply/plan?back=review", {"name": "lowest_cost", "back": "review"}) == "/apply/review"


# ── cards ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_card_on_which_nothing_is_owed_cannot_be_chosen() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/cards")
    assert f'value="{talk.card_paid.pk}" disabled' in shown
    assert "没有欠款，不用谈。" in shown
    assert "现在不能谈" in refused(lin, "/apply/cards", {"ids": [str(talk.card_paid.pk)]})
    assert "cards" not in talk.answers()


@pytest.mark.parametrize("ids", [[], ["x"], ["01890a5d-ac96-774b-bcce-b302099a8057"]])
def test_a_choice_that_is_none_is_told_at_the_cards(ids: list[str]) -> None:
    talk = interview.started()
    assert 'id="e-ids"' in refused(interview.phone_of(talk.lin), "/apply/cards", {"ids": ids})


def test_another_persons_card_cannot_be_chosen() -> None:
    talk = interview.begin()
    perform(talk.cast.zhao, actions.start)
    zhao = interview.phone_of(talk.cast.zhao)
    assert "现在不能谈" in refused(zhao, "/apply/cards", talk.cards())


def test_a_busy_banks_cards_are_shown_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = interview.started()
    monkeypatch.setattr(
        "heyue.faces.borrower.apply.interview.busy_banks", lambda actor: frozenset({talk.cast.bank_b.pk})
    )
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/cards")
    assert f'value="{talk.card_b.pk}" disabled' in shown
    assert "已经在谈或在还了" in shown
    assert "现在不能谈" in refused(lin, "/apply/cards", talk.cards())


# ── sums and words ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("step", "typed", "field", "kept"),
    [
        ("income", {"wage": "六千", "side": "800"}, "e-wage", 'value="六千"'),
        ("expenses", {"food": "1500", "savings": "很多"}, "e-savings", 'value="很多"'),
        ("expenses", {"food": "1500", "dependants": "两个"}, "e-dependants", 'value="两个"'),
        ("hardship", {"kind": "illness", "story": "病了"}, "e-story", ">\n病了</textarea>"),
        ("wish", {"periods": "99", "monthly": "900"}, "e-periods", 'value="99"'),
        ("wish", {"periods": "24", "monthly": ""}, "e-monthly", 'value="24"'),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    step: str, typed: dict[str, str], field: str, kept: str
) -> None:
    talk = interview.started()
    shown = refused(interview.phone_of(talk.lin), f"/apply/{step}", typed)
    assert f'id="{field}"' in shown
    assert 'aria-invalid="true"' in shown
    assert kept in shown
    assert step not in talk.answers()


def test_what_is_left_each_month_is_told_after_the_expenses() -> None:
    talk = interview.started()
    talk.save("income", interview.TYPED["income"])
    lin = interview.phone_of(talk.lin)
    sent(lin, "/apply/expenses", interview.TYPED["expenses"])
    assert "每月能拿出 ¥2,800.00 还款" in page(lin, "/apply/hardship")


def test_nothing_left_is_told_without_blame() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin)
    sent(lin, "/apply/expenses", interview.TYPED["expenses"])
    assert "每月没有余钱还款" in page(lin, "/apply/hardship")


def test_a_story_is_shown_as_words_and_never_as_code() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin)
    sent(lin, "/apply/hardship", {"kind": "other", "story": "</textarea><script>alert(1)</script> 八个字以上"})
    assert "<script>alert" not in lin.get("/apply/hardship").content.decode()


def test_the_page_after_a_form_says_that_it_was_taken() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin)
    sent(lin, "/apply/income", {"wage": "6000"})
    assert 'data-done="/apply/income#f"' in page(lin, "/apply/expenses")
    assert "data-done" not in page(lin, "/apply/expenses")


# ── a session that ended, a form that went stale ───────────────────────────────────────────────────────


def test_a_story_whose_session_ended_is_given_back_after_signing_in() -> None:
    talk = interview.started()
    lin = Client(enforce_csrf_checks=False)
    lin.post("/signin", {"phone": LIN_PHONE})
    lin.post("/signin/code", {"code": last_code(LIN_PHONE)})
    lin.cookies["sessionid"] = ""
    here = {"Referer": "http://testserver/apply/hardship"}
    away = lin.post("/apply/hardship", {"kind": "illness", "story": interview.STORY}, headers=here)
    assert away.headers["Location"].startswith("/signin?next=")
    OneTimeCode.objects.all().delete()
    lin.post("/signin", {"phone": LIN_PHONE, "next": "/apply/hardship"})
    offered = unescape(lin.post("/signin/code", {"code": last_code(LIN_PHONE)}).content.decode())
    assert interview.STORY in offered.replace("\r\n", "\n")
    assert 'action="/apply/hardship"' in offered
    assert "hardship" not in talk.answers()


def test_a_story_whose_token_went_stale_is_offered_again() -> None:
    talk = interview.started()
    lin = interview.phone_of(talk.lin, enforce_csrf_checks=True)
    answer = lin.post(
        "/apply/hardship",
        {"kind": "illness", "story": interview.STORY, "back": "review"},
        headers={"Origin": "http://testserver"},
    )
    shown = unescape(answer.content.decode())
    assert answer.status_code == 403
    assert interview.STORY in shown
    assert 'action="/apply/hardship"' in shown


# ── handed in, returned, ended ─────────────────────────────────────────────────────────────────────────


def test_ticks_that_are_missing_are_told_at_each_and_those_made_stay() -> None:
    talk = interview.ready()
    shown = refused(interview.phone_of(talk.lin), "/apply/review", {"bank": [str(talk.cast.bank_a.pk)]})
    assert f'value="{talk.cast.bank_a.pk}" checked' in shown
    assert f'id="e-{talk.cast.bank_b.pk}"' in shown
    assert 'id="e-true"' in shown


def test_what_is_missing_is_listed_with_the_way_to_each() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/review")
    assert "还差 2 项" in shown
    assert 'href="/apply/plan?back=review"' in shown
    assert 'href="/apply/proofs?back=review"' in shown
    both = [str(talk.cast.bank_a.pk), str(talk.cast.bank_b.pk)]
    assert "还差 2 项" in refused(lin, "/apply/review", {"bank": both, "declared_true": "1"})


def test_a_second_tap_on_handing_in_leads_to_the_progress() -> None:
    talk = interview.handed_in()
    lin = interview.phone_of(talk.lin)
    for step in STEPS:
        assert lin.get(f"/apply/{step}").headers["Location"] == "/apply"
    assert lin.post("/apply/review", {}).headers["Location"] == "/apply"
    assert lin.get("/apply").headers["Location"] == "/progress"
    assert lin.post("/apply/start").headers["Location"] == "/progress"


def test_a_save_that_crosses_with_handing_in_leads_to_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = interview.ready()
    draft = talk.row()
    interview.submit(talk)
    monkeypatch.setattr("heyue.faces.borrower.apply.steps.reads.in_the_making", lambda actor: draft)
    lin = interview.phone_of(talk.lin)
    assert sent(lin, "/apply/wish", {"periods": "12", "monthly": "100"}) == "/progress"
    assert sent(lin, "/apply/review", {}) == "/progress"


def test_returned_the_reviewers_words_stand_on_top_and_all_can_be_changed() -> None:
    talk = interview.handed_in()
    give_back(talk, review.ask_more, words_to_borrower="请补近三个月的工资流水。")
    lin = interview.phone_of(talk.lin)
    assert lin.get("/apply").headers["Location"] == "/apply/review"
    for step in STEPS:
        assert "请补近三个月的工资流水。" in page(lin, f"/apply/{step}")
    both = [str(talk.cast.bank_a.pk), str(talk.cast.bank_b.pk)]
    assert sent(lin, "/apply/review", {"bank": both, "declared_true": "1"}) == "/progress"


def test_rejected_the_reason_is_told_and_the_answers_can_be_used_again() -> None:
    talk = interview.handed_in()
    give_back(talk, review.reject, reason="材料和填的对不上，请核对收入。")
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply")
    assert "材料和填的对不上，请核对收入。" in shown
    assert "用上次填的再申请" in shown
    assert sent(lin, "/apply/start", {"previous": str(talk.row().pk)}) == "/apply/cards"
    assert f'value="{talk.card_a.pk}" checked' in page(lin, "/apply/cards")


def test_an_earlier_one_can_be_named_as_the_one_to_begin_from() -> None:
    talk = interview.handed_in()
    give_back(talk, review.reject, reason="材料和填的对不上，请核对收入。")
    first = talk.row()
    perform(talk.lin, actions.start)
    perform(talk.lin, actions.withdraw, application_id=talk.row().pk)
    lin = interview.phone_of(talk.lin)
    assert f'name="previous" value="{talk.row().pk}"' in page(lin, "/apply")
    shown = page(lin, f"/apply?previous={first.pk}")
    assert f'name="previous" value="{first.pk}"' in shown
    assert "材料和填的对不上，请核对收入。" in shown
    zhao = interview.phone_of(talk.cast.zhao)
    assert 'name="previous"' not in page(zhao, f"/apply?previous={first.pk}")


def test_one_who_begins_from_another_persons_application_finds_nothing() -> None:
    talk = interview.handed_in()
    zhao = interview.phone_of(talk.cast.zhao)
    assert zhao.post("/apply/start", {"previous": str(talk.row().pk)}).status_code == 404


def test_without_cards_the_way_to_them_is_shown() -> None:
    talk = interview.begin()
    assert 'href="/banks"' in page(interview.phone_of(talk.cast.zhao), "/apply")


def test_taking_back_asks_once_more_and_a_second_tap_does_no_harm() -> None:
    talk = interview.handed_in()
    lin = interview.phone_of(talk.lin)
    address = f"/apply/{talk.row().pk}/withdraw"
    assert "撤回这份申请" in page(lin, address)
    assert reads.is_under_review(talk.row())
    assert sent(lin, address, {}) == "/progress"
    assert reads.is_withdrawn(talk.row())
    assert sent(lin, address, {}) == "/progress"
    assert "用上次填的再申请" in page(lin, "/apply")


def test_a_stranger_cannot_take_it_back() -> None:
    talk = interview.handed_in()
    address = f"/apply/{talk.row().pk}/withdraw"
    zhao = interview.phone_of(talk.cast.zhao)
    assert zhao.get(address).status_code == 404
    assert zhao.post(address).status_code == 404
    assert reads.is_under_review(talk.row())
