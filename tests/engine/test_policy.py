"""Shipped records: dated, with source, unit and grade."""

from datetime import date

import pytest

from heyue.policy.load import NoRecord, bank, banks, rule, rules

TODAY = date(2026, 11, 24)


def test_first_answer_is_seven_working_days_by_custom() -> None:
    record = rule("FIRST-ANSWER", TODAY)
    assert (record.value, record.unit, record.grade) == (7, "working_days", "C")


def test_the_rate_floor_ended_with_2020() -> None:
    assert rule("PB-111-RATE", date(2020, 12, 31)).value["daily_rate_max"] == "0.0005"
    with pytest.raises(NoRecord):
        rule("PB-111-RATE", date(2021, 1, 1))
    assert rule("PB-327", date(2021, 1, 1)).value["daily_rate_max"] is None


def test_every_record_says_whence_and_since_when() -> None:
    for record in rules(TODAY):
        assert all((record.source, record.article, record.unit)), record.id
        assert record.grade in {"A", "B", "C"}, record.id
        assert record.effective_from <= TODAY


def test_no_rule_has_two_records_on_one_day() -> None:
    ids = [record.id for record in rules(TODAY)]
    assert len(ids) == len(set(ids))


def test_the_directory_names_each_bank_once() -> None:
    directory = banks(TODAY)
    assert len({entry.code for entry in directory}) == len(directory) == 24
    assert bank("CMB", TODAY).card_hotline == "400-820-5555"
    with pytest.raises(NoRecord):
        bank("NONE", TODAY)
