"""A dispute over the gateway: the platform asks, the bank's officer answers, and the platform says what came of it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.dispatch import typeset as dispatch_typeset
from heyue.disputes import actions, reads
from heyue.disputes.actions import Complaint
from heyue.disputes.models import Dispute, DisputeQuestion
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation
from heyue.review import actions as review
from heyue.review.models import Review
from protocol.two_sides import Luck, Setting, Sides, settled_in
from sandbox_bank import desk, state
from sandbox_bank.problems import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
SAID = "11月12日我转了500元，银行的账上没有这一笔。"
REASON = "银行查到这笔款记在了另一张卡上，已经改正入账。"
ANSWER = {"do": "answer_dispute", "position": "agrees", "text": "记在了另一张卡上，今天改正。"}


@pytest.fixture
def setting(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
    monkeypatch.setattr(dispatch_typeset, "form_for", lambda pk: f"%PDF-1.7 form {pk}".encode())
    loop = asyncio.new_event_loop()
    yield settled_in(loop, tmp_path / "nanshan.db")
    loop.close()


@pytest.fixture
def sides(setting: Setting) -> Sides:
    """Both sides, and the bank has Lin's application."""
    sides = Sides(setting.bank_path, setting.loop)
    row = Review.objects.get(application_id=setting.application_id)
    perform(setting.reviewer, review.take, review_id=row.pk)
    perform(setting.reviewer, review.pass_, review_id=row.pk)
    sides.until_quiet()
    return sides


def asked(setting: Setting) -> Dispute:
    """Lin disputes, and the reviewer asks the bank; nothing is sent yet."""
    at, said = Negotiation.objects.get().pk, Complaint("payment", "bank", SAID)
    made = perform(setting.lin, actions.raise_dispute, negotiation_id=at, said=said)
    perform(setting.reviewer, actions.take, dispute_id=made)
    perform(setting.reviewer, actions.ask, dispute_id=made, to="bank", text="这笔500元入账了吗？")
    return Dispute.objects.get(pk=made)


def officer_answers(sides: Sides, row: Dispute) -> None:
    """On the bank's own page; nothing is sent yet."""
    form = {**ANSWER, "question_id": str(row.questions.get().pk)}
    sides.bank.in_one_transaction(lambda work: desk.answer(work, str(row.negotiation_id), form))


def test_the_question_arrives_once_the_officer_answers_and_the_bank_hears_the_outcome(
    setting: Setting, sides: Sides
) -> None:
    row = asked(setting)
    sides.deliver([Luck.UNHEARD])
    sides.deliver()
    sides.until_quiet()
    (question,) = sides.rows("SELECT * FROM dispute_questions")
    assert (question["said"], question["text"], question["kind"]) == (SAID, "这笔500元入账了吗？", "payment")
    told = OutboundMessage.objects.get(kind="dispute.asked")
    assert (told.delivery, told.fate) == ("delivered", "taken")
    officer_answers(sides, row)
    with pytest.raises(Problem):
        officer_answers(sides, row)
    sides.bank_sends([Luck.UNHEARD])
    sides.until_quiet()
    (answer,) = reads.told(setting.reviewer, row).asked
    assert (answer.answer, answer.row.position, answer.row.answered_by) == (ANSWER["text"], "agrees", "南山银行")
    perform(setting.reviewer, actions.decide, dispute_id=row.pk, outcome="upheld", reason=REASON)
    sides.until_quiet()
    (question,) = sides.rows("SELECT * FROM dispute_questions")
    assert (question["outcome"], question["reason"]) == ("upheld", REASON)


def test_an_answer_that_crosses_the_outcome_is_refused_and_says_why(setting: Setting, sides: Sides) -> None:
    row = asked(setting)
    sides.until_quiet()
    officer_answers(sides, row)
    perform(setting.lin, actions.withdraw, dispute_id=row.pk)
    sides.until_quiet()
    refused = InboundMessage.objects.get(kind="dispute.answered")
    assert refused.judgement == "refused"
    assert refused.problem["type"] == "urn:heyue:problem:dispute-closed"  # type: ignore[index]
    assert DisputeQuestion.objects.get().answered_at is None


def test_it_is_asked_and_answered_after_the_talk_has_ended_too(setting: Setting, sides: Sides) -> None:
    at = Negotiation.objects.get().pk
    perform(setting.lin, borrower_acts.end, negotiation_id=at)
    row = asked(setting)
    sides.until_quiet()
    officer_answers(sides, row)
    sides.until_quiet()
    assert DisputeQuestion.objects.get().position == "agrees"
    log = sides.bank.reading(lambda work: state.log_of(work, str(at)))
    assert [entry["name"] for entry in log if "dispute" in entry["name"]] == ["dispute.asked", "dispute.answered"]
