"""A bank is shown of an application what it declared that it needs, and no more: message, form and papers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import interview
from bargain import BASE_DAY, FORM, day, deal_review, passed, submitted
from cast import Cast, assemble
from heyue.application import actions as application
from heyue.banks.actions import join
from heyue.banks.models import Bank
from heyue.banks.needs import Needs, needs_of
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.dispatch.typeset import budget_of, form_for, hardship_of, message_for, shown_to
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


# ── fixed at the sending ───────────────────────────────────────────────────────────────────────────────


def declare(slug: str, **needs: Any) -> None:
    """The bank declares from now on that it needs this."""
    Bank.objects.filter(slug=slug).update(needs=needs)


def test_what_a_bank_adds_after_the_sending_is_not_shown_of_what_was_sent() -> None:
    sent = rows(**LITTLE)["donghu"]
    before = (message_for(sent, FORM)["hardship"], form_for(sent.pk))
    declare("donghu")
    later = Dispatch.objects.get(pk=sent.pk)
    assert (message_for(later, FORM)["hardship"], form_for(later.pk)) == before
    assert len(budget_of(later, answers(later)).income) == 1
    Dispatch.objects.update(received_on="2026-11-16")
    told = to_banks(Actor(Role.BORROWER, sent.borrower_id))[sent.bank_id]
    assert any("每月收入和支出的合计" in one.fields for one in told)


def test_what_a_bank_gives_up_after_the_sending_stays_as_it_was_sent() -> None:
    sent = rows()["donghu"]
    declare("donghu", **LITTLE)
    assert message_for(Dispatch.objects.get(pk=sent.pk), FORM)["hardship"]["story"] != ""


def test_a_paper_of_a_kind_that_is_added_later_is_not_opened_by_it() -> None:
    sent = rows(**LITTLE)["donghu"]
    assert shown_to(sent.bank_id, sent) == [], "the proof is an identity card, and only income was declared"
    declare("donghu")
    assert shown_to(sent.bank_id, Dispatch.objects.get(pk=sent.pk)) == []
    declare("nanshan", **LITTLE)
    other = Dispatch.objects.get(bank__slug="nanshan")
    assert [proof.kind for proof in shown_to(other.bank_id, other)] == ["identity"]


def test_what_a_bank_adds_between_the_consent_and_the_sending_falls_away() -> None:
    with_little = assembled(**LITTLE)
    deal = submitted(with_little)
    declare("donghu", budget_lines=False)
    sent = dispatches.visible(deal.cast.lin).filter(bank__slug="donghu")
    review_id = deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    perform(deal.cast.reviewer, review.pass_, review_id=review_id)
    assert sent.get().shown == Needs.model_validate(LITTLE)


def test_the_next_application_agrees_to_what_is_declared_by_then() -> None:
    deal = submitted(assembled(**LITTLE))
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    declare("donghu", hardship_story=False)
    later = passed(submitted(deal.cast))
    sent = dispatches.visible(deal.cast.lin).get(application_id=later.application_id, bank__slug="donghu")
    assert sent.shown == Needs(hardship_story=False)


def test_a_consent_to_something_else_than_what_is_needed_now_is_asked_anew() -> None:
    talk = interview.ready()
    declare("donghu", **LITTLE)
    lin = interview.phone_of(talk.lin)
    shown = lin.get("/apply/review").content.decode()
    assert "给它看收支（只要合计）、困难（只要哪一类）、想要的方案、交的材料（只要工资条、收入证明）" in shown
    assert "给它看收支、困难、想要的方案、交的材料" in shown
    read = {
        "bank": [str(talk.cast.bank_a.pk), str(talk.cast.bank_b.pk)],
        "declared_true": "1",
        "seen": re.findall(r'name="seen" value="([^"]+)"', shown),
    }
    assert len(read["seen"]) == 2
    declare("donghu")
    assert lin.post("/apply/review", read).headers["Location"] == "/apply/review"
    again = lin.get("/apply/review").content.decode()
    assert "银行要看的内容刚刚改了" in again
    assert not Dispatch.objects.exists()
    read["seen"] = re.findall(r'name="seen" value="([^"]+)"', again)
    assert lin.post("/apply/review", read).headers["Location"] == "/progress"
    agreed = {debt.bank.slug: Needs.model_validate(debt.agreed_needs) for debt in talk.row().debts.all()}
    assert agreed == {"donghu": Needs(), "nanshan": Needs()}


def assembled(**needs: Any) -> Cast:
    """Everybody, where the first bank declares that it needs this."""
    day(BASE_DAY)
    cast = assemble()
    declare(cast.bank_a.slug, **needs)
    return cast


def test_a_bank_declares_at_onboarding_and_a_field_that_there_is_not_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    bank = join(onboarding("donghu", key, needs=LITTLE))
    assert needs_of(bank) == Needs.model_validate(LITTLE)
    join(onboarding("donghu", key))
    assert needs_of(Bank.objects.get(pk=bank.pk)) == Needs.model_validate(LITTLE), "not told again: as it was"
    with pytest.raises(Refusal):
        join(onboarding("donghu", key, needs={"everything": True}))
    assert Leaf.objects.filter(kind="bank.joined").exists()
