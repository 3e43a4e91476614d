"""Rules of an agreement: each breach is found with its article, and a sound one passes."""

from datetime import date, time
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput
from heyue.engine.rules import JUDGES, check_agreement, rules_of
from heyue.engine.rules.agreement import read_agreement
from heyue.engine.rules.contact import may_be_contacted
from heyue.engine.schedule import schedule
from heyue.policy.load import rule, rules

SCHEDULE = {
    "principal": "11500", "periods": 60, "method": "flat_fee", "monthly_rate": "0.003",
    "first_due": "2026-12-18", "due_day": 18,
}  # fmt: skip
SOUND: dict[str, Any] = {
    "signed_on": "2026-12-05",
    "currency": "CNY",
    "balance": "12000",
    "structure": [{"card": "1234", "purchase": "11000", "interest": "900", "fee": "100"}],
    "waived": "500",
    "schedule": SCHEDULE,
    "schedule_hash": schedule(SCHEDULE)["hash"],
    "annualised_rate_simple": schedule(SCHEDULE)["annualised_rate_simple"],
    "charges_during_plan": {"annual_fee": False, "interest": True, "other_fees": False},
    "interest_on_fees": "0",
    "daily_rate": "0.0006",
    "no_new_card_promise": True,
    "rights_duties_breach": "双方的权利义务和违约责任如下",
    "other_matters": "无",
    "collection_stops": True,
}


def found(**changes: Any) -> list[tuple[str, str]]:
    value = {name: entry for name, entry in {**SOUND, **changes}.items() if entry is not None}
    agreement = read_agreement(value)
    findings = check_agreement(agreement, rules(agreement.signed_on))
    assert all(finding.article and finding.message for finding in findings)
    return [(finding.rule, finding.severity) for finding in findings]


def test_a_sound_agreement_passes() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"schedule": {**SCHEDULE, "periods": 61}, "schedule_hash": None, "annualised_rate_simple": None},
         [("CC-70-2", "error"), ("PB-2021-3", "error")]),
        ({"schedule": {**SCHEDULE, "first_due": "2027-02-18"}, "schedule_hash": None}, [("CC-70-2", "warning")]),
        ({"currency": None}, [("CC-70-3", "error")]),
        ({"structure": None}, [("CC-70-3", "error")]),
        ({"structure": [{"card": "1234", "purchase": "11999.99"}]}, [("CC-70-3", "error")]),
        ({"waived": "0"}, [("CC-70-3", "error")]),
        ({"schedule_hash": "00"}, [("CC-70-3", "error")]),
        ({"charges_during_plan": None}, [("CC-70-3", "error")]),
        ({"no_new_card_promise": None}, [("CC-70-3", "error")]),
        ({"rights_duties_breach": None}, [("CC-70-3", "error")]),
        ({"other_matters": None}, [("CC-70-3", "error")]),
        ({"collection_stops": False}, [("CC-70-4", "warning")]),
        ({"oral": True}, [("CC-70-5", "error")]),
        ({"oral": True, "recording_kept_until_settled": True}, []),
        ({"interest_on_fees": "0.0005"}, [("PB-111-FEE", "error")]),
        ({"annualised_rate_simple": "0.036"}, [("PB-2021-3", "error")]),
        ({"annualised_rate_simple": None}, [("PB-2021-3", "error")]),
    ],
)  # fmt: skip
def test_each_breach_is_found(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**changes) == expected


def test_the_rate_was_limited_until_the_end_of_2020_and_is_no_more() -> None:
    old = {"signed_on": "2020-12-31", "schedule": {**SCHEDULE, "first_due": "2021-01-18"}, "schedule_hash": None}
    assert found(**old) == [("PB-111-RATE", "error")]
    assert found(**{**old, "daily_rate": "0.0003"}) == [("PB-111-RATE", "error")]
    assert found(**{**old, "daily_rate": "0.0005"}) == []
    assert found(daily_rate="0.0006") == []


def test_an_interest_free_plan_need_not_show_a_rate() -> None:
    free = {key: value for key, value in SCHEDULE.items() if key != "monthly_rate"}
    changes = {"schedule": {**free, "method": "interest_free"}, "schedule_hash": None}
    assert found(**changes, annualised_rate_simple=None) == []


def test_bad_fields_are_all_named() -> None:
    with pytest.raises(BadInput) as refused:
        read_agreement({**SOUND, "oral": "yes", "schedule": {"principal": "x"}, "more": 1})
    named = {pointer for pointer, _ in refused.value.errors}
    assert {"/oral", "/more", "/schedule/principal", "/schedule/periods"} <= named


def test_every_rule_in_force_cites_its_source() -> None:
    held = rules_of(rules(date(2026, 11, 24)))
    assert {one.id for one in held} == set(JUDGES) - {"PB-111-RATE"}
    assert all(one.source and one.article and one.effective_from for one in held)


@pytest.mark.parametrize(
    ("at", "allowed"), [("22:00", False), ("07:59", False), ("08:00", True), ("21:59", True), ("00:00", False)]
)
def test_nobody_is_called_at_night(at: str, allowed: bool) -> None:
    hours = rule("COLLECT-TIME", date(2026, 11, 24)).value
    assert may_be_contacted(time.fromisoformat(at), hours) is allowed
    assert may_be_contacted(time(13), {"quiet_from": "12:00", "quiet_until": "14:00"}) is False
