"""An offer against the whole budget, and the bank's own menu as a way out."""

from datetime import date
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput, Findings
from heyue.engine.budget import affordable
from heyue.engine.menu import choices, read_policy
from heyue.engine.money import yuan
from heyue.engine.offer import best_counter, month_totals, still_to_come, view_offer
from heyue.engine.offer_terms import weigh_offer
from heyue.engine.schedule import Schedule, build

AS_OF = date(2026, 11, 24)
POLICY = {"method": "flat_fee", "monthly_rate": "0.005", "periods": [12, 24, 60]}


def offer(principal: str = "12000", periods: int = 12, **more: Any) -> Schedule:
    terms = {"principal": principal, "periods": periods, "method": "interest_free", "first_due": "2026-12-18"}
    return build({**terms, "due_day": 18, **more})


def policy(**changes: Any) -> Any:
    findings = Findings()
    given = {name: value for name, value in {**POLICY, **changes}.items() if value is not None}
    found = read_policy(given, "", findings)
    findings.stop_if_any()
    return found


def test_an_offer_within_the_budget_fits() -> None:
    view = view_offer(offer(), AS_OF, [100_000])
    assert view.fits
    assert len(view.months) == 12
    assert (view.total_cost_fen, view.interest_fen, view.annualised_rate_simple) == (1_200_000, 0, "0.000000")


def test_over_budget_names_months_and_sums_beside_other_banks() -> None:
    running = offer("6000", 3)
    view = view_offer(offer(), AS_OF, [250_000], running=[running.rows])
    assert [(month.number, month.over_fen) for month in view.over_budget] == [
        (1, 50_000),
        (2, 50_000),
        (3, 50_000),
    ]
    assert view.over_by_fen == 50_000
    assert not view.fits


def test_savings_carry_some_months_then_one_fails() -> None:
    view = view_offer(offer(), AS_OF, [100_000, 60_000], savings_fen=100_000)
    assert len(view.over_budget) == 11
    assert view.fails_in_month == 4


def test_a_down_payment_above_savings_fails_before_month_one() -> None:
    assert view_offer(offer(down_payment="1000"), AS_OF, [100_000], savings_fen=99_999).fails_in_month == 0


def test_late_rows_and_those_of_this_month_weigh_on_month_one() -> None:
    rows = build({**offer().plan.as_terms(), "first_due": "2026-10-18"}).rows
    assert month_totals([rows], AS_OF)[:2] == (300_000, 100_000)


def test_best_counter_is_the_cheapest_that_fits() -> None:
    found = best_counter(1_200_000, 0, policy(), AS_OF, [60_000])
    assert found is not None
    assert (found.periods, yuan(found.payments_fen[0]), yuan(found.total_fen)) == (24, "560.00", "13440.00")


def test_of_equally_cheap_counters_the_lightest_month_is_advised() -> None:
    free = policy(method="interest_free", monthly_rate=None, periods=[12, 24, 60])
    found = best_counter(1_200_000, 0, free, AS_OF, [200_000])
    assert found is not None
    assert (found.periods, yuan(found.total_fen)) == (60, "12000.00")


def test_no_counter_where_nothing_on_the_menu_fits() -> None:
    assert best_counter(1_200_000, 0, policy(), AS_OF, [20_000]) is None


def test_menu_leaves_out_what_is_refused_too_small_or_the_same() -> None:
    found = choices(1_200_000, 0, policy(periods=[12, 72, 60], minimum_instalment="500"), AS_OF)
    assert [choice.periods for choice in found] == [12]
    twins = choices(1_200_000, 0, policy(waiver_ratios=["0.5", "0.0", "1"]), AS_OF)
    assert [choice.waiver_ratio.text for choice in twins] == ["0.0", "0.0", "0.0"]
    assert choices(1_200_000, 1_200_000, policy(waiver_ratios=["1"]), AS_OF) == ()
    assert choices(1_200_000, 0, policy(down_payment_ratios=["1"]), AS_OF) == ()


def test_menu_falls_due_on_the_last_day_of_a_short_month() -> None:
    first = choices(1_200_000, 0, policy(), date(2027, 1, 31))[0].schedule.rows
    assert [row.due_on.isoformat() for row in first[:2]] == ["2027-02-28", "2027-03-31"]


def test_affordable_is_income_less_costs_less_reserve() -> None:
    budget = affordable(
        {
            "income": [{"kind": "wage", "monthly": "6000"}],
            "expenses": [{"kind": "rent", "monthly": "2000"}, {"kind": "dependants", "monthly": "500"}],
            "dependants": 2,
            "dependant_minimum": "600",
            "reserve": "300",
            "savings": "1000",
        }
    )
    assert budget.monthly_fen == (600_000 - 250_000 - 70_000 - 30_000,)
    assert budget.savings_fen == 100_000
    assert [reason.code for reason in budget.reasons] == [
        "income",
        "expenses",
        "dependants",
        "reserve",
        "affordable",
    ]


def test_affordable_is_never_below_zero_and_says_what_is_missing() -> None:
    budget = affordable({"income": [], "expenses": [{"kind": "rent", "monthly": "2000"}]})
    assert budget.monthly_fen == (0,)
    assert "shortfall" in [reason.code for reason in budget.reasons]


def test_bad_budget_names_every_field() -> None:
    with pytest.raises(BadInput) as refused:
        affordable({"income": [{"kind": "", "monthly": "x"}], "dependants": -1})
    named = [pointer for pointer, _ in refused.value.errors]
    assert named == ["/income/0/kind", "/income/0/monthly", "/expenses", "/dependants"]


def hurting(found: Any) -> dict[str, int]:
    return {hurt.code: hurt.amount_fen for hurt in found.hurts}


def test_the_terms_that_hurt_are_named_beside_the_best_counter() -> None:
    menu = policy(waiver_ratios=["0", "0.5"])
    dear = offer(principal="12000", method="flat_fee", monthly_rate="0.01", down_payment="2000", periods=36)
    found = weigh_offer(dear, 1_200_000, 200_000, menu, AS_OF, [20_000], savings_fen=100_000)
    assert hurting(found) == {
        "down_payment_above_savings": 100_000,
        "over_budget": 17_778,
        "waives_less": 100_000,
        "rate_above_menu": 0,
        "shorter_than_menu": 0,
    }
    assert found.counter is None
    found = weigh_offer(dear, 1_200_000, 200_000, menu, AS_OF, [52_000], savings_fen=100_000)
    assert found.counter is not None
    assert found.counter.periods == 24
    # 2,000 and 36 times 377.78 against 24 times 513.33
    assert hurting(found)["dearer_than_counter"] == found.view.total_cost_fen - found.counter.total_fen > 0
    assert hurting(found)["longer_than_counter"] == 0
    assert all(hurt.words for hurt in found.hurts)


def test_months_over_the_budget_hurt_most() -> None:
    found = weigh_offer(offer(), 1_200_000, 0, policy(periods=[12]), AS_OF, [90_000])
    assert hurting(found) == {"over_budget": 10_000}
    assert "12 个月" in found.hurts[0].words


def test_an_offer_as_good_as_the_menu_s_best_does_not_hurt() -> None:
    best = best_counter(1_200_000, 0, policy(), AS_OF, [110_000])
    assert best is not None
    found = weigh_offer(best.schedule, 1_200_000, 0, policy(periods=[12]), AS_OF, [110_000])
    assert hurting(found) == {}


def test_a_bank_without_any_menu_can_still_be_weighed() -> None:
    found = weigh_offer(offer(), 1_200_000, 0, policy(minimum_instalment="999999"), AS_OF, [100_000])
    assert (hurting(found), found.counter) == ({}, None)


def test_rows_of_the_rest_of_this_month_are_left_out_and_late_ones_are_not() -> None:
    rows = build({**offer().plan.as_terms(), "first_due": "2026-10-18", "due_day": 30}).rows
    assert [row.due_on.isoformat() for row in still_to_come(rows, AS_OF)[:2]] == ["2026-10-18", "2026-12-30"]
