"""Who looked at what: consents bank by bank, looks, the timeline of everything, nothing of a stranger's."""

from __future__ import annotations

import pytest

import bargain
from heyue.application import actions as application
from heyue.application import reads as applications
from heyue.identity import reads as people
from heyue.identity.actions import withdraw_consent
from heyue.identity.models import Consent
from heyue.journey import perform
from on_phone import as_lin, as_zhao, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    """Both banks have acknowledged Lin's application."""
    return bargain.received()


def consent(deal: bargain.Bargain, purpose: str) -> Consent:
    """Lin's standing consent to the first bank for this purpose."""
    return people.consents(deal.cast.lin).get(bank=deal.cast.bank_a, purpose=purpose, withdrawn_at=None)


def test_everything_that_happened_is_told(deal: bargain.Bargain) -> None:
    said = page(as_lin(deal), "/access")
    for words in ("提交了申请", "初审通过", "东湖签了回执", "南山签了回执", "和约不收一分钱"):
        assert words in said
    assert str(deal.cast.bank_a.pk) not in said


def test_one_bank_alone_is_told_by_its_filter(deal: bargain.Bargain) -> None:
    said = page(as_lin(deal), "/access?bank=donghu")
    assert "东湖签了回执" in said
    assert "南山签了回执" not in said
    assert page(as_lin(deal), "/access?bank=nobody")


def test_a_look_at_a_proof_is_told(deal: bargain.Bargain) -> None:
    row = applications.application(deal.cast.lin, deal.application_id)
    ((proof, _name),) = applications.proofs(deal.cast.lin, row)
    perform(deal.cast.reviewer, application.record_look, proof_id=proof.pk)
    perform(deal.cast.officer_a, application.record_look, proof_id=proof.pk)
    said = page(as_lin(deal), "/access")
    assert "银行一共看过你的材料 1 次" in said
    assert "银行专员看了身份证" in said
    assert "初审员看了身份证" in said


def test_a_consent_is_withdrawn_after_a_second_look(deal: bargain.Bargain) -> None:
    client, given = as_lin(deal), consent(deal, Consent.Purpose.APPLICATION)
    address = f"/access/{given.pk}/withdraw"
    assert "不再给东湖银行看？" in page(client, address)
    for _ in range(2):
        assert client.post(address)["Location"] == "/access"
    given.refresh_from_db()
    assert given.withdrawn_at is not None
    assert client.get(address)["Location"] == "/access"


def test_the_feeds_consent_is_withdrawn_where_cards_are_bound(deal: bargain.Bargain) -> None:
    given = consent(deal, Consent.Purpose.ACCOUNTS)
    assert as_lin(deal).get(f"/access/{given.pk}/withdraw")["Location"] == "/banks"


def test_a_stranger_sees_and_withdraws_nothing(deal: bargain.Bargain) -> None:
    given = consent(deal, Consent.Purpose.APPLICATION)
    assert as_zhao(deal).post(f"/access/{given.pk}/withdraw").status_code == 404
    said = page(as_zhao(deal), "/access")
    assert "初审通过" not in said
    assert "银行还没有看过你的材料" in said


def test_a_consent_taken_back_in_mid_talk_can_be_given_again(deal: bargain.Bargain) -> None:
    bank, client = deal.cast.bank_a, as_lin(deal)
    purpose = Consent.Purpose.APPLICATION.value
    perform(deal.cast.lin, withdraw_consent, bank_id=bank.pk, purpose=purpose)
    gone = Consent.objects.get(bank=bank, purpose=purpose)
    assert f'action="/access/{gone.pk}/again"' in page(client, "/access")
    assert as_zhao(deal).post(f"/access/{gone.pk}/again").status_code == 404
    for _ in range(2):
        assert client.post(f"/access/{gone.pk}/again").status_code == 302
    assert Consent.objects.filter(bank=bank, purpose=purpose, withdrawn_at__isnull=True).count() == 1
    assert "/again" not in page(client, "/access")
