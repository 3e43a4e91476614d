"""Whatever is done in whatever order, the talk with one bank stays whole: drawn acts, invariants after each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bargain
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement.models import Agreement, Signature
from heyue.application import actions as application
from heyue.deadlines.models import Wait
from heyue.engine.refusal import Refusal
from heyue.execution.models import Plan
from heyue.journey import perform
from heyue.journey.matters import Phase, matter
from heyue.negotiation import actions, borrower_acts
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import NO_TERMS, TABLE, State
from on_phone import as_lin

pytestmark = pytest.mark.django_db

Act = Callable[[bargain.Bargain], object]


def bank_of(deal: bargain.Bargain) -> bargain.Bank:
    """The bank whose talk is walked through."""
    return deal.cast.bank_a


def refuses(deal: bargain.Bargain) -> None:
    """The bank refuses."""
    bank = bank_of(deal)
    perform(bargain.as_bank(bank), actions.refuse, negotiation_id=deal.id_at(bank), ground="policy", text="不行")


def counters(deal: bargain.Bargain) -> None:
    """Lin counters."""
    bank = bank_of(deal)
    put = bargain.put(deal, bank, periods=48, valid_days=None)
    perform(deal.cast.lin, borrower_acts.counter, negotiation_id=deal.id_at(bank), put=put)


def accepts_counter(deal: bargain.Bargain) -> None:
    """The bank accepts whatever counter-offer lies with it."""
    bank = bank_of(deal)
    perform(
        bargain.as_bank(bank),
        actions.accept_counter,
        negotiation_id=deal.id_at(bank),
        counter_id=deal.talk(bank).offer_id,
        valid_until=clock.today() + timedelta(days=3),
    )


def refuses_counter(deal: bargain.Bargain) -> None:
    """The bank refuses whatever counter-offer lies with it."""
    bank = bank_of(deal)
    perform(
        bargain.as_bank(bank),
        actions.refuse_counter,
        negotiation_id=deal.id_at(bank),
        counter_id=deal.talk(bank).offer_id,
        text="不行",
    )


def on_agreement(do: Callable[[bargain.Bargain, bargain.Bank], object]) -> Act:
    """Do this with the newest agreement where there is one."""

    def act(deal: bargain.Bargain) -> None:
        if Agreement.objects.filter(negotiation_id=deal.id_at(bank_of(deal))).exists():
            do(deal, bank_of(deal))

    return act


def sign(deal: bargain.Bargain, bank: bargain.Bank) -> None:
    """Lin signs where it is to be signed; a code may be asked for once a minute, so only then."""
    if matter(deal.cast.lin, deal.id_at(bank)).phase is Phase.TO_SIGN:
        bargain.signed(deal, bank)


def days_pass(days: int) -> Act:
    """Days pass, and what is due is reached."""

    def act(deal: bargain.Bargain) -> None:
        bargain.day(clock.today() + timedelta(days=days))
        bargain.reach_due()

    return act


def pays_next(deal: bargain.Bargain) -> None:
    """The bank reports the next instalment."""
    plan = Plan.objects.filter(negotiation_id=deal.id_at(bank_of(deal))).first()
    row = plan.instalments.exclude(state="paid").order_by("period").first() if plan else None
    if row:
        bargain.pays(deal, bank_of(deal), row.amount_fen, row.period)


ACTS: dict[str, Act] = {
    "offers": lambda d: bargain.offered(d, bank_of(d)),
    "offers less": lambda d: bargain.offered(d, bank_of(d), periods=36, valid_days=3),
    "accepts as asked": lambda d: bargain.accepted(d, bank_of(d)),
    "refuses": refuses,
    "Lin declines": lambda d: perform(
        d.cast.lin,
        borrower_acts.decline_offer,
        negotiation_id=d.id_at(bank_of(d)),
        offer_id=d.talk(bank_of(d)).offer_id,
    ),
    "Lin accepts": lambda d: bargain.take_offer(d, bank_of(d)),
    "Lin counters": counters,
    "accepts the counter": accepts_counter,
    "refuses the counter": refuses_counter,
    "is drawn": on_agreement(bargain.drawn),
    "Lin signs": on_agreement(sign),
    "the bank signs": on_agreement(bargain.in_force),
    "Lin cancels": on_agreement(lambda d, b: perform(d.cast.lin, agreement.cancel, agreement_id=d.agreement(b).pk)),
    "Lin ends": lambda d: perform(d.cast.lin, borrower_acts.end, negotiation_id=d.id_at(bank_of(d))),
    "Lin withdraws": lambda d: perform(d.cast.lin, application.withdraw, application_id=d.application_id),
    "three days": days_pass(3),
    "two weeks": days_pass(14),
    "pays": pays_next,
}


class Kept:
    """What may never change once it has been seen: hashes, and last states."""

    def __init__(self) -> None:
        self.hashes: dict[object, str] = {}
        self.last: str | None = None

    def check(self, deal: bargain.Bargain) -> None:
        """Hold the rows against what must be true after any act."""
        talk = deal.talk(bank_of(deal))
        if self.last in {s.value for s in TABLE.final}:
            assert talk.state == self.last
        self.last = talk.state
        offers = list(talk.offers.all())
        assert sum(o.fate == Offer.Fate.OPEN for o in offers) <= 1
        for offer in offers:
            assert self.hashes.setdefault(offer.pk, offer.hash) == offer.hash
        self._agreements(talk, offers)
        self._waits(talk)

    def _agreements(self, talk: Negotiation, offers: list[Offer]) -> None:
        live = Agreement.objects.filter(negotiation=talk).exclude(state__in=["lapsed", "cancelled"])
        assert live.count() == (1 if talk.state in (State.AGREED, State.CONCLUDED) else 0)
        for row in live:
            assert row.offer.fate == Offer.Fate.ACCEPTED
            assert row.schedule_hash == row.offer.hash
            assert {p.schedule_hash for p in Plan.objects.filter(agreement=row)} <= {row.offer.hash}
            if row.in_force_on:
                assert Signature.objects.filter(agreement=row, document_sha256=row.sha256).count() == 2
        assert sum(o.fate == Offer.Fate.ACCEPTED for o in offers) >= live.count()

    def _waits(self, talk: Negotiation) -> None:
        running = set(Wait.objects.filter(subject_id=talk.pk, outcome="open").values_list("kind", flat=True))
        if talk.state == State.AWAITING_FIRST_ANSWER:
            assert running == {"first-answer"}
        elif talk.state == State.OFFERED:
            assert running == {"offer-valid"}
        elif talk.state == State.COUNTERED:
            assert talk.complain_from or running & {"counter-answer", "chased-answer"}
        elif talk.state == State.OVERDUE:
            assert talk.complain_from or running == {"chased-answer"}
        elif talk.state in NO_TERMS:
            assert running == {"ask-again"}
        else:
            assert running == set()


BEGAN = [
    [],
    ["offers"],
    ["offers", "Lin counters"],
    ["two weeks"],
    ["offers less", "two weeks", "two weeks"],
    ["accepts as asked", "is drawn"],
    ["offers", "Lin accepts", "is drawn", "Lin signs"],
    ["accepts as asked", "is drawn", "Lin signs", "the bank signs", "pays"],
]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.sampled_from(BEGAN), st.lists(st.sampled_from(sorted(ACTS)), min_size=2, max_size=10))
def test_in_any_order_the_talk_stays_whole(walked: bargain.Bargain, began: list[str], acts: list[str]) -> None:
    kept = Kept()
    with transaction.atomic():
        for name in [*began, *acts]:
            with suppress(Refusal):
                ACTS[name](walked)
            kept.check(walked)
        assert as_lin(walked).get("/progress").status_code == 200
        transaction.set_rollback(True)


@pytest.fixture
def walked() -> bargain.Bargain:
    """Both banks have acknowledged Lin's application; each walk begins here anew."""
    return bargain.received()
