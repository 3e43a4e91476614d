"""The evidence timeline in words: whatever was written by whom, it can be read."""

from __future__ import annotations

from datetime import date

import pytest

from bargain import as_bank, received
from heyue.dispatch import actions as dispatch
from heyue.journey import perform, story
from heyue.negotiation import actions as negotiation
from heyue.negotiation import borrower_acts

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.mark.parametrize("number", ["A001-02-99", "2026-13-45", "2026-11-16"])
def test_a_staff_number_that_looks_like_a_day_does_not_break_the_timeline(number: str) -> None:
    deal = received()
    bank = deal.cast.bank_a
    perform(
        as_bank(bank),
        negotiation.assign_officer,
        negotiation_id=deal.id_at(bank),
        name="王立",
        staff_number=number,
    )
    entries = story.of_application(deal.cast.lin, deal.application_id)
    assert "negotiation.officer-assigned" in {entry.kind for entry in entries}


def test_days_are_spoken_and_not_written_as_a_machine_does() -> None:
    deal = received()
    bank = deal.cast.bank_a
    perform(
        as_bank(bank),
        dispatch.answer_standstill,
        dispatch_id=deal.id_at(bank),
        granted=True,
        until=date(2027, 1, 15),
    )
    told = " ".join(entry.words for entry in story.of_application(deal.cast.lin, deal.application_id))
    assert "同意先暂停催收，到2027年1月15日" in told
    assert "基准日是2026年" in told


def test_each_consent_says_what_it_allows() -> None:
    deal = received()
    told = " ".join(entry.words for entry in story.of_borrower(deal.cast.lin))
    assert "看申请材料" in told
    assert "一项授权" not in told


def test_a_reason_that_is_a_code_is_not_shown() -> None:
    deal = received()
    perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(deal.cast.bank_a))
    entries = story.of_application(deal.cast.lin, deal.application_id)
    (ended,) = [entry for entry in entries if entry.kind == "negotiation.borrower-ends"]
    assert ended.detail == ""
