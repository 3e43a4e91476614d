"""Disputes: raised from a bank's matter, looked into by the platform, asked of either side, decided with a reason."""

from __future__ import annotations

import io
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

import bargain
import build
from at_desk import desk_of
from bargain import Bargain, as_bank
from cast import PASSWORD
from heyue import deadlines
from heyue.application.proofs import take_in
from heyue.disputes import actions, reads
from heyue.disputes.actions import Complaint
from heyue.disputes.models import Dispute, DisputeNote, DisputeQuestion
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.journey import next_act, own_copy, perform, story
from heyue.journey.board import board, late_since
from heyue.journey.erasure import is_something_open
from heyue.notices.models import Notice
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

SAID = "11月12日我转了500元，银行的账上没有这一笔。"
REASON = "银行查到这笔款记在了另一张卡上，已经改正入账。"
SUM = Complaint("sum", "bank", SAID)


@pytest.fixture
def deal() -> Bargain:
    """Lin talks with both banks."""
    return bargain.received()


def raised(deal: Bargain, said: Complaint = SUM, **how: object) -> UUID:
    at = deal.id_at(deal.cast.bank_a)
    return perform(deal.cast.lin, actions.raise_dispute, negotiation_id=at, said=said, **how)  # type: ignore[arg-type]


def in_hand(deal: Bargain, said: Complaint = SUM) -> UUID:
    made = raised(deal, said)
    perform(deal.cast.operator, actions.take, dispute_id=made)
    return made


def refused(code: str, by: Actor, verb: object, **values: object) -> None:
    with pytest.raises(Refusal) as refusal:
        perform(by, verb, **values)  # type: ignore[arg-type]
    assert refusal.value.code == code


def picture() -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(png, "PNG")
    return png.getvalue()


def test_a_dispute_is_numbered_sealed_and_waits_ten_working_days_for_the_desk(deal: Bargain) -> None:
    stored = take_in(deal.cast.lin_person.pk, "other", "回单.png", picture())
    row = Dispute.objects.get(pk=raised(deal, papers=[stored]))
    assert row.number == f"{row.negotiation.number}-Y1"
    assert SAID.encode() not in bytes(row.sealed_words)
    (wait,) = deadlines.open_waits([row.pk])[row.pk]
    assert (wait.kind, deadlines.days_left(wait)) == ("dispute", 10)
    told = reads.told(deal.cast.lin, row)
    assert (told.words, [paper.name for paper in told.papers]) == (SAID, ["回单.jpg"])
    assert is_something_open(deal.cast.lin)
    assert ("对异议的结论", row.bank) in [(w.what, w.case.bank) for w in board(deal.cast.operator).waiting]


def test_what_is_not_said_well_enough_is_refused_and_the_same_is_not_raised_twice(deal: Bargain) -> None:
    at = {"negotiation_id": deal.id_at(deal.cast.bank_a)}
    for code, said in (
        ("dispute-kind", Complaint("anything", "bank", SAID)),
        ("dispute-against", Complaint("sum", "court", SAID)),
        ("dispute-words", Complaint("sum", "bank", "不对")),
        ("dispute-words", Complaint("sum", "bank", "字" * 1001)),
    ):
        refused(code, deal.cast.lin, actions.raise_dispute, **at, said=said)
    raised(deal)
    refused("disputed-already", deal.cast.lin, actions.raise_dispute, **at, said=SUM)
    raised(deal, Complaint("sum", "platform", SAID))
    raised(deal, Complaint("collection", "bank", SAID))
    assert Dispute.objects.count() == 3


def test_nobody_disputes_in_anothers_matter(deal: Bargain) -> None:
    at = {"negotiation_id": deal.id_at(deal.cast.bank_a), "said": SUM}
    for stranger in (deal.cast.zhao, deal.cast.officer_a, deal.cast.reviewer, as_bank(deal.cast.bank_a)):
        with pytest.raises(NotFound):
            perform(stranger, actions.raise_dispute, **at)


def test_who_has_it_in_hand_asks_both_sides_and_each_sees_only_its_own_questions(deal: Bargain) -> None:
    cast, made = deal.cast, in_hand(deal)
    with pytest.raises(Refusal):
        perform(cast.reviewer, actions.ask, dispute_id=made, to="bank", text="入账了吗？")
    perform(cast.operator, actions.ask, dispute_id=made, to="bank", text="入账了吗？")
    refused("asked-already", cast.operator, actions.ask, dispute_id=made, to="bank", text="再问一次")
    perform(cast.operator, actions.ask, dispute_id=made, to="borrower", text="有回单吗？")
    row = Dispute.objects.get(pk=made)
    seen = [[a.question for a in reads.told(who, row).asked] for who in (cast.lin, cast.officer_a, cast.operator)]
    assert seen == [["有回单吗？"], ["入账了吗？"], ["入账了吗？", "有回单吗？"]]
    assert Notice.objects.filter(kind="dispute-asked", person_id=cast.lin.person_id).count() == 1
    act = next_act(cast.lin)
    assert act is not None
    assert (act.kind, act.subject_id) == ("dispute", made)
    mine = DisputeQuestion.objects.get(to="borrower").pk
    theirs = DisputeQuestion.objects.get(to="bank").pk
    with pytest.raises(NotFound):
        perform(cast.officer_a, actions.answer, dispute_id=made, asked_id=mine, text="有的")
    with pytest.raises(NotFound):
        perform(cast.officer_b, actions.answer, dispute_id=made, asked_id=theirs, text="有的")
    with pytest.raises(NotPermitted):
        perform(cast.reviewer, actions.answer, dispute_id=made, asked_id=theirs, text="有的")
    perform(cast.lin, actions.answer, dispute_id=made, asked_id=mine, text="有，上传了。")
    perform(cast.officer_a, actions.answer, dispute_id=made, asked_id=theirs, text="在另一张卡上。")
    refused("answered-already", cast.lin, actions.answer, dispute_id=made, asked_id=mine, text="又想起来")
    answers = [(a.answer, a.row.answered_by) for a in reads.told(cast.operator, row).asked]
    assert answers == [("在另一张卡上。", "王立 A-0101"), ("有，上传了。", "")]
    assert not reads.asks_borrower(cast.lin)
    assert not reads.asks_bank(cast.officer_a)


def test_each_outcome_and_its_reason_reach_both_sides_and_the_ledger(deal: Bargain) -> None:
    cast = deal.cast
    for outcome, kind in {"upheld": "sum", "partly-upheld": "payment", "not-upheld": "collection"}.items():
        made = in_hand(deal, Complaint(kind, "bank", SAID))
        refused("dispute-outcome", cast.operator, actions.decide, dispute_id=made, outcome="withdrawn", reason=REASON)
        refused("dispute-reason", cast.operator, actions.decide, dispute_id=made, outcome=outcome, reason="不对")
        refused("taken-by-other", cast.reviewer, actions.decide, dispute_id=made, outcome=outcome, reason=REASON)
        perform(cast.operator, actions.decide, dispute_id=made, outcome=outcome, reason=REASON)
        row = Dispute.objects.get(pk=made)
        assert (row.state, reads.told(cast.lin, row).reason) == (outcome, REASON)
        assert not deadlines.open_waits([made])
        assert Notice.objects.filter(kind="dispute-decided", subject_id=made).count() == 1
        for timeline in (story.of_borrower(cast.lin), story.of_negotiation(cast.officer_a, row.negotiation_id)):
            assert [entry.detail for entry in timeline if entry.kind == f"dispute.{outcome}"] == [REASON]
        refused("not-possible-now", cast.operator, actions.decide, dispute_id=made, outcome=outcome, reason=REASON)
        refused("not-possible-now", cast.lin, actions.withdraw, dispute_id=made)


def test_a_dispute_with_the_platform_is_hidden_from_the_bank_and_not_for_who_reviewed(deal: Bargain) -> None:
    cast = deal.cast
    made = raised(deal, Complaint("disclosure", "platform", "我没同意看病历，页面上却说有人看过。"))
    assert not reads.visible(cast.officer_a)
    leaves = [entry.kind for entry in story.of_negotiation(cast.officer_a, deal.id_at(cast.bank_a))]
    assert not [kind for kind in leaves if kind.startswith("dispute")]
    refused("own-decision", cast.reviewer, actions.take, dispute_id=made)
    perform(cast.operator, actions.take, dispute_id=made)
    refused("dispute-asked-whom", cast.operator, actions.ask, dispute_id=made, to="bank", text="看过吗？")
    another = build.staff(Role.REVIEWER, "he", "何静", "P-0009", password=PASSWORD)
    refused("taken-by-other", another, actions.take, dispute_id=made)
    perform(another, actions.take, dispute_id=made, from_other=True)
    assert Dispute.objects.get().owner_id == another.person_id


def test_each_sees_what_concerns_it(deal: Bargain) -> None:
    made, cast = raised(deal), deal.cast
    for who in (cast.lin, cast.officer_a, cast.reviewer, cast.operator):
        assert reads.dispute(who, made).pk == made
    helper = Actor(Role.HELPER, cast.zhao.person_id, helps=cast.lin.person_id, scopes=frozenset({"see"}))
    by_link = Actor(Role.OFFICER, bank_id=cast.bank_a.pk, matter=deal.id_at(cast.bank_b))
    for who in (cast.zhao, cast.officer_b, helper, by_link, as_bank(cast.bank_b)):
        with pytest.raises(NotFound):
            reads.dispute(who, made)
    for who in (cast.lin, cast.officer_a):
        with pytest.raises(NotPermitted):
            perform(who, actions.take, dispute_id=made)
    with pytest.raises(NotFound):
        perform(cast.operator, actions.take, dispute_id=uuid4())


def test_notes_stay_at_the_desk(deal: Bargain) -> None:
    made, cast = in_hand(deal), deal.cast
    perform(cast.reviewer, actions.write_note, dispute_id=made, text="下周三问运营。")
    row = Dispute.objects.get(pk=made)
    assert [n.text for n in reads.told(cast.operator, row).notes] == ["下周三问运营。"]
    assert not reads.told(cast.lin, row).notes
    assert not reads.told(cast.officer_a, row).notes
    assert "下周三".encode() not in bytes(DisputeNote.objects.get().sealed_text)
    assert not [e for e in story.of_borrower(cast.lin) if "note" in e.kind]
    with pytest.raises(NotPermitted):
        perform(cast.officer_a, actions.write_note, dispute_id=made, text="不该写。")


def test_past_its_days_it_is_late_at_the_desk_and_can_still_be_decided(deal: Bargain) -> None:
    made = in_hand(deal)
    due = deadlines.open_waits([made])[made][0].due_on
    assert due == date(2026, 11, 30)
    bargain.day(due + timedelta(days=1))
    bargain.reach_due()
    assert late_since(deal.cast.operator)[made] == due
    assert Leaf.objects.filter(kind="dispute.overdue", subject_id=made).count() == 1
    perform(deal.cast.operator, actions.decide, dispute_id=made, outcome="upheld", reason=REASON)
    assert made not in late_since(deal.cast.operator)


def test_withdrawn_it_is_over_and_can_be_raised_anew(deal: Bargain) -> None:
    made = raised(deal)
    perform(deal.cast.lin, actions.withdraw, dispute_id=made)
    assert not deadlines.open_waits([made])
    refused("not-possible-now", deal.cast.operator, actions.take, dispute_id=made)
    assert Dispute.objects.get(pk=raised(deal)).number.endswith("-Y2")


def test_the_borrower_raises_follows_and_withdraws_it_on_the_phone(deal: Bargain) -> None:
    lin, at = as_lin(deal), deal.id_at(deal.cast.bank_a)
    address = f"/n/{at}/dispute"
    assert address in page(lin, f"/progress/{deal.application_id}")
    assert address in page(lin, "/disputes")
    missing = lin.post(address, {"words": "不对"}).content.decode()
    for said in ("选一种最接近的", "选是和谁有关"):
        assert said in missing
    short = lin.post(address, {"kind": "payment", "against": "bank", "words": "不对"}).content.decode()
    assert "10 到 1000 个字" in short
    sent = SimpleUploadedFile("回单.png", picture())
    answer = lin.post(address, {"kind": "payment", "against": "bank", "words": SAID, "papers": sent})
    row = Dispute.objects.get()
    assert answer.headers["Location"] == f"/disputes/{row.pk}"
    shown = page(lin, f"/disputes/{row.pk}")
    for said in (SAID, "12378", "/help/complaint", "等平台的人接手", "回单.jpg"):
        assert said in shown
    assert "还了的款没有算上" in page(lin, f"/progress/{deal.application_id}")
    paper = lin.get(f"/disputes/{row.pk}/papers/{row.papers.get().pk}")
    assert (paper.status_code, paper["Content-Type"]) == (200, "image/jpeg")
    assert as_zhao(deal).get(f"/disputes/{row.pk}").status_code == 404
    copied = own_copy.data_of(deal.cast.lin)["disputes"]
    assert [(one["words"], one["papers"][0]["name"]) for one in copied] == [(SAID, "回单.jpg")]
    with own_copy.packed(deal.cast.lin) as packed:
        assert packed.read(2) == b"PK"
    assert "不查了" in page(lin, f"/disputes/{row.pk}/withdraw")
    lin.post(f"/disputes/{row.pk}/withdraw")
    assert Dispute.objects.get().state == "withdrawn"


def test_the_desk_and_the_bank_work_on_it_on_their_pages(deal: Bargain) -> None:
    cast = deal.cast
    stored = take_in(deal.cast.lin_person.pk, "other", "回单.png", picture())
    made = raised(deal, papers=[stored])
    desk, bank, lin = desk_of(cast.operator), desk_of(cast.officer_a), as_lin(deal)
    address, case = f"/desk/disputes/{made}", f"/desk/cases/{deal.id_at(cast.bank_a)}"
    assert SAID in page(desk, address)
    assert "持卡人有异议，平台在查" in page(bank, case)
    assert "持卡人有异议" not in page(desk_of(cast.officer_b), f"/desk/cases/{deal.id_at(cast.bank_b)}")
    desk.post(f"{address}/take")
    assert "写下要问的" in desk.post(f"{address}/ask", {"to": "bank"}).content.decode()
    desk.post(f"{address}/ask", {"to": "bank", "text": "这笔入账了吗？"})
    desk.post(f"{address}/ask", {"to": "borrower", "text": "有回单吗？"})
    desk.post(f"{address}/note", {"text": "等银行。"})
    assert "等我行回答" in page(bank, "/desk/disputes")
    assert "这笔入账了吗？" in page(bank, case)
    asked = DisputeQuestion.objects.get(to="bank").pk
    bank.post(f"{case}/disputes/{made}/answer/{asked}", {"text": "在另一张卡上。"})
    mine = DisputeQuestion.objects.get(to="borrower").pk
    assert "写一两句" in lin.post(f"/disputes/{made}/answer/{mine}", {"text": ""}).content.decode()
    lin.post(f"/disputes/{made}/answer/{mine}", {"text": "有，传了。"})
    shown = page(desk, address)
    for said in ("在另一张卡上。", "有，传了。", "等银行。", "第六十九条"):
        assert said in shown, said
    paper = bank.get(f"/desk/disputes/{made}/papers/{Dispute.objects.get().papers.get().pk}")
    assert (paper.status_code, Leaf.objects.filter(kind="dispute.proof-looked-at").count()) == (200, 1)
    assert "选一个结论" in desk.post(f"{address}/decide", {"reason": REASON}).content.decode()
    desk.post(f"{address}/decide", {"outcome": "upheld", "reason": REASON})
    for client, where in ((lin, f"/disputes/{made}"), (bank, case), (desk, address)):
        assert REASON in page(client, where)
    assert "请照原样留着" not in page(bank, case)
    assert bank.get(address).status_code == 403
