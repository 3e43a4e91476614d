"""Where no plan is possible: what is at fault, by how much to the fen, and what would do; and why a choice was made."""

from typing import Any

import pytest

from heyue.engine.recommend import recommend
from tests.engine.test_recommend import ASKED, DEBT, POLICY


def asked(budget: dict[str, Any], *debts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**ASKED, "budget": budget, "debts": list(debts), **more}


def debt(name: str = "a", balance: str = "12000", waivable: str = "0", **policy: Any) -> dict[str, Any]:
    return {**DEBT, "id": name, "balance": balance, "waivable": waivable, "policy": {**POLICY, **policy}}


def reasons(answer: dict[str, Any]) -> dict[str, Any]:
    for reason in answer["infeasible_because"]:
        assert set(reason) - {"debt"} == {"constraint", "smallest_change", "message"}
    return {reason["constraint"]: reason["smallest_change"] for reason in answer["infeasible_because"]}


def test_one_fen_short_of_the_least_down_payment_is_named() -> None:
    halves = debt(down_payment_ratios=["0.5"], periods=[12])
    assert recommend(asked({"monthly_affordable": "500", "savings": "6000"}, halves))["feasible"] is True
    short = recommend(asked({"monthly_affordable": "500", "savings": "5999.99"}, halves))
    assert reasons(short) == {"savings": "0.01"}


def test_without_a_word_of_savings_there_are_none() -> None:
    a_fen_down = debt(down_payment_ratios=["0.000001"], periods=[12])
    assert reasons(recommend(asked({"monthly_affordable": "1000"}, a_fen_down))) == {"savings": "0.01"}


def test_one_fen_short_in_a_month_is_named() -> None:
    twelve = debt(periods=[12])
    assert recommend(asked({"monthly_affordable": "1000"}, twelve))["feasible"] is True
    short = reasons(recommend(asked({"monthly_affordable": "999.99"}, twelve)))
    assert short["monthly_affordable"] == "0.01"


def test_savings_that_just_reach_still_bound_what_the_months_need() -> None:
    # nothing down asks 1,000 a month, a half down 500; savings of exactly the least, 0, leave only the first
    choice = debt(down_payment_ratios=["0", "0.5"], periods=[12])
    assert (
        reasons(recommend(asked({"monthly_affordable": "400", "savings": "0"}, choice)))["monthly_affordable"]
        == "600.00"
    )
    # a fen too little for the least down payment: savings are set aside, and a half down counts
    forced = debt(down_payment_ratios=["0.000001", "0.5"], periods=[12])
    found = reasons(recommend(asked({"monthly_affordable": "400", "savings": "0"}, forced)))
    assert (found["savings"], found["monthly_affordable"]) == ("0.01", "100.00")


@pytest.mark.parametrize(("balance", "faults"), [("120", {}), ("119.99", {"menu": None})])
def test_ten_yuan_a_month_are_the_least_that_a_menu_holds(balance: str, faults: dict[str, Any]) -> None:
    assert reasons(recommend(asked({"monthly_affordable": "1000"}, debt(balance=balance, periods=[12])))) == faults


def test_a_band_is_not_at_fault_where_the_months_are() -> None:
    found = reasons(recommend(asked({"monthly_affordable": "1"}, debt(), equal_treatment_band="0.1")))
    assert "equal_treatment_band" not in found


def test_the_least_band_may_be_the_next_hundredth() -> None:
    debts = [debt("a", periods=[24]), debt("b", "6000", periods=[6])]
    budget = {"monthly_affordable": "1500"}
    found = reasons(recommend(asked(budget, *debts, equal_treatment_band="0.74")))
    assert found["equal_treatment_band"] == "0.75"


def test_a_longer_term_and_a_larger_waiver_are_named_beside_the_months() -> None:
    found = reasons(recommend(asked({"monthly_affordable": "400"}, debt(waivable="11000", periods=[12]))))
    assert found == {"monthly_affordable": "600.00", "longer_term": 36, "larger_waiver": "0.7"}


def test_a_bank_with_a_longer_term_of_its_own_is_not_asked_for_a_shorter_one() -> None:
    # 60 terms fall below the bank's minimum instalment; 36 would not, but are no longer term
    policy = {"periods": [12, 60], "minimum_instalment": "300"}
    assert reasons(recommend(asked({"monthly_affordable": "400"}, debt(**policy)))) == {"monthly_affordable": "600.00"}


@pytest.mark.parametrize(("savings", "short"), [("1199.99", "0.01"), ("600", "600.00")])
def test_the_cheapest_choice_may_break_savings_by_a_fen(savings: str, short: str) -> None:
    policy = {"method": "flat_fee", "monthly_rate": "0.005", "periods": [12], "down_payment_ratios": ["0", "0.1"]}
    plan = recommend(asked({"monthly_affordable": "9999", "savings": savings}, debt(**policy), explain=True))["plans"][
        0
    ]
    # a tenth down saves its fee: 1,200 × 0.5 % × 12
    assert plan["reasons"] == [
        {"debt": "a", "code": "cheaper_breaks_savings", "periods": 12, "saves": "72.00", "short": short}
    ]


@pytest.mark.parametrize(
    ("monthly", "expected"),
    [
        # twelve rows of 1,060, and a last month that bears less than the others
        (["1059.99"], {"code": "cheaper_breaks_month", "month": 1, "over": "0.01"}),
        (["1060"] * 11 + ["1059.99"], {"code": "cheaper_breaks_month", "month": 12, "over": "0.01"}),
        (["1060", "1000"], {"code": "cheaper_breaks_month", "month": 2, "over": "60.00"}),
    ],
)
def test_the_cheapest_choice_breaks_the_first_month_that_it_overdraws(
    monthly: list[str], expected: dict[str, Any]
) -> None:
    policy = {"method": "flat_fee", "monthly_rate": "0.005", "periods": [12, 24]}
    plan = recommend(asked({"monthly_affordable": monthly}, debt(**policy), explain=True))["plans"][0]
    (reason,) = plan["reasons"]
    assert {name: reason[name] for name in expected} == expected


def test_rows_that_fall_break_the_first_month_and_no_later_one() -> None:
    # twelve rows from 1,120 down to 1,010
    policy = {"method": "equal_principal", "monthly_rate": "0.01", "periods": [12, 24]}
    plan = recommend(asked({"monthly_affordable": "1100"}, debt(**policy), explain=True))["plans"][0]
    (reason,) = plan["reasons"]
    assert (reason["code"], reason["month"], reason["over"]) == ("cheaper_breaks_month", 1, "20.00")


def test_a_cheapest_choice_that_just_fits_goes_against_the_criterion_only() -> None:
    policy = {"method": "flat_fee", "monthly_rate": "0.005", "periods": [12, 24]}
    answer = recommend(asked({"monthly_affordable": ["1060"] * 12 + ["560"]}, debt(**policy), explain=True))
    lightest = next(plan for plan in answer["plans"] if plan["name"] == "lowest_burden")
    assert lightest["reasons"] == [{"debt": "a", "code": "cheaper_against_criterion", "periods": 12, "saves": "720.00"}]


@pytest.mark.parametrize(
    ("usual", "chosen", "bound"),
    [
        # |12 − 24| / 60, and ratios that are not said count as 0
        ({"periods": 24}, (24, "0", "0"), "0.000000"),
        ({"periods": 36}, (24, "0", "0"), "0.200000"),
        ({"periods": 24, "down_payment_ratio": "0.1"}, (24, "0.1", "0"), "0.000000"),
        ({"periods": 24, "waiver_ratio": "0.6"}, (24, "0", "0.5"), "0.100000"),
    ],
)
def test_usual_terms_draw_the_most_acceptable_plan(usual: dict[str, Any], chosen: tuple[Any, ...], bound: str) -> None:
    policy = {"periods": [12, 24], "down_payment_ratios": ["0", "0.1"], "waiver_ratios": ["0", "0.5"], "usual": usual}
    budget = {"monthly_affordable": "2000", "savings": "2000"}
    plan = recommend(asked(budget, debt(waivable="600", **policy)))["plans"][3]
    one = plan["per_debt"][0]
    assert (one["periods"], one["down_payment_ratio"], one["waiver_ratio"]) == chosen
    assert plan["proof"]["bound"] == bound


def test_months_between_rows_of_an_agreement_keep_nothing() -> None:
    rows = [{"due": "2026-12-18", "payment": "100"}, {"due": "2027-02-18", "payment": "100"}]
    plan = recommend(asked({"monthly_affordable": "1100"}, debt(), agreements=[{"id": "x", "rows": rows}]))["plans"][0]
    assert plan["monthly_with_agreements"][:3] == ["1100.00", "1000.00", "1100.00"]
    bare = recommend(asked({"monthly_affordable": "1000"}, debt(), agreements=[{"id": "x", "rows": []}]))["plans"][0]
    assert bare["monthly_with_agreements"] == bare["monthly_total"]
