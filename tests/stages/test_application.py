"""The verbs of the application: done, refused, by a stranger, twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage

import bargain
import interview
from heyue import clock
from heyue.application import actions, reads
from heyue.application.models import Application, Proof
from heyue.application.submission import NotComplete, NotConfirmed
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence import timeline
from heyue.evidence.ledger import facts_of
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.review import actions as review
from heyue.wallet.models import Card
from interview import Interview

pytestmark = pytest.mark.django_db


def decide(talk: Interview, verb: Any, **values: str) -> None:
    """The reviewer takes the case and decides."""
    from heyue.review import reads as reviews

    review_id = reviews.visible(talk.cast.reviewer).get(application_id=talk.row().pk).pk
    perform(talk.cast.reviewer, review.take, review_id=review_id)
    perform(talk.cast.reviewer, verb, review_id=review_id, **values)


def refusal_of(*args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        perform(*args, **kwargs)
    return raised.value


# ── beginning ──────────────────────────────────────────────────────────────────────────────────────────


def test_beginning_twice_goes_on_with_the_same_application() -> None:
    talk = interview.started()
    assert perform(talk.lin, actions.start) == talk.row().pk
    assert Application.objects.count() == 1


def test_numbers_of_a_day_follow_each_other() -> None:
    talk = interview.started()
    perform(talk.cast.zhao, actions.start)
    numbers = sorted(Application.objects.values_list("number", flat=True))
    assert numbers == ["HY-20261116-0001", "HY-20261116-0002"]


def test_only_a_borrower_begins() -> None:
    talk = interview.begin()
    assert refusal_of(talk.cast.reviewer, actions.start).code == "not-found"


def test_applying_again_takes_answers_and_proofs_over_but_no_plan() -> None:
    talk = interview.handed_in()
    first = talk.row()
    decide(talk, review.reject, reason="收入材料看不清，请补工资流水。")
    perform(talk.lin, actions.start, previous_id=first.pk)
    second = talk.row()
    assert second.pk != first.pk
    assert second.previous_id == first.pk
    assert talk.answers()["hardship"]["story"] == interview.STORY
    assert "plan" not in talk.answers()
    assert [name for _proof, name in reads.proofs(talk.lin, second)] == ["身份证.jpg"]
    assert len(reads.proofs(talk.lin, reads.application(talk.lin, first.pk))) == 1


def test_nobody_applies_again_from_another_persons_application() -> None:
    talk = interview.handed_in()
    assert refusal_of(talk.cast.zhao, actions.start, previous_id=talk.row().pk).code == "not-found"


def test_one_bank_can_be_asked_anew_with_the_same_answers_while_others_go_on() -> None:
    talk = interview.handed_in()
    first = talk.row()
    assert perform(talk.lin, actions.start, previous_id=first.pk) == first.pk
    decide(talk, review.pass_)
    perform(talk.lin, actions.start, previous_id=first.pk)
    assert talk.row().previous_id == first.pk
    assert talk.answers()["hardship"]["story"] == interview.STORY


# ── answering ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_changed_later_leaves_the_other_answers_alone() -> None:
    talk = interview.answered()
    talk.save("income", {"wage": "7000"})
    assert talk.answers()["hardship"]["story"] == interview.STORY
    assert talk.answers()["income"] == {"items": [{"kind": "wage", "monthly": "7000.00"}]}


def test_changed_sums_drop_the_plan_and_changed_words_do_not() -> None:
    talk = interview.planned()
    talk.save("hardship", {"kind": "other", "story": "换一种说法，意思还是一样的。"})
    assert talk.answers()["plan"]["name"] == "lowest_burden"
    talk.save("expenses", {"food": "1600"})
    assert "plan" not in talk.answers()
    assert talk.row().recommendation is None


def test_the_same_answer_again_changes_nothing() -> None:
    talk = interview.planned()
    version = talk.row().answers_version
    talk.save("income", interview.TYPED["income"])
    assert talk.row().answers_version == version
    assert talk.answers()["plan"]["name"] == "lowest_burden"


def test_a_stranger_changes_no_answer() -> None:
    talk = interview.answered()
    values = {"application_id": talk.row().pk, "part": "wish", "values": {}}
    assert refusal_of(talk.cast.zhao, actions.save_answers, **values).code == "not-found"
    assert refusal_of(talk.cast.reviewer, actions.save_answers, **values).code == "not-found"


def test_a_recommendation_from_answers_that_have_changed_since_is_refused() -> None:
    talk = interview.answered()
    values: dict[str, Any] = {"request": {}, "answer": {}, "affordable_fen": 1, "savings_fen": 0}
    old = talk.row().answers_version
    talk.save("income", {"wage": "9000"})
    refused = refusal_of(
        talk.lin, actions.keep_recommendation, application_id=talk.row().pk, answers_version=old, **values
    )
    assert refused.code == "changed-meanwhile"
    assert talk.row().recommendation is None


# ── proving ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_twice_is_kept_once() -> None:
    talk = interview.started()
    assert interview.prove(talk) == interview.prove(talk)
    assert Proof.objects.count() == 1


def test_a_proof_taken_out_before_handing_in_is_deleted_for_good(
    django_capture_on_commit_callbacks: Any,
) -> None:
    talk = interview.started()
    proof_id = interview.prove(talk, "medical")
    file = reads.proof(talk.lin, proof_id).file
    with django_capture_on_commit_callbacks(execute=True):
        perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=proof_id)
    assert not default_storage.exists(file)
    with pytest.raises(NotFound):
        reads.proof(talk.lin, proof_id)
    perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=proof_id)


def test_there_is_an_end_to_files_sent_and_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PROOFS_MAX", 2)
    monkeypatch.setattr(actions, "PROOFS_EVER_MAX", 3)
    talk = interview.started()
    first = interview.prove(talk, content=interview.picture("red"))
    interview.prove(talk, content=interview.picture("green"))
    with pytest.raises(Refusal) as raised:
        interview.prove(talk, content=interview.picture("blue"))
    assert raised.value.code == "too-many-proofs"
    perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=first)
    third = interview.prove(talk, content=interview.picture("blue"))
    perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=third)
    with pytest.raises(Refusal) as raised:
        interview.prove(talk, content=interview.picture("black"))
    assert raised.value.code == "too-many-proofs-ever"


def test_a_file_that_an_earlier_application_shows_stays(django_capture_on_commit_callbacks: Any) -> None:
    talk = interview.handed_in()
    first = talk.row()
    decide(talk, review.reject, reason="收入材料看不清，请补工资流水。")
    perform(talk.lin, actions.start, previous_id=first.pk)
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    with django_capture_on_commit_callbacks(execute=True):
        perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=proof.pk)
    assert default_storage.exists(proof.file)


def test_a_stranger_sees_and_touches_no_proof() -> None:
    talk = interview.started()
    proof_id = interview.prove(talk)
    with pytest.raises(NotFound):
        reads.proof(talk.cast.zhao, proof_id)
    with pytest.raises(NotFound):
        reads.proof(talk.cast.reviewer, proof_id)
    values = {"application_id": talk.row().pk, "proof_id": proof_id}
    assert refusal_of(talk.cast.zhao, actions.remove_proof, **values).code == "not-found"


def test_a_look_is_recorded_for_others_and_seen_by_the_borrower() -> None:
    talk = interview.handed_in()
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    perform(talk.cast.reviewer, actions.record_look, proof_id=proof.pk)
    assert reads.looks(talk.lin).count() == 1
    assert reads.looks(talk.cast.zhao).count() == 0
    with pytest.raises(NotPermitted):
        perform(talk.lin, actions.record_look, proof_id=proof.pk)


# ── handing in ─────────────────────────────────────────────────────────────────────────────────────────


def test_handing_in_fixes_sums_plan_and_declaration_as_of_the_base_date() -> None:
    talk = interview.handed_in()
    row = reads.application(talk.lin, talk.row().pk)
    assert row.base_date == bargain.BASE_DAY
    assert row.plan_name == "lowest_burden"
    assert {d.bank_id: d.balance_fen for d in row.debts.all()} == {
        talk.cast.bank_a.pk: talk.card_a.balance_fen,
        talk.cast.bank_b.pk: talk.card_b.balance_fen,
    }
    assert all(d.asked_terms["principal"] and d.asked_hash for d in row.debts.all())
    assert people.standing_consents(talk.lin, "application") == {talk.cast.bank_a.pk, talk.cast.bank_b.pk}


def test_the_leaf_of_handing_in_holds_digests_of_what_was_declared() -> None:
    talk = interview.handed_in()
    (leaf,) = [x for x in timeline(application_id=talk.row().pk) if x.kind == "application.submitted"]
    (facts,) = facts_of([leaf])
    assert len(str(facts["answers_sha256"])) == 64
    assert len(facts["proofs_sha256"]) == 1  # type: ignore[arg-type]


def test_consent_given_in_handing_in_stands_in_the_ledger() -> None:
    talk = interview.handed_in()
    kinds = [leaf.kind for leaf in timeline(borrower_id=talk.lin.person_id)]
    assert kinds.count("person.consent-given") == 4  # two feeds, two applications


def test_every_missing_tick_is_told_at_once() -> None:
    talk = interview.ready()
    with pytest.raises(NotConfirmed) as raised:
        interview.submit(talk, declared_true=False, bank_ids={talk.cast.bank_a.pk})
    assert set(raised.value.errors) == {"declared_true", f"bank:{talk.cast.bank_b.pk}"}
    assert reads.is_in_the_making(talk.row())
    assert people.standing_consents(talk.lin, "application") == set()


def test_everything_missing_is_told_at_once() -> None:
    talk = interview.started()
    talk.save("cards", talk.cards())
    with pytest.raises(NotComplete) as raised:
        interview.submit(talk)
    parts = [finding.part for finding in raised.value.findings]
    assert parts == ["income", "expenses", "hardship", "wish", "plan", "proofs"]


def test_a_balance_that_moved_or_a_day_that_passed_asks_for_a_new_plan() -> None:
    talk = interview.ready()
    Card.objects.filter(pk=talk.card_a.pk).update(balance_fen=talk.card_a.balance_fen + 1)
    with pytest.raises(NotComplete) as raised:
        interview.submit(talk)
    assert [f.code for f in raised.value.findings] == ["sums-changed"]
    Card.objects.filter(pk=talk.card_a.pk).update(balance_fen=talk.card_a.balance_fen)
    clock.advance_to(bargain.BASE_DAY.replace(day=17))
    with pytest.raises(NotComplete):
        interview.submit(talk)


def test_a_busy_bank_is_refused() -> None:
    talk = interview.ready()
    with pytest.raises(Refusal) as raised:
        interview.submit(talk, busy=frozenset({talk.cast.bank_b.pk}))
    assert raised.value.code == "bank-busy"


def test_handing_in_twice_is_refused_as_done() -> None:
    talk = interview.handed_in()
    with pytest.raises(Refusal) as raised:
        interview.submit(talk)
    assert raised.value.code == "already-submitted"


def test_a_stranger_hands_in_nothing() -> None:
    talk = interview.ready()
    values = {"application_id": talk.row().pk, "declared_true": True, "bank_ids": set()}
    assert refusal_of(talk.cast.zhao, actions.submit, **values).code == "not-found"


def test_a_plan_that_is_no_longer_kept_is_refused() -> None:
    talk = interview.ready()
    talk.save("plan", {"name": "made-up"})
    with pytest.raises(Refusal) as raised:
        interview.submit(talk)
    assert raised.value.code == "plan-outdated"


# ── back from the reviewer, and back altogether ────────────────────────────────────────────────────────


def test_returned_it_can_be_changed_and_handed_in_again() -> None:
    talk = interview.handed_in()
    decide(talk, review.ask_more, words_to_borrower="请补近三个月的工资流水。")
    assert reads.is_returned(talk.row())
    assert talk.row().words_back == "请补近三个月的工资流水。"
    interview.prove(talk, "bank-flow", interview.picture("blue"))
    interview.submit(talk)
    assert reads.is_under_review(talk.row())
    assert talk.row().words_back == ""


def test_what_a_reviewer_was_shown_is_taken_out_but_not_destroyed(django_capture_on_commit_callbacks: Any) -> None:
    talk = interview.handed_in()
    decide(talk, review.ask_more, words_to_borrower="请补近三个月的工资流水。")
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    with django_capture_on_commit_callbacks(execute=True):
        perform(talk.lin, actions.remove_proof, application_id=talk.row().pk, proof_id=proof.pk)
    assert default_storage.exists(proof.file)
    assert reads.proofs(talk.lin, talk.row()) == []


def test_under_review_nothing_can_be_changed() -> None:
    talk = interview.handed_in()
    with pytest.raises(Refusal) as raised:
        talk.save("wish", {"periods": "12", "monthly": "100"})
    assert raised.value.code == "already-submitted"


def test_taken_back_while_under_review_it_ends_the_review_too() -> None:
    talk = interview.handed_in()
    row = talk.row()
    assert reads.may_be_withdrawn(talk.lin, row)
    perform(talk.lin, actions.withdraw, application_id=row.pk)
    assert reads.is_withdrawn(talk.row())
    assert not reads.may_be_withdrawn(talk.lin, talk.row())
    assert refusal_of(talk.lin, actions.withdraw, application_id=row.pk).code == "not-possible-now"


def test_a_stranger_takes_nothing_back() -> None:
    talk = interview.handed_in()
    assert refusal_of(talk.cast.zhao, actions.withdraw, application_id=talk.row().pk).code == "not-found"
