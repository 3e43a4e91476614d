"""Early warning: signs of a missed instalment, and the re-plan to ask for before it happens."""

import json
from datetime import date
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput
from heyue.engine.canonical import canonical
from heyue.engine.early_warning import Payment, stand, warn
from heyue.engine.money import fen
from heyue.engine.schedule import build, schedule
from tests.engine.test_bad_months import SHOCKS
from tests.engine.test_command_line import heyue
from tests.engine.test_schemas import assert_fits

SCHEDULE = {
    "principal": "12000", "periods": 12, "method": "flat_fee", "monthly_rate": "0.003",
    "first_due": "2026-08-18", "due_day": 18,
}  # fmt: skip
IN_TIME = [{"date": f"2026-{month:02d}-18", "amount": "1036"} for month in (8, 9, 10, 11)]
ASKED: dict[str, Any] = {
    "as_of": "2026-11-24", "schedule": SCHEDULE, "payments": IN_TIME, "affordable": "1200", "savings": "5000",
}  # fmt: skip


def codes(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def test_payments_are_set_off_against_the_oldest_row_first() -> None:
    rows = build(SCHEDULE).rows
    paid = [Payment(date(2026, 9, 1), 50_000), Payment(date(2026, 8, 20), 103_600)]
    first, second, third = stand(rows, paid)[:3]
    assert (first.left_fen, first.paid_on) == (0, date(2026, 8, 20))
    assert (second.left_fen, second.paid_on) == (53_600, None)
    assert third.left_fen == 103_600
    assert not first.is_late(date(2026, 9, 1), grace_days=2)
    assert first.is_late(date(2026, 9, 1), grace_days=1)


def test_who_paid_in_time_and_has_enough_is_left_in_peace() -> None:
    answer = warn(ASKED)
    assert (answer["chance"], answer["level"], answer["reasons"], answer["replan"]) == ("0.0000", "calm", [], None)
    assert [row["due"] for row in answer["next"]] == ["2026-12-18", "2027-01-18", "2027-02-18"]


def test_a_budget_that_does_not_reach_is_certain_and_names_its_month() -> None:
    answer = warn({**ASKED, "affordable": ["1200", "500"], "savings": "600"})
    assert (answer["chance"], answer["level"]) == ("1.0000", "act")
    (reason,) = answer["reasons"]
    assert (reason["code"], reason["month"], reason["amount"]) == ("budget_short", 3, "472.00")


def test_late_payments_and_what_is_overdue_raise_the_chance() -> None:
    late = [IN_TIME[0], {"date": "2026-10-30", "amount": "2072"}]
    answer = warn({**ASKED, "payments": late})
    assert codes(answer) == ["paid_late", "overdue_now"]
    # three of four came late or not at all: 4 of 16, three times, and a quarter for what is overdue
    assert answer["reasons"][0]["chance"] == "0.5781"
    assert answer["level"] == "act"
    assert answer["next"][0]["due"] == "2026-11-18"


def test_bad_months_count_only_where_savings_are_thin() -> None:
    asked = {**ASKED, "income": "6000", "shocks": SHOCKS, "paths": 300}
    thin = warn({**asked, "savings": "0"})
    assert codes(thin) == ["thin_reserve"]
    assert thin["chance"] > warn({**asked, "savings": "20000"})["chance"]
    assert canonical(warn({**asked, "savings": "0"})) == canonical(thin)
    assert warn({**asked, "savings": "100000"})["reasons"] == []


def test_a_short_gap_is_bridged_by_a_deferral() -> None:
    replan = warn({**ASKED, "affordable": ["1200", "0", "0", "1300"], "savings": "0"})["replan"]
    assert (replan["kind"], replan["terms"]["deferral"]) == ("deferral", {"months": 3, "interest": "first_row"})
    assert schedule(replan["terms"])["hash"] == replan["hash"]
    # eleven months of 24 on the eight thousand left, in place of eight fees of 36 on the first twelve
    assert (replan["terms"]["principal"], replan["costs_more"]) == ("8000.00", "-24.00")


def test_a_lasting_gap_needs_a_longer_term() -> None:
    replan = warn({**ASKED, "affordable": "700", "savings": "0"})["replan"]
    assert (replan["kind"], replan["terms"]["periods"]) == ("longer_term", 12)
    assert fen(replan["instalment"]) <= 700_00


def test_where_nothing_fits_there_is_no_replan() -> None:
    assert warn({**ASKED, "affordable": "50", "savings": "0"})["replan"] is None
    small = {**SCHEDULE, "principal": "120", "periods": 12}
    asked = {**ASKED, "schedule": small, "payments": [], "affordable": "1", "savings": "0"}
    assert warn(asked)["replan"] is None


def test_what_is_paid_off_warns_of_nothing() -> None:
    answer = warn({**ASKED, "payments": [{"date": "2026-09-01", "amount": "20000"}], "affordable": "0"})
    assert (answer["chance"], answer["next"]) == ("0.0000", [])


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"payments": [{"date": "2026-11-25", "amount": "0"}]}, ["/payments/0/amount", "/payments/0/date"]),
        ({"schedule": {**SCHEDULE, "periods": 0}}, ["/schedule/periods"]),
        ({"affordable": ["x"], "grace_days": 31}, ["/affordable/0", "/grace_days"]),
        ({"shocks": {"flood": {}}, "as_of": "now"}, ["/as_of", "/shocks/flood"]),
    ],
)
def test_bad_fields_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        warn({**ASKED, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_a_request_without_anything_names_what_is_required() -> None:
    with pytest.raises(BadInput) as refused:
        warn({})
    assert {pointer for pointer, _ in refused.value.errors} == {"/as_of", "/schedule", "/affordable", "/payments"}


@pytest.mark.parametrize("more", [{"income": "6000"}, {"income": ["6000"], "shocks": SHOCKS}, {}])
def test_the_command_answers_in_its_schema(more: dict[str, Any]) -> None:
    asked = {**ASKED, **more, "savings": "0", "paths": 100}
    code, out, _ = heyue("warn", "-", given=json.dumps(asked))
    assert code == 0
    assert bool(json.loads(out)["reasons"]) is bool(more)
    assert_fits(asked, "warn.input.json")
    assert_fits(json.loads(out), "warn.output.json")


def test_the_command_goes_without_assumptions_before_there_were_any() -> None:
    old = {**ASKED, "income": "1", "as_of": "2000-01-01", "payments": [], "affordable": "9999", "savings": "0"}
    assert heyue("warn", "-", given=json.dumps(old))[0] == 0


def test_no_replan_goes_beyond_sixty_months_in_all() -> None:
    long = {**SCHEDULE, "principal": "60000", "periods": 59}
    asked = {**ASKED, "schedule": long, "payments": [], "as_of": "2026-07-20", "savings": "0"}
    # a deferral of one month is all that is left, and then the sixtieth row
    assert warn({**asked, "affordable": ["0", "1600"]})["replan"]["terms"]["deferral"]["months"] == 1
    assert warn({**asked, "affordable": ["0", "0", "1600"]})["replan"] is None
    longer = warn({**asked, "affordable": "1190"})["replan"]
    assert (longer["kind"], longer["terms"]["periods"]) == ("longer_term", 60)
