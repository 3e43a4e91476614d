"""Schedules: worked examples, and what holds for every schedule."""

import hashlib
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.annual_rate import monthly_irr, simple_and_effective
from heyue.engine.bad_input import BadInput
from heyue.engine.money import fen, places, yuan
from heyue.engine.schedule import METHODS, build, rows, schedule
from tests.engine.worked_examples import cases, check

TERMS: dict[str, Any] = {
    "principal": "10000", "periods": 12, "method": "flat_fee", "monthly_rate": "0.006",
    "first_due": "2026-12-18", "due_day": 18,
}  # fmt: skip


NO_PRINCIPAL = {"method": "equal_instalment", "monthly_rate": "1", "periods": 60}


@pytest.mark.parametrize("case", cases("schedule") + cases("schedule_published"), ids=lambda case: case["name"])
def test_worked_example(case: dict[str, Any]) -> None:
    check(case, schedule(case["given"]))


@pytest.mark.parametrize("case", cases("annual_rate_published"), ids=lambda case: case["name"])
def test_published_annual_rate(case: dict[str, Any]) -> None:
    payments = [fen(each) for count, each in case["given"]["payments"] for _ in range(count)]
    rate = 12 * monthly_irr(fen(case["given"]["lent"]), payments)
    assert places(Fraction(rate), 4) == case["expected"]


def test_at_least_fifteen_examples_are_published() -> None:
    files = ("interest", "interest_published", "schedule", "schedule_published", "annual_rate_published")
    published = [case for name in files for case in cases(name) if case["source"].startswith("published")]
    assert len(published) >= 15


@st.composite
def any_terms(draw: st.DrawFn) -> dict[str, Any]:
    periods = draw(st.integers(1, 60))
    method = draw(st.sampled_from(METHODS))
    terms = {
        "principal": yuan(draw(st.integers(periods * 1000, 10**9))),
        "periods": periods,
        "method": method,
        "first_due": draw(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))).isoformat(),
        "due_day": draw(st.integers(1, 31)),
    }
    if method != "interest_free":
        name = draw(st.sampled_from(("monthly_rate", "annual_rate")))
        terms[name] = f"0.0{draw(st.integers(0, 10**6)):07d}"
    return terms


def refused_for_its_rate(refused: BadInput) -> None:
    assert refused.errors[0][0] in {"/principal", "/monthly_rate", "/annual_rate", "/periods"}


@settings(max_examples=150, deadline=None)
@given(any_terms())
def test_rows_repay_what_is_financed_exactly(terms: dict[str, Any]) -> None:
    try:
        answer = schedule(terms)
    except BadInput as refused:
        refused_for_its_rate(refused)
        return
    assert len(answer["rows"]) == terms["periods"]
    assert sum(fen(row["principal"]) for row in answer["rows"]) == fen(terms["principal"])
    assert sum(fen(row["payment"]) for row in answer["rows"]) == fen(answer["total_payment"])
    assert fen(answer["total_payment"]) - fen(answer["total_interest"]) == fen(terms["principal"])
    assert answer["rows"][-1]["balance"] == "0.00"
    assert [row["due"] for row in answer["rows"]] == sorted({row["due"] for row in answer["rows"]})


@settings(max_examples=60, deadline=None)
@given(any_terms())
def test_simple_rate_brackets_the_root_of_the_rows(terms: dict[str, Any]) -> None:
    try:
        built = build(terms)
    except BadInput:
        return
    millionths = int(built.annual_rates[0].replace(".", ""))
    payments = [row.payment_fen for row in built.rows]
    assert _worth(Fraction(2 * millionths - 1, 24_000_000), payments) >= built.plan.financed_fen
    assert _worth(Fraction(2 * millionths + 1, 24_000_000), payments) < built.plan.financed_fen


def _worth(rate: Fraction, payments: list[int]) -> Fraction:
    return sum((payment / (1 + rate) ** month for month, payment in enumerate(payments, 1)), Fraction(0))


def test_hash_is_that_of_rows_and_normal_terms() -> None:
    answer = schedule({**TERMS, "monthly_rate": "0.0060", "down_payment": "100"})
    terms = {**TERMS, "principal": "10000.00", "down_payment": "100.00", "monthly_rate": "0.006"}
    expected = hashlib.sha256(rfc8785.dumps({"rows": answer["rows"], "terms": terms})).hexdigest()
    assert answer["hash"] == expected
    assert schedule({**TERMS, "due_day": 19})["hash"] != schedule(TERMS)["hash"]


def test_typed_rows_say_the_same() -> None:
    assert [row.as_json() for row in rows(TERMS)] == schedule(TERMS)["rows"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"principal": "119.99"}, ["/principal"]),
        ({"down_payment": "10000"}, ["/down_payment"]),
        ({"annual_rate": "0.1"}, ["/annual_rate"]),
        ({"method": "interest_free"}, ["/monthly_rate"]),
        (NO_PRINCIPAL, ["/monthly_rate"]),
        ({"periods": 61}, ["/periods"]),
        ({"periods": True}, ["/periods"]),
        ({"periods": "12"}, ["/periods"]),
        ({"principal": "1e4"}, ["/principal"]),
        ({"principal": "-1"}, ["/principal"]),
        ({"principal": "1.234"}, ["/principal"]),
        ({"principal": "1000000000.01"}, ["/principal"]),
        ({"monthly_rate": "0.0060000000000"}, ["/monthly_rate"]),
        ({"monthly_rate": "1.1"}, ["/monthly_rate"]),
        ({"first_due": "2027-02-29"}, ["/first_due"]),
        ({"first_due": "1989-12-31"}, ["/first_due"]),
        ({"a/b~c": 1}, ["/a~1b~0c"]),
        ({**NO_PRINCIPAL, "first_due": ""}, ["/first_due", "/monthly_rate"]),
        ({"principal": None, "periods": 0, "first_due": 3}, ["/principal", "/periods", "/first_due"]),
    ],
)  # fmt: skip
def test_bad_terms_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        schedule({**TERMS, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers


@pytest.mark.parametrize("terms", [[], "terms", None, 3])
def test_what_is_no_object_is_one_bad_field(terms: Any) -> None:
    with pytest.raises(BadInput) as refused:
        schedule(terms)
    assert [pointer for pointer, _ in refused.value.errors] == [""]


def test_every_missing_field_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        schedule({})
    named = {pointer for pointer, _ in refused.value.errors}
    assert named == {"/method", "/monthly_rate", "/principal", "/periods", "/first_due", "/due_day"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=12), st.integers(1, 240))
def test_a_first_payment_at_any_part_of_a_month_brackets_the_root_too(payments: list[int], sixtieths: int) -> None:
    first_after = Fraction(sixtieths, 60)
    lent = max(1, sum(payments) * 9 // 10)
    simple, _ = simple_and_effective(lent, payments, first_after)
    millionths = int(simple.replace(".", ""))

    def worth(rate: float) -> float:
        return sum(payment * (1 + rate) ** -(float(first_after) + month) for month, payment in enumerate(payments))

    assert worth((millionths - 0.51) / 12_000_000) >= lent * (1 - 1e-12)
    assert worth((millionths + 0.51) / 12_000_000) <= lent * (1 + 1e-12)


def test_a_rate_above_one_is_written_whole() -> None:
    assert simple_and_effective(100, [300]) == ("24.000000", "531440.000000")


@pytest.mark.parametrize(("more", "last_place"), [(-1, 4), (0, 5), (1, 5)])
def test_only_whole_numbers_tell_on_which_side_of_a_half_a_rate_falls(more: int, last_place: int) -> None:
    # 12 × what one month repays above the loan: 4.5 millionths, and one part in 2 × 10²⁶ of one below or above
    lent = 24 * 10**31
    assert simple_and_effective(lent, [lent + 9 * 10**25 + more])[0] == f"0.00000{last_place}"
    several = [0, lent + 2 * 9 * 10**25 + more]
    assert simple_and_effective(lent, several)[0] == "0.000004"


@pytest.mark.parametrize(("less", "last_place"), [(0, 5), (1, 4)])
def test_a_rate_on_a_half_goes_up_over_several_months_too(less: int, last_place: int) -> None:
    # 4.5 millionths a year are 3 in 8,000,000 a month
    assert simple_and_effective(8_000_000**2, [0, 8_000_003**2 - less])[0] == f"0.00000{last_place}"


def test_rate_of_a_loan_repaid_in_one_go_is_its_interest() -> None:
    assert monthly_irr(1000, [1010]) == pytest.approx(monthly_irr(100_000, [101_000]))
