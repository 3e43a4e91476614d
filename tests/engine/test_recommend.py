"""Joint plans: against every combination, reasons where nothing fits, and bad input."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.bad_input import BadInput
from heyue.engine.canonical import canonical
from heyue.engine.money import yuan
from heyue.engine.recommend import recommend
from heyue.engine.schedule import METHODS, schedule
from tests.engine.naive_recommend import affordable, everything, menu, monthly

POLICY: dict[str, Any] = {"method": "interest_free", "periods": [12, 24]}
DEBT: dict[str, Any] = {"id": "a", "bank": "CMB", "balance": "12000", "overdue_days": 30, "policy": POLICY}
ASKED: dict[str, Any] = {
    "as_of": "2026-11-24",
    "budget": {"monthly_affordable": "1000", "savings": "0"},
    "debts": [DEBT],
}


NEAR_A_LIMIT = (
    ("0.003", "0.003", "0.006", "0.002", "0.002", "0.006", "0.003", "0.006", "0.006", "0.003"),
    (19, 12, 21, 20, 27, 9, 7, 18, 13, 8),
    (5_825_597, 1_771_900, 7_781_691, 4_888_762, 3_771_026, 6_718_071, 627_060, 6_132_207, 7_019_917, 1_037_134),
)  # fmt: skip
TERMS_REQUIRED = ("daily_rate", "method", "statement_day", "due_day")


def one_debt(**changes: Any) -> dict[str, Any]:
    return {"debts": [{**DEBT, **changes}]}


def one_policy(**changes: Any) -> dict[str, Any]:
    return one_debt(policy={**POLICY, **changes})


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    method = draw(st.sampled_from(METHODS))
    ratios = st.lists(st.sampled_from(("0", "0.05", "0.10", "0.5", "1")), min_size=1, max_size=2, unique=True)
    periods = st.lists(st.sampled_from((1, 6, 12, 24, 36, 60, 72)), min_size=1, max_size=3, unique=True)
    policy: dict[str, Any] = {
        "method": method,
        "periods": draw(periods),
        "down_payment_ratios": draw(ratios),
        "waiver_ratios": draw(ratios),
        "minimum_instalment": draw(st.sampled_from(("0", "0", "200"))),
    }
    if method != "interest_free":
        name = draw(st.sampled_from(("monthly_rate", "annual_rate")))
        policy[name] = draw(st.sampled_from(("0", "0.003", "0.0075")))
    if draw(st.booleans()):
        policy["due_day"] = draw(st.integers(1, 31))
    if draw(st.booleans()):
        policy["usual"] = {"periods": 24, "down_payment_ratio": "0.1", "waiver_ratio": "0.333333333333"}
    return policy


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    debts = []
    for index in range(draw(st.integers(1, 3))):
        balance_fen = draw(st.integers(100_00, 100_000_00))
        waivable = yuan(draw(st.integers(0, balance_fen // 3)))
        debts.append(
            {
                "id": f"d{index}",
                "bank": f"银行{index}",
                "balance": yuan(balance_fen),
                "waivable": waivable,
                "overdue_days": 30,
                "policy": draw(policies()),
            }
        )
    whole = sum(Decimal(debt["balance"]) for debt in debts)
    share = st.integers(15, 250).map(lambda thousandths: f"{whole * thousandths / 1000:.2f}")
    return {
        "as_of": draw(st.sampled_from(("2026-11-24", "2027-01-31"))),
        "budget": {
            "monthly_affordable": draw(share | st.lists(share, min_size=1, max_size=4)),
            "savings": draw(st.sampled_from(("0", "500", f"{whole / 5:.2f}", f"{whole:.2f}"))),
        },
        "debts": debts,
    }


@settings(max_examples=120, deadline=None)
@given(requests())
def test_no_combination_is_better(asked: dict[str, Any]) -> None:
    answer = recommend(asked)
    expected = everything(asked)
    if not answer["feasible"]:
        assert reasons(answer) == expected_reasons(expected)
        return
    menus = [menu(debt, date.fromisoformat(asked["as_of"])) for debt in asked["debts"]]
    for plan in answer["plans"]:
        chosen = list(choices_of(plan, menus))
        totals = monthly(chosen)
        assert [Decimal(total) for total in plan["monthly_total"]] == totals
        assert all(total <= affordable(asked["budget"], month) for month, total in enumerate(totals))
        assert sum(one["down"] for one in chosen) <= Decimal(asked["budget"]["savings"])
        first = {
            "lowest_cost": sum(one["total"] for one in chosen),
            "lowest_burden": max(totals),
            "soonest_free": plan["months"],
            "most_acceptable": sum(one["distance"] for one in chosen),
        }[plan["name"]]
        assert (first, Decimal(plan["total"])) == expected[plan["name"]]
        assert Fraction(plan["proof"]["bound"]) == Fraction(first)


def choices_of(plan: dict[str, Any], menus: list[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for entry, one_menu in zip(plan["per_debt"], menus, strict=True):
        (choice,) = (one for one in one_menu if one["hash"] == entry["hash"])
        assert (entry["periods"], entry["down_payment_ratio"]) == (choice["periods"], choice["down_ratio"])
        assert entry["waiver_ratio"] == choice["waiver_ratio"]
        assert Decimal(entry["instalment"]) == choice["payments"][0]
        yield choice


def reasons(answer: dict[str, Any]) -> list[tuple[str, Any]]:
    named = ("menu", "savings", "monthly_affordable")
    return [
        (reason["constraint"], reason.get("debt", reason["smallest_change"]))
        for reason in answer["infeasible_because"]
        if reason["constraint"] in named
    ]


def expected_reasons(expected: dict[str, Any]) -> list[tuple[str, Any]]:
    if "menu" in expected:
        return [("menu", debt) for debt in expected["menu"]]
    found = [("savings", expected["savings"]), ("monthly_affordable", expected["addition"])]
    return [(name, f"{change:.2f}") for name, change in found if change]


def test_each_hash_is_that_of_the_schedule_asked_for() -> None:
    policy = {**POLICY, "due_day": 31, "down_payment_ratios": ["0.1"], "waiver_ratios": ["0.5"]}
    debt = {**DEBT, "waivable": "1000", "policy": policy}
    budget = {"monthly_affordable": "1000", "savings": "2000"}
    plan = recommend({**ASKED, "budget": budget, "debts": [debt]})["plans"][1]
    terms = {
        "principal": "11500", "down_payment": "1150", "periods": 24, "method": "interest_free",
        "first_due": "2026-12-31", "due_day": 31,
    }  # fmt: skip
    assert plan["per_debt"][0]["hash"] == schedule(terms)["hash"]
    assert plan["per_debt"][0]["waived"] == "500.00"


def test_equal_treatment_compares_shares_of_the_first_year() -> None:
    debts = [DEBT, {**DEBT, "id": "b", "balance": "6000", "policy": {**POLICY, "periods": [6]}}]
    answer = recommend({**ASKED, "budget": {"monthly_affordable": "2000"}, "debts": debts})
    treatment = answer["plans"][0]["equal_treatment"]
    assert treatment == {
        "per_debt": [{"id": "a", "ratio": "1.0000"}, {"id": "b", "ratio": "1.0000"}],
        "spread": "0.0000",
    }
    slower = answer["plans"][1]["equal_treatment"]
    # 6,000 + 6,000 paid in twelve months: shares 1/2 and 1/2 over 2/3 and 1/3
    assert [entry["ratio"] for entry in slower["per_debt"]] == ["0.7500", "1.5000"]
    assert slower["spread"] == "0.7500"


def test_token_payments_share_what_there_is_to_the_fen() -> None:
    debts = [{**DEBT, "id": name, "balance": "1000"} for name in ("a", "b", "c")]
    answer = recommend({**ASKED, "budget": {"monthly_affordable": ["100.01", "0"]}, "debts": debts})
    assert answer["feasible"] is False
    assert answer["token_payments"] == [
        {"id": "a", "monthly": "33.34"},
        {"id": "b", "monthly": "33.34"},
        {"id": "c", "monthly": "33.33"},
    ]


def test_a_longer_term_or_a_larger_waiver_is_named_where_it_would_do() -> None:
    debt = {**DEBT, "waivable": "11000", "policy": {**POLICY, "periods": [12]}}
    answer = recommend({**ASKED, "budget": {"monthly_affordable": "400"}, "debts": [debt]})
    changes = {reason["constraint"]: reason["smallest_change"] for reason in answer["infeasible_because"]}
    assert changes == {"monthly_affordable": "600.00", "longer_term": 36, "larger_waiver": "0.7"}


@pytest.mark.parametrize(("monthly", "term"), [("666.67", 18), ("666.66", 24), ("200", 60), ("199", None)])
def test_the_least_longer_term_that_would_do_is_named(monthly: str, term: int | None) -> None:
    debt = {**DEBT, "policy": {**POLICY, "periods": [12]}}
    answer = recommend({**ASKED, "budget": {"monthly_affordable": monthly}, "debts": [debt]})
    changes = {reason["constraint"]: reason["smallest_change"] for reason in answer["infeasible_because"]}
    assert changes.get("longer_term") == term


def test_a_household_budget_stands_for_the_sum_that_follows_from_it() -> None:
    budget = {
        "income": [{"kind": "wage", "monthly": "5000"}],
        "expenses": [{"kind": "rent", "monthly": "3500"}],
        "dependants": 1,
        "reserve": "500",
        "savings": "0",
    }
    assert canonical(recommend({**ASKED, "budget": budget})) == canonical(recommend(ASKED))


def test_a_choice_near_a_limit_is_not_cut_off_by_the_solver_s_tolerance() -> None:
    # A plan of 497,272.05 exists; with a tolerance of 1e-9 the solver called one of 497,301.57 optimal.
    rates, due_days, owed = NEAR_A_LIMIT
    debts = [
        {
            "id": f"d{number}", "bank": f"B{number}", "overdue_days": 60,
            "balance": yuan(fen), "waivable": yuan(fen // 20),
            "policy": {
                "method": "flat_fee", "monthly_rate": rate, "periods": [12, 24, 36, 48, 60], "due_day": due_day,
                "down_payment_ratios": ["0", "0.05", "0.1"], "waiver_ratios": ["0", "0.5", "1"],
            },
        }
        for number, (rate, due_day, fen) in enumerate(zip(rates, due_days, owed, strict=True))
    ]  # fmt: skip
    budget = {"monthly_affordable": yuan(sum(owed) // 32), "savings": yuan(sum(owed) // 30)}
    assert recommend({**ASKED, "budget": budget, "debts": debts})["plans"][0]["total"] == "497272.05"


def test_the_same_input_gives_the_same_bytes() -> None:
    debts = [{**DEBT, "id": f"d{index}", "balance": "9999.97"} for index in range(6)]
    asked = {**ASKED, "budget": {"monthly_affordable": "3900"}, "debts": debts}
    assert len({canonical(recommend(asked)) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"debts": []}, ["/debts"]),
        ({"debts": [DEBT] * 21}, ["/debts"]),
        ({"debts": [DEBT, DEBT]}, ["/debts/1/id"]),
        (one_debt(balance="0"), ["/debts/0/balance"]),
        (one_debt(waivable="12000.01"), ["/debts/0/waivable"]),
        (one_debt(terms={}), [f"/debts/0/terms/{name}" for name in TERMS_REQUIRED]),
        (one_debt(policy=None), ["/debts/0/policy"]),
        (one_policy(periods=[0, "12"]), ["/debts/0/policy/periods/0", "/debts/0/policy/periods/1"]),
        (one_policy(waiver_ratios=["0", "1.1"]), ["/debts/0/policy/waiver_ratios/1"]),
        (one_policy(periods=list(range(1, 52)), waiver_ratios=["0"] * 4), ["/debts/0/policy"]),
        (one_policy(periods=list(range(1, 52)), down_payment_ratios=["0"] * 4), ["/debts/0/policy"]),
        (one_policy(monthly_rate="0.1"), ["/debts/0/policy/monthly_rate"]),
        ({"budget": {"monthly_affordable": ["1", "x"]}}, ["/budget/monthly_affordable/1"]),
        ({"budget": {"monthly_affordable": "1", "income": []}}, ["/budget/income"]),
        ({"budget": {"monthly_affordable": []}}, ["/budget/monthly_affordable"]),
        ({"budget": {}}, ["/budget/monthly_affordable"]),
        ({"budget": 3, "as_of": "2026-02-30"}, ["/as_of", "/budget"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        recommend({**ASKED, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_nothing_at_all_names_what_is_required() -> None:
    with pytest.raises(BadInput) as refused:
        recommend({})
    assert sorted(pointer for pointer, _ in refused.value.errors) == ["/as_of", "/budget", "/debts"]
