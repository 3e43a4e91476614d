"""Disputes kept apart: what a bank may see of them, whom a question reaches, what survives erasure, whose it is."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

import bargain
from at_desk import desk_of
from bargain import Bargain, as_bank
from heyue.application.proofs import StoredProof, take_in
from heyue.banks.models import Bank
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.disputes import actions, reads
from heyue.disputes.actions import Complaint
from heyue.disputes.models import Dispute
from heyue.engine.refusal import NotFound, Refusal
from heyue.identity import actions as identity
from heyue.identity.models import Consent, Person
from heyue.journey import erasure, next_act, own_copy, perform, story
from heyue.journey.board import board
from heyue.journey.told import told
from heyue.negotiation import borrower_acts
from heyue.review import actions as review
from on_phone import as_lin, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

SAID = "11月12日我转了500元，银行的账上没有这一笔。"
REASON = "银行查到这笔款记在了另一张卡上，已经改正入账。"
OURS = Complaint("disclosure", "platform", "我没同意看病历，页面上却说有人看过。")


@pytest.fixture
def deal() -> Bargain:
    """Lin talks with both banks."""
    return bargain.received()


@pytest.fixture
def queued() -> Bargain:
    """Lin's application has passed its review; no bank has anything of it yet."""
    found = bargain.submitted()
    review_id = bargain.deal_review(found)
    perform(found.cast.reviewer, review.take, review_id=review_id)
    perform(found.cast.reviewer, review.pass_, review_id=review_id)
    return found


def raised(deal: Bargain, said: Complaint | None = None, papers: tuple[StoredProof, ...] = ()) -> UUID:
    values = {"said": said or Complaint("sum", "bank", SAID), "papers": papers}
    return perform(deal.cast.lin, actions.raise_dispute, negotiation_id=deal.id_at(deal.cast.bank_a), **values)


def decided(deal: Bargain, made: UUID) -> Dispute:
    perform(deal.cast.operator, actions.take, dispute_id=made)
    perform(deal.cast.operator, actions.decide, dispute_id=made, outcome="upheld", reason=REASON)
    return Dispute.objects.get(pk=made)


def picture() -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(png, "PNG")
    return png.getvalue()


def paper(deal: Bargain, kind: str = "other") -> StoredProof:
    return take_in(deal.cast.lin_person.pk, kind, f"{kind}.png", picture())


# ── what a bank sees ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bank_that_has_nothing_is_disputed_with_at_the_platform_alone(queued: Bargain) -> None:
    at, lin = queued.id_at(queued.cast.bank_a), as_lin(queued)
    with pytest.raises(Refusal) as refusal:
        raised(queued)
    assert refusal.value.code == "bank-has-nothing"
    shown = page(lin, f"/n/{at}/dispute")
    assert 'value="platform"' in shown
    assert 'value="bank"' not in shown
    assert "由平台来查" in shown
    answer = lin.post(f"/n/{at}/dispute", {"kind": "other", "against": "platform", "words": SAID})
    assert answer.headers["Location"] == f"/disputes/{Dispute.objects.get().pk}"


def test_a_bank_sees_no_dispute_about_a_form_that_was_taken_back() -> None:
    sent = bargain.passed()
    cast, at = sent.cast, sent.id_at(sent.cast.bank_a)
    made = raised(sent, papers=(paper(sent),))
    row = Dispute.objects.get(pk=made)
    assert reads.dispute(cast.officer_a, made) == row
    Dispatch.objects.filter(pk=at).update(state="stopped")
    assert not dispatches.visible(cast.officer_a).filter(pk=at).exists()
    for who in (cast.officer_a, as_bank(cast.bank_a)):
        assert not reads.visible(who).exists()
        with pytest.raises(NotFound):
            reads.told(who, row)
        with pytest.raises(NotFound):
            reads.paper(who, made, row.papers.get().pk)
    assert desk_of(cast.officer_a).get(f"/desk/disputes/{made}/papers/{row.papers.get().pk}").status_code == 404
    assert reads.told(cast.operator, row).words == SAID
    assert "这里问不了它" in asked_page(sent, made)


def seen(deal: Bargain, made: UUID) -> list[str]:
    """Names of the papers that bank A sees of a dispute; what it does not see it cannot open either."""
    officer = deal.cast.officer_a
    row = reads.dispute(officer, made)
    names = {one.row.pk: one.name for one in reads.told(officer, row).papers}
    for hidden in row.papers.exclude(pk__in=names):
        with pytest.raises(NotFound):
            reads.paper(officer, made, hidden.pk)
        with pytest.raises(NotFound):
            perform(officer, actions.record_look, dispute_id=made, paper_id=hidden.pk)
    return sorted(names.values())


def test_a_health_paper_is_the_platforms_alone_unless_the_borrower_consents_to_show_it(deal: Bargain) -> None:
    cast = deal.cast
    health = Consent.objects.filter(purpose="health", bank=cast.bank_a, withdrawn_at__isnull=True)
    hidden = raised(deal, papers=(paper(deal), paper(deal, "medical")))
    assert not health.exists()
    assert seen(deal, hidden) == ["other.jpg"]
    assert len(reads.told(cast.operator, Dispute.objects.get(pk=hidden)).papers) == 2
    shown = raised(deal, Complaint("payment", "bank", SAID, health_for_bank=True), (paper(deal, "medical"),))
    assert health.exists()
    assert seen(deal, shown) == ["medical.jpg"]
    assert seen(deal, hidden) == ["other.jpg"], "consent to one paper's showing shows no other"
    perform(cast.lin, identity.withdraw_consent, bank_id=cast.bank_a.pk, purpose="health")
    assert seen(deal, shown) == []
    perform(cast.lin, identity.withdraw_consent, bank_id=cast.bank_a.pk, purpose="application")
    assert seen(deal, hidden) == []


def test_health_papers_have_their_own_place_and_tick_on_the_phone(deal: Bargain) -> None:
    lin, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/dispute"
    assert "同意给东湖银行看病历、医疗票据" in page(lin, address)
    told = {"against": "bank", "words": SAID}
    for kind, tick in (("sum", {}), ("payment", {"health_for_bank": "on"})):
        sent = {
            "papers": SimpleUploadedFile("回单.png", picture()),
            "health_papers": SimpleUploadedFile("a.png", picture()),
        }
        lin.post(address, {"kind": kind, **told, **tick, **sent})
    found = {(p.dispute.kind, p.is_health, p.for_bank) for one in Dispute.objects.all() for p in one.papers.all()}
    assert found == {("sum", False, True), ("sum", True, False), ("payment", False, True), ("payment", True, True)}
    broken = {"health_papers": SimpleUploadedFile("a.png", b"no picture")}
    answer = lin.post(address, {"kind": "other", **told, **broken}).content.decode()
    assert "id_health_papers_error" in answer
    row = Dispute.objects.get(kind="sum")
    assert "看病的材料，银行看不到" in page(desk_of(deal.cast.operator), f"/desk/disputes/{row.pk}")


# ── who is reached by a question ─────────────────────────────────────────────────────────────────────────────────────


def asked_page(deal: Bargain, made: UUID) -> str:
    """The desk's page of a dispute that the operator has in hand."""
    perform(deal.cast.operator, actions.take, dispute_id=made)
    return page(desk_of(deal.cast.operator), f"/desk/disputes/{made}")


def test_a_bank_by_telephone_without_anybody_at_the_desk_is_not_asked_here_but_called(deal: Bargain) -> None:
    cast, made = deal.cast, raised(deal)
    Bank.objects.filter(pk=cast.bank_a.pk).update(channel="phone")
    assert '<option value="bank"' in asked_page(deal, made)
    Person.objects.filter(pk=cast.officer_a.person_id).update(is_active=False)
    shown = asked_page(deal, made)
    assert '<option value="bank"' not in shown
    assert "也没有人在工作台上" in shown
    assert cast.bank_a.hotline in shown
    with pytest.raises(Refusal) as refusal:
        perform(cast.operator, actions.ask, dispute_id=made, to="bank", text="入账了吗？")
    assert refusal.value.code == "bank-not-reached"
    perform(cast.operator, actions.ask, dispute_id=made, to="borrower", text="有回单吗？")


# ── what survives erasure ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decisions_reason_is_sealed_and_unreadable_after_erasure(deal: Bargain) -> None:
    cast = deal.cast
    row = decided(deal, raised(deal))
    assert REASON.encode() not in bytes(row.sealed_reason or b"")
    assert {reads.told(who, row).reason for who in (cast.lin, cast.officer_a, cast.operator)} == {REASON}
    assert [one["reason"] for one in own_copy.data_of(cast.lin)["disputes"]] == [REASON]
    for bank in (cast.bank_a, cast.bank_b):
        perform(cast.lin, borrower_acts.end, negotiation_id=deal.id_at(bank))
    request_id = perform(cast.lin, erasure.ask)
    perform(cast.operator, erasure.carry_out, request_id=request_id)
    row.refresh_from_db()
    left = reads.told(cast.operator, row)
    assert (left.reason, left.words) == ("已删除", "已删除")
    shown = page(desk_of(cast.operator), f"/desk/disputes/{row.pk}")
    assert REASON not in shown
    assert SAID not in shown


# ── a dispute with the platform ──────────────────────────────────────────────────────────────────────────────────────


def test_a_dispute_with_the_platform_is_told_as_one_with_it_and_names_no_bank(deal: Bargain) -> None:
    cast, made = deal.cast, raised(deal, OURS)
    perform(cast.operator, actions.take, dispute_id=made)
    perform(cast.operator, actions.ask, dispute_id=made, to="borrower", text="哪一天看到的？")
    act = next_act(cast.lin)
    assert act is not None
    assert act.heading == "你对和约平台提的异议，有一个问题想问你"
    perform(cast.operator, actions.decide, dispute_id=made, outcome="upheld", reason=REASON)
    row = Dispute.objects.get(pk=made)
    said = [one.words for one in told(cast.lin) if one.subject_id == made]
    assert said == ["你对和约平台提的异议有结果了", "你对和约平台提的异议，有一个问题想问你"]
    lines = {entry.kind: entry.words for entry in story.of_borrower(cast.lin)}
    assert lines["dispute.begun"] == f"对和约平台提出了异议 {row.number}"
    assert lines["dispute.taken"] == "有人接手了对和约平台的异议"
    again = raised(deal, OURS)
    assert [w.case.bank for w in board(cast.operator).waiting if w.what == "对异议的结论"] == [None]
    perform(cast.lin, actions.withdraw, dispute_id=again)
    assert "撤回了对和约平台的异议" in [entry.words for entry in story.of_borrower(cast.lin)]
    lin = as_lin(deal)
    assert "对和约平台的异议：" in page(lin, f"/progress/{deal.application_id}")
    assert "<small>和约平台 · " in page(lin, "/disputes")


def test_a_dispute_with_a_bank_is_still_told_with_its_name(deal: Bargain) -> None:
    cast = deal.cast
    row = decided(deal, raised(deal))
    assert "你对东湖银行提的异议有结果了" in [one.words for one in told(cast.lin) if one.subject_id == row.pk]
    lines = {entry.kind: entry.words for entry in story.of_borrower(cast.lin)}
    assert lines["dispute.begun"] == f"对{cast.bank_a.short_name}提出了异议 {row.number}"


def test_after_a_dispute_with_the_platform_nobody_is_sent_to_complain_of_a_bank(deal: Bargain) -> None:
    row = decided(deal, raised(deal, OURS))
    lin = as_lin(deal)
    shown = page(lin, f"/disputes/{row.pk}")
    for not_said in ("信用卡热线", "向银行投诉", f"先向{deal.cast.bank_a.name}投诉", "/help/complaint"):
        assert not_said not in shown
    assert "说是和约平台哪里不对，不是银行" in shown
    assert "先向东湖银行投诉" in page(lin, f"/disputes/{raised(deal)}")
