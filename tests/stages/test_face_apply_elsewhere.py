"""Two tabs, two phones, and the review's own forms: no save destroys a newer answer, none is declared unseen."""

from __future__ import annotations

import re

import pytest

import interview
from heyue.application import actions, answers, reads
from heyue.engine.refusal import Refusal
from heyue.journey import perform
from interview import Interview, page, refused, sent

pytestmark = pytest.mark.django_db


def version_on(shown: str, form: str = 'id="f"') -> str:
    """The version that a form on this page carries along."""
    found = re.search(rf'{form}.*?name="version" value="([0-9a-f]+)"', shown, re.DOTALL)
    assert found
    return found[1]


def in_two_tabs() -> tuple[Interview, str]:
    """The wish is open in a tab, then saved as 30 months in another one; what the first tab carries."""
    talk = interview.answered()
    seen = version_on(page(interview.phone_of(talk.lin), "/apply/wish"))
    talk.save("wish", {"periods": "30", "monthly": "950"})
    return talk, seen


def test_what_was_saved_elsewhere_stands_beside_what_is_typed_and_stays() -> None:
    talk, seen = in_two_tabs()
    shown = refused(interview.phone_of(talk.lin), "/apply/wish", {"periods": "48", "monthly": "900", "version": seen})
    assert "这一题刚在别处改过" in shown
    assert "<td>30</td><td>48</td>" in shown
    assert "<td>¥950.00</td><td>¥900.00</td>" in shown
    assert 'value="48"' in shown
    assert talk.answers()["wish"] == {"periods": 30, "monthly": "950.00"}


def test_sent_once_more_from_that_page_it_is_kept_as_typed() -> None:
    talk, seen = in_two_tabs()
    lin = interview.phone_of(talk.lin)
    shown = refused(lin, "/apply/wish", {"periods": "48", "monthly": "900", "version": seen})
    values = {"periods": "48", "monthly": "900", "version": version_on(shown)}
    assert sent(lin, "/apply/wish", values) == "/apply/plan"
    assert talk.answers()["wish"]["periods"] == 48


def test_the_other_one_can_be_taken_instead() -> None:
    talk, seen = in_two_tabs()
    lin = interview.phone_of(talk.lin)
    shown = refused(lin, "/apply/wish", {"periods": "48", "monthly": "900", "version": seen})
    assert '<a class="inline" href="/apply/wish">' in shown
    assert 'value="30"' in page(lin, "/apply/wish")


def test_the_same_answer_twice_and_a_form_without_a_version_are_no_quarrel() -> None:
    talk, seen = in_two_tabs()
    lin = interview.phone_of(talk.lin)
    assert sent(lin, "/apply/wish", {"periods": "30", "monthly": "950", "version": seen}) == "/apply/plan"
    assert sent(lin, "/apply/wish", {"periods": "12", "monthly": "950"}) == "/apply/plan"


@pytest.mark.parametrize(
    ("step", "there", "typed", "shown"),
    [
        ("income", {"wage": "7000"}, {"wage": "8000"}, "<td>¥7,000.00</td><td>¥8,000.00</td>"),
        ("expenses", {"food": "1500"}, {"food": "1500", "dependants": "2"}, "<td>0</td><td>2</td>"),
        ("hardship", {"kind": "illness", "story": "住院一个月，刚刚出院。"}, {"kind": "other"}, "住院一个月"),
    ],
)
def test_every_question_shows_its_difference(
    step: str, there: dict[str, str], typed: dict[str, str], shown: str
) -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    seen = version_on(page(lin, f"/apply/{step}"))
    talk.save(step, there)
    assert shown in refused(lin, f"/apply/{step}", {**typed, "version": seen})


def test_cards_chosen_elsewhere_are_named() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    seen = version_on(page(lin, "/apply/cards"))
    talk.save("cards", {"ids": [str(talk.card_a.pk)]})
    shown = refused(lin, "/apply/cards", {"ids": [str(talk.card_b.pk)], "version": seen})
    assert "6612</td><td>标准卡 2203" in shown


def test_a_save_that_crosses_with_another_is_refused_by_the_verb() -> None:
    talk = interview.answered()
    stale = answers.part_version({}, "wish")
    values = answers.clean("wish", {"periods": "12", "monthly": "500"})
    with pytest.raises(Refusal) as crossed:
        perform(
            talk.lin,
            actions.save_answers,
            application_id=talk.row().pk,
            part="wish",
            values=values,
            version=stale,
        )
    assert crossed.value.code == "answered-elsewhere"
    assert talk.answers()["wish"]["periods"] == 36


# ── the review ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_changed_after_it_was_looked_over_is_not_declared_true_unseen() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    found = re.search(r'name="answers_version" value="(\d+)"', page(lin, "/apply/review"))
    assert found
    talk.save("hardship", {"kind": "other", "story": "在别的手机上改过的经过。"})
    ticks = {"bank": [str(talk.cast.bank_a.pk), str(talk.cast.bank_b.pk)], "declared_true": "1"}
    assert sent(lin, "/apply/review", {**ticks, "answers_version": found[1]}) == "/apply/review"
    assert not reads.is_under_review(talk.row())
    shown = page(lin, "/apply/review")
    assert "刚在别处改过" in shown
    now = re.search(r'name="answers_version" value="(\d+)"', shown)
    assert now
    assert sent(lin, "/apply/review", {**ticks, "answers_version": now[1]}) == "/progress"


def test_every_figure_can_be_mended_on_the_review_itself() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/review")
    for field in ("in-a-wage", "out-a-food", "out-a-savings", "out-a-dependants", "edit-story", "edit-periods"):
        assert f'id="{field}"' in shown, field
    values = {"periods": "24", "monthly": "1000", "back": "review"}
    seen = version_on(shown, 'id="edit-wish"')
    assert sent(lin, "/apply/wish?back=review", {**values, "version": seen}) == "/apply/review"
    assert "24期" in page(lin, "/apply/review")
    wrong = refused(lin, "/apply/income?back=review", {"wage": "很多", "back": "review"})
    assert 'value="很多"' in wrong
    assert "存好，回到核对" in wrong


def test_no_id_stands_twice_on_the_review() -> None:
    talk = interview.ready()
    ids = re.findall(r'\sid="([^"]+)"', page(interview.phone_of(talk.lin), "/apply/review"))
    assert sorted(ids) == sorted(set(ids))
