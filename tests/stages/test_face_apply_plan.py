"""The page of the plan: recommended ones that differ, one's own, and what to do when none is possible."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import bargain
import interview
from heyue.application.plan import Commitment
from heyue.banks.models import BankPolicy
from heyue.engine.schedule import build
from heyue.wallet.models import Card
from interview import Interview, page, refused, sent

pytestmark = pytest.mark.django_db

PLAN = "/apply/plan"


def own(talk: Interview, periods: int, **more: str) -> dict[str, str]:
    """Lin's own choice: the same number of periods at both banks."""
    banks = (talk.cast.bank_a, talk.cast.bank_b)
    return {"name": "custom", **{f"periods:{bank.pk}": str(periods) for bank in banks}, **more}


def menus(**changes: Any) -> None:
    BankPolicy.objects.update(menu={**bargain.MENU, **changes})


def test_the_recommendation_is_solved_once_and_kept() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    page(lin, PLAN)
    kept = talk.row().recommendation
    assert kept is not None
    assert kept["answer"]["feasible"]
    assert talk.row().affordable_fen == 280_000
    page(lin, PLAN)
    assert talk.row().recommendation == kept


def test_it_is_solved_anew_when_a_balance_moved() -> None:
    talk = interview.planned()
    before = talk.row().recommendation
    Card.objects.filter(pk=talk.card_a.pk).update(balance_fen=talk.card_a.balance_fen + 100)
    page(interview.phone_of(talk.lin), PLAN)
    assert talk.row().recommendation != before


def test_each_plan_is_compared_with_the_others_and_with_the_wish() -> None:
    talk = interview.answered()
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert "比“每月最轻”一共少花" in shown
    assert "比你希望的" in shown
    assert "每家银行同等对待" in shown
    assert shown.count('type="radio"') == shown.count("一共还 ¥") + 1  # one's own has no figures yet


def test_plans_that_are_the_same_are_shown_once_with_all_names() -> None:
    talk = interview.answered()
    menus(periods=[36], down_payment_ratios=["0"], waiver_ratios=["1"])
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert shown.count('type="radio"') == 2
    assert "也是总共最省、最早还清、银行最容易答应" in shown
    assert "几种算法得出的是同一个方案" in shown


def test_choosing_none_is_told() -> None:
    talk = interview.answered()
    assert 'id="e-name"' in refused(interview.phone_of(talk.lin), PLAN, {})
    assert 'id="e-name"' in refused(interview.phone_of(talk.lin), PLAN, {"name": "made-up"})
    assert "plan" not in talk.answers()


def test_ones_own_plan_is_shown_before_it_is_kept() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    first = refused(lin, PLAN, own(talk, 60))
    assert "再点一次最下面的按钮" in first
    assert "plan" not in talk.answers()
    seen = first.split('name="seen" value="')[1].split('"')[0]
    assert sent(lin, PLAN, own(talk, 60, seen=seen)) == "/apply/proofs"
    assert talk.answers()["plan"]["periods"] == {str(b.pk): 60 for b in (talk.cast.bank_a, talk.cast.bank_b)}


def test_ones_own_plan_over_the_budget_says_by_how_much() -> None:
    talk = interview.answered()
    talk.save("income", {"wage": "4000"})
    shown = refused(interview.phone_of(talk.lin), PLAN, own(talk, 12, look="1"))
    assert "超出能拿出：最高的一个月多出 ¥" in shown
    assert "付不出" not in shown


def test_a_number_that_is_not_on_the_menu_is_told_at_its_bank() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    values = {**own(talk, 24), f"periods:{talk.cast.bank_b.pk}": "25"}
    shown = refused(lin, PLAN, values)
    assert f'id="e-{talk.cast.bank_b.pk}"' in shown
    assert '<option value="24" selected' in shown
    half = {"name": "custom", f"periods:{talk.cast.bank_a.pk}": "24"}
    assert f'id="e-{talk.cast.bank_b.pk}"' in refused(lin, PLAN, half)


def test_periods_left_in_the_form_do_not_matter_where_another_plan_is_chosen() -> None:
    talk = interview.answered()
    values = {"name": "lowest_cost", f"periods:{talk.cast.bank_a.pk}": "no number"}
    assert sent(interview.phone_of(talk.lin), PLAN, values) == "/apply/proofs"
    assert talk.answers()["plan"] == {"name": "lowest_cost"}


def test_where_none_is_possible_the_smallest_change_and_the_ways_on_are_shown() -> None:
    talk = interview.answered()
    talk.save("income", {"wage": "3300"})
    lin = interview.phone_of(talk.lin)
    shown = page(lin, PLAN)
    assert "每月再多拿出 ¥" in shown
    assert "谈成以前，先还一点" in shown
    assert 'href="/apply/expenses?back=review"' in shown
    assert 'href="/apply/cards?back=review"' in shown
    look = refused(lin, PLAN, own(talk, 60))
    seen = look.split('name="seen" value="')[1].split('"')[0]
    assert sent(lin, PLAN, own(talk, 60, seen=seen)) == "/apply/proofs"


def test_nothing_left_at_all_still_leads_on() -> None:
    talk = interview.answered()
    talk.save("income", {})
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert "才够开销" in shown
    assert "自己定" in shown


def test_what_it_says_to_add_is_enough_also_where_costs_exceed_the_income() -> None:
    talk = interview.answered()
    lin = interview.phone_of(talk.lin)
    talk.save("income", {"wage": "1000"})
    short = page(lin, PLAN)
    assert "才够开销" in short
    assert "谈成以前，先还一点" not in short  # with nothing to pay, no sums of ¥0.00 are proposed
    told = re.search(r"每月再多拿出 ¥([\d,.]+)，就有可行的方案", short)
    assert told
    talk.save("income", {"wage": f"{1000 + Decimal(told.group(1).replace(',', ''))}"})
    assert "你想用哪个方案" in page(lin, PLAN)


def test_a_bank_whose_menu_holds_nothing_is_named() -> None:
    talk = interview.answered()
    BankPolicy.objects.filter(bank=talk.cast.bank_b).update(menu={**bargain.MENU, "minimum_instalment": "999999.00"})
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert "南山银行现在的条件里，没有适合这笔欠款的。" in shown
    assert "它没有适合这笔欠款的期数" in shown


@pytest.mark.parametrize("menu", [None, {}, {**bargain.MENU, "monthly_rate": "a lot"}])
def test_a_bank_without_a_usable_policy_is_named_with_the_way_back(menu: dict[str, Any] | None) -> None:
    talk = interview.answered()
    policy = BankPolicy.objects.filter(bank=talk.cast.bank_b)
    policy.delete() if menu is None else policy.update(menu=menu)
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert "南山银行" in shown
    assert 'href="/apply/cards"' in shown


def test_cards_that_can_no_longer_be_chosen_lead_back_to_the_cards() -> None:
    talk = interview.answered()
    Card.objects.filter(pk=talk.card_a.pk).update(balance_fen=0)
    assert interview.phone_of(talk.lin).get(PLAN).headers["Location"] == "/apply/cards"


def test_sums_that_are_missing_lead_to_their_question() -> None:
    talk = interview.started()
    talk.save("cards", talk.cards())
    assert interview.phone_of(talk.lin).get(PLAN).headers["Location"] == "/apply/income"


def test_what_is_agreed_with_other_banks_is_in_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = interview.answered()
    import build as builders

    third = builders.bank("beichuan", "北川银行", "北", colour=3)
    terms = {
        "principal": "12000.00",
        "down_payment": "0.00",
        "periods": 12,
        "method": "interest_free",
        "first_due": "2026-12-20",
        "due_day": 20,
    }
    running = [Commitment(UUID(str(third.pk)), third.name, build(terms).rows)]
    monkeypatch.setattr("heyue.faces.borrower.apply.plan.commitments", lambda actor: running)
    shown = page(interview.phone_of(talk.lin), PLAN)
    assert "北川（已谈成）" in shown
    kept = talk.row().recommendation
    assert kept is not None
    assert kept["request"]["budget"]["monthly_affordable"][:1] == ["1800.00"]
