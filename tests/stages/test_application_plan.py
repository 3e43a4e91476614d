"""Plans weighed: beside the budget, what is agreed already, the wish, and each other; own choices from the menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

import bargain
from heyue.application.comparison import against, against_wish, weigh, weigh_all
from heyue.application.plan import Commitment, asked_by, budget_of, by_periods, custom, distinct
from heyue.engine.recommend import recommend
from heyue.engine.refusal import Refusal
from heyue.engine.schedule import build

A = "01890a5d-ac96-774b-bcce-b302099a8057"
B = "01890a5d-ac96-774b-bcce-b302099a8058"
ANSWERS = {
    "income": {"items": [{"kind": "wage", "monthly": "6000.00"}]},
    "expenses": {"items": [{"kind": "food", "monthly": "4000.00"}], "reserve": "0.00", "savings": "2000.00"},
}
BUDGET = budget_of(ANSWERS)


def request(**policies: Mapping[str, Any]) -> dict[str, Any]:
    """Two debts of 20,000 and 10,000 yuan, each with the usual menu unless another is given."""
    menus = {A: policies.get("a", bargain.MENU), B: policies.get("b", bargain.MENU)}
    return {
        "as_of": "2026-11-16",
        "budget": {"monthly_affordable": ["2000.00"], "savings": "2000.00"},
        "debts": [
            {
                "id": bank,
                "bank": bank[-1],
                "balance": balance,
                "waivable": "300.00",
                "overdue_days": 60,
                "policy": dict(menus[bank]),
            }
            for bank, balance in ((A, "20000.00"), (B, "10000.00"))
        ],
    }


def test_of_a_number_of_periods_the_least_down_payment_and_the_largest_waiver_are_asked() -> None:
    menu = by_periods(request(), A)
    assert sorted(menu) == [12, 24, 36, 48, 60]
    assert {asked.down_payment_fen for asked in menu.values()} == {0}
    assert {asked.waived_fen for asked in menu.values()} == {30_000}


def test_a_number_that_a_bank_has_not_is_refused_at_that_bank() -> None:
    with pytest.raises(Refusal) as raised:
        custom(request(), {A: 24, B: 25})
    assert raised.value.field == f"periods:{B}"
    with pytest.raises(Refusal) as raised:
        custom(request(), {B: 24})
    assert raised.value.field == f"periods:{A}"


def test_an_unknown_bank_has_no_menu() -> None:
    assert by_periods(request(), str(UUID(int=1))) == {}


def test_a_plan_is_asked_with_the_hash_that_was_recommended() -> None:
    asked = request()
    answer = recommend(asked)
    for plan in answer["plans"]:
        terms = asked_by({"request": asked, "answer": answer}, {"name": plan["name"]})
        assert [t.hash for t in terms] == [line["hash"] for line in plan["per_debt"]]
        assert [build(t.terms).hash for t in terms] == [t.hash for t in terms]


@pytest.mark.parametrize("recommendation", [None, {"request": request(), "answer": {"plans": []}}])
def test_a_plan_that_was_not_kept_is_outdated(recommendation: Any) -> None:
    with pytest.raises(Refusal) as raised:
        asked_by(recommendation, {"name": "lowest_cost"})
    assert raised.value.code == "plan-outdated"


def test_a_recommendation_that_the_menu_no_longer_grants_is_outdated() -> None:
    asked = request()
    answer = recommend(asked)
    changed = {**asked, "debts": [{**d, "policy": {**d["policy"], "due_day": 13}} for d in asked["debts"]]}
    with pytest.raises(Refusal) as raised:
        asked_by({"request": changed, "answer": answer}, {"name": "lowest_cost"})
    assert raised.value.code == "plan-outdated"


def test_two_plans_that_are_the_same_stand_once_under_both_names() -> None:
    one_choice = {**bargain.MENU, "periods": [36], "down_payment_ratios": ["0"], "waiver_ratios": ["1"]}
    answer = recommend(request(a=one_choice, b=one_choice))
    (only,) = distinct(answer["plans"])
    assert only["names"] == ["lowest_burden", "lowest_cost", "soonest_free", "most_acceptable"]


def test_what_is_weighed_is_what_was_recommended() -> None:
    asked = request()
    answer = recommend(asked)
    kept = {"request": asked, "answer": answer}
    for weighed in weigh_all(kept, BUDGET):
        told = next(p for p in answer["plans"] if p["name"] == weighed.names[0])
        assert weighed.total_fen == int(told["total"].replace(".", ""))
        assert weighed.months == told["months"]
        assert [f"{m // 100}.{m % 100:02d}" for m in weighed.asked_months_fen] == told["monthly_total"]
        assert weighed.over_by_fen == 0


def test_an_own_plan_over_what_the_budget_bears_says_by_how_much() -> None:
    asked = request()
    short = weigh(custom(asked, {A: 12, B: 12}), ["custom"], asked, BUDGET)
    assert short.over_by_fen == short.highest_fen - BUDGET.monthly_fen[0]
    assert short.left_fen == 0
    long = weigh(custom(asked, {A: 60, B: 60}), ["custom"], asked, BUDGET)
    assert long.over_by_fen == 0
    assert long.left_fen == BUDGET.monthly_fen[0] - long.highest_fen


def test_what_is_agreed_already_counts_in_every_month() -> None:
    asked = request()
    agreed = build({**custom(asked, {A: 36, B: 36})[1].terms, "principal": "36000.00", "periods": 24})
    running = [Commitment(UUID(int=7), "云岭银行", agreed.rows)]
    alone = weigh(custom(asked, {A: 60, B: 60}), ["custom"], asked, BUDGET)
    beside = weigh(custom(asked, {A: 60, B: 60}), ["custom"], asked, BUDGET, running)
    assert beside.asked_months_fen == alone.asked_months_fen
    assert beside.all_months_fen[0] == alone.all_months_fen[0] + agreed.rows[0].payment_fen
    assert beside.over_by_fen == beside.all_months_fen[0] - BUDGET.monthly_fen[0]


def test_down_payments_beyond_savings_are_told() -> None:
    asked = request(a={**bargain.MENU, "down_payment_ratios": ["0.2"]})
    weighed = weigh(custom(asked, {A: 60, B: 60}), ["custom"], asked, BUDGET)
    assert weighed.down_payment_fen == 394_000
    assert weighed.savings_missing_fen == 194_000


def test_plans_are_compared_by_cost_month_and_length() -> None:
    asked = request()
    long = weigh(custom(asked, {A: 60, B: 60}), ["custom"], asked, BUDGET)
    short = weigh(custom(asked, {A: 24, B: 24}), ["custom"], asked, BUDGET)
    differs = against(short, long)
    assert differs.months == -36
    assert differs.cost_fen < 0 < differs.monthly_fen
    wished = against_wish(long, {"periods": 48, "monthly": "900.00"})
    assert (wished.months, wished.monthly_fen) == (12, long.highest_fen - 90_000)


def test_shares_show_how_equally_banks_are_treated() -> None:
    asked = request()
    weighed = weigh(custom(asked, {A: 36, B: 36}), ["custom"], asked, BUDGET)
    assert [p.owed_permille for p in weighed.parts] == [667, 333]
    assert sum(p.paid_permille for p in weighed.parts) == 1000
    assert weighed.spread_permille <= 5
    faster = replace(weighed, parts=weigh(custom(asked, {A: 60, B: 12}), ["custom"], asked, BUDGET).parts)
    assert faster.spread_permille > 200


def test_the_last_month_is_the_last_due_date() -> None:
    asked = request()
    weighed = weigh(custom(asked, {A: 12, B: 24}), ["custom"], asked, BUDGET)
    assert weighed.ends_on == date(2028, 11, 12)
    assert weighed.months == 24
