"""The sandbox bank as the platform meets it: three banks that differ, from link to last payment."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heyue.gateway.client import BankRefused, NotOurCustomer
from protocol.sandbox_bank_peer import (
    LIN,
    PDF,
    TODAY,
    ZHAO,
    BankProcess,
    Negotiation,
    Platform,
    application,
    document,
    fen,
    interest,
    schedule,
    yuan,
)

Open = Callable[[str], BankProcess]


@pytest.fixture
def platform() -> Iterator[Platform]:
    running = Platform()
    yield running
    running.close()
    assert running.faults == []


@pytest.fixture
def bank(platform: Platform, tmp_path: Path) -> Iterator[Open]:
    opened: list[BankProcess] = []

    def open_bank(profile: str) -> BankProcess:
        opened.append(BankProcess(profile, tmp_path, platform).start())
        return opened[-1]

    yield open_bank
    for one in opened:
        one.stop()


def applied(bank: BankProcess, **wanted: object) -> Negotiation:
    """An application that the bank has acknowledged."""
    negotiation = Negotiation(bank, application(bank, **wanted))  # type: ignore[arg-type]
    assert negotiation.apply() == 202
    bank.platform.wait_for(negotiation.id, "application.received")
    return negotiation


def test_a_customer_of_one_bank_is_not_known_at_another(bank: Open) -> None:
    donghu, nanshan = bank("donghu"), bank("nanshan")
    assert len(donghu.client.cards(donghu.link(ZHAO)).cards) == 1
    with pytest.raises(NotOurCustomer):
        nanshan.link(ZHAO)
    with pytest.raises(NotOurCustomer):
        donghu.link({**LIN, "name": "林小"})


def test_the_feed_tells_what_heyue_interest_computes(bank: Open) -> None:
    donghu = bank("donghu")
    link = donghu.link(LIN)
    told, activity = donghu.client.cards(link), donghu.client.activity(link, 0)
    assert told.as_of.isoformat() == TODAY
    assert [card.last4 for card in told.cards] == ["0385", "6612"]
    for card in (one.model_dump(mode="json") for one in told.cards):
        events = [
            {"date": event.date.isoformat(), "kind": event.kind, "amount": yuan(event.amount)}
            for event in activity
            if event.card == card["token"]
        ]
        question = {"terms": card["terms"], "events": events, "until": TODAY, "detail": True}
        answer = interest({**question, **({"opening": card["opening"]} if card["opening"] else {})})
        assert (card["balance"], card["accrued"]) == (answer["balance"], answer["accrued"])
        assert card["days_overdue"] == answer["owed"]["days_overdue"] == 54
        assert card["owed"]["fee"] == answer["owed"]["fee"] == card["waivable"]
        assert fen(card["owed"]["principal"]) == fen(answer["owed"]["purchase"])
        assert card["next_day_interest"] == answer["next_day_interest"]
        assert [one["balance"] for one in card["statements"]] == [one["balance"] for one in answer["statements"]]


def test_activity_goes_on_after_a_sequence_number_and_ends_with_the_consent(bank: Open) -> None:
    donghu = bank("donghu")
    link = donghu.link(LIN)
    everything = donghu.client.activity(link, 0)
    assert donghu.client.activity(link, everything[2].seq) == everything[3:]
    assert donghu.client.cards(donghu.link(LIN, ("accounts",))).cards[0].statements == ()
    donghu.client.unlink(link)
    with pytest.raises(BankRefused, match="unknown-link"):
        donghu.client.cards(link)


def test_the_receipt_names_number_and_form_digest_and_a_standstill_comes_with_it(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=60)
    receipt = donghu.platform.wait_for(negotiation.id, "application.received")
    assert receipt["application_number"] == negotiation.application["number"]
    assert receipt["form_sha256"] == document(PDF)["sha256"]
    assert receipt["received_on"] == TODAY
    assert donghu.platform.wait_for(negotiation.id, "standstill.answered")["granted"] is True
    assert donghu.platform.wait_for(negotiation.id, "officer.assigned")["staff_number"] == "D-1042"
    assert {card.collection for card in donghu.client.cards(donghu.link(LIN)).cards} == {"paused"}


def test_donghu_accepts_as_asked_the_next_working_day_and_keeps_the_hash(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=60)
    assert "application.accepted" not in donghu.platform.names(negotiation.id)
    donghu.move_to("2026-11-17")
    accepted = donghu.platform.wait_for(negotiation.id, "application.accepted")
    assert accepted["hash"] == negotiation.application["asked"]["hash"]
    assert (accepted["businessdate"], accepted["waived"]) == ("2026-11-17", negotiation.application["asked"]["waived"])
    assert accepted["valid_until"] < negotiation.application["asked"]["terms"]["first_due"]


def test_donghu_offers_the_nearest_terms_of_its_policy_to_what_it_cannot_accept(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=50, first_due="2026-12-25", due_day=25)
    donghu.move_to("2026-11-17")
    offer = donghu.platform.wait_for(negotiation.id, "offer.made")
    assert (offer["terms"]["periods"], offer["terms"]["due_day"], offer["terms"]["first_due"]) == (48, 18, "2026-12-18")
    assert offer["hash"] == schedule(offer["terms"])["hash"] != negotiation.application["asked"]["hash"]


def test_nanshan_offers_its_own_terms_one_business_day_later(bank: Open) -> None:
    nanshan = bank("nanshan")
    negotiation = applied(nanshan, periods=60)
    nanshan.move_to("2026-11-20")
    offer = nanshan.platform.wait_for(negotiation.id, "offer.made")
    waivable = fen(negotiation.application["debt"]["waivable"])
    principal = fen(negotiation.application["debt"]["balance"]) - fen(offer["waived"])
    assert offer["businessdate"] == "2026-11-17"
    assert fen(offer["waived"]) == (waivable + 1) // 2
    assert offer["terms"]["principal"] == yuan(principal)
    assert (offer["terms"]["periods"], offer["terms"]["down_payment"]) == (24, yuan((principal * 5 + 50) // 100))


def countered(bank: BankProcess, periods: int) -> Negotiation:
    """A negotiation in which the bank's offer is answered with a counter of so many periods."""
    negotiation = applied(bank, periods=60)
    bank.move_to("2026-11-17")
    offer = bank.platform.wait_for(negotiation.id, "offer.made")
    terms = {**negotiation.application["asked"]["terms"], "periods": periods}
    counter = {
        "counter_id": str(uuid.uuid4()),
        "offer_id": offer["offer_id"],
        "terms": terms,
        "waived": negotiation.application["asked"]["waived"],
        "hash": schedule(terms)["hash"],
        "interest_after_base_date": "waived",
        "reason": "两年还不完",
    }
    assert negotiation.send("offer.countered", counter)["state"] == "taken"
    return negotiation


def test_nanshan_accepts_a_counter_of_48_periods_and_refuses_a_shorter_one(bank: Open) -> None:
    nanshan = bank("nanshan")
    longer = countered(nanshan, 48)
    accepted = nanshan.platform.wait_for(longer.id, "counter.accepted")
    terms = {**longer.application["asked"]["terms"], "periods": 48}
    assert accepted["hash"] == schedule(terms)["hash"]
    longer.conclude(accepted["offer_id"], terms)
    nanshan.platform.wait_for(longer.id, "agreement.signed")


def test_nanshan_refuses_a_short_counter_and_its_offer_stands(bank: Open) -> None:
    nanshan = bank("nanshan")
    shorter = countered(nanshan, 36)
    assert "48" in nanshan.platform.wait_for(shorter.id, "counter.refused")["text"]
    offer = nanshan.platform.wait_for(shorter.id, "offer.made")
    shorter.conclude(offer["offer_id"], offer["terms"])
    paid = nanshan.platform.wait_for(shorter.id, "payment.posted")
    assert (paid["period"], paid["amount"]) == (0, offer["terms"]["down_payment"])


def test_beichuan_acknowledges_and_stays_silent_but_signs_what_its_officer_agreed_at_the_desk(bank: Open) -> None:
    beichuan = bank("beichuan")
    negotiation = applied(beichuan, periods=48)
    beichuan.move_to("2026-12-01")
    chased = {"received_on": TODAY, "due_on": "2026-11-25", "text": "请答复"}
    assert negotiation.send("answer.chased", chased)["state"] == "taken"
    assert beichuan.platform.names(negotiation.id) == ["application.received", "standstill.answered"]
    assert beichuan.platform.wait_for(negotiation.id, "standstill.answered")["granted"] is False
    agreement_id = negotiation.conclude(str(uuid.uuid4()), negotiation.application["asked"]["terms"])
    signed = beichuan.platform.wait_for(negotiation.id, "agreement.signed")
    assert signed["schedule_hash"] == negotiation.application["asked"]["hash"]
    assert beichuan.platform.wait_for(negotiation.id, "collection.stopped")["agreement_id"] == agreement_id


def test_a_plan_of_12_periods_runs_to_its_end_with_each_payment_on_its_day(bank: Open) -> None:
    beichuan = bank("beichuan")
    negotiation = applied(beichuan, periods=12)
    terms = negotiation.application["asked"]["terms"]
    agreement_id = negotiation.conclude(str(uuid.uuid4()), terms)
    assert {card.collection for card in beichuan.client.cards(beichuan.link(LIN)).cards} == {"stopped"}
    rows = schedule(terms)["rows"]
    beichuan.move_to(rows[5]["due"])
    card = beichuan.client.cards(beichuan.link(LIN)).cards[0].model_dump(mode="json")
    assert (card["balance"], card["accrued"], card["days_overdue"]) == (rows[5]["balance"], "0.00", 0)
    beichuan.move_to("2027-12-31")
    beichuan.platform.wait_for(negotiation.id, "payment.posted", 12)
    posted = [event for event in beichuan.platform.of(negotiation.id) if event["type"] == "heyue.payment.posted.v1"]
    assert [(one["data"]["period"], one["data"]["date"], one["data"]["amount"]) for one in posted] == [
        (row["period"], row["due"], row["payment"]) for row in rows
    ]
    assert all(one["businessdate"] == one["data"]["date"] for one in posted)
    state = beichuan.control("state")
    assert state["agreements"][0]["completed_on"] == rows[-1]["due"]
    assert state["agreements"][0]["agreement_id"] == agreement_id
    assert beichuan.client.cards(beichuan.link(LIN)).cards[0].balance == 0


def test_a_payment_over_two_cards_follows_the_schedule_to_the_fen(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=12)
    donghu.move_to("2026-11-17")
    accepted = donghu.platform.wait_for(negotiation.id, "application.accepted")
    terms = negotiation.application["asked"]["terms"]
    agreement_id = negotiation.conclude(accepted["offer_id"], terms)
    donghu.control("auto-pay", {"agreement_id": agreement_id, "on": False})
    donghu.control("payments", {"agreement_id": agreement_id, "amount": "0.01"})
    odd = donghu.platform.wait_for(negotiation.id, "payment.posted")
    assert (odd["period"], odd["amount"], odd["agreement_id"]) == (None, "0.01", agreement_id)
    donghu.move_to("2026-12-28")
    late = donghu.client.cards(donghu.link(LIN)).cards
    assert {(card.days_overdue, card.overdue_since.isoformat()) for card in late if card.overdue_since} == {
        (10, "2026-12-18")
    }
    donghu.control("auto-pay", {"agreement_id": agreement_id, "on": True})
    donghu.platform.wait_for(negotiation.id, "payment.posted", 2)
    cards = donghu.client.cards(donghu.link(LIN)).cards
    assert yuan(sum(card.balance for card in cards)) == schedule(terms)["rows"][0]["balance"]
    assert {card.days_overdue for card in cards} == {0}


def test_an_ended_negotiation_is_not_answered_any_more(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=60)
    assert negotiation.send("negotiation.ended", {"reason": "withdrawn"})["state"] == "taken"
    donghu.move_to("2026-11-20")
    assert "application.accepted" not in donghu.platform.names(negotiation.id)
    assert {card.collection for card in donghu.client.cards(donghu.link(LIN)).cards} == {"active"}


def test_a_stranger_to_the_bank_is_refused_with_a_ground(bank: Open) -> None:
    donghu = bank("donghu")
    sent = application(donghu, periods=60)
    negotiation = Negotiation(donghu, {**sent, "holder": {**LIN, "name": "林小"}})
    negotiation.apply()
    assert donghu.platform.wait_for(negotiation.id, "application.refused")["ground"] == "not-eligible"
    assert donghu.platform.names(negotiation.id) == ["application.received", "application.refused"]


def test_cards_that_an_agreement_covers_are_not_negotiated_again(bank: Open) -> None:
    beichuan = bank("beichuan")
    first, second = applied(beichuan, periods=12), application(beichuan, periods=12)
    first.conclude(str(uuid.uuid4()), first.application["asked"]["terms"])
    beichuan.platform.wait_for(first.id, "collection.stopped")
    assert beichuan.client.cards(beichuan.link(LIN)).cards[0].waivable == 0
    again = Negotiation(beichuan, second)
    again.apply()
    assert beichuan.platform.wait_for(again.id, "application.refused")["ground"] == "not-eligible"


def test_an_agreement_that_is_not_the_offer_is_refused_and_nothing_is_signed(bank: Open) -> None:
    donghu = bank("donghu")
    negotiation = applied(donghu, periods=60)
    donghu.move_to("2026-11-17")
    accepted = donghu.platform.wait_for(negotiation.id, "application.accepted")
    terms = {**negotiation.application["asked"]["terms"], "periods": 48}
    drawn = {
        "agreement_id": str(uuid.uuid4()),
        "offer_id": accepted["offer_id"],
        "schedule_hash": schedule(terms)["hash"],
        "terms": terms,
        "document": document(),
    }
    fate = negotiation.send("agreement.drawn", drawn)
    assert fate["state"] == "refused"
    assert fate["problem"]["errors"][0]["pointer"] == "/data/schedule_hash"
