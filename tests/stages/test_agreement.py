"""The agreement: drawn on the accepted offer, signed by both over one digest, or not signed at all."""

from __future__ import annotations

from datetime import date

import pytest

import bargain
import build
from cast import LIN_PHONE
from heyue.agreement import actions, reads
from heyue.agreement.models import Agreement, Signature
from heyue.agreement.states import State
from heyue.application import actions as application
from heyue.banks.models import OutboundMessage
from heyue.deadlines.models import Wait
from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.states import State as TalkState

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """The first bank has accepted as asked, and the agreement lies before Lin."""
    found = bargain.received()
    return bargain.drawn(bargain.accepted(found, found.cast.bank_a), found.cast.bank_a)


@pytest.fixture
def row(deal: bargain.Bargain) -> Agreement:
    """The agreement with the first bank."""
    return deal.agreement(deal.cast.bank_a)


def events_to(row: Agreement) -> list[str]:
    """What the bank was told, in its order."""
    found = OutboundMessage.objects.filter(negotiation_id=row.negotiation_id).order_by("sequence")
    return list(found.values_list("kind", flat=True))


def signs(deal: bargain.Bargain, row: Agreement, **changes: str) -> None:
    """The bank signs, by its own message unless told otherwise."""
    values = {"document_sha256": row.sha256, "schedule_hash": row.schedule_hash, **changes}
    signer = actions.BankSigner("李明", "B-0032")
    perform(bargain.as_bank(deal.cast.bank_a), actions.sign_for_bank, agreement_id=row.pk, signer=signer, **values)


def test_the_agreement_carries_the_accepted_offers_terms_and_hash(row: Agreement) -> None:
    assert (row.state, row.schedule_hash, row.terms) == (State.AWAITING_BORROWER, row.offer.hash, row.offer.terms)
    assert row.sign_by == row.offer.valid_until
    assert events_to(row)[-1] == "agreement.drawn"
    wait = Wait.objects.get(subject_id=row.pk, outcome="open")
    assert (wait.kind, wait.due_on) == ("borrower-signs", row.sign_by)


def test_the_document_is_for_its_two_sides(deal: bargain.Bargain, row: Agreement) -> None:
    assert reads.document(deal.cast.lin, row.pk).startswith(b"%PDF")
    assert reads.document(deal.cast.officer_a, row.pk).startswith(b"%PDF")
    for stranger in (deal.cast.zhao, deal.cast.officer_b):
        with pytest.raises(NotFound):
            reads.document(stranger, row.pk)


def test_a_second_document_is_refused(row: Agreement) -> None:
    with pytest.raises(Refusal):
        perform(PLATFORM, actions.attach_document, agreement_id=row.pk, pdf=b"%PDF-1.7 another")
    row.refresh_from_db()
    assert reads.standing(row).to_sign


def test_both_sign_over_one_digest_and_the_plan_runs(deal: bargain.Bargain, row: Agreement) -> None:
    bargain.signed(deal, deal.cast.bank_a)
    row.refresh_from_db()
    assert row.state == State.AWAITING_BANK
    assert events_to(row)[-1] == "agreement.signed"
    signs(deal, row)
    row.refresh_from_db()
    assert (row.state, row.in_force_on) == (State.IN_FORCE, bargain.BASE_DAY)
    digests = Signature.objects.filter(agreement=row).values_list("document_sha256", flat=True)
    assert list(digests) == [row.sha256, row.sha256]
    assert deal.plan(deal.cast.bank_a).schedule_hash == row.offer.hash


def test_a_wrong_code_counts_and_signs_nothing(deal: bargain.Bargain, row: Agreement) -> None:
    perform(deal.cast.lin, identity.ask_signing_code, document_sha256=row.sha256)
    right = build.last_code(LIN_PHONE)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    values = {"agreement_id": row.pk, "document_sha256": row.sha256}
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, actions.sign, **values, code=wrong)
    assert (refused.value.code, refused.value.field, refused.value.params["left"]) == ("code-wrong", "code", 4)
    assert not Signature.objects.exists()
    perform(deal.cast.lin, actions.sign, **values, code=right)
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, actions.sign, **values, code=right)
    assert refused.value.code == "not-possible-now"


def test_a_code_for_another_document_does_not_sign(deal: bargain.Bargain, row: Agreement) -> None:
    perform(deal.cast.lin, identity.ask_signing_code, document_sha256="0" * 64)
    code = build.last_code(LIN_PHONE)
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, actions.sign, agreement_id=row.pk, document_sha256=row.sha256, code=code)
    assert refused.value.code == "no-code"
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, actions.sign, agreement_id=row.pk, document_sha256="0" * 64, code=code)
    assert refused.value.code == "document-changed"


def test_the_bank_signs_after_the_borrower_over_the_same_digest(deal: bargain.Bargain, row: Agreement) -> None:
    with pytest.raises(Refusal):
        signs(deal, row)
    bargain.signed(deal, deal.cast.bank_a)
    for changed in ({"document_sha256": "0" * 64}, {"schedule_hash": "0" * 64}):
        with pytest.raises(Refusal) as refused:
            signs(deal, row, **changed)
        assert refused.value.code == "digest-mismatch"
    signs(deal, row)
    with pytest.raises(Refusal):
        signs(deal, row)
    assert Signature.objects.filter(agreement=row, side="bank").count() == 1


def test_collection_stops_once(deal: bargain.Bargain, row: Agreement) -> None:
    bank = deal.cast.bank_a
    values = {"agreement_id": row.pk, "from_on": date(2026, 11, 16)}
    with pytest.raises(Refusal):
        perform(bargain.as_bank(bank), actions.stop_collection, **values)
    bargain.in_force(bargain.signed(deal, bank), bank)
    for _ in range(2):
        perform(bargain.as_bank(bank), actions.stop_collection, **values)
    row.refresh_from_db()
    assert row.collection_stopped_on == date(2026, 11, 16)


def test_not_signed_in_time_it_lapses_and_the_talk_is_open_again(deal: bargain.Bargain, row: Agreement) -> None:
    bargain.day(date(2026, 11, 24))
    bargain.reach_due()
    row.refresh_from_db()
    assert (row.state, deal.talk(deal.cast.bank_a).state) == (State.LAPSED, TalkState.OFFER_EXPIRED)
    with pytest.raises(Refusal):
        bargain.signed(deal, deal.cast.bank_a)
    put = bargain.put(deal, deal.cast.bank_a, periods=36, valid_days=None)
    perform(deal.cast.lin, borrower_acts.counter, negotiation_id=row.negotiation_id, put=put)
    assert deal.talk(deal.cast.bank_a).state == TalkState.COUNTERED


def test_a_bank_that_signs_late_is_waited_for_again(deal: bargain.Bargain, row: Agreement) -> None:
    bargain.signed(deal, deal.cast.bank_a)
    bargain.day(date(2026, 11, 20))
    assert bargain.reach_due() == 1
    row.refresh_from_db()
    assert row.state == State.AWAITING_BANK
    assert Wait.objects.filter(subject_id=row.pk, kind="bank-signs", outcome="open").exists()
    signs(deal, row)
    row.refresh_from_db()
    assert row.state == State.IN_FORCE


@pytest.mark.parametrize("already_signed", [False, True])
def test_cancelled_before_it_is_in_force_the_talk_ends_with_it(
    deal: bargain.Bargain, row: Agreement, already_signed: bool
) -> None:
    if already_signed:
        bargain.signed(deal, deal.cast.bank_a)
    perform(deal.cast.lin, actions.cancel, agreement_id=row.pk)
    row.refresh_from_db()
    assert (row.state, deal.talk(deal.cast.bank_a).state) == (State.CANCELLED, TalkState.ENDED)
    assert events_to(row)[-1] == "negotiation.ended"
    assert not Wait.objects.filter(subject_id=row.pk, outcome="open").exists()
    with pytest.raises(Refusal):
        perform(deal.cast.lin, actions.cancel, agreement_id=row.pk)
    with pytest.raises(Refusal):
        signs(deal, row)


def test_in_force_it_is_not_cancelled_and_outlives_the_application(deal: bargain.Bargain, row: Agreement) -> None:
    bargain.in_force(bargain.signed(deal, deal.cast.bank_a), deal.cast.bank_a)
    with pytest.raises(Refusal):
        perform(deal.cast.lin, actions.cancel, agreement_id=row.pk)
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    row.refresh_from_db()
    assert row.state == State.IN_FORCE
    assert deal.talk(deal.cast.bank_b).state == TalkState.ENDED


def test_withdrawing_the_application_cancels_what_is_not_in_force(deal: bargain.Bargain, row: Agreement) -> None:
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    row.refresh_from_db()
    assert (row.state, deal.talk(deal.cast.bank_a).state) == (State.CANCELLED, TalkState.ENDED)


def test_a_bank_that_signs_after_the_first_due_date_has_let_the_terms_go(deal: bargain.Bargain, row: Agreement) -> None:
    bank = deal.cast.bank_a
    bargain.signed(deal, bank)
    bargain.day(date.fromisoformat(row.terms["first_due"]))
    with pytest.raises(Refusal) as refused:
        bargain.in_force(deal, bank)
    assert refused.value.code == "too-late-to-sign"
    bargain.reach_due()
    assert (deal.agreement(bank).state, deal.talk(bank).state) == (State.LAPSED, TalkState.OFFER_EXPIRED)
    assert not Wait.objects.filter(subject_id=row.pk, outcome="open").exists()
    bargain.offered(deal, bank)
    assert deal.talk(bank).state == TalkState.OFFERED


def test_strangers_find_no_agreement(deal: bargain.Bargain, row: Agreement) -> None:
    values = {"agreement_id": row.pk, "document_sha256": row.sha256}
    with pytest.raises(NotFound):
        perform(deal.cast.zhao, actions.sign, **values, code="000000")
    with pytest.raises(NotFound):
        perform(deal.cast.zhao, actions.cancel, agreement_id=row.pk)
    signer = actions.BankSigner("某", "X")
    with pytest.raises(NotFound):
        perform(
            bargain.as_bank(deal.cast.bank_b),
            actions.sign_for_bank,
            **values,
            schedule_hash=row.schedule_hash,
            signer=signer,
        )
    with pytest.raises(NotPermitted):
        perform(bargain.as_bank(deal.cast.bank_a), actions.sign, **values, code="000000")
    with pytest.raises(NotPermitted):
        perform(bargain.as_bank(deal.cast.bank_a), actions.cancel, agreement_id=row.pk)
    with pytest.raises(NotFound):
        reads.agreement(deal.cast.zhao, row.pk)
