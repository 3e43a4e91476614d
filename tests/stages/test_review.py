"""The preliminary review's verbs: done, refused, by a stranger, twice; and what follows from each."""

from __future__ import annotations

from uuid import uuid4

import pytest

import bargain
import build
from bargain import Bargain
from cast import LIN_NAME, PASSWORD
from heyue import clock, deadlines
from heyue.application import actions as application
from heyue.application.models import Application
from heyue.deadlines import WaitKind
from heyue.engine.moves import CLOCK, Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence import facts_of
from heyue.evidence.models import Leaf
from heyue.journey import perform, story
from heyue.notices.models import Notice
from heyue.review import actions, reads
from heyue.review.comparing import compare
from heyue.review.models import Review

pytestmark = pytest.mark.django_db

WORDS = "请补一份最近3个月的工资条。"


@pytest.fixture
def deal() -> Bargain:
    """Lin's application, handed in and not looked at yet."""
    return bargain.submitted()


def review_of(deal: Bargain) -> Review:
    return Review.objects.get(application_id=deal.application_id)


def take(deal: Bargain, by: Actor | None = None, **how: bool) -> None:
    perform(by or deal.cast.reviewer, actions.take, review_id=bargain.deal_review(deal), **how)


def second_reviewer() -> Actor:
    return build.staff(Role.REVIEWER, "he", "何静", "P-0009", password=PASSWORD)


def refused_by(code: str, by: Actor, verb: object, **values: object) -> None:
    with pytest.raises(Refusal) as refusal:
        perform(by, verb, **values)  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_handing_in_opens_a_review_with_its_findings_and_its_days(deal: Bargain) -> None:
    row = review_of(deal)
    assert [f["code"] for f in row.findings] == ["income-unproven"]
    (wait,) = deadlines.open_waits([row.pk])[row.pk]
    assert (wait.kind, wait.owed_by) == (WaitKind.REVIEW, "reviewer")
    assert deadlines.days_left(wait) == 2
    assert [r.pk for r in reads.queue(deal.cast.reviewer)] == [row.pk]


def test_only_who_has_it_in_hand_decides(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    other = second_reviewer()
    refused_by("not-possible-now", deal.cast.reviewer, actions.pass_, review_id=review_id)
    take(deal)
    refused_by("taken-by-other", other, actions.pass_, review_id=review_id)
    refused_by("taken-by-other", other, actions.take, review_id=review_id)
    assert review_of(deal).reviewer_id == deal.cast.reviewer.person_id
    take(deal, other, from_other=True)
    refused_by("taken-by-other", deal.cast.reviewer, actions.pass_, review_id=review_id)
    perform(other, actions.pass_, review_id=review_id)
    assert Application.objects.get(pk=deal.application_id).state == "passed"


def test_taking_twice_leaves_one_leaf(deal: Bargain) -> None:
    take(deal)
    take(deal)
    assert Leaf.objects.filter(kind="review.taken").count() == 1


def test_a_pass_goes_to_every_bank_once(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    take(deal)
    perform(deal.cast.reviewer, actions.pass_, review_id=review_id)
    refused_by("not-possible-now", deal.cast.reviewer, actions.pass_, review_id=review_id)
    assert Application.objects.get(pk=deal.application_id).dispatches.count() == 2
    assert not deadlines.open_waits([review_id])
    assert Notice.objects.filter(kind="review-passed").count() == 1


def test_more_is_asked_in_words_and_the_review_waits_again_when_it_comes(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    take(deal)
    for words in ("", "补", "补" * 501):
        refused_by("words-missing", deal.cast.reviewer, actions.ask_more, review_id=review_id, words_to_borrower=words)
    perform(deal.cast.reviewer, actions.ask_more, review_id=review_id, words_to_borrower=WORDS)
    row = Application.objects.get(pk=deal.application_id)
    assert (row.state, row.words_back) == ("returned", WORDS)
    assert not reads.queue(deal.cast.reviewer)
    (wait,) = deadlines.open_waits([row.pk])[row.pk]
    assert (wait.kind, wait.owed_by) == (WaitKind.MORE_PROOFS, "borrower")
    banks = {deal.cast.bank_a.pk, deal.cast.bank_b.pk}
    perform(deal.cast.lin, application.submit, application_id=row.pk, declared_true=True, bank_ids=banks)
    assert review_of(deal).state == "waiting"
    assert Review.objects.count() == 1
    assert not deadlines.open_waits([row.pk])
    assert deadlines.open_waits([review_id])


def test_a_rejection_says_why_and_is_final(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    take(deal)
    perform(deal.cast.reviewer, actions.reject, review_id=review_id, reason="材料和填报对不上，请核对后再交。")
    row = Application.objects.get(pk=deal.application_id)
    assert (row.state, row.words_back) == ("rejected", "材料和填报对不上，请核对后再交。")
    refused_by("not-possible-now", deal.cast.reviewer, actions.pass_, review_id=review_id)
    assert not row.dispatches.exists()


def test_taking_the_application_back_drops_the_review(deal: Bargain) -> None:
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    assert review_of(deal).state == "dropped"
    refused_by("not-possible-now", deal.cast.reviewer, actions.take, review_id=review_of(deal).pk)


def test_no_other_role_reviews(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    for actor in (deal.cast.lin, deal.cast.operator):
        with pytest.raises(NotPermitted):
            perform(actor, actions.take, review_id=review_id)
    for actor in (deal.cast.zhao, deal.cast.officer_a):
        with pytest.raises(NotFound):
            perform(actor, actions.take, review_id=review_id)
    with pytest.raises(NotFound):
        perform(deal.cast.reviewer, actions.take, review_id=uuid4())


def test_each_sees_only_its_own_reviews(deal: Bargain) -> None:
    cast = deal.cast
    seen = {who: reads.visible(getattr(cast, who)).count() for who in ("reviewer", "operator", "lin")}
    assert seen == {"reviewer": 1, "operator": 1, "lin": 1}
    for who in ("zhao", "officer_a", "officer_b"):
        assert not reads.visible(getattr(cast, who))
        with pytest.raises(NotFound):
            reads.review(getattr(cast, who), review_of(deal).pk)


def test_a_review_past_its_days_stays_in_the_queue_and_in_the_ledger(deal: Bargain) -> None:
    row = review_of(deal)
    perform(CLOCK, actions.overdue, review_id=row.pk)
    assert review_of(deal).state == "waiting"
    assert Leaf.objects.filter(kind="review.overdue", subject_id=row.pk).exists()


def test_particulars_are_opened_only_for_a_reason_that_the_borrower_can_read(deal: Bargain) -> None:
    review_id = bargain.deal_review(deal)
    refused_by("reason-missing", deal.cast.reviewer, actions.unmask, review_id=review_id, reason="看 ")
    with pytest.raises(NotPermitted):
        perform(deal.cast.operator, actions.unmask, review_id=review_id, reason="想看一下")
    with pytest.raises(NotPermitted):
        perform(deal.cast.officer_a, actions.unmask, review_id=review_id, reason="想看一下")
    assert not Leaf.objects.filter(kind="person.unmasked").exists()
    full = perform(deal.cast.reviewer, actions.unmask, review_id=review_id, reason="和身份证核对")
    assert full.name == LIN_NAME
    (leaf,) = Leaf.objects.filter(kind="person.unmasked")
    assert facts_of([leaf]) == [{"reason": "和身份证核对"}]
    told = [e for e in story.of_borrower(deal.cast.lin) if e.kind == "person.unmasked"]
    assert [e.detail for e in told] == ["和身份证核对"]


def test_the_comparison_lays_each_declared_value_beside_its_papers(deal: Bargain) -> None:
    found = compare(deal.cast.reviewer, review_of(deal))
    by_what = {line.what: line for line in found.lines}
    assert by_what["姓名、证件号"].papers[0].name.startswith("身份证")
    assert by_what["工资（到手）"].amount_fen == 6000_00
    assert by_what["工资（到手）"].papers == ()
    assert [line.of_bank for line in found.lines if line.part == "cards"] == ["东湖银行", "南山银行"]
    assert [(f.part, f.place) for f in found.findings] == [("proofs", "材料")]
    assert found.affordable_fen == 3000_00
    with pytest.raises(NotFound):
        compare(deal.cast.officer_a, review_of(deal))


def test_the_day_of_handing_in_is_the_base_day(deal: Bargain) -> None:
    assert Application.objects.get(pk=deal.application_id).base_date == clock.today()
