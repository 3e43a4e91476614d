"""Every address with an identifier, asked for by whom it does not concern: nothing is shown, nothing happens."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import bargain
import statements
from bargain import Bargain, as_bank
from cast import LIN_NAME
from heyue import clock
from heyue.application import actions as application
from heyue.application.models import Proof, Upload
from heyue.application.uploads import begin_upload
from heyue.banks.models import Bank, OutboundMessage
from heyue.casework import actions as casework
from heyue.casework import bulk
from heyue.casework.models import BulkRun, OfferDraft, OfferTemplate
from heyue.disputes import actions as disputes
from heyue.disputes.models import Dispute, DisputeQuestion
from heyue.engine.moves import Actor
from heyue.evidence.models import Leaf
from heyue.execution.models import SaidPaid
from heyue.execution.said_paid import say_paid
from heyue.identity import assistance
from heyue.identity import reads as people
from heyue.identity.models import Assistance, Consent
from heyue.journey import perform
from heyue.negotiation import actions as negotiation
from heyue.negotiation.models import Call, Question
from heyue.negotiation.telephone import CallNote, record_call
from heyue.wallet.models import AccountLink, Card, StatementFile

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
NAMED = re.compile(r"<uuid:(\w+)>")


@pytest.fixture
def deal() -> Bargain:
    """A plan runs at bank A with a payment that matches nothing; bank B has asked a question."""
    found = bargain.running()
    a, b = found.cast.bank_a, found.cast.bank_b
    bargain.pays(found, a, 1_00)
    perform(as_bank(b), negotiation.ask, negotiation_id=found.id_at(b), text="现在有工作吗？")
    row = found.plan(a).instalments.get(period=1)
    perform(found.cast.lin, say_paid, instalment_id=row.pk, paid_on=clock.today())
    note = CallNote(clock.now(), 60, "no-answer")
    lin = found.cast.lin
    perform(lin, record_call, negotiation_id=found.id_at(b), call=note)
    statements.sent(lin)
    draft = perform(lin, application.start)
    perform(lin, begin_upload, application_id=draft, kind="income", name="工资条.jpg", size_bytes=1000)
    helper = {"name": "钱多", "phone": "13600006666", "scopes": frozenset({"see"})}
    perform(lin, assistance.invite, **helper, ends_on=clock.today())
    a_second_officer_is_asked(found)
    for bank in (a, b):
        both_sides_are_asked(found, bank)
    return found


def both_sides_are_asked(deal: Bargain, bank: Bank) -> None:
    """Lin disputes a sum at this bank, and the platform asks the bank about it."""
    said = disputes.Complaint("sum", "bank", "利息算得比合同多，请核对。")
    made = perform(deal.cast.lin, disputes.raise_dispute, negotiation_id=deal.id_at(bank), said=said)
    perform(deal.cast.reviewer, disputes.take, dispute_id=made)
    perform(deal.cast.reviewer, disputes.ask, dispute_id=made, to="bank", text="这笔利息怎么算的？")


def a_second_officer_is_asked(deal: Bargain) -> None:
    """Bank A keeps a template and an answer over its limit."""
    me = deal.cast.officer_a
    perform(me, casework.keep_template, name="常用", terms={"periods": 60})
    note = {"act": "note", "values": {"text": "周五前再看。"}, "case_ids": [deal.id_at(deal.cast.bank_a)]}
    perform(me, bulk.begin_run, run_id=uuid.uuid4(), **note)
    put = {"terms": deal.talk(deal.cast.bank_a).debt.asked_terms, "waived_fen": 0, "valid_until": None}
    OfferDraft.objects.create(
        negotiation_id=deal.id_at(deal.cast.bank_a), bank=deal.cast.bank_a, author_id=me.person_id, kind="offer",
        put=put, ref="one", over=["periods_max"], sent_at=clock.now(), state="awaiting-approval",
    )  # fmt: skip


def ids(deal: Bargain, bank: Bank) -> dict[str, uuid.UUID]:
    """An identifier of Lin's for each name that stands in an address."""
    place, a = deal.id_at(bank), deal.cast.bank_a
    return {
        "negotiation_id": place,
        "case_id": place,
        "application_id": deal.application_id,
        "agreement_id": deal.agreement(a).pk,
        "plan_id": deal.plan(a).pk,
        "payment_id": deal.plan(a).payments.get().pk,
        "proof_id": Proof.objects.get(application_id=deal.application_id).pk,
        "consent_id": Consent.objects.filter(borrower_id=deal.cast.lin.person_id, bank=bank).first().pk,
        "link_id": AccountLink.objects.get(borrower_id=deal.cast.lin.person_id, bank=bank).pk,
        "card_id": Card.objects.filter(bank=bank).first().pk,
        "question_id": Question.objects.get().pk,
        "review_id": bargain.deal_review(deal),
        "counter_id": deal.talk(deal.cast.bank_b).offer_id or uuid.uuid4(),
        "message_id": OutboundMessage.objects.first().pk,
        "instalment_id": deal.plan(a).instalments.get(period=1).pk,
        "said_id": SaidPaid.objects.get().pk,
        "call_id": Call.objects.get().pk,
        "request_id": uuid.uuid4(),
        "file_id": StatementFile.objects.get().pk,
        "upload_id": Upload.objects.get().pk,
        "assistance_id": Assistance.objects.get().pk,
        "draft_id": OfferDraft.objects.get().pk,
        "template_id": OfferTemplate.objects.get().pk,
        "bank_id": a.pk,
        "run_id": BulkRun.objects.get().pk,
        "dispute_id": Dispute.objects.get(negotiation_id=place).pk,
        "asked_id": DisputeQuestion.objects.get(dispute__negotiation_id=place).pk,
        "paper_id": uuid.uuid4(),
        "appeal_id": uuid.uuid4(),
        "mail_id": uuid.uuid4(),
    }


def addresses(under: str) -> list[str]:
    """Every address below ``under`` that names an identifier."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for one in patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, path)
            elif NAMED.search(path):
                yield "/" + path

    found = [path for path in walk(get_resolver().url_patterns, "") if not path.startswith("/v1/")]
    return [path for path in found if path.startswith("/desk/") == (under == "desk")]


def client(actor: Actor, at: str = "/") -> Client:
    """A browser in which this one is signed in, at the borrower's pages or the desk."""
    browser = Client()
    browser.force_login(people.account(actor.person_id))
    if at == "desk":
        browser.cookies["heyue_desk"] = browser.cookies["sessionid"].value
    return browser


def ask_everything(browser: Client, under: str, known: dict[str, uuid.UUID]) -> list[str]:
    """Get and post every address; return what was answered otherwise than by no."""
    taken = []
    for path in addresses(under):
        url = NAMED.sub(lambda name: str(known[name[1]]), path)
        for method in ("get", "post"):
            before = Leaf.objects.count()
            answer = getattr(browser, method)(url, {"confirm": "1", "text": "一句话", "reason": "想看一看"})
            moved = Leaf.objects.count() - before
            if (
                moved
                or answer.status_code not in (302, 403, 404, 405)
                or LIN_NAME in answer.content.decode(errors="ignore")
            ):
                taken.append(f"{method} {path}: {answer.status_code}, {moved} leaves")
    return taken


def test_a_stranger_reaches_nothing_of_a_borrower(deal: Bargain) -> None:
    assert ask_everything(client(deal.cast.zhao), "", ids(deal, deal.cast.bank_b)) == []


def test_another_banks_officer_reaches_nothing_of_a_case(deal: Bargain) -> None:
    assert ask_everything(client(deal.cast.officer_b, "desk"), "desk", ids(deal, deal.cast.bank_a)) == []


def test_a_borrower_reaches_nothing_at_the_desk(deal: Bargain) -> None:
    assert ask_everything(client(deal.cast.lin, "desk"), "desk", ids(deal, deal.cast.bank_a)) == []


@pytest.mark.parametrize("who", ["officer_a", "reviewer", "operator"])
def test_staff_reach_nothing_of_a_borrowers_pages(deal: Bargain, who: str) -> None:
    assert ask_everything(client(getattr(deal.cast, who)), "", ids(deal, deal.cast.bank_a)) == []


def test_a_reviewer_acts_on_no_banks_case(deal: Bargain) -> None:
    only = [path for path in addresses("desk") if "/cases/" in path]
    assert only
    taken = ask_everything(client(deal.cast.reviewer, "desk"), "desk", ids(deal, deal.cast.bank_a))
    assert [line for line in taken if "/cases/" in line] == []
