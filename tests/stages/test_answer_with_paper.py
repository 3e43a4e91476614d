"""A paper that the bank asks for is answered with the paper: for that bank alone, at its desk and in its system."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

import bargain
from at_desk import case_address, desk_of
from bargain import Bargain, as_bank
from heyue.application import actions as application
from heyue.application.models import Proof
from heyue.banks import outbox
from heyue.banks.models import Bank, OutboundMessage
from heyue.casework import bulk
from heyue.casework.models import BulkItem
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch, ProofGrant
from heyue.engine.refusal import NotFound
from heyue.evidence.models import Leaf
from heyue.gateway.events import FROM_PLATFORM
from heyue.identity.models import Consent
from heyue.journey import inbound, perform
from heyue.negotiation import actions as negotiation
from heyue.negotiation.models import Question
from on_phone import as_lin, as_zhao

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def deal() -> Bargain:
    return bargain.received()


def asked(deal: Bargain, paper: str = "", bank: Bank | None = None) -> Question:
    """A question of bank A's that asks for a kind of paper, or for words."""
    one = bank or deal.cast.bank_a
    made = perform(
        as_bank(one), negotiation.ask, negotiation_id=deal.id_at(one), text="请补一份。", bank_ref="q-7", paper=paper
    )
    return Question.objects.get(pk=made)


def picture(tone: str = "white") -> SimpleUploadedFile:
    png = io.BytesIO()
    Image.new("RGB", (600, 400), tone).save(png, "PNG")
    return SimpleUploadedFile("流水.png", png.getvalue(), "image/png")


def send(client: Client, question: Question, **typed: object) -> str:
    """Post the answer; the page that comes of it."""
    address = f"/n/{question.negotiation_id}/answer/{question.pk}"
    return client.post(address, {"text": "", **typed}, follow=True).content.decode()


def test_the_paper_that_was_asked_for_in_bulk_is_sent_in_its_place_and_the_bank_has_it(deal: Bargain) -> None:
    a, me = deal.cast.bank_a, deal.cast.officer_a
    told = {"kind": "bank-flow", "text": "近三个月的。"}
    run = uuid.uuid4()
    perform(me, bulk.begin_run, run_id=run, act="paper", values=told, case_ids=[deal.id_at(a)])
    perform(me, bulk.do, item_id=BulkItem.objects.get(run_id=run).pk)
    question = Question.objects.get()
    lin = as_lin(deal)
    assert "银行流水：拍照，或者选照片、PDF" in lin.get(f"/progress/{deal.application_id}").content.decode()
    assert "答复送给东湖银行了" in send(lin, question, papers=picture(), as_it_is="1")
    proof = Proof.objects.get(kind="bank-flow")
    assert (proof.only_for_id, proof.application_id) == (a.pk, deal.application_id)
    desk = desk_of(me)
    assert proof.pk.hex in desk.get(case_address(deal)).content.decode().replace("-", "")
    assert "附材料：银行流水" in desk.get(case_address(deal)).content.decode()
    assert desk.get(f"{case_address(deal)}/proofs/{proof.pk}").status_code == 200
    leaf = Leaf.objects.get(kind="negotiation.question-answered")
    assert leaf.actor_id == deal.cast.lin.person_id


def test_the_banks_system_is_told_of_it_as_of_any_proof(deal: Bargain) -> None:
    a = deal.cast.bank_a
    question = asked(deal, "income")
    send(as_lin(deal), question, text="上个月的。", papers=picture(), as_it_is="1")
    message = OutboundMessage.objects.get(kind="question.answered")
    data = json.loads(outbox.body_of(message))["data"]
    event = FROM_PLATFORM["question.answered"].model_validate(data)
    proof, grant = Proof.objects.get(kind="income"), ProofGrant.objects.get(proof__kind="income")
    assert event.question_id == "q-7"  # type: ignore[attr-defined]
    assert [(one.id, one.sha256) for one in event.proofs] == [(str(proof.pk), proof.sha256)]  # type: ignore[attr-defined]
    assert event.proofs[0].grant.endswith(f"/v1/proofs/{grant.pk}")  # type: ignore[attr-defined]
    assert dispatches.proof_for_grant(as_bank(a), grant.pk) == proof
    with pytest.raises(NotFound):
        dispatches.proof_for_grant(as_bank(deal.cast.bank_b), grant.pk)


def test_no_other_bank_is_shown_it_not_even_one_whose_form_is_made_later(deal: Bargain) -> None:
    send(as_lin(deal), asked(deal, "income"), papers=picture(), as_it_is="1")
    proof = Proof.objects.get(kind="income")
    for bank, seen in ((deal.cast.bank_a, True), (deal.cast.bank_b, False)):
        form = Dispatch.objects.get(pk=deal.id_at(bank))
        assert (proof in dispatches.shown_to(bank.pk, form)) is seen
    assert desk_of(deal.cast.officer_b).get(f"{case_address(deal)}/proofs/{proof.pk}").status_code == 404
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    again = perform(deal.cast.lin, application.start, previous_id=deal.application_id)
    assert set(Proof.objects.filter(application_id=again).values_list("kind", flat=True)) == {"identity"}


def test_a_paper_about_health_needs_its_own_consent_for_this_bank(deal: Bargain) -> None:
    lin, question = as_lin(deal), asked(deal, "medical")
    shown = send(lin, question, text="病历在这里。", papers=picture(), as_it_is="1")
    assert "要你单独同意" in shown
    assert "病历在这里。" in shown
    assert not Proof.objects.filter(kind="medical").exists()
    assert "答复送给东湖银行了" in send(lin, question, papers=picture(), as_it_is="1", health="1")
    (consent,) = Consent.objects.filter(purpose="health", withdrawn_at__isnull=True)
    assert consent.bank_id == deal.cast.bank_a.pk


def test_a_picture_that_is_hard_to_read_is_said_so_before_it_is_sent_and_words_are_kept(deal: Bargain) -> None:
    lin, question = as_lin(deal), asked(deal, "income")
    shown = send(lin, question, text="上个月的。", papers=picture("black"))
    assert "看得清，就用这张" in shown
    assert "上个月的。" in shown
    assert "打不开这个文件" in send(lin, question, papers=SimpleUploadedFile("x.pdf", b"no", "application/pdf"))
    assert "写几句回答" in send(lin, question)
    assert Question.objects.get().is_open
    assert not Proof.objects.filter(kind="income").exists()
    send(lin, question, papers=picture("black"), as_it_is="1")
    assert not Question.objects.get().is_open


def test_any_question_may_be_answered_with_a_paper_that_the_bank_may_be_shown_and_no_other(deal: Bargain) -> None:
    Dispatch.objects.filter(pk=deal.id_at(deal.cast.bank_a)).update(needs={"proof_kinds": ["income"]})
    lin, question = as_lin(deal), asked(deal, "credit-report")
    assert question.paper == ""  # what she did not agree to show is asked for in words alone
    page = lin.get(f"/progress/{deal.application_id}").content.decode()
    assert "附一份材料" in page
    assert 'value="credit-report"' not in page
    assert "你没有同意给这家银行看" in send(lin, question, kind="credit-report", papers=picture(), as_it_is="1")
    send(lin, question, kind="income", text="先看这个。", papers=picture(), as_it_is="1")
    assert Proof.objects.get(kind="income").only_for_id == deal.cast.bank_a.pk


def test_a_stranger_sends_no_paper_into_her_matter(deal: Bargain) -> None:
    question = asked(deal, "income")
    address = f"/n/{question.negotiation_id}/answer/{question.pk}"
    assert as_zhao(deal).post(address, {"papers": picture(), "as_it_is": "1"}).status_code == 404
    assert not Proof.objects.filter(kind="income").exists()


def test_a_banks_system_names_the_kind_that_it_asks_for(deal: Bargain) -> None:
    a = deal.cast.bank_a
    data = {"question_id": "q-8", "text": "请补流水。", "proof_kind": "bank-flow"}
    inbound.take(inbound.Inbound(uuid.uuid4(), a.pk, deal.id_at(a), "question.asked", data))
    assert Question.objects.get(bank_ref="q-8").paper == "bank-flow"
