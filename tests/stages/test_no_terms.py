"""Nothing on the table: an offer declined or expired, the days to put terms forward, and the end after them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

import bargain
from heyue import clock
from heyue.application import actions as applications
from heyue.application import reads as application_reads
from heyue.banks.models import OutboundMessage
from heyue.banks.outbox import body_of
from heyue.deadlines.models import Wait
from heyue.engine.refusal import Refusal
from heyue.gateway.events import FROM_PLATFORM
from heyue.journey import busy_banks, next_act, perform, standings
from heyue.negotiation import actions, borrower_acts
from heyue.negotiation.models import Offer
from heyue.negotiation.states import State
from heyue.notices.models import Notice
from on_phone import as_lin, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """The second bank has made an offer that stands until 23 November."""
    deal = bargain.received()
    bargain.offered(deal, deal.cast.bank_b)
    return deal


def waits(deal: bargain.Bargain) -> list[tuple[str, date]]:
    """What runs with the second bank, and until when."""
    rows = Wait.objects.filter(subject_id=deal.id_at(deal.cast.bank_b), outcome="open")
    return list(rows.values_list("kind", "due_on"))


def last_sent(deal: bargain.Bargain) -> tuple[str, dict[str, object]]:
    """The newest message to the second bank: its name and what it says."""
    row = OutboundMessage.objects.filter(negotiation_id=deal.id_at(deal.cast.bank_b)).order_by("sequence").last()
    assert row is not None
    return row.kind, json.loads(body_of(row))["data"]


def decline(deal: bargain.Bargain, reason: str = "") -> None:
    """Lin turns the second bank's newest offer down."""
    talk = deal.talk(deal.cast.bank_b)
    perform(deal.cast.lin, borrower_acts.decline_offer, negotiation_id=talk.pk, offer_id=talk.offer_id, reason=reason)


def expire(deal: bargain.Bargain) -> None:
    """The offer's last day goes by."""
    bargain.day(date(2026, 11, 24))
    bargain.reach_due()


def counter(deal: bargain.Bargain) -> None:
    """Lin puts 48 periods forward."""
    bank = deal.cast.bank_b
    put = bargain.put(deal, bank, periods=48, valid_days=None)
    perform(deal.cast.lin, borrower_acts.counter, negotiation_id=deal.id_at(bank), put=put)


def refuse_counter(deal: bargain.Bargain) -> None:
    """The second bank refuses the counter-offer that lies with it."""
    row = deal.talk(deal.cast.bank_b)
    perform(
        bargain.as_bank(deal.cast.bank_b),
        actions.refuse_counter,
        negotiation_id=row.pk,
        counter_id=row.offer_id,
        text="不行",
    )


def test_an_expired_offer_leaves_ten_working_days_to_put_terms_forward(deal: bargain.Bargain) -> None:
    expire(deal)
    assert deal.talk(deal.cast.bank_b).state == State.OFFER_EXPIRED
    assert waits(deal) == [("ask-again", date(2026, 12, 8))]
    assert Notice.objects.get(kind="offer-expired").params["due"] == "2026-12-08"
    assert "最晚 12月8日 再提一个" in page(as_lin(deal), "/told")
    found = next_act(deal.cast.lin)
    assert found is not None
    assert found.due_on == date(2026, 12, 8)
    said = page(as_lin(deal), "/progress")
    assert "最晚" in said.split("它的条件过期了")[-1]


def test_after_those_days_the_talk_ends_and_bank_and_borrower_are_told(deal: bargain.Bargain) -> None:
    expire(deal)
    bargain.day(date(2026, 12, 8))
    assert bargain.reach_due() == 1  # the other bank's silence, nothing of this one
    assert deal.talk(deal.cast.bank_b).state == State.OFFER_EXPIRED
    bargain.day(date(2026, 12, 9))
    bargain.reach_due()
    assert deal.talk(deal.cast.bank_b).state == State.LAPSED
    assert last_sent(deal) == ("negotiation.ended", {"reason": "lapsed"})
    assert Notice.objects.filter(kind="talk-lapsed").count() == 1
    assert deal.cast.bank_b.pk not in busy_banks(deal.cast.lin)
    assert [s.bank for s in standings(deal.cast.lin, deal.application_id)] == [deal.cast.bank_a]


def test_one_applies_again_at_that_bank_while_the_other_goes_on(deal: bargain.Bargain) -> None:
    expire(deal)
    bargain.day(date(2026, 12, 9))
    bargain.reach_due()
    client = as_lin(deal)
    assert f"/apply?previous={deal.application_id}" in page(client, "/progress")
    assert "按今天的欠款再申请" in page(client, f"/apply?previous={deal.application_id}")
    perform(deal.cast.lin, applications.start, previous_id=deal.application_id)
    cards = page(client, "/apply/cards")
    assert cards.count("和它已经在谈或在还了") == 1


def test_when_it_was_the_last_one_the_application_is_closed(deal: bargain.Bargain) -> None:
    perform(
        bargain.as_bank(deal.cast.bank_a),
        actions.refuse,
        negotiation_id=deal.id_at(deal.cast.bank_a),
        ground="policy",
        text="不行",
    )
    expire(deal)
    bargain.day(date(2026, 12, 9))
    bargain.reach_due()
    row = application_reads.application(deal.cast.lin, deal.application_id)
    assert application_reads.has_ended(row)


@pytest.mark.parametrize("acts", ["the bank offers", "Lin counters", "Lin ends", "the bank refuses"])
def test_whatever_is_put_forward_ends_that_wait(deal: bargain.Bargain, acts: str) -> None:
    expire(deal)
    bank = deal.cast.bank_b
    ours = deal.id_at(bank)
    match acts:
        case "the bank offers":
            bargain.offered(deal, bank, periods=36)
        case "Lin counters":
            counter(deal)
        case "Lin ends":
            perform(deal.cast.lin, borrower_acts.end, negotiation_id=ours)
        case _:
            perform(bargain.as_bank(bank), actions.refuse, negotiation_id=ours, ground="policy", text="不行")
    assert "ask-again" not in dict(waits(deal))


def test_a_counter_refused_after_the_offers_last_day_starts_it_anew(deal: bargain.Bargain) -> None:
    counter(deal)
    bargain.day(date(2026, 11, 25))
    bargain.reach_due()
    refuse_counter(deal)
    assert deal.talk(deal.cast.bank_b).state == State.OFFER_EXPIRED
    assert waits(deal) == [("ask-again", date(2026, 12, 9))]


# ── declined ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_declined_offer_is_told_to_the_bank_with_the_reason(deal: bargain.Bargain) -> None:
    ref = deal.talk(deal.cast.bank_b).offer.bank_ref  # type: ignore[union-attr]
    decline(deal, " 每月还是付不出。 ")
    talk = deal.talk(deal.cast.bank_b)
    assert talk.state == State.OFFER_DECLINED
    kind, said = last_sent(deal)
    assert (kind, said) == ("offer.declined", {"offer_id": ref, "reason": "每月还是付不出。"})
    assert FROM_PLATFORM["offer.declined"].model_validate(said)
    assert waits(deal) == [("ask-again", date(2026, 11, 30))]
    assert "每月还是付不出。" in page(as_lin(deal), "/progress")


def test_declining_twice_or_what_is_gone_is_refused(deal: bargain.Bargain) -> None:
    decline(deal)
    with pytest.raises(Refusal) as refused:
        decline(deal)
    assert refused.value.code == "offer-gone"
    bargain.offered(deal, deal.cast.bank_b, periods=36)
    with pytest.raises(Refusal) as refused:
        decline(deal, "长" * 501)
    assert (refused.value.code, refused.value.field) == ("decline-length", "reason")


def test_a_declined_offer_does_not_stand_again_when_a_counter_is_refused(deal: bargain.Bargain) -> None:
    decline(deal)
    counter(deal)
    refuse_counter(deal)
    assert deal.talk(deal.cast.bank_b).state == State.OFFER_EXPIRED
    assert not Offer.objects.filter(negotiation=deal.id_at(deal.cast.bank_b), fate=Offer.Fate.OPEN).exists()


# ── an old base date ───────────────────────────────────────────────────────────────────────────────────


def test_sums_of_ninety_days_ago_are_not_put_forward_any_more(deal: bargain.Bargain) -> None:
    last = bargain.BASE_DAY + timedelta(days=90)
    bargain.day(last)
    bargain.offered(deal, deal.cast.bank_b, first_due="2027-03-12")
    counter_page = f'href="/n/{deal.id_at(deal.cast.bank_b)}/counter"'
    assert counter_page in page(as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/offer")
    bargain.day(last + timedelta(days=1))
    assert clock.today() == date(2027, 2, 15)
    with pytest.raises(Refusal) as refused:
        counter(deal)
    assert refused.value.code == "base-date-old"
    said = page(as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/offer")
    assert "欠款数是" in said
    assert counter_page not in said
