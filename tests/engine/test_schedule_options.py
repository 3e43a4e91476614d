"""Optional terms of a schedule: exact rows all the same, their own hash, honest annual rates."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.annual_rate import monthly_irr
from heyue.engine.bad_input import BadInput
from heyue.engine.money import fen, yuan
from heyue.engine.months import months_after
from heyue.engine.schedule import METHODS, build, schedule
from tests.engine.test_schedule import TERMS, refused_for_its_rate
from tests.engine.test_schemas import assert_fits

LATE_FEE = {"on": "late_fee", "owed": "500", "ratio": "1"}
INTEREST = {"on": "interest", "owed": "800", "amount": "300"}


@st.composite
def any_terms(draw: st.DrawFn) -> dict[str, Any]:
    periods = draw(st.integers(1, 48))
    method = draw(st.sampled_from(METHODS))
    terms: dict[str, Any] = {
        "principal": yuan(draw(st.integers(periods * 1_000 + 100_000, 10**8))),
        "periods": periods,
        "method": method,
        "first_due": draw(st.dates(min_value=date(2026, 1, 1), max_value=date(2030, 12, 31))).isoformat(),
        "due_day": draw(st.integers(1, 31)),
    }
    if method != "interest_free":
        terms["monthly_rate"] = f"0.{draw(st.integers(0, 15_000)):06d}"
    if draw(st.booleans()):
        terms["waivers"] = [INTEREST, LATE_FEE]
    if draw(st.booleans()):
        terms["deferral"] = {
            "months": draw(st.integers(1, 12)),
            "interest": draw(st.sampled_from(("waived", "first_row"))),
        }
    if draw(st.booleans()):
        terms["step_up"] = {"every": draw(st.integers(1, 24)), "ratio": draw(st.sampled_from(("0.05", "0.1")))}
    if draw(st.booleans()):
        terms["first_period_days"] = draw(st.integers(1, 92))
    return terms


@settings(max_examples=120, deadline=None)
@given(any_terms())
def test_rows_repay_what_is_financed_exactly(terms: dict[str, Any]) -> None:
    try:
        answer = schedule(terms)
    except BadInput as refused:
        refused_for_its_rate(refused)
        return
    financed_fen = fen(terms["principal"]) - fen(answer.get("waived", "0"))
    assert len(answer["rows"]) == terms["periods"]
    assert sum(fen(row["principal"]) for row in answer["rows"]) == financed_fen
    assert fen(answer["total_payment"]) - fen(answer["total_interest"]) == financed_fen
    assert answer["rows"][-1]["balance"] == "0.00"
    later = terms.get("deferral", {"months": 0})["months"]
    last = months_after(date.fromisoformat(terms["first_due"]), terms["periods"] - 1 + later, terms["due_day"])
    assert answer["rows"][-1]["due"] == (terms["first_due"] if terms["periods"] + later == 1 else last.isoformat())
    assert_fits(terms, "schedule.input.json")
    assert_fits(answer, "schedule.output.json")


@pytest.mark.parametrize(
    "change",
    [
        {"waivers": [LATE_FEE]}, {"waivers": [INTEREST]}, {"waivers": [{**LATE_FEE, "ratio": "0.5"}]},
        {"deferral": {"months": 3, "interest": "waived"}}, {"deferral": {"months": 3, "interest": "first_row"}},
        {"step_up": {"every": 12, "ratio": "0.1"}}, {"first_period_days": 30}, {"first_period_days": 45}, {},
    ],
)  # fmt: skip
def test_each_option_makes_another_hash_under_its_own_name(change: dict[str, Any]) -> None:
    terms = build({**TERMS, **change}).plan.as_terms()
    assert set(terms) - set(change) == {*TERMS, "down_payment"}
    assert set(change) <= set(terms)
    assert (schedule({**TERMS, **change})["hash"] == schedule(TERMS)["hash"]) is (not change)
    assert schedule(terms)["hash"] == schedule({**TERMS, **change})["hash"]


def test_a_waiver_by_ratio_and_one_by_amount_lower_the_principal() -> None:
    answer = schedule({**TERMS, "waivers": [LATE_FEE, INTEREST]})
    assert answer["waived"] == "800.00"
    assert answer["rows"][0]["principal"] == yuan(round((1_000_000 - 80_000) / 12))


def test_a_waiver_enters_the_terms_as_it_was_given() -> None:
    terms = build({**TERMS, "waivers": [{**LATE_FEE, "ratio": "0.50"}, INTEREST]}).plan.as_terms()
    assert terms["waivers"] == [
        {"on": "late_fee", "owed": "500.00", "ratio": "0.5"},
        {"on": "interest", "owed": "800.00", "amount": "300.00"},
    ]


def test_a_deferral_moves_every_row_and_its_interest_is_waived_or_charged_once() -> None:
    free = schedule({**TERMS, "deferral": {"months": 3, "interest": "waived"}})
    charged = schedule({**TERMS, "deferral": {"months": 3, "interest": "first_row"}})
    assert free["rows"][0]["due"] == charged["rows"][0]["due"] == "2027-03-18"
    assert free["total_payment"] == schedule(TERMS)["total_payment"]
    assert fen(charged["rows"][0]["interest"]) == 4 * fen(free["rows"][0]["interest"])
    assert (
        free["annualised_rate_simple"] < charged["annualised_rate_simple"] < schedule(TERMS)["annualised_rate_simple"]
    )


def test_a_long_first_period_costs_its_days() -> None:
    answer = schedule({**TERMS, "first_period_days": 45})
    # 10,000 × 0.6 % × 45 / 30
    assert answer["rows"][0]["interest"] == "90.00"
    assert answer["rows"][1] == schedule(TERMS)["rows"][1]


def test_an_equal_instalment_after_a_long_first_period_yields_its_own_rate_again() -> None:
    terms = {**TERMS, "method": "equal_instalment", "principal": "1000000", "first_period_days": 60}
    built = build(terms)
    payments = [row.payment_fen for row in built.rows]
    # simple interest for two months is less than compound interest for two, so a little below 0.6 %
    assert (
        Fraction("0.0059") < Fraction(monthly_irr(built.plan.financed_fen, payments, Fraction(1))) < Fraction("0.006")
    )


def test_a_step_up_raises_the_payment_by_its_ratio() -> None:
    rows = schedule({**TERMS, "method": "equal_instalment", "step_up": {"every": 4, "ratio": "0.1"}})["rows"]
    first, second, third = (fen(rows[index]["payment"]) for index in (0, 4, 8))
    assert second == pytest.approx(1.1 * first, abs=1)
    assert third == pytest.approx(1.21 * first, abs=1)
    steep = {**TERMS, "method": "equal_instalment", "principal": "1000000", "step_up": {"every": 4, "ratio": "0.1"}}
    # the payments are worth the loan at its own rate, to what rounding leaves
    assert schedule(steep)["annualised_rate_simple"] == "0.072000"
    assert fen(schedule(steep)["rows"][11]["payment"]) == pytest.approx(
        fen(schedule(steep)["rows"][10]["payment"]), abs=12
    )
    free = {key: value for key, value in TERMS.items() if key != "monthly_rate"}
    rows = schedule({**free, "method": "interest_free", "step_up": {"every": 6, "ratio": "0.5"}})["rows"]
    assert [row["payment"] for row in rows] == ["666.67"] * 6 + ["1000.00"] * 5 + ["999.98"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"waivers": []}, ["/waivers"]),
        ({"waivers": [{"on": "late_fee", "owed": "5"}]}, ["/waivers/0/amount"]),
        ({"waivers": [{**LATE_FEE, "amount": "1"}]}, ["/waivers/0/amount"]),
        ({"waivers": [{"on": "fun", "owed": "5", "amount": "6"}]}, ["/waivers/0/on", "/waivers/0/amount"]),
        ({"waivers": [{"on": "other", "owed": "10000", "ratio": "1"}]}, ["/down_payment"]),
        ({"deferral": {"months": 49, "interest": "waived"}}, ["/deferral/months"]),
        ({"periods": 60, "deferral": {"months": 1, "interest": "waived"}}, ["/deferral"]),
        ({"deferral": 3}, ["/deferral"]),
        ({"step_up": {"every": 0, "ratio": "0.6"}}, ["/step_up/every", "/step_up/ratio"]),
        ({"step_up": {"every": 1, "ratio": "0"}}, ["/step_up/ratio"]),
        ({"first_period_days": 0}, ["/first_period_days"]),
    ],
)  # fmt: skip
def test_bad_options_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        schedule({**TERMS, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers
