"""The talk with one bank: every verb done, refused, by a stranger, twice; and the odd ways through its table."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

import bargain
from heyue import clock
from heyue.banks.models import OutboundMessage
from heyue.deadlines.models import Wait
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import CLOCK, Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.journey import perform
from heyue.negotiation import actions, borrower_acts, reads, telephone
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import State
from heyue.negotiation.telephone import CallNote
from heyue.negotiation.terms import Put
from heyue.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """Both banks have acknowledged Lin's application."""
    return bargain.received()


def sent_to(deal: bargain.Bargain, bank: object) -> list[str]:
    """The kinds of messages to this bank, in their order."""
    rows = OutboundMessage.objects.filter(negotiation_id=deal.id_at(bank)).order_by("sequence")  # type: ignore[arg-type]
    return list(rows.values_list("kind", flat=True))


def open_waits(deal: bargain.Bargain, bank: object) -> list[str]:
    """The waits that run with this bank."""
    rows = Wait.objects.filter(subject_id=deal.id_at(bank), outcome="open").order_by("due_on", "kind")  # type: ignore[arg-type]
    return list(rows.values_list("kind", flat=True))


def counter(deal: bargain.Bargain, bank: object, **terms: object) -> Offer:
    """Lin's counter-offer: 48 periods unless told otherwise."""
    put = bargain.put(deal, bank, **{"periods": 48, "valid_days": None, **terms})  # type: ignore[arg-type]
    offer_id = perform(deal.cast.lin, borrower_acts.counter, negotiation_id=deal.id_at(bank), put=put)  # type: ignore[arg-type]
    return Offer.objects.get(pk=offer_id)


# ── the bank's answer ──────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_opens_the_talk_and_starts_seven_working_days(deal: bargain.Bargain) -> None:
    talk = deal.talk(deal.cast.bank_a)
    assert talk.state == State.AWAITING_FIRST_ANSWER
    wait = Wait.objects.get(subject_id=talk.pk, outcome="open")
    assert (wait.kind, wait.due_on) == ("first-answer", date(2026, 11, 25))


def test_a_second_receipt_does_not_open_a_second_talk(deal: bargain.Bargain) -> None:
    with pytest.raises(Refusal) as refused:
        bargain.received(deal, deal.cast.bank_a)
    assert refused.value.code == "not-possible-now"
    assert Negotiation.objects.count() == 2


def test_an_offer_waits_for_the_borrower_until_its_last_day(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank)
    assert deal.talk(bank).state == State.OFFERED
    assert open_waits(deal, bank) == ["offer-valid"]
    assert Notice.objects.filter(kind="offer-made", person_id=deal.cast.lin.person_id).count() == 1


def test_a_new_offer_replaces_the_one_before(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    first, second = bargain.offered(deal, bank), bargain.offered(deal, bank, periods=36)
    assert Offer.objects.get(pk=first).fate == Offer.Fate.REPLACED
    assert deal.talk(bank).offer_id == second
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, borrower_acts.accept_offer, negotiation_id=deal.id_at(bank), offer_id=first)
    assert refused.value.code == "offer-gone"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"periods": 61}, "term-too-long", "periods"),
        ({"principal": "1.00"}, "terms-bad", "principal"),
        ({"first_due": "2026-11-16"}, "first-due-past", "first_due"),
        ({"monthly_rate": "x"}, "terms-bad", "monthly_rate"),
    ],
)
def test_terms_that_cannot_stand_are_refused_at_their_field(
    deal: bargain.Bargain, changes: dict[str, object], code: str, field: str
) -> None:
    bank = deal.cast.bank_b
    good = bargain.put(deal, bank)
    put = Put({**good.terms, **changes}, good.waived_fen, "waived", good.valid_until)
    with pytest.raises(Refusal) as refused:
        perform(bargain.as_bank(bank), actions.make_offer, negotiation_id=deal.id_at(bank), put=put)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert deal.talk(bank).state == State.AWAITING_FIRST_ANSWER


def test_an_offer_needs_a_day_before_its_first_due_date(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    for days in (-1, 60, None):
        put = bargain.put(deal, bank, valid_days=days)
        with pytest.raises(Refusal) as refused:
            perform(bargain.as_bank(bank), actions.make_offer, negotiation_id=deal.id_at(bank), put=put)
        assert refused.value.code == "valid-until"


def test_a_waiver_beyond_what_may_be_waived_is_refused(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    with pytest.raises(Refusal) as refused:
        bargain.offered(deal, bank, waived="300.01")
    assert refused.value.code == "waiver-too-large"


def test_a_hash_that_is_not_ours_is_refused(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    good = bargain.put(deal, bank)
    put = Put(good.terms, good.waived_fen, "waived", good.valid_until, "0" * 64)
    with pytest.raises(Refusal) as refused:
        perform(bargain.as_bank(bank), actions.make_offer, negotiation_id=deal.id_at(bank), put=put)
    assert refused.value.code == "hash-mismatch"


def test_accepting_as_asked_keeps_the_applications_hash(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.accepted(deal, bank)
    assert deal.talk(bank).state == State.AGREED
    assert deal.agreement(bank).schedule_hash == deal.talk(bank).debt.asked_hash
    assert open_waits(deal, bank) == []
    with pytest.raises(Refusal):
        bargain.accepted(deal, bank)


@pytest.mark.parametrize("changes", [{"waived_fen": 1}, {"interest_after": "added"}, {"hash": "0" * 64}])
def test_an_acceptance_that_differs_from_what_was_asked_is_none(
    deal: bargain.Bargain, changes: dict[str, object]
) -> None:
    bank = deal.cast.bank_a
    values = {"negotiation_id": deal.id_at(bank), "valid_until": clock.today(), **changes}
    with pytest.raises(Refusal):
        perform(bargain.as_bank(bank), actions.accept_as_asked, **values)
    assert deal.talk(bank).state == State.AWAITING_FIRST_ANSWER


def test_a_refusal_says_its_ground_and_ends_the_talk(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    values = {"negotiation_id": deal.id_at(bank), "ground": "policy", "text": "暂不受理", "rule": "第3条"}
    for wrong in ({"text": "  "}, {"ground": "because"}):
        with pytest.raises(Refusal):
            perform(bargain.as_bank(bank), actions.refuse, **{**values, **wrong})
    perform(bargain.as_bank(bank), actions.refuse, **values)
    talk = deal.talk(bank)
    assert talk.state == State.REFUSED
    assert talk.refusal == {"ground": "policy", "text": "暂不受理", "rule": "第3条"}
    assert talk.application.state == "passed"
    with pytest.raises(Refusal):
        perform(bargain.as_bank(bank), actions.refuse, **values)


def test_when_every_bank_has_refused_the_application_is_over(deal: bargain.Bargain) -> None:
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        perform(
            bargain.as_bank(bank), actions.refuse, negotiation_id=deal.id_at(bank), ground="policy", text="暂不受理"
        )
    assert deal.talk(deal.cast.bank_a).application.state == "closed"


# ── the borrower's answer ──────────────────────────────────────────────────────────────────────────────


def test_a_counter_offer_waits_for_the_bank_and_the_offer_runs_on(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank)
    made = counter(deal, bank)
    assert deal.talk(bank).state == State.COUNTERED
    assert open_waits(deal, bank) == ["offer-valid", "counter-answer"]
    assert sent_to(deal, bank)[-1] == "offer.countered"
    assert made.hash == deal.talk(bank).offer.hash  # type: ignore[union-attr]


def test_countering_twice_is_refused_and_changes_nothing(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank)
    made = counter(deal, bank)
    with pytest.raises(Refusal) as refused:
        counter(deal, bank, periods=60)
    assert refused.value.code == "not-possible-now"
    assert deal.talk(bank).offer_id == made.pk
    assert deal.talk(bank).offers.count() == 2


def test_countering_with_the_banks_own_terms_is_told_to_accept(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank, periods=24)
    with pytest.raises(Refusal) as refused:
        counter(deal, bank, periods=24)
    assert refused.value.code == "same-as-offer"


def test_an_accepted_counter_offer_keeps_its_hash(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank)
    made = counter(deal, bank)
    values = {
        "negotiation_id": deal.id_at(bank),
        "counter_id": made.pk,
        "valid_until": clock.today() + timedelta(days=5),
    }
    with pytest.raises(Refusal):
        perform(bargain.as_bank(bank), actions.accept_counter, **values, hash="0" * 64)
    perform(bargain.as_bank(bank), actions.accept_counter, **values, hash=made.hash)
    assert deal.agreement(bank).schedule_hash == made.hash


def test_a_refused_counter_offer_leaves_the_banks_offer_standing_with_the_banks_words(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    first = bargain.offered(deal, bank)
    made = counter(deal, bank)
    values = {"negotiation_id": deal.id_at(bank), "counter_id": made.pk, "text": "最多36期"}
    perform(bargain.as_bank(bank), actions.refuse_counter, **values)
    made.refresh_from_db()
    assert (deal.talk(bank).state, deal.talk(bank).offer_id) == (State.OFFERED, first)
    assert (made.fate, made.answer) == (Offer.Fate.REFUSED, "最多36期")
    assert open_waits(deal, bank) == ["offer-valid"]
    bargain.take_offer(deal, bank)
    assert deal.talk(bank).state == State.AGREED
    with pytest.raises(Refusal):
        perform(bargain.as_bank(bank), actions.refuse_counter, **values)


def test_a_counter_refused_after_the_offer_expired_leaves_nothing_to_accept(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    first = bargain.offered(deal, bank, valid_days=2)
    made = counter(deal, bank)
    bargain.day(date(2026, 11, 20))
    bargain.reach_due()
    assert deal.talk(bank).state == State.COUNTERED
    perform(
        bargain.as_bank(bank),
        actions.refuse_counter,
        negotiation_id=deal.id_at(bank),
        counter_id=made.pk,
        text="不行",
    )
    assert deal.talk(bank).state == State.OFFER_EXPIRED
    with pytest.raises(Refusal):
        perform(deal.cast.lin, borrower_acts.accept_offer, negotiation_id=deal.id_at(bank), offer_id=first)
    counter(deal, bank, periods=36)
    assert deal.talk(bank).state == State.COUNTERED


def test_a_counter_refused_before_the_clock_looked_leaves_no_wait_that_cannot_be_reached(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank, valid_days=2)
    made = counter(deal, bank)
    bargain.day(date(2026, 11, 20))
    refused = {"negotiation_id": deal.id_at(bank), "counter_id": made.pk, "text": "不行"}
    perform(bargain.as_bank(bank), actions.refuse_counter, **refused)
    assert deal.talk(bank).state == State.OFFER_EXPIRED
    assert open_waits(deal, bank) == ["ask-again"]
    bargain.reach_due()


def test_an_offer_expires_the_day_after_its_last(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    offer_id = bargain.offered(deal, bank, valid_days=2)
    bargain.day(date(2026, 11, 18))
    assert bargain.reach_due() == 0
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    assert deal.talk(bank).state == State.OFFER_EXPIRED
    assert Offer.objects.get(pk=offer_id).fate == Offer.Fate.EXPIRED
    bargain.offered(deal, bank)
    assert deal.talk(bank).state == State.OFFERED


def test_an_agreement_that_lapsed_lets_the_borrower_counter_anew(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.drawn(bargain.accepted(deal, bank, valid_days=2), bank)
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    talk = deal.talk(bank)
    assert (talk.state, talk.offer.fate) == (State.OFFER_EXPIRED, Offer.Fate.EXPIRED)  # type: ignore[union-attr]
    counter(deal, bank)
    assert deal.talk(bank).state == State.COUNTERED


def test_ending_one_talk_leaves_the_other(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(bank))
    assert deal.talk(bank).state == State.ENDED
    assert sent_to(deal, bank)[-1] == "negotiation.ended"
    assert deal.talk(deal.cast.bank_b).state == State.AWAITING_FIRST_ANSWER
    with pytest.raises(Refusal):
        perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(bank))


def test_what_is_agreed_is_ended_by_its_agreement(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.accepted(deal, bank)
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(bank))
    assert refused.value.code == "agreed-already"


# ── questions, calls, silence ──────────────────────────────────────────────────────────────────────────


def test_a_question_is_answered_once(deal: bargain.Bargain) -> None:
    bank, lin = deal.cast.bank_a, deal.cast.lin
    asked = perform(
        bargain.as_bank(bank), actions.ask, negotiation_id=deal.id_at(bank), text="还在缴社保吗？", bank_ref="Q-1"
    )
    values = {"negotiation_id": deal.id_at(bank), "question_id": asked}
    for wrong in (" ", "长" * 1001):
        with pytest.raises(Refusal) as refused:
            perform(lin, borrower_acts.answer, **values, text=wrong)
        assert refused.value.field == "text"
    perform(lin, borrower_acts.answer, **values, text="在缴。")
    (said,) = reads.questions(lin, deal.talk(bank))
    assert (said.question, said.answer) == ("还在缴社保吗？", "在缴。")
    with pytest.raises(Refusal) as refused:
        perform(lin, borrower_acts.answer, **values, text="没有。")
    assert refused.value.code == "question-answered"


def test_a_call_is_kept_once_and_the_bank_does_not_see_it(deal: bargain.Bargain) -> None:
    bank, lin = deal.cast.bank_a, deal.cast.lin
    note = CallNote(clock.now(), 95, "promised", "工号 88", "说周四答复", date(2026, 11, 19))
    first = perform(lin, telephone.record_call, negotiation_id=deal.id_at(bank), call=note)
    assert perform(lin, telephone.record_call, negotiation_id=deal.id_at(bank), call=note) == first
    (called,) = reads.calls(lin, deal.id_at(bank))
    assert (called.staff, called.notes) == ("工号 88", "说周四答复")
    assert reads.calls(deal.cast.officer_a, deal.id_at(bank)) == []


@pytest.mark.parametrize(
    ("note", "field"),
    [
        (CallNote(clock.machine_now(), 0, "whatever"), "result"),
        (CallNote(clock.machine_now(), 0, "promised"), "promised_on"),
        (CallNote(clock.machine_now(), 0, "promised", promised_on=date(2026, 11, 1)), "promised_on"),
        (CallNote(clock.machine_now(), 0, "other", notes="长" * 1001), "notes"),
        (CallNote(clock.machine_now(), 0, "other", staff="8" * 41), "staff"),
    ],
)
def test_a_call_note_is_refused_at_its_field(deal: bargain.Bargain, note: CallNote, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, telephone.record_call, negotiation_id=deal.id_at(deal.cast.bank_a), call=note)
    assert refused.value.field == field


def test_a_silent_bank_is_chased_and_then_the_complaint_path_is_shown(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.day(date(2026, 11, 26))
    bargain.reach_due()
    talk = deal.talk(bank)
    assert (talk.state, talk.chased_on) == (State.OVERDUE, date(2026, 11, 26))
    assert sent_to(deal, bank)[-1] == "answer.chased"
    bargain.day(date(2026, 12, 2))
    bargain.reach_due()
    assert deal.talk(bank).complain_from == date(2026, 12, 2)
    assert bargain.reach_due() == 0
    bargain.offered(deal, bank)
    assert (deal.talk(bank).chased_on, deal.talk(bank).complain_from) == (None, None)


def test_a_counter_offer_that_meets_silence_is_chased_for_its_own_day(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_b
    bargain.offered(deal, bank, valid_days=20)
    counter(deal, bank)
    bargain.day(date(2026, 11, 26))
    bargain.reach_due()
    assert (deal.talk(bank).state, deal.talk(bank).chased_on) == (State.COUNTERED, date(2026, 11, 26))
    assert "chased-answer" in open_waits(deal, bank)


# ── strangers ──────────────────────────────────────────────────────────────────────────────────────────


def test_strangers_find_nothing(deal: bargain.Bargain) -> None:
    bank, ours = deal.cast.bank_a, deal.id_at(deal.cast.bank_a)
    offer_id = bargain.offered(deal, bank)
    zhao, other_bank = deal.cast.zhao, bargain.as_bank(deal.cast.bank_b)
    note = CallNote(clock.now(), 0, "other")
    by_zhao = [
        (borrower_acts.accept_offer, {"offer_id": offer_id}),
        (borrower_acts.counter, {"put": bargain.put(deal, bank, valid_days=None)}),
        (borrower_acts.answer, {"question_id": uuid4(), "text": "好"}),
        (telephone.record_call, {"call": note}),
        (borrower_acts.end, {}),
    ]
    by_other_bank = [
        (actions.make_offer, {"put": bargain.put(deal, bank)}),
        (actions.ask, {"text": "问一句"}),
        (actions.refuse, {"ground": "policy", "text": "不行"}),
        (actions.accept_as_asked, {"valid_until": clock.today()}),
        (actions.assign_officer, {"name": "陆远", "staff_number": "B"}),
    ]
    for who, acts in ((zhao, by_zhao), (other_bank, by_other_bank), (deal.cast.officer_b, by_other_bank)):
        for act, values in acts:
            with pytest.raises(NotFound):
                perform(who, act, negotiation_id=ours, **values)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            reads.negotiation(who, ours)
    assert reads.of_application(zhao, deal.application_id) == []
    assert not dispatches.visible(zhao).exists()


def test_nobody_speaks_for_another_side(deal: bargain.Bargain) -> None:
    bank, ours = deal.cast.bank_a, deal.id_at(deal.cast.bank_a)
    with pytest.raises(NotPermitted):
        perform(deal.cast.lin, actions.make_offer, negotiation_id=ours, put=bargain.put(deal, bank))
    with pytest.raises(NotPermitted):
        perform(bargain.as_bank(bank), borrower_acts.end, negotiation_id=ours)
    with pytest.raises(NotPermitted):
        perform(deal.cast.lin, actions.bank_silent, negotiation_id=ours)
    with pytest.raises(NotPermitted):
        perform(CLOCK, actions.refuse, negotiation_id=ours, ground="policy", text="不行")
    with pytest.raises(NotFound):
        perform(Actor(Role.BANK), actions.refuse, negotiation_id=ours, ground="policy", text="不行")
