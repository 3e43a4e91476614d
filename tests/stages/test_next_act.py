"""The one thing to do now is always a thing that can be done."""

from __future__ import annotations

import pytest

from bargain import Bargain, accepted, as_bank, passed, received, running
from heyue.journey import Kind, next_act, perform
from heyue.negotiation import actions as negotiation
from heyue.negotiation import borrower_acts

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def asked() -> Bargain:
    """Bank A has acknowledged and asked something."""
    deal = received()
    bank = deal.cast.bank_a
    perform(as_bank(bank), negotiation.ask, negotiation_id=deal.id_at(bank), text="现在有工作吗？")
    return deal


def test_a_question_of_the_bank_is_to_be_answered() -> None:
    act = next_act(asked().cast.lin)
    assert act is not None
    assert act.kind is Kind.QUESTION


def test_a_question_of_a_bank_that_refused_meanwhile_is_not() -> None:
    deal = asked()
    bank = deal.cast.bank_a
    perform(as_bank(bank), negotiation.refuse, negotiation_id=deal.id_at(bank), ground="policy", text="超出政策")
    act = next_act(deal.cast.lin)
    assert act is None or act.kind is not Kind.QUESTION


def test_a_question_of_a_bank_that_accepted_meanwhile_is_not() -> None:
    deal = asked()
    accepted(deal, deal.cast.bank_a)
    act = next_act(deal.cast.lin)
    assert act is None or act.kind is not Kind.QUESTION


def test_nor_is_one_of_a_talk_that_was_ended() -> None:
    deal = asked()
    perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(deal.cast.bank_a))
    act = next_act(deal.cast.lin)
    assert act is None or act.kind is not Kind.QUESTION


def test_while_a_bank_has_yet_to_answer_one_waits() -> None:
    deal = passed()
    before = next_act(deal.cast.lin)
    after = next_act(received(deal).cast.lin)
    assert before is not None
    assert before.kind is Kind.WAIT
    assert after == before


def test_nothing_is_talked_about_when_each_bank_has_agreed_or_refused() -> None:
    deal = received()
    bank_a, bank_b = deal.cast.bank_a, deal.cast.bank_b
    running(deal, bank_a)
    perform(as_bank(bank_b), negotiation.refuse, negotiation_id=deal.id_at(bank_b), ground="policy", text="超出政策")
    act = next_act(deal.cast.lin)
    assert act is None or act.kind is not Kind.WAIT
