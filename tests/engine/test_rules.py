"""Rules of an agreement: each breach is found with its article, and a sound one passes."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.rules import JUDGES, RULES, charged_lines, check, check_agreement, rules_of
from heyue.engine.rules.agreement import read_agreement
from heyue.engine.rules.contact import may_be_contacted
from heyue.engine.rules.facts import (
    AdverseRecord,
    ChargedLine,
    Complaint,
    Contact,
    CreditObjection,
    Household,
    InstalmentProduct,
    Letter,
    SetOff,
)
from heyue.engine.schedule import schedule
from heyue.policy.load import every_record, rule, rules

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
    assert all(finding.as_json()["article"] and finding.as_json()["message"] for finding in findings)
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
        ({"collection_stops": None}, [("CC-70-4", "warning")]),
        ({"waived": None}, [("CC-70-3", "error")]),
        ({"waived": None, "balance": "11500", "structure": [{"card": "1234", "purchase": "11500"}]}, []),
    ],
)  # fmt: skip
def test_each_breach_is_found(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**changes) == expected


def test_the_rate_was_limited_until_the_end_of_2020_and_is_no_more() -> None:
    old = {"signed_on": "2020-12-31", "schedule": {**SCHEDULE, "first_due": "2021-01-18"}, "schedule_hash": None}
    assert found(**old) == [("PB-111-RATE", "error")]
    assert found(**{**old, "daily_rate": "0.0003"}) == [("PB-111-RATE", "error")]
    assert found(**{**old, "daily_rate": "0.0005"}) == []
    assert found(**{**old, "daily_rate": "0.00035"}) == []
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


@pytest.mark.parametrize(
    ("at", "allowed"), [("11:59", True), ("12:00", False), ("13:59", False), ("14:00", True), ("00:00", True)]
)
def test_quiet_hours_within_a_day_hold_from_their_first_minute_to_before_their_last(at: str, allowed: bool) -> None:
    assert may_be_contacted(time.fromisoformat(at), {"quiet_from": "12:00", "quiet_until": "14:00"}) is allowed
    assert may_be_contacted(time.fromisoformat(at), {"quiet_from": "12:00", "quiet_until": "12:00"}) is True


CALL = Contact(datetime(2026, 11, 24, 10), "debtor", kept_until=date(2028, 11, 24))
EVERY_CONTENT = frozenset(rule("CC-69", date(2026, 11, 24)).value)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CALL, []),
        (replace(CALL, at=datetime(2026, 11, 24, 22)), ["COLLECT-TIME"]),
        (replace(CALL, party="colleague"), ["CC-68"]),
        (replace(CALL, party="guarantor", abusive=True), ["CC-68"]),
        (replace(CALL, kept_until=None), ["CC-68"]),
        (replace(CALL, kept_until=date(2028, 11, 23)), ["CC-68"]),
        (replace(CALL, agreement_holds=True), ["CC-70-4"]),
        (Letter(EVERY_CONTENT), []),
        (Letter(EVERY_CONTENT - {"seal", "bank_contact"}), ["CC-69", "CC-69"]),
        (SetOff(90, 100, 1000, 100, 50), []),
        (SetOff(90, 100, 1000, 99, 1), ["CC-ORDER"]),
        (SetOff(91, 100, 1000, 0, 50), []),
        (SetOff(91, 100, 1000, 1, 999), ["CC-ORDER"]),
        (SetOff(91, 100, 1000, 1, 1000), []),
        (ChargedLine("purchase", 5), []),
        (ChargedLine("fee", 5), ["PB-111-FEE"]),
        (ChargedLine("fee", 0), []),
        (InstalmentProduct(60, 9_000_000), []),
        (InstalmentProduct(61, 9_000_000), ["CB-2022-13"]),
        (InstalmentProduct(24, 5_000_000, of_cash_advance=True), []),
        (InstalmentProduct(25, 5_000_001, of_cash_advance=True), ["CB-2022-13", "CB-2022-13"]),
        (InstalmentProduct(12, 1, ticked_by_default=True, interest_on_first_page=False), ["CB-2022-13", "CB-2022-13"]),
        (Complaint(date(2026, 11, 9), date(2026, 11, 24), TODAY), []),
        (Complaint(date(2026, 11, 8), None, TODAY), ["COMPLAINT"]),
        (Complaint(date(2026, 11, 8), None, TODAY, complex=True), []),
        (Complaint(date(2026, 9, 24), None, TODAY, complex=True), ["COMPLAINT-COMPLEX"]),
        (CreditObjection(date(2026, 11, 4), None, TODAY), []),
        (CreditObjection(date(2026, 11, 3), None, TODAY), ["CREDIT"]),
        (AdverseRecord(date(2021, 11, 24), TODAY), []),
        (AdverseRecord(date(2021, 11, 23), TODAY), ["CREDIT"]),
        (AdverseRecord(date(2020, 2, 29), date(2025, 2, 28)), []),
        (Household(500_000, 200_000, willing=True), []),
        (Household(200_000, 200_000, willing=False), ["CC-70-1", "CC-70-1"]),
    ],
)
def test_facts_of_every_kind_are_checked(facts: Any, expected: list[str]) -> None:
    found = check(facts, rules(TODAY))
    assert [finding.rule for finding in found] == expected
    assert all(finding.article and finding.message for finding in found)
    # that the household could pay as it is may be judged otherwise; all else is a breach
    able = [finding for finding in found if finding.rule == "CC-70-1" and "没有超出" in finding.message]
    assert {finding.severity for finding in found if finding not in able} <= {"error"}
    assert {finding.severity for finding in able} <= {"warning"}


def test_an_agreement_is_checked_like_any_facts() -> None:
    agreement = read_agreement({**SOUND, "interest_on_fees": "0.0005"})
    laws = rules(agreement.signed_on)
    assert check(agreement, laws) == check_agreement(agreement, laws) != ()


def test_a_finding_is_answered_with_its_rule_article_severity_and_words() -> None:
    (finding,) = check(ChargedLine("fee", 5), rules(TODAY))
    assert finding.as_json() == {
        "rule": "PB-111-FEE",
        "article": finding.article,
        "severity": "error",
        "message": "对违约金、年费等费用计收了 0.05 元利息",
    }


def test_what_an_agreement_says_of_charges_is_read_in_order() -> None:
    assert read_agreement(SOUND).charges_during_plan == (False, True, False)


def test_a_rule_in_force_keeps_the_dates_and_the_grade_of_its_record() -> None:
    laws = {law.id: law for law in rules(date(2020, 6, 1))}
    for one in rules_of(laws.values()):
        law = laws[one.id]
        assert (one.effective_from, one.effective_to) == (law.effective_from, law.effective_to)
        assert (one.grade, one.source, one.article) == (law.grade, law.source, law.article)
    assert any(one.effective_to for one in rules_of(laws.values()))


def test_the_engine_s_own_interest_keeps_the_rules() -> None:
    terms = {"daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23, "late_fee_ratio": "0.05"}
    events = [{"date": "2026-03-30", "kind": kind, "amount": "1000"} for kind in ("purchase", "cash_advance", "fee")]
    lines = list(charged_lines(account({"terms": terms, "events": events, "until": "2026-12-05"})))
    assert len(lines) > 10
    # the cash advance bears from its day; the purchase is not judged yet when the first statement is cut
    assert lines[0] == ChargedLine("cash_advance", 3_00)
    assert [finding for line in lines for finding in check(line, rules(TODAY))] == []


def test_a_law_that_does_not_apply_finds_nothing() -> None:
    held = [replace(law, value=False) for law in rules(TODAY) if law.id == "CC-70-1"]
    assert check(Household(1, 2, willing=False), held) == ()


def test_every_rule_has_a_record_and_a_docstring_that_names_it() -> None:
    ids = {record.id for record in every_record()}
    for known in RULES:
        assert known.id in ids
        assert known.id in (known.judge.__doc__ or "")
