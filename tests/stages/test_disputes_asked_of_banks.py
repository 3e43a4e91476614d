"""A dispute's question goes to the bank as a message: what it carries, who may answer it, once, and how it is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

import bargain
import mail_servers
from at_desk import desk_of
from bargain import Bargain
from heyue import clock, deadlines
from heyue.banks import outbox
from heyue.banks.models import Bank, OutboundMessage
from heyue.dispatch import channels, mail_links
from heyue.dispatch.mail import addressed, reply_address
from heyue.dispatch.models import MailLink, ReceivedMail
from heyue.disputes import actions, reads
from heyue.disputes.actions import Complaint
from heyue.disputes.models import Dispute, DisputeQuestion
from heyue.engine.refusal import Refusal
from heyue.evidence.models import Leaf
from heyue.faces.worker import bank_mails
from heyue.faces.worker.texts import send_mails
from heyue.identity import actions as identity
from heyue.identity.models import Person
from heyue.journey import perform
from heyue.journey.board import board, late_since
from heyue.journey.inbound import Inbound, take
from on_phone import page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

SAID = "11月12日我转了500元，银行的账上没有这一笔。"
REASON = "银行查到这笔款记在了另一张卡上，已经改正入账。"
ANSWER = "记在了另一张卡上，今天改正。"


@pytest.fixture
def deal() -> Bargain:
    """Lin talks with both banks, each by its machine."""
    return bargain.received()


def raised(deal: Bargain, kind: str = "payment") -> UUID:
    """A dispute of Lin's with bank A that the operator has in hand."""
    said = Complaint(kind, "bank", SAID)
    made = perform(
        deal.cast.lin, actions.raise_dispute, negotiation_id=deal.id_at(deal.cast.bank_a), said=said, papers=()
    )
    perform(deal.cast.operator, actions.take, dispute_id=made)
    return made


def asked(deal: Bargain, made: UUID | None = None) -> DisputeQuestion:
    """The question of the operator to bank A."""
    made = made or raised(deal)
    perform(deal.cast.operator, actions.ask, dispute_id=made, to="bank", text="这笔500元入账了吗？")
    return DisputeQuestion.objects.get(dispute_id=made, to="bank", answered_at__isnull=True)


def message(name: str = "dispute.asked") -> dict[str, Any]:
    """The data of the newest message of a name."""
    found = OutboundMessage.objects.filter(kind=name).latest("queued_at", "sequence")
    return json.loads(outbox.body_of(found))["data"]  # type: ignore[no-any-return]


def answered(deal: Bargain, question: DisputeQuestion, bank: Bank | None = None, **changes: object) -> None:
    """The bank's system answers in its own negotiation."""
    bank = bank or deal.cast.bank_a
    told = {"dispute_id": str(question.dispute_id), "question_id": str(question.pk)}
    data = {**told, "position": "agrees", "text": ANSWER, **changes}
    take(Inbound(uuid4(), bank.pk, deal.id_at(bank), "dispute.answered", data))


def refused(code: str, deal: Bargain, question: DisputeQuestion, **how: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        answered(deal, question, **how)
    assert refusal.value.code == code


# ── by the bank's machine ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_goes_to_the_banks_machine_with_what_it_is_about_and_until_when(deal: Bargain) -> None:
    question = asked(deal)
    row = question.dispute
    told = message()
    assert told == {
        "dispute_id": str(row.pk),
        "number": row.number,
        "question_id": str(question.pk),
        "kind": "payment",
        "said": SAID,
        "text": "这笔500元入账了吗？",
        "raised_on": "2026-11-16",
        "answer_by": "2026-11-23",
    }
    (wait,) = [w for w in deadlines.open_waits([row.pk])[row.pk] if w.kind == "dispute-answer"]
    assert (wait.due_on.isoformat(), wait.owed_by) == (told["answer_by"], "bank")
    assert question.message_id == OutboundMessage.objects.get(kind="dispute.asked").pk
    shown = page(desk_of(deal.cast.operator), f"/desk/disputes/{row.pk}")
    assert "经接口发给银行的系统：还没送到" in shown
    outbox.mark_delivered(question.message_id, 202, {})
    outbox.mark_fate(question.message_id, "taken", None)
    assert "它的系统已经采用 <time" in page(desk_of(deal.cast.operator), f"/desk/disputes/{row.pk}")
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(mail_address="cards@donghu.example")
    at = {"dispatch_id": row.negotiation_id, "channel": "email", "reason": "系统要停两周"}
    perform(deal.cast.operator, channels.choose, **at)
    assert "经接口发给银行的系统：送到了" in page(desk_of(deal.cast.operator), f"/desk/disputes/{row.pk}"), "as it went"


def test_after_the_consent_is_taken_back_the_borrowers_words_do_not_travel(deal: Bargain) -> None:
    made = raised(deal)
    perform(deal.cast.lin, identity.withdraw_consent, bank_id=deal.cast.bank_a.pk, purpose="application")
    asked(deal, made)
    assert "said" not in message()


def test_the_banks_answer_stands_with_its_position_and_is_given_once(deal: Bargain) -> None:
    question = asked(deal)
    answered(deal, question)
    (told,) = reads.told(deal.cast.operator, question.dispute).asked
    assert (told.answer, told.position, told.row.answered_by) == (ANSWER, "持卡人说得对", deal.cast.bank_a.name)
    waits = deadlines.open_waits([question.dispute_id])[question.dispute_id]
    assert [wait.kind for wait in waits] == ["dispute"]
    assert Leaf.objects.filter(kind="dispute.bank-answered", actor_role="bank").count() == 1
    refused("answered-already", deal, question)
    assert "持卡人说得对" in page(desk_of(deal.cast.operator), f"/desk/disputes/{question.dispute_id}")


def test_an_officer_at_the_desk_may_be_first_and_then_the_machine_is_not_heard(deal: Bargain) -> None:
    question = asked(deal)
    bank = desk_of(deal.cast.officer_a)
    case = f"/desk/cases/{deal.id_at(deal.cast.bank_a)}"
    assert "以前回答" in page(bank, case)
    answer = {"text": "没有收到。", "position": "disagrees"}
    bank.post(f"{case}/disputes/{question.dispute_id}/answer/{question.pk}", answer)
    refused("answered-already", deal, question)
    assert "持卡人说得不对" in page(bank, case)


def test_what_is_not_this_banks_is_unknown_to_it(deal: Bargain) -> None:
    question = asked(deal)
    refused("unknown-dispute", deal, question, bank=deal.cast.bank_b)
    refused("unknown-dispute", deal, question, dispute_id="no id")
    refused("unknown-question", deal, question, question_id=str(uuid4()))
    to_lin = actions.ask, {"dispute_id": question.dispute_id, "to": "borrower", "text": "有回单吗？"}
    perform(deal.cast.operator, to_lin[0], **to_lin[1])
    hers = DisputeQuestion.objects.get(to="borrower")
    refused("unknown-question", deal, hers)
    refused("dispute-position", deal, question, position="perhaps")
    assert not DisputeQuestion.objects.filter(answered_at__isnull=False).exists()


def test_a_late_answer_is_seen_to_be_late_and_taken_until_the_dispute_is_closed(deal: Bargain) -> None:
    question, other = asked(deal), asked(deal, raised(deal, "sum"))
    due = deadlines.ends(deadlines.WaitKind.DISPUTE_ANSWER, clock.today()).on
    bargain.day(due + timedelta(days=1))
    bargain.reach_due()
    assert Leaf.objects.filter(kind="dispute.bank-late").count() == 2
    assert late_since(deal.cast.operator)[question.dispute_id] == due
    assert "对异议里问题的回答" in [one.what for one in board(deal.cast.operator).late]
    assert "打它的热线问，或者凭手上的材料下结论" in page(desk_of(deal.cast.operator), "/desk/sla")
    answered(deal, question)
    assert question.dispute_id not in late_since(deal.cast.operator)
    perform(deal.cast.operator, actions.decide, dispute_id=other.dispute_id, outcome="upheld", reason=REASON)
    assert message("dispute.closed") == {"dispute_id": str(other.dispute_id), "outcome": "upheld", "text": REASON}
    refused("dispute-closed", deal, other)
    perform(deal.cast.lin, actions.withdraw, dispute_id=question.dispute_id)
    assert message("dispute.closed")["outcome"] == "withdrawn"


def test_a_bank_that_was_not_asked_by_message_is_told_nothing_by_one(deal: Bargain) -> None:
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="phone")
    question = asked(deal)
    assert question.message_id is None, "its officer at the desk sees it"
    shown = page(desk_of(deal.cast.operator), f"/desk/disputes/{question.dispute_id}")
    assert "在工作台上给银行的专员看" in shown
    perform(deal.cast.operator, actions.decide, dispute_id=question.dispute_id, outcome="upheld", reason=REASON)
    assert not OutboundMessage.objects.filter(kind__startswith="dispute.").exists()


def test_a_message_that_the_bank_does_not_take_sends_the_desk_to_the_telephone(deal: Bargain) -> None:
    question = asked(deal)
    assert question.message_id is not None
    outbox.mark_refused(question.message_id, 422, {"title": "不认识这种消息"})
    shown = page(desk_of(deal.cast.operator), f"/desk/disputes/{question.dispute_id}")
    assert f"没有收下。打它的热线 {deal.cast.bank_a.hotline} 问" in shown


# ── by e-mail ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def post(settings: Any) -> Iterator[mail_servers.Post]:
    with mail_servers.smtp(settings) as post:
        yield post


@pytest.fixture
def mailed(deal: Bargain, post: mail_servers.Post) -> Bargain:
    """Bank A is reached by mail and has nobody at the desk."""
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="email", mail_address="cards@donghu.example")
    Person.objects.filter(pk=deal.cast.officer_a.person_id).update(is_active=False)
    return deal


def behind_the_link(question: DisputeQuestion, post: mail_servers.Post) -> tuple[Client, str]:
    """A browser in which the link of the question's mail was opened by its code, and the page behind it."""
    bank_mails.send_to_banks()
    bank_mails.send_to_banks()
    told = post.taken[-1][2]
    assert "异议" in str(told["Subject"])
    assert SAID not in told.get_body().get_content()
    link = f"/desk/by-mail/{mail_links.token_of(MailLink.objects.get(message_id=question.message_id))}"
    browser = Client()
    browser.post(link, {"send": "1"})
    send_mails()
    found = re.search(r"验证码 (\d{6})", post.taken[-1][2].get_body().get_content())
    assert found
    opened = browser.post(link, {"code": found[1], "name": "王立", "staff_number": "A-0101"})
    return browser, opened["Location"]


def test_a_bank_by_mail_sees_the_dispute_behind_its_link_and_answers_there(
    mailed: Bargain, post: mail_servers.Post
) -> None:
    question = asked(mailed)
    browser, case = behind_the_link(question, post)
    assert "发邮件到银行的邮箱：送到了 <time" in page(
        desk_of(mailed.cast.operator), f"/desk/disputes/{question.dispute_id}"
    )
    shown = page(browser, case)
    for said in (SAID, "这笔500元入账了吗？", "以前回答", "我行怎么看"):
        assert said in shown, said
    there = f"{case}/disputes/{question.dispute_id}/answer/{question.pk}"
    assert "写一两句" in browser.post(there, {"text": ""}, follow=True).content.decode()
    browser.post(there, {"text": ANSWER, "position": "agrees"})
    (told,) = reads.told(mailed.cast.operator, question.dispute).asked
    assert (told.answer, told.row.position, told.row.answered_by) == (ANSWER, "agrees", "王立 A-0101")
    browser.post(there, {"text": "改口", "position": "disagrees"})
    assert DisputeQuestion.objects.get().position == "agrees"
    assert ANSWER in page(browser, case)


def test_a_link_of_one_negotiation_opens_no_dispute_of_another(mailed: Bargain, post: mail_servers.Post) -> None:
    question = asked(mailed)
    browser, case = behind_the_link(question, post)
    Dispute.objects.update(negotiation_id=mailed.id_at(mailed.cast.bank_b))
    there = f"{case}/disputes/{question.dispute_id}/answer/{question.pk}"
    assert browser.post(there, {"text": ANSWER, "position": "agrees"}).status_code == 404
    assert SAID not in page(browser, case)
    assert not DisputeQuestion.objects.filter(answered_at__isnull=False).exists()


def test_a_reply_by_mail_is_shown_at_the_dispute(mailed: Bargain) -> None:
    question = asked(mailed)
    back = reply_address(question.dispute.negotiation_id)
    assert addressed(back) == question.dispute.negotiation_id
    raw = f"From: cards@donghu.example\r\nTo: {back}\r\nSubject: answer\r\n\r\nBooked to the other card.\r\n"
    bank_mails.mail_in.keep(raw.encode())
    bank_mails.judge_mails()
    assert ReceivedMail.objects.get().fate == "filed"
    shown = page(desk_of(mailed.cast.operator), f"/desk/disputes/{question.dispute_id}")
    assert "银行就这一件的回信" in shown
    assert "Booked to the other card." in shown
    assert "发邮件到银行的邮箱：还没送到" in shown
