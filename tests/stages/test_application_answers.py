"""What the interview takes from what people type, and what it says where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

import interview
from heyue.application.answers import FieldErrors, clean
from heyue.application.cards import BANK_BUSY, NOTHING_OWED, not_choosable, options
from heyue.application.checklist import wanted
from heyue.application.checks import before_submission
from heyue.wallet.reads import by_bank

CARD = "01890a5d-ac96-774b-bcce-b302099a8057"


def wrong(part: str, values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(FieldErrors) as raised:
        clean(part, values)
    return raised.value.errors


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4800", "4800.00"),
        ("4,800.5", "4800.50"),
        (" ¥4 800 ", "4800.00"),
        ("4800元", "4800.00"),
        ("￥４，８００．５０", "4800.50"),
        ("0.01", "0.01"),
    ],
)
def test_a_sum_is_read_however_it_was_typed(typed: str, kept: str) -> None:
    assert clean("income", {"wage": typed}) == {"items": [{"kind": "wage", "monthly": kept}]}


@pytest.mark.parametrize("typed", ["abc", "1.234", "1e3", "--5", "4800-5000", "1" * 5000, "٠x", "inf", "NaN"])
def test_what_is_no_sum_is_told_at_its_field(typed: str) -> None:
    assert list(wrong("income", {"wage": typed, "side": "100"})) == ["wage"]


def test_a_sum_below_nothing_or_beyond_belief_is_refused() -> None:
    assert set(wrong("income", {"wage": "-1", "side": "10000000.01"})) == {"wage", "side"}


def test_no_income_at_all_is_an_answer() -> None:
    assert clean("income", {}) == {"items": []}
    assert clean("income", {"wage": "0"}) == {"items": []}


def test_living_without_spending_is_not_believed() -> None:
    assert set(wrong("expenses", {"savings": "100"})) == {"food"}


@pytest.mark.parametrize("typed", ["-1", "13", "两个", "1.5", "9" * 5000])
def test_dependants_are_counted_in_whole_persons(typed: str) -> None:
    assert set(wrong("expenses", {"food": "1", "dependants": typed})) == {"dependants"}


@pytest.mark.django_db
def test_everything_wrong_with_a_part_is_told_at_once() -> None:
    assert set(wrong("hardship", {"kind": "spent-it", "story": "穷"})) == {"kind", "story"}
    assert set(wrong("wish", {"periods": "61", "monthly": ""})) == {"periods", "monthly"}


def test_a_story_keeps_its_lines_and_loses_what_no_paper_prints() -> None:
    story = "三月没了工作。\r\n六月\x00找到\u202e新的，\u200b收入稳住了。 "
    assert (
        clean("hardship", {"kind": "job-loss", "story": story})["story"] == "三月没了工作。\n六月找到新的，收入稳住了。"
    )


@pytest.mark.parametrize("ids", [[], ["x"], [CARD, "../etc"], [f"{n:032x}" for n in range(51)]])
def test_cards_are_named_by_their_ids(ids: list[str]) -> None:
    assert set(wrong("cards", {"ids": ids})) == {"ids"}


def test_a_card_chosen_twice_is_chosen_once() -> None:
    assert clean("cards", {"ids": [CARD, CARD.upper()]}) == {"ids": [CARD]}


@pytest.mark.django_db
def test_an_own_plan_needs_periods_within_the_law() -> None:
    assert set(wrong("plan", {"name": "custom"})) == {"name"}
    assert set(wrong("plan", {"name": "custom", f"periods:{CARD}": "72"})) == {f"periods:{CARD}"}
    assert clean("plan", {"name": "custom", f"periods:{CARD}": "36"})["periods"] == {CARD: 36}


# ── which cards, which papers ──────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_card_without_debt_and_a_busy_banks_cards_are_shown_with_the_reason() -> None:
    talk = interview.begin()
    offered = options(by_bank(talk.lin), {talk.cast.bank_b.pk})
    reasons = {one.card.pk: one.why_not for bank in offered for one in bank.cards}
    assert reasons == {talk.card_a.pk: "", talk.card_paid.pk: NOTHING_OWED, talk.card_b.pk: BANK_BUSY}
    assert not_choosable([talk.card_a.pk], offered) == []
    assert not_choosable([talk.card_b.pk, talk.card_paid.pk], offered) == [talk.card_b.pk, talk.card_paid.pk]


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ({}, ["identity"]),
        ({"hardship": {"kind": "illness"}, "income": {"items": [{"kind": "wage"}]}}, ["identity", "medical", "income"]),
        ({"hardship": {"kind": "job-loss"}, "income": {"items": []}}, ["identity", "unemployment", "bank-flow"]),
        (
            {"hardship": {"kind": "income-cut"}, "income": {"items": [{"kind": "side"}, {"kind": "benefit"}]}},
            ["identity", "bank-flow", "hardship"],
        ),
    ],
)
def test_the_list_of_papers_follows_the_situation(answers: dict[str, Any], kinds: list[str]) -> None:
    assert [one.kind for one in wanted(answers)] == kinds


def test_findings_say_where_each_is_mended() -> None:
    findings = before_submission({}, [], sums_are_current=False)
    parts = [f.part for f in findings if f.severity == "stop"]
    assert parts == ["cards", "income", "expenses", "hardship", "wish", "plan", "proofs"]
