"""Options of a recommendation: a band of equal treatment, agreements that are kept, reasons as data."""

import random
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput, read_ratio
from heyue.engine.money import fen, yuan
from heyue.engine.recommend import recommend
from heyue.engine.recommend_request import read_request
from tests.engine.test_recommend import ASKED, DEBT, POLICY
from tests.engine.test_schemas import assert_fits

TWO = [DEBT, {**DEBT, "id": "b", "bank": "ICBC", "balance": "6000", "policy": {**POLICY, "periods": [6, 12, 24]}}]


def made(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    debts = [
        {
            "id": f"d{number}", "bank": "B", "balance": yuan(chance.randrange(300_000, 5_000_000)), "overdue_days": 0,
            "policy": {
                "method": "flat_fee", "monthly_rate": chance.choice(("0.002", "0.004")),
                "periods": chance.sample([6, 12, 24, 36, 60], 3), "down_payment_ratios": ["0", "0.1"],
            },
        }
        for number in range(chance.randrange(2, 4))
    ]  # fmt: skip
    owed = sum(fen(debt["balance"]) for debt in debts)
    budget = {"monthly_affordable": yuan(owed // chance.randrange(12, 40)), "savings": yuan(owed // 8)}
    return {"as_of": "2026-11-24", "budget": budget, "debts": debts}


def least_total(asked: dict[str, Any], band: str) -> int | None:
    """By trying every combination."""
    request = read_request(asked)
    menus = [debt.menu(request.as_of) for debt in request.debts]
    owed = [debt.balance_fen for debt in request.debts]
    width = read_ratio(band) or Fraction(0)
    best = None
    for chosen in product(*menus):
        if sum(choice.down_payment_fen for choice in chosen) > request.budget.savings_fen:
            continue
        months = range(1, max(choice.periods for choice in chosen) + 1)
        if any(
            sum(choice.payments_fen[month - 1] for choice in chosen if month <= choice.periods)
            > request.affordable_fen(month)
            for month in months
        ):
            continue
        paid = [choice.paid_in(12) for choice in chosen]

        def gap(one: int, two: int, paid: list[int] = paid) -> int:
            shares = {one: Fraction(sum(owed), owed[one]), two: -Fraction(sum(owed), owed[two])}
            return sum(floor(each * (shares.get(at, 0) - width)) for at, each in enumerate(paid))

        if all(gap(one, two) <= 0 for one in range(len(owed)) for two in range(len(owed)) if one != two):
            total = sum(choice.total_fen for choice in chosen)
            best = total if best is None else min(best, total)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_no_combination_within_the_band_is_cheaper(seed: int) -> None:
    band = ("0.05", "0.25", "0.6", "1")[seed % 4]
    asked = {**made(seed), "equal_treatment_band": band}
    answer, expected = recommend(asked), least_total(made(seed), band)
    assert answer["feasible"] is (expected is not None)
    if expected is None:
        return
    assert fen(answer["plans"][0]["total"]) == expected
    for plan in answer["plans"]:
        assert Fraction(plan["equal_treatment"]["spread"]) <= Fraction(band) + Fraction(2, 10_000)
    assert_fits(asked, "recommend.input.json")
    assert_fits(answer, "recommend.output.json")


def test_a_band_that_alone_stands_in_the_way_is_named_with_the_least_that_would_do() -> None:
    asked = {**ASKED, "debts": [DEBT, {**TWO[1], "policy": {**POLICY, "periods": [6]}}]}
    asked["budget"] = {"monthly_affordable": "1500"}
    # 12,000 over 24 months beside 6,000 over six: shares 1/2 and 1/2 over 2/3 and 1/3
    assert recommend(asked)["plans"][0]["equal_treatment"]["spread"] == "0.7500"
    answer = recommend({**asked, "equal_treatment_band": "0.5"})
    reason = answer["infeasible_because"][0]
    assert (reason["constraint"], reason["smallest_change"]) == ("equal_treatment_band", "0.75")
    assert recommend({**asked, "equal_treatment_band": "0.75"})["feasible"] is True
    assert_fits(answer, "recommend.output.json")


def test_agreements_that_run_are_kept() -> None:
    rows = [{"due": day, "payment": "200"} for day in ("2026-10-18", "2026-11-30", "2027-01-18")]
    asked = {**ASKED, "agreements": [{"id": "x", "rows": rows}]}
    refused = recommend({**asked, "budget": {"monthly_affordable": ["899", "700", "500"], "savings": "0"}})
    assert refused["infeasible_because"][0]["smallest_change"] == "1.00"
    answer = recommend({**asked, "budget": {"monthly_affordable": ["900", "700", "500"], "savings": "0"}})
    plan = answer["plans"][0]
    # what is late or due this month comes from month 1: 500 + 400, then 500 + 200, then 500
    assert plan["monthly_total"] == ["500.00"] * 24
    assert plan["monthly_with_agreements"] == ["900.00", "700.00", *["500.00"] * 22]
    assert_fits(answer, "recommend.output.json")
    longer = [{"id": "x", "rows": [{"due": "2029-01-18", "payment": "1"}]}]
    with_gaps = recommend({**ASKED, "agreements": longer})["plans"][0]["monthly_with_agreements"]
    assert with_gaps == [*["1000.00"] * 12, *["0.00"] * 13, "1.00"]
    for none in ([], [{"id": "x", "rows": []}]):
        assert "monthly_with_agreements" in recommend({**ASKED, "agreements": none})["plans"][0]
    # 1,000 in three rows, the last a fen more
    three = {**asked, "debts": [{**DEBT, "balance": "1000", "policy": {**POLICY, "periods": [3]}}]}
    sums = recommend({**three, "agreements": []})["plans"][0]["monthly_with_agreements"]
    assert sums == ["333.33", "333.33", "333.34"]


@pytest.mark.parametrize(("minimum", "granted"), [("1020", True), ("1020.01", False)])
def test_every_row_but_the_last_keeps_the_minimum_instalment(minimum: str, granted: bool) -> None:
    # rows of 1,000 and one per cent of what is left: from 1,120 down to 1,020 and a last one of 1,010
    policy = {"method": "equal_principal", "monthly_rate": "0.01", "periods": [12], "minimum_instalment": minimum}
    found = recommend({**ASKED, "budget": {"monthly_affordable": "1200"}, "debts": [{**DEBT, "policy": policy}]})
    assert found["feasible"] is granted
    assert [plan["per_debt"][0]["instalment"] for plan in found["plans"]] == ["1120.00"] * 4 * granted


def test_where_no_terms_are_usual_none_is_far_from_them() -> None:
    assert recommend(ASKED)["plans"][3]["proof"] == {"status": "optimal", "bound": "0.000000"}


def test_nothing_is_waived_where_nothing_may_be() -> None:
    policy = {**POLICY, "waiver_ratios": ["1"]}
    (plan, *_) = recommend({**ASKED, "debts": [{**DEBT, "policy": policy}]})["plans"]
    assert (plan["per_debt"][0]["waived"], plan["total"]) == ("0.00", "12000.00")


def test_token_payments_are_what_agreements_leave() -> None:
    kept = [{"id": "x", "rows": [{"due": "2026-12-18", "payment": "90"}]}]
    poor = {"monthly_affordable": "100", "savings": "0"}
    token = recommend({**ASKED, "budget": poor, "agreements": kept})["token_payments"]
    assert token == [{"id": "a", "monthly": "10.00"}]
    kept[0]["rows"][0]["payment"] = "101"  # type: ignore[index]
    token = recommend({**ASKED, "budget": poor, "agreements": kept})["token_payments"]
    assert token == [{"id": "a", "monthly": "0.00"}]


def test_each_choice_has_its_reason_as_data() -> None:
    policy = {"method": "flat_fee", "monthly_rate": "0.005", "periods": [12, 24], "down_payment_ratios": ["0", "0.1"]}
    debts = [{**DEBT, "policy": policy}, {**TWO[1], "policy": policy}]
    asked = {**ASKED, "debts": debts, "explain": True}
    answer = recommend({**asked, "budget": {"monthly_affordable": "1200", "savings": "600"}})
    cost = next(plan for plan in answer["plans"] if plan["name"] == "lowest_cost")
    assert {reason["code"] for reason in cost["reasons"]} <= {
        "cheapest_on_menu",
        "cheaper_breaks_month",
        "cheaper_breaks_savings",
    }
    first = cost["reasons"][0]
    assert (first["debt"], first["code"]) == ("a", "cheaper_breaks_savings")
    rich = recommend({**asked, "budget": {"monthly_affordable": "5000", "savings": "5000"}})
    by_name = {plan["name"]: plan["reasons"] for plan in rich["plans"]}
    assert [reason["code"] for reason in by_name["lowest_cost"]] == ["cheapest_on_menu"] * 2
    assert [reason["code"] for reason in by_name["lowest_burden"]] == ["cheaper_against_criterion"] * 2
    poor = recommend({**asked, "budget": {"monthly_affordable": "1000", "savings": "9999"}})
    assert "cheaper_breaks_month" in {reason["code"] for reason in poor["plans"][0]["reasons"]}
    # 24 months of 560 and of 280 are all that 1,000 bears; the larger in twelve would ask 1,060 beside 280
    twelve = {"code": "cheaper_breaks_month", "month": 1, "periods": 12}
    bare = {**policy, "down_payment_ratios": ["0"]}
    asked["debts"] = [{**DEBT, "policy": bare}, {**TWO[1], "policy": bare}]
    tight = recommend({**asked, "budget": {"monthly_affordable": "1000"}})["plans"][0]["reasons"]
    assert tight[0] == {"debt": "a", **twelve, "over": "340.00", "saves": "720.00"}
    assert tight[1] == {"debt": "b", **twelve, "over": "90.00", "saves": "360.00"}
    assert_fits(poor, "recommend.output.json")
    assert "reasons" not in recommend(ASKED)["plans"][0]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"equal_treatment_band": "1.1", "explain": 1}, ["/equal_treatment_band", "/explain"]),
        ({"agreements": [{"id": "", "rows": [{"due": "x", "payment": "y"}]}]},
         ["/agreements/0/id", "/agreements/0/rows/0/due", "/agreements/0/rows/0/payment"]),
        ({"agreements": 3}, ["/agreements"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        recommend({**ASKED, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers
