"""A proof under its grant: for its bank alone, for its time, and every fetch shown to the holder."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

import bargain
from heyue import clock
from heyue.application.models import Proof, ProofLook
from heyue.banks import nonces
from heyue.banks.models import Bank, BankKey
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import ProofGrant
from heyue.engine.moves import Role
from heyue.identity.actions import withdraw_consent
from heyue.identity.models import Consent
from heyue.journey import perform
from protocol.gateway_peer import BankPeer, code_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]


@pytest.fixture
def deal() -> bargain.Bargain:
    return bargain.passed()


def peer(bank: Bank) -> BankPeer:
    """The signing end of a bank that is there already."""
    signing = BankPeer(f"{bank.slug}-signs")
    BankKey.objects.filter(bank=signing.bank).update(bank=bank)
    return signing


def grant_of(deal: bargain.Bargain, bank: Bank) -> ProofGrant:
    return ProofGrant.objects.get(dispatch_id=deal.id_at(bank))


def test_a_bank_fetches_what_was_granted_and_the_holder_sees_it(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    grant = grant_of(deal, bank)
    answer = peer(bank).get(f"/v1/proofs/{grant.pk}")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == grant.proof.sha256
    assert answer["Content-Type"] == grant.proof.media_type
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    look = ProofLook.objects.get()
    assert (look.actor_role, look.bank_id, look.proof_id) == (Role.BANK.value, bank.pk, grant.proof_id)


def test_each_fetch_is_a_look(deal: bargain.Bargain) -> None:
    grant, bank = grant_of(deal, deal.cast.bank_a), peer(deal.cast.bank_a)
    for _ in range(2):
        assert bank.get(f"/v1/proofs/{grant.pk}").status_code == 200
    assert ProofLook.objects.count() == 2


def test_a_fetch_and_its_record_are_one_commit(deal: bargain.Bargain, monkeypatch: pytest.MonkeyPatch) -> None:
    grant, bank = grant_of(deal, deal.cast.bank_a), peer(deal.cast.bank_a)
    with monkeypatch.context() as broken:
        broken.setattr(nonces, "_count", lambda *_: 10**9)
        assert bank.get(f"/v1/proofs/{grant.pk}").status_code == 429
    assert ProofLook.objects.count() == 0
    assert bank.get(f"/v1/proofs/{grant.pk}").status_code == 200
    assert ProofLook.objects.count() == 1


def test_another_banks_grant_does_not_exist(deal: bargain.Bargain) -> None:
    answer = peer(deal.cast.bank_b).get(f"/v1/proofs/{grant_of(deal, deal.cast.bank_a).pk}")
    assert (answer.status_code, code_of(answer)) == (404, "grant-expired")
    assert ProofLook.objects.count() == 0


def test_a_grant_ends_after_its_days(deal: bargain.Bargain) -> None:
    grant = grant_of(deal, deal.cast.bank_a)
    ProofGrant.objects.update(expires_at=clock.machine_now() - timedelta(seconds=1))
    answer = peer(deal.cast.bank_a).get(f"/v1/proofs/{grant.pk}")
    assert (answer.status_code, code_of(answer)) == (410, "grant-expired")
    assert ProofLook.objects.count() == 0


def test_a_proof_that_was_taken_away_is_no_longer_given(deal: bargain.Bargain) -> None:
    grant = grant_of(deal, deal.cast.bank_a)
    Proof.objects.update(removed_at=clock.now())
    assert peer(deal.cast.bank_a).get(f"/v1/proofs/{grant.pk}").status_code == 404


def test_after_the_consent_is_taken_back_the_bank_gets_no_paper(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    grant = grant_of(deal, bank)
    purpose = Consent.Purpose.APPLICATION.value
    perform(deal.cast.lin, withdraw_consent, bank_id=bank.pk, purpose=purpose)
    assert peer(bank).get(f"/v1/proofs/{grant.pk}").status_code == 404
    row = dispatches.dispatch(deal.cast.officer_a, deal.id_at(bank))
    assert dispatches.proofs_shown(deal.cast.officer_a, row) == []
    assert peer(deal.cast.bank_b).get(f"/v1/proofs/{grant_of(deal, deal.cast.bank_b).pk}").status_code == 200


def test_a_refusal_is_a_problem_in_words(deal: bargain.Bargain) -> None:
    ProofGrant.objects.update(expires_at=clock.machine_now() - timedelta(seconds=1))
    grant = grant_of(deal, deal.cast.bank_a)
    problem = json.loads(peer(deal.cast.bank_a).get(f"/v1/proofs/{grant.pk}").content)
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["type"] == "urn:heyue:problem:grant-expired"
