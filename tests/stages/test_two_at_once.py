"""Double taps and two workers in the same moment: one effect, a refusal in words at most, never a broken page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

import bargain
import build
from at_once import TAPS, at_once
from bargain import Bargain, as_bank
from cast import LIN_PHONE, assemble
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement.models import Agreement, Signature
from heyue.application import actions as application
from heyue.application import reads as applications
from heyue.application.models import Application
from heyue.engine.moves import PLATFORM
from heyue.execution.models import Payment
from heyue.identity import actions as identity
from heyue.identity.models import Consent, OneTimeCode, WrongPassword
from heyue.identity.staff import HERE_MAX, staff_sign_in
from heyue.journey import perform
from heyue.negotiation import actions as negotiation
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Offer
from heyue.wallet import actions as wallet
from heyue.wallet.models import AccountLink

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture
def deal() -> Bargain:
    """Both banks have acknowledged Lin's application."""
    with transaction.atomic():
        bargain.day(bargain.BASE_DAY)
    return bargain.received()


def test_a_bank_is_asked_once_by_many_taps() -> None:
    cast = assemble()
    bank_id = cast.bank_a.pk
    perform(cast.lin, identity.give_consent, bank_id=bank_id, purpose=Consent.Purpose.ACCOUNTS.value)
    assert at_once(*[lambda: perform(cast.lin, wallet.ask_bank, bank_id=bank_id)] * TAPS) == []
    assert AccountLink.objects.count() == 1


def test_a_consent_given_by_many_taps_is_one() -> None:
    cast = assemble()
    values = {"bank_id": cast.bank_a.pk, "purpose": Consent.Purpose.ACCOUNTS.value}
    assert at_once(*[lambda: perform(cast.lin, identity.give_consent, **values)] * TAPS) == []
    assert Consent.objects.count() == 1


def test_an_application_begun_by_many_taps_is_one() -> None:
    cast = assemble()
    assert at_once(*[lambda: perform(cast.lin, application.start)] * TAPS) == []
    assert Application.objects.count() == 1


def test_two_borrowers_who_begin_at_once_get_numbers_of_their_own() -> None:
    cast = assemble()
    assert at_once(*[lambda who=who: perform(who, application.start) for who in (cast.lin, cast.zhao)]) == []
    assert Application.objects.count() == 2


def test_when_the_last_two_banks_refuse_at_once_the_application_is_over(deal: Bargain) -> None:
    def refuse(bank: object) -> Callable[[], object]:
        values = {"negotiation_id": deal.id_at(bank), "ground": "policy", "text": "不行"}
        return lambda: perform(as_bank(bank), negotiation.refuse, **values)

    assert at_once(refuse(deal.cast.bank_a), refuse(deal.cast.bank_b)) == []
    assert applications.application(deal.cast.lin, deal.application_id).state == "closed"


def test_an_offer_accepted_by_many_taps_makes_one_agreement(deal: Bargain) -> None:
    bank = deal.cast.bank_b
    offer_id = bargain.offered(deal, bank)
    values = {"negotiation_id": deal.id_at(bank), "offer_id": offer_id}
    refused = at_once(*[lambda: perform(deal.cast.lin, borrower_acts.accept_offer, **values)] * TAPS)
    assert len(refused) == TAPS - 1
    assert Agreement.objects.count() == 1


def test_accepting_and_countering_at_once_is_one_of_both(deal: Bargain) -> None:
    bank = deal.cast.bank_b
    offer_id = bargain.offered(deal, bank)
    put = bargain.put(deal, bank, periods=36, valid_days=None)
    place = deal.id_at(bank)
    refused = at_once(
        lambda: perform(deal.cast.lin, borrower_acts.accept_offer, negotiation_id=place, offer_id=offer_id),
        lambda: perform(deal.cast.lin, borrower_acts.counter, negotiation_id=place, put=put),
    )
    assert len(refused) == 1
    fates = sorted(Offer.objects.filter(negotiation_id=place).values_list("by", "fate"))
    assert fates in ([("bank", "accepted")], [("bank", "replaced"), ("borrower", "open")])


def test_a_document_signed_by_many_taps_is_signed_once(deal: Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.drawn(bargain.accepted(deal, bank), bank)
    row = deal.agreement(bank)
    perform(deal.cast.lin, identity.ask_signing_code, document_sha256=row.sha256)
    values = {"agreement_id": row.pk, "document_sha256": row.sha256, "code": build.last_code(LIN_PHONE)}
    refused = at_once(*[lambda: perform(deal.cast.lin, agreement.sign, **values)] * TAPS)
    assert len(refused) == TAPS - 1
    assert Signature.objects.count() == 1


def test_a_payment_told_at_once_by_two_doors_is_taken_once(deal: Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.running(deal, bank)
    sum_fen = deal.plan(bank).instalments.first().amount_fen
    assert at_once(*[lambda: bargain.pays(deal, bank, sum_fen, ref="P-1")] * TAPS) == []
    assert Payment.objects.count() == 1


def test_withdrawing_while_the_banks_answer_ends_in_one_of_both(deal: Bargain) -> None:
    bank = deal.cast.bank_a
    values = {"negotiation_id": deal.id_at(bank), "valid_until": clock.today() + timedelta(days=7)}
    at_once(
        lambda: perform(deal.cast.lin, application.withdraw, application_id=deal.application_id),
        lambda: perform(as_bank(bank), negotiation.accept_as_asked, **values),
        lambda: perform(
            as_bank(deal.cast.bank_b),
            negotiation.refuse,
            negotiation_id=deal.id_at(deal.cast.bank_b),
            ground="policy",
            text="不行",
        ),
    )
    assert applications.application(deal.cast.lin, deal.application_id).state == "withdrawn"
    assert {row.state for row in Agreement.objects.all()} <= {"cancelled"}
    assert deal.talk(bank).state == "ended"


def test_a_code_asked_for_by_many_taps_is_one_message() -> None:
    values = {"phone": "13700001111", "asked_from": "10.0.0.1"}
    refused = at_once(*[lambda: perform(build.SOMEBODY, identity.ask_sign_in_code, **values)] * TAPS)
    assert refused == ["code-too-soon"] * (TAPS - 1)
    assert OneTimeCode.objects.count() == 1


def test_passwords_guessed_at_once_are_counted_like_others() -> None:
    assemble()
    values = {"login": "wang", "password": "not-this-one", "asked_from": "10.0.0.1"}
    refused = at_once(*[lambda: perform(PLATFORM, staff_sign_in, **values)] * (HERE_MAX + 3))
    assert WrongPassword.objects.count() == HERE_MAX
    assert sorted(refused) == ["password-wrong"] * HERE_MAX + ["passwords-too-many"] * 3
