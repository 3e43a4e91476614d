"""The appeal against a rejection: once, in time, decided by another reviewer; what each may see; its pages."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from pytest_django.fixtures import Settings

import bargain
import build
from at_desk import desk_of
from bargain import Bargain
from cast import PASSWORD
from heyue import clock, deadlines
from heyue.application import actions as application
from heyue.application.models import Application, Proof
from heyue.application.proofs import take_in
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.identity.models import ErasureRequest
from heyue.journey import appealing, erasure, next_act, own_copy, perform, story
from heyue.journey.board import board, late_since
from heyue.journey.erasure import is_something_open
from heyue.journey.reviewing import reviewing
from heyue.notices.models import Notice
from heyue.review import actions, appeals, sampling
from heyue.review.models import Appeal, Review
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

REASON = "材料和填报对不上，请核对后再交。"
SAID = "工资条上的是税前，我填的是到手，两个数都对。"
ANSWER = "税前税后都核对过了，银行流水里没有这笔工资。"


@pytest.fixture
def deal() -> Bargain:
    """Lin's application, rejected with a reason."""
    found = bargain.submitted()
    review_id = bargain.deal_review(found)
    perform(found.cast.reviewer, actions.take, review_id=review_id)
    perform(found.cast.reviewer, actions.reject, review_id=review_id, reason=REASON)
    return found


@pytest.fixture
def he(deal: Bargain) -> Actor:
    """A second reviewer."""
    return build.staff(Role.REVIEWER, "he", "何静", "P-0009", password=PASSWORD)


def appealed(deal: Bargain) -> Appeal:
    perform(deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID)
    return Appeal.objects.get()


def state(deal: Bargain) -> str:
    return Application.objects.get(pk=deal.application_id).state


def refused(code: str, by: Actor, verb: object, **values: object) -> None:
    with pytest.raises(Refusal) as refusal:
        perform(by, verb, **values)  # type: ignore[arg-type]
    assert refusal.value.code == code


def picture() -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(png, "PNG")
    return png.getvalue()


def test_a_rejection_starts_ten_working_days_in_which_one_may_appeal(deal: Bargain) -> None:
    review = Review.objects.get(application_id=deal.application_id)
    (wait,) = deadlines.open_waits([review.pk])[review.pk]
    assert (wait.kind, wait.owed_by, deadlines.days_left(wait)) == ("may-appeal", "borrower", 10)
    assert wait.due_on == date(2026, 11, 30)
    assert reviewing(deal.cast.lin, review.application).may_appeal_until == wait.due_on


def test_an_appeal_waits_for_another_reviewer_with_all_that_was_said(deal: Bargain, he: Actor) -> None:
    stored = take_in(deal.cast.lin_person.pk, "income", "工资条.png", picture())
    perform(deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID, proofs=[stored])
    row = Appeal.objects.get()
    assert (appeals.reason_of(row), row.rejected_by_id, appeals.words_of(row)) == (
        REASON,
        deal.cast.reviewer.person_id,
        SAID,
    )
    assert SAID.encode() not in bytes(row.sealed_words)
    assert [f["code"] for f in row.findings] == ["income-unproven"]
    assert row.proofs == [str(Proof.objects.get(kind="income").pk)]
    assert state(deal) == "appealed"
    (wait,) = deadlines.open_waits([row.pk])[row.pk]
    assert (wait.kind, wait.owed_by, deadlines.days_left(wait)) == ("appeal-answer", "reviewer", 5)
    assert not deadlines.open_waits([row.review_id])
    assert [one.pk for one in appeals.for_me(he)] == [row.pk]
    assert not appeals.for_me(deal.cast.reviewer)
    kinds = [entry.kind for entry in story.of_borrower(deal.cast.lin)]
    assert kinds.count("application.appealed") == 1
    act = next_act(deal.cast.lin)
    assert act
    assert act.kind == "wait"
    assert is_something_open(deal.cast.lin)


def test_one_may_appeal_only_once_in_time_and_in_words(deal: Bargain, he: Actor) -> None:
    mine = {"application_id": deal.application_id}
    for said in ("", "不对", "字" * 501):
        refused("appeal-words", deal.cast.lin, appealing.appeal, **mine, said=said)
    assert state(deal) == "rejected"
    row = appealed(deal)
    refused("not-rejected", deal.cast.lin, appealing.appeal, **mine, said=SAID)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appeals.uphold, appeal_id=row.pk, reason=ANSWER)
    refused("appealed-already", deal.cast.lin, appealing.appeal, **mine, said=SAID)


def test_after_its_days_one_may_not_appeal_any_more(deal: Bargain) -> None:
    bargain.day(date(2026, 12, 1))
    refused("appeal-too-late", deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID)
    assert bargain.reach_due() == 1
    assert Leaf.objects.filter(kind="review.appeal-lapsed").count() == 1
    assert state(deal) == "rejected"
    refused("appeal-too-late", deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID)
    assert "/appeal" not in page(as_lin(deal), f"/progress/{deal.application_id}")


def test_one_does_not_appeal_and_apply_anew_at_once(deal: Bargain) -> None:
    anew = perform(deal.cast.lin, application.start, previous_id=deal.application_id)
    assert anew != deal.application_id
    refused("applied-anew", deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID)
    perform(deal.cast.lin, application.withdraw, application_id=anew)
    appealed(deal)
    assert perform(deal.cast.lin, application.start) == deal.application_id


def test_an_open_appeal_is_not_erased_away_nor_lost_sight_of_behind_a_newer_application(
    deal: Bargain, he: Actor
) -> None:
    anew = perform(deal.cast.lin, application.start, previous_id=deal.application_id)
    perform(deal.cast.lin, application.withdraw, application_id=anew)
    row = appealed(deal)
    assert is_something_open(deal.cast.lin)
    refused("matters-open", deal.cast.lin, erasure.ask)
    act = next_act(deal.cast.lin)
    assert act
    assert (act.kind, act.subject_id) == ("wait", deal.application_id)
    assert SAID in page(as_lin(deal), "/progress")
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appealing.pass_, appeal_id=row.pk)
    act = next_act(deal.cast.lin)
    assert act
    assert (act.kind, act.subject_id) == ("wait", deal.application_id)


def test_no_bank_is_asked_twice_by_an_appeal_beside_a_later_application(deal: Bargain, he: Actor) -> None:
    first = Application.objects.get(pk=deal.application_id)
    both = {deal.cast.bank_a.pk: bargain.MENU, deal.cast.bank_b.pk: bargain.MENU}
    later = bargain.handed_in(deal.cast.lin, both, wage="6000", periods=60)
    bargain.passed(Bargain(deal.cast, later))
    assert reviewing(deal.cast.lin, first).may_appeal_until is None
    refused("applied-anew", deal.cast.lin, appealing.appeal, application_id=first.pk, said=SAID)
    assert as_lin(deal).get(f"/apply/{first.pk}/appeal").status_code == 302
    assert set(Dispatch.objects.values_list("application_id", flat=True)) == {later}


def test_no_appeal_while_a_plan_runs_with_one_of_its_banks(deal: Bargain) -> None:
    first, lin = Application.objects.get(pk=deal.application_id), deal.cast.lin
    both = {deal.cast.bank_a.pk: bargain.MENU, deal.cast.bank_b.pk: bargain.MENU}
    later = bargain.handed_in(lin, both, wage="6000", periods=60)
    bargain.running(bargain.received(Bargain(deal.cast, later)))
    perform(lin, application.withdraw, application_id=later)
    assert reviewing(lin, first).may_appeal_until is None
    refused("bank-busy", lin, appealing.appeal, application_id=first.pk, said=SAID)
    assert state(deal) == "rejected"


def test_the_appeal_is_not_passed_where_a_bank_would_be_asked_twice(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    refused("doubled", he, appeals.pass_, appeal_id=row.pk, busy=frozenset({deal.cast.bank_a.pk}))
    first = Application.objects.get(pk=deal.application_id)
    later = {"number": "HY-1", "borrower_id": first.borrower_id, "started_at": clock.now()}
    Application.objects.create(**later, state="passed", state_since=clock.now())
    refused("doubled", he, appealing.pass_, appeal_id=row.pk)
    shown = desk_of(he).post(f"/desk/appeals/{row.pk}/decide", {"decision": "pass"}).content.decode()
    assert "不能再送一份" in shown
    assert (state(deal), Appeal.objects.get().state) == ("appealed", "in-hand")
    assert not Dispatch.objects.exists()
    perform(he, appeals.ask_more, appeal_id=row.pk, words_to_borrower="请不选建设银行的卡再交。")
    assert state(deal) == "returned"


def test_who_rejected_does_not_decide_the_appeal(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    refused("own-decision", deal.cast.reviewer, appeals.take, appeal_id=row.pk)
    refused("own-decision", deal.cast.reviewer, appeals.uphold, appeal_id=row.pk, reason=ANSWER)
    refused("not-possible-now", he, appealing.pass_, appeal_id=row.pk)
    perform(he, appeals.take, appeal_id=row.pk)
    third = build.staff(Role.REVIEWER, "yu", "于明", "P-0010", password=PASSWORD)
    refused("taken-by-other", third, appeals.take, appeal_id=row.pk)
    refused("taken-by-other", third, appealing.pass_, appeal_id=row.pk)
    perform(third, appeals.take, appeal_id=row.pk, from_other=True)
    refused("taken-by-other", he, appealing.pass_, appeal_id=row.pk)
    with pytest.raises(NotPermitted):
        perform(deal.cast.operator, appeals.take, appeal_id=row.pk)
    for stranger in (deal.cast.zhao, deal.cast.officer_a):
        with pytest.raises(NotFound):
            perform(stranger, appeals.take, appeal_id=row.pk)
        assert not appeals.visible(stranger)
    with pytest.raises(NotFound):
        perform(deal.cast.zhao, appealing.appeal, application_id=deal.application_id, said=SAID)


def test_upheld_it_says_why_and_which_ways_are_left(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    refused("words-missing", he, appeals.uphold, appeal_id=row.pk, reason="不行")
    perform(he, appeals.uphold, appeal_id=row.pk, reason=ANSWER)
    assert state(deal) == "rejected"
    assert Application.objects.get(pk=deal.application_id).words_back == ANSWER
    assert Notice.objects.filter(kind="appeal-upheld", person_id=deal.cast.lin.person_id).count() == 1
    shown = page(as_lin(deal), f"/progress/{deal.application_id}")
    for said in (REASON, SAID, ANSWER, "12378"):
        assert said in shown
    assert not is_something_open(deal.cast.lin)


def test_after_our_own_last_word_nobody_is_sent_to_complain_of_a_bank(
    deal: Bargain, he: Actor, settings: Settings
) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appeals.uphold, appeal_id=row.pk, reason=ANSWER)
    shown = page(as_lin(deal), f"/progress/{deal.application_id}")
    for of_a_bank in ("信用卡热线", "向银行投诉", "投诉的路", "向和约的运营方投诉"):
        assert of_a_bank not in shown, of_a_bank
    settings.HEYUE_COMPLAINTS = "投诉电话 010-00000001\n周一到周五 9 点到 18 点"
    shown = page(as_lin(deal), f"/progress/{deal.application_id}")
    assert "投诉电话 010-00000001 周一到周五" in shown
    assert shown.index("向和约的运营方投诉") < shown.index("12378") < shown.index("去法院")


def test_overturned_it_goes_to_every_bank_as_if_it_had_passed(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appealing.pass_, appeal_id=row.pk)
    assert state(deal) == "passed"
    assert Application.objects.get(pk=deal.application_id).dispatches.count() == 2
    review = Review.objects.get(pk=row.review_id)
    assert (review.state, review.reviewer_id) == ("passed", he.person_id)
    assert not deadlines.open_waits([row.pk, row.review_id])
    refused("not-possible-now", he, appealing.pass_, appeal_id=row.pk)


def test_overturned_into_a_question_it_is_changed_handed_in_again_and_reviewed_again(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appeals.ask_more, appeal_id=row.pk, words_to_borrower="请补一份银行流水。")
    assert state(deal) == "returned"
    both = {deal.cast.bank_a.pk, deal.cast.bank_b.pk}
    mine = {"application_id": deal.application_id, "declared_true": True, "bank_ids": both}
    perform(deal.cast.lin, application.submit, **mine)
    assert Review.objects.get(pk=row.review_id).state == "waiting"


def handed_in_again(deal: Bargain, he: Actor) -> Appeal:
    """He overturned the rejection and asked for more; Lin hands it in again."""
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appeals.ask_more, appeal_id=row.pk, words_to_borrower="请补一份银行流水。")
    both = {deal.cast.bank_a.pk, deal.cast.bank_b.pk}
    again = {"application_id": deal.application_id, "declared_true": True, "bank_ids": both}
    perform(deal.cast.lin, application.submit, **again)
    return row


def test_whose_rejection_was_overturned_does_not_review_it_again(deal: Bargain, he: Actor) -> None:
    row = handed_in_again(deal, he)
    refused("own-decision", deal.cast.reviewer, actions.take, review_id=row.review_id)
    shown = page(desk_of(deal.cast.reviewer), f"/desk/reviews/{row.review_id}")
    assert "这次由另一位初审员看" in shown
    assert f"/desk/reviews/{row.review_id}/take" not in shown
    perform(he, actions.take, review_id=row.review_id)
    perform(he, actions.pass_, review_id=row.review_id)
    assert state(deal) == "passed"


def test_whose_rejection_was_overturned_does_not_look_at_it_again_for_quality(
    deal: Bargain, he: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "is_sampled", lambda _review_id, _one_in: True)
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appealing.pass_, appeal_id=row.pk)
    first, third = deal.cast.reviewer, build.staff(Role.REVIEWER, "li", "李默", "P-0010", password=PASSWORD)
    assert sampling.to_look_at(first) == []
    with pytest.raises(NotPermitted):
        perform(first, sampling.look_again, review_id=row.review_id, agrees=False, text="我看得没错")
    assert [one.pk for one in sampling.to_look_at(third)] == [row.review_id]
    perform(third, sampling.look_again, review_id=row.review_id, agrees=True, text="")


def test_a_new_rejection_may_be_appealed_against_too_and_nobody_who_rejected_decides(deal: Bargain, he: Actor) -> None:
    first = handed_in_again(deal, he)
    perform(he, actions.take, review_id=first.review_id)
    perform(he, actions.reject, review_id=first.review_id, reason="流水还是没有。")
    assert reviewing(deal.cast.lin, first.application).may_appeal_until
    address = f"/apply/{deal.application_id}/appeal"
    assert address in page(as_lin(deal), f"/progress/{deal.application_id}")
    assert as_lin(deal).post(address, {"words": SAID, "kind": "other"}).status_code == 302
    second = Appeal.objects.exclude(pk=first.pk).get()
    assert (appeals.reason_of(first), appeals.reason_of(second)) == (REASON, "流水还是没有。")
    for who in (deal.cast.reviewer, he):
        refused("own-decision", who, appeals.take, appeal_id=second.pk)
        assert not appeals.for_me(who)
        assert "由另一位初审员决定" in page(desk_of(who), f"/desk/appeals/{second.pk}")
    third = build.staff(Role.REVIEWER, "yu", "于明", "P-0010", password=PASSWORD)
    perform(third, appeals.take, appeal_id=second.pk)
    perform(third, appeals.uphold, appeal_id=second.pk, reason=ANSWER)
    refused("appealed-already", deal.cast.lin, appealing.appeal, application_id=deal.application_id, said=SAID)
    assert reviewing(deal.cast.lin, Application.objects.get()).may_appeal_until is None


def test_what_was_said_in_an_appeal_is_sealed_and_gone_with_its_borrower(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appeals.uphold, appeal_id=row.pk, reason=ANSWER)
    with connection.cursor() as cursor:
        cursor.execute("select * from review_appeal")
        kept = [bytes(v) if isinstance(v, memoryview) else v for line in cursor.fetchall() for v in line]
    for said in (REASON, SAID, ANSWER):
        assert said not in kept
        assert not any(said.encode() in value for value in kept if isinstance(value, bytes))
    (told,) = own_copy.data_of(deal.cast.lin)["appeals"]
    assert (told["reason"], told["words"], told["answer"]) == (REASON, SAID, ANSWER)
    perform(deal.cast.lin, erasure.ask)
    perform(deal.cast.operator, erasure.carry_out, request_id=ErasureRequest.objects.get().pk)
    row = Appeal.objects.get()
    assert {appeals.reason_of(row), appeals.words_of(row), appeals.answer_of(row)} == {"已删除"}
    assert desk_of(he).get(f"/desk/appeals/{row.pk}").status_code == 410
    assert "维持退回" in page(desk_of(he), "/desk/appeals")
    assert not Application.objects.get().words_back
    assert not Review.objects.get().words_to_borrower


def test_taking_the_application_back_ends_the_appeal(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    assert (state(deal), Appeal.objects.get().state) == ("withdrawn", "dropped")
    refused("not-possible-now", he, appeals.take, appeal_id=row.pk)


def test_an_appeal_past_its_days_is_late_at_the_desk_until_it_is_decided(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    due = deadlines.open_waits([row.pk])[row.pk][0].due_on
    assert [w.what for w in board(he).waiting] == ["对申诉的决定"]
    bargain.day(due + timedelta(days=1))
    bargain.reach_due()
    assert late_since(he) == {row.pk: due}
    assert [(one.what, one.by_bank, one.working_days) for one in board(he).late] == [("对申诉的决定", False, 1)]
    perform(he, appeals.take, appeal_id=row.pk)
    perform(he, appealing.pass_, appeal_id=row.pk)
    assert row.pk not in late_since(he)


def test_the_borrower_appeals_on_the_phone_with_papers(deal: Bargain) -> None:
    lin, address = as_lin(deal), f"/apply/{deal.application_id}/appeal"
    assert REASON in page(lin, f"/progress/{deal.application_id}")
    assert address in page(lin, f"/progress/{deal.application_id}")
    assert REASON in page(lin, address)
    wrong = lin.post(address, {"words": "不对", "kind": "income"})
    assert "10 到 500 个字" in wrong.content.decode()
    broken = SimpleUploadedFile("a.png", b"no picture")
    assert "打不开这个文件" in lin.post(address, {"words": SAID, "papers": broken}).content.decode()
    assert not Proof.objects.filter(kind="income").exists()
    sent = SimpleUploadedFile("工资条.png", picture())
    answer = lin.post(address, {"words": SAID, "kind": "income", "papers": sent})
    assert (answer.status_code, state(deal)) == (302, "appealed")
    assert SAID in page(lin, f"/progress/{deal.application_id}")
    assert lin.get(address).status_code == 302
    assert as_zhao(deal).get(address).status_code == 404
    copied = own_copy.data_of(deal.cast.lin)
    assert [one["words"] for one in copied["appeals"]] == [SAID]


def test_the_page_says_where_its_papers_go_and_asks_for_health_papers_bank_by_bank(deal: Bargain) -> None:
    a, b = deal.cast.bank_a, deal.cast.bank_b
    lin, address = as_lin(deal), f"/apply/{deal.application_id}/appeal"
    shown = page(lin, address)
    assert "申诉成了，材料会跟着申请" in shown
    for bank in (a, b):
        assert f"同意给{bank.name}看病历、医疗票据" in shown
    sent = SimpleUploadedFile("病历.png", picture())
    lin.post(address, {"words": SAID, "kind": "medical", "papers": sent, "health": [str(a.pk)]})
    assert Proof.objects.get(kind="medical").is_health
    assert people.standing_consents(deal.cast.lin, "health") == {a.pk}


def test_a_paper_of_another_kind_leaves_the_consents_for_health_papers_alone(deal: Bargain) -> None:
    a = deal.cast.bank_a
    perform(deal.cast.lin, identity.give_consent, bank_id=a.pk, purpose="health")
    shown = page(as_lin(deal), f"/apply/{deal.application_id}/appeal")
    assert re.search(rf'<input[^>]*value="{a.pk}"[^>]* checked', shown)
    sent = SimpleUploadedFile("工资条.png", picture())
    as_lin(deal).post(f"/apply/{deal.application_id}/appeal", {"words": SAID, "kind": "income", "papers": sent})
    assert people.standing_consents(deal.cast.lin, "health") == {a.pk}


def test_the_desk_lays_rejection_findings_and_appeal_side_by_side(deal: Bargain, he: Actor) -> None:
    row = appealed(deal)
    address = f"/desk/appeals/{row.pk}"
    own, other = desk_of(deal.cast.reviewer), desk_of(he)
    assert "由另一位初审员决定" in page(own, address)
    assert own.post(f"{address}/take").status_code == 403
    assert "你退回的，不能自己看" in page(own, "/desk/appeals")
    shown = page(other, address)
    for said in (REASON, SAID, "填了收入，但没有收入材料", "工资（到手）"):
        assert said in shown, said
    other.post(f"{address}/take")
    kept = other.post(f"{address}/decide", {"decision": "uphold", "words": "不行"}).content.decode()
    assert "写清楚原因" in kept
    other.post(f"{address}/decide", {"decision": "uphold", "words": ANSWER})
    assert Appeal.objects.get().state == "upheld"
    assert ANSWER in page(own, address)
    assert "看申诉" in page(own, f"/desk/reviews/{row.review_id}")
    for nobody in (deal.cast.operator, deal.cast.officer_a):
        assert desk_of(nobody).get(address).status_code == 403
