"""A bank is shown of an application what it declared that it needs, and no more: message, form and papers."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bargain import FORM, deal_review, submitted
from heyue.banks.actions import join
from heyue.banks.models import Bank
from heyue.banks.needs import Needs, needs_of
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.dispatch.typeset import budget_of, form_for, hardship_of, message_for
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal
from heyue.evidence.models import Leaf
from heyue.journey import perform
from heyue.journey.disclosed import to_banks
from heyue.review import actions as review
from heyue.vault import keyring
from protocol.gateway_peer import onboarding

pytestmark = pytest.mark.django_db
LITTLE = {"budget_lines": False, "hardship_story": False, "proof_kinds": ["income"]}


def rows(**needs: Any) -> dict[str, Dispatch]:
    """One application at two banks, of which the first needs only so much: their forms by slug."""
    deal = submitted()
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(needs=needs)
    review_id = deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    perform(deal.cast.reviewer, review.pass_, review_id=review_id)
    return {row.bank.slug: row for row in dispatches.visible(deal.cast.lin)}


def answers(row: Dispatch) -> dict[str, Any]:
    return keyring(row.borrower_id).open_json(row.application.sealed_answers, "answers")


def test_a_bank_that_declares_nothing_is_shown_everything() -> None:
    row = rows()["donghu"]
    assert message_for(row, FORM)["hardship"]["story"] == answers(row)["hardship"]["story"] != ""
    assert len(budget_of(row, answers(row)).income) == len(answers(row)["income"]["items"])


def test_words_that_a_bank_does_not_need_are_not_sent_to_it() -> None:
    found = rows(**LITTLE)
    little, all_of_it = (message_for(found[slug], FORM)["hardship"] for slug in ("donghu", "nanshan"))
    assert (little["kind"], little["story"]) == (all_of_it["kind"], "")
    assert all_of_it["story"]


def test_a_bank_that_needs_totals_gets_no_lines_and_the_same_totals() -> None:
    found = rows(**LITTLE)
    little, all_of_it = (budget_of(found[slug], answers(found[slug])) for slug in ("donghu", "nanshan"))
    assert [line.amount_fen for line in little.income] == [all_of_it.income_fen]
    assert [line.amount_fen for line in little.expenses] == [all_of_it.expenses_fen]
    assert little.affordable_fen == all_of_it.affordable_fen


def test_the_form_is_typeset_without_them_too() -> None:
    row = rows(**LITTLE)["donghu"]
    assert hardship_of(row, answers(row)).story == ""
    assert form_for(row.pk).startswith(b"%PDF-")


def test_a_kind_of_proof_that_is_not_needed_is_not_shown() -> None:
    needs = Needs.model_validate(LITTLE)
    assert needs.proof("income")
    assert not needs.proof("medical")
    assert Needs().proof("medical")


def test_the_borrower_reads_what_each_bank_was_shown() -> None:
    deal_rows = rows(**LITTLE)
    Dispatch.objects.update(received_on="2026-11-16")
    lin = deal_rows["donghu"].borrower_id
    told = to_banks(Actor(Role.BORROWER, lin))
    fields = {row.bank.slug: told[row.bank_id] for row in deal_rows.values()}
    form = {slug: next(one.fields for one in said if "申请表" in one.by) for slug, said in fields.items()}
    assert "每月收入和支出的合计" in form["donghu"]
    assert "遇到的是哪一类困难" in form["donghu"]
    assert "遇到的困难" in form["nanshan"]


def test_a_bank_declares_at_onboarding_and_a_field_that_there_is_not_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    bank = join(onboarding("donghu", key, needs=LITTLE))
    assert needs_of(bank) == Needs.model_validate(LITTLE)
    join(onboarding("donghu", key))
    assert needs_of(Bank.objects.get(pk=bank.pk)) == Needs.model_validate(LITTLE), "not told again: as it was"
    with pytest.raises(Refusal):
        join(onboarding("donghu", key, needs={"everything": True}))
    assert Leaf.objects.filter(kind="bank.joined").exists()
