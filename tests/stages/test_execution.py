"""Carrying out: payments matched, unmatched, told twice, late and caught up; one hash to the last payment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import bargain
from heyue.clock import machine_now
from heyue.deadlines.models import Wait
from heyue.engine.moves import CLOCK, Actor
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.engine.schedule import build
from heyue.execution import actions, reads
from heyue.execution.actions import Posted
from heyue.execution.models import Instalment, Payment, Plan
from heyue.execution.reads import Mark
from heyue.execution.states import State
from heyue.journey import commitments, perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.states import State as TalkState
from heyue.notices.models import Notice
from heyue.wallet.models import AccountLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """A plan of twelve periods runs at the first bank; nothing else is talked about."""
    found = bargain.running(bargain.received(bargain.submitted(periods=12)))
    perform(found.cast.lin, borrower_acts.end, negotiation_id=found.id_at(found.cast.bank_b))
    return found


def rows(deal: bargain.Bargain) -> list[Instalment]:
    """All instalments of the plan, in their order."""
    return list(deal.plan(deal.cast.bank_a).instalments.order_by("period"))


def states(deal: bargain.Bargain) -> list[str]:
    """The instalments' states, in their order."""
    return [row.state for row in rows(deal)]


def test_the_plan_runs_on_the_agreements_own_rows(deal: bargain.Bargain) -> None:
    plan = deal.plan(deal.cast.bank_a)
    laid = build(plan.agreement.terms)
    assert [(r.due_on, r.amount_fen) for r in rows(deal)] == [(r.due_on, r.payment_fen) for r in laid.rows]
    assert plan.schedule_hash == laid.hash == plan.agreement.offer.hash
    assert Wait.objects.filter(kind="instalment", outcome="open").count() == 12


def test_a_down_payment_leads_the_rows_as_period_nought() -> None:
    deal = bargain.received()
    bank = deal.cast.bank_b
    bargain.offered(deal, bank, periods=12, down_payment="500.00")
    bargain.in_force(bargain.signed(bargain.drawn(bargain.take_offer(deal, bank), bank), bank), bank)
    first = deal.plan(bank).instalments.order_by("period")[0]
    assert (first.period, first.amount_fen, first.due_on) == (0, 500_00, date(2026, 11, 23))


def test_a_down_payment_is_not_due_before_the_bank_has_signed() -> None:
    deal = bargain.received()
    bank = deal.cast.bank_b
    bargain.offered(deal, bank, periods=12, down_payment="500.00")
    bargain.signed(bargain.drawn(bargain.take_offer(deal, bank), bank), bank)
    bargain.day(date(2026, 11, 25))
    bargain.in_force(deal, bank)
    assert deal.plan(bank).instalments.order_by("period")[0].due_on == date(2026, 11, 25)


def test_a_payment_that_names_its_period_is_matched(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.pays(deal, bank, rows(deal)[0].amount_fen, 1)
    assert states(deal)[:2] == ["paid", "upcoming"]
    assert Notice.objects.filter(kind="payment-matched").count() == 1
    assert not Wait.objects.filter(subject_id=rows(deal)[0].pk, outcome="open").exists()


def test_a_payment_without_a_period_pays_the_oldest_row_when_the_sum_is_its(deal: bargain.Bargain) -> None:
    bargain.pays(deal, deal.cast.bank_a, rows(deal)[0].amount_fen)
    assert states(deal)[:2] == ["paid", "upcoming"]


@pytest.mark.parametrize(("amount_fen", "period"), [(1_00, None), (1_00, 1), (None, 13), (999_999_00, None)])
def test_what_cannot_be_matched_is_shown_and_not_guessed(
    deal: bargain.Bargain, amount_fen: int | None, period: int | None
) -> None:
    bargain.pays(deal, deal.cast.bank_a, amount_fen or rows(deal)[0].amount_fen, period)
    assert "paid" not in states(deal)
    assert reads.unmatched(deal.cast.lin).count() == 1
    assert Notice.objects.filter(kind="payment-unmatched").count() == 1


def test_a_period_paid_twice_leaves_the_second_payment_unmatched(deal: bargain.Bargain) -> None:
    bank, amount_fen = deal.cast.bank_a, rows(deal)[0].amount_fen
    bargain.pays(deal, bank, amount_fen, 1)
    bargain.pays(deal, bank, amount_fen, 1)
    assert states(deal)[:2] == ["paid", "upcoming"]
    assert reads.unmatched(deal.cast.lin).count() == 1


def test_the_same_payment_told_twice_is_taken_once(deal: bargain.Bargain) -> None:
    bank, amount_fen = deal.cast.bank_a, rows(deal)[0].amount_fen
    for _ in range(2):
        bargain.pays(deal, bank, amount_fen, ref="P-1")
    assert Payment.objects.count() == 1
    assert states(deal)[:2] == ["paid", "upcoming"]


def test_a_payment_that_was_told_for_another_plan_is_refused_and_stops_nothing() -> None:
    deal = bargain.running()
    bargain.running(deal, deal.cast.bank_b)
    bank, row = deal.cast.bank_a, rows(deal)[0]
    bargain.pays(deal, bank, 1_00, ref="P-1")
    Payment.objects.update(plan=deal.plan(deal.cast.bank_b))  # as if it were another plan with the same bank
    with pytest.raises(Refusal) as refused:
        bargain.pays(deal, bank, row.amount_fen, ref="P-1")
    assert (refused.value.code, refused.value.field) == ("payment-id-used", "payment_id")
    bargain.pays(deal, bank, row.amount_fen, ref="P-2")
    assert states(deal)[0] == "paid"


def test_a_payment_of_nothing_is_refused(deal: bargain.Bargain) -> None:
    with pytest.raises(Refusal) as refused:
        bargain.pays(deal, deal.cast.bank_a, 0)
    assert refused.value.field == "amount"


def test_late_and_then_caught_up(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.day(date(2026, 12, 17))
    bargain.reach_due()
    plan = deal.plan(bank)
    assert (plan.state, states(deal)[0]) == (State.BEHIND, "late")
    assert Notice.objects.filter(kind="instalment-late").count() == 1
    one = reads.carried_out(reads.plan(deal.cast.lin, plan.pk))
    assert (one.behind, one.dues[0].mark, one.dues[1].mark) == (True, Mark.LATE, Mark.NEXT)
    bargain.pays(deal, bank, rows(deal)[0].amount_fen)
    assert (deal.plan(bank).state, states(deal)[0]) == (State.RUNNING, "paid")


def test_paid_on_time_is_never_called_late(deal: bargain.Bargain) -> None:
    row = rows(deal)[0]
    bargain.pays(deal, deal.cast.bank_a, row.amount_fen)
    bargain.day(date(2026, 12, 17))
    assert bargain.reach_due() == 0
    perform(CLOCK, actions.missed, instalment_id=row.pk)
    assert (deal.plan(deal.cast.bank_a).state, states(deal)[0]) == (State.RUNNING, "paid")


def settle(actor: Actor, refs: list[str], periods: list[int]) -> None:
    ids = frozenset(Payment.objects.filter(bank_ref__in=refs).values_list("pk", flat=True))
    perform(actor, actions.settle, payment_ids=ids, periods=frozenset(periods))


def test_an_unmatched_payment_is_settled_by_the_desk_and_only_for_its_own_sum(deal: bargain.Bargain) -> None:
    bank, reviewer = deal.cast.bank_a, deal.cast.reviewer
    bargain.pays(deal, bank, rows(deal)[0].amount_fen, 13, ref="P-1")
    with pytest.raises(NotPermitted):
        settle(deal.cast.lin, ["P-1"], [1])
    with pytest.raises(NotFound):
        settle(deal.cast.officer_b, ["P-1"], [1])
    for periods in ([12], [1, 2], []):
        with pytest.raises(Refusal) as refused:
            settle(reviewer, ["P-1"], periods)
        assert refused.value.code == "amount-differs"
    settle(reviewer, ["P-1"], [1])
    assert states(deal)[0] == "paid"
    with pytest.raises(NotFound):
        settle(reviewer, ["P-1"], [2])


def test_an_instalment_that_came_in_two_parts_is_settled_by_both(deal: bargain.Bargain) -> None:
    bank, amount_fen = deal.cast.bank_a, rows(deal)[0].amount_fen
    bargain.pays(deal, bank, 100_00, ref="P-a")
    bargain.pays(deal, bank, amount_fen - 100_00, ref="P-b")
    settle(deal.cast.reviewer, ["P-a", "P-b"], [1])
    assert states(deal)[:2] == ["paid", "upcoming"]
    assert not Payment.objects.filter(instalment__isnull=True).exists()


def test_two_instalments_that_came_in_one_sum_are_both_settled(deal: bargain.Bargain) -> None:
    first, second = rows(deal)[:2]
    bargain.pays(deal, deal.cast.bank_a, first.amount_fen + second.amount_fen, ref="P-both")
    settle(deal.cast.operator, ["P-both"], [1, 2])
    assert states(deal)[:3] == ["paid", "paid", "upcoming"]


def test_the_last_payment_completes_everything_under_one_hash(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    began = deal.plan(bank).schedule_hash
    for row in rows(deal):
        bargain.day(row.due_on)
        bargain.pays(deal, bank, row.amount_fen, row.period)
        assert deal.plan(bank).schedule_hash == began
    plan = deal.plan(bank)
    assert (plan.state, plan.completed_on) == (State.COMPLETED, date(2027, 11, 12))
    assert (plan.agreement.state, deal.talk(bank).state) == ("completed", TalkState.CONCLUDED)
    assert deal.talk(bank).application.state == "closed"
    one = reads.carried_out(reads.plan(deal.cast.lin, plan.pk))
    assert (one.completed, one.left_fen, one.hash_holds, one.next) == (True, 0, True, None)
    assert commitments(deal.cast.lin) == []
    last = Payment.objects.order_by("paid_on").last()
    assert last is not None
    bargain.pays(deal, bank, last.amount_fen, 12, ref=last.bank_ref)
    assert Payment.objects.count() == 12


def test_it_is_complete_as_of_the_last_payment_also_when_the_bank_tells_it_later(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    all_rows = rows(deal)
    bargain.day(date(2028, 2, 1))
    for row in all_rows:
        told = actions.Posted(f"P-{row.period}", row.due_on, row.amount_fen, row.period)
        perform(bargain.as_bank(bank), actions.post_payment, negotiation_id=deal.id_at(bank), posted=told)
    assert deal.plan(bank).completed_on == all_rows[-1].due_on


def test_a_hash_that_no_longer_holds_is_noticed(deal: bargain.Bargain) -> None:
    plan = deal.plan(deal.cast.bank_a)
    Plan.objects.filter(pk=plan.pk).update(schedule_hash="0" * 64)
    assert not reads.carried_out(reads.plan(deal.cast.lin, plan.pk)).hash_holds


def test_strangers_report_and_see_nothing(deal: bargain.Bargain) -> None:
    plan, bank = deal.plan(deal.cast.bank_a), deal.cast.bank_a
    posted = Posted("P-x", date(2026, 12, 12), rows(deal)[0].amount_fen, 1)
    values = {"negotiation_id": deal.id_at(bank), "posted": posted}
    with pytest.raises(NotFound):
        perform(bargain.as_bank(deal.cast.bank_b), actions.post_payment, **values)
    with pytest.raises(NotPermitted):
        perform(deal.cast.lin, actions.post_payment, **values)
    for stranger in (deal.cast.zhao, deal.cast.officer_b):
        with pytest.raises(NotFound):
            reads.plan(stranger, plan.pk)
    assert not Payment.objects.exists()
    assert reads.carried(deal.cast.zhao) == []


def test_a_plan_and_each_payment_let_the_banks_feed_be_read_anew(deal: bargain.Bargain) -> None:
    link = AccountLink.objects.get(borrower_id=deal.cast.lin.person_id, bank=deal.cast.bank_a)
    later = machine_now() + timedelta(minutes=15)
    AccountLink.objects.update(next_try_at=later)
    bargain.pays(deal, deal.cast.bank_a, rows(deal)[0].amount_fen)
    link.refresh_from_db()
    assert link.next_try_at < later
    others = AccountLink.objects.exclude(pk=link.pk)
    assert all(other.next_try_at == later for other in others)
