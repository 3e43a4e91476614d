"""Personal data at rest: sealed per owner and field, looked up by hash, erased by key; leaves commit to facts."""

from __future__ import annotations

import hashlib
import uuid

import pytest
import rfc8785
from cryptography.exceptions import InvalidTag

from heyue.engine.moves import PLATFORM
from heyue.evidence import Subject, append, facts_of
from heyue.evidence.ledger import salt_of
from heyue.evidence.models import Leaf
from heyue.vault import Erased, erase, keyed_hash, keyring, mask_id_number, mask_name, mask_phone
from heyue.vault.files import load, store
from heyue.vault.models import DataKey

pytestmark = pytest.mark.django_db


def test_what_is_sealed_opens_for_its_owner_and_purpose_only() -> None:
    lin, zhao = uuid.uuid4(), uuid.uuid4()
    sealed = keyring(lin).seal("林晓", "name")
    assert "林晓".encode() not in sealed
    assert keyring(lin).open_text(sealed, "name") == "林晓"
    for ring, purpose in ((keyring(zhao), "name"), (keyring(lin), "phone")):
        with pytest.raises(InvalidTag):
            ring.open_text(sealed, purpose)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    ring = keyring(uuid.uuid4())
    assert ring.seal("6612", "card") != ring.seal("6612", "card")


def test_a_changed_byte_is_noticed() -> None:
    ring = keyring(uuid.uuid4())
    sealed = bytearray(ring.seal("4800.00", "income"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        ring.open_text(bytes(sealed), "income")


def test_erasing_the_key_makes_all_of_an_owner_unreadable() -> None:
    owner = uuid.uuid4()
    sealed = keyring(owner).seal("病历", "proof")
    erase(owner)
    assert not DataKey.objects.filter(owner_id=owner).exists()
    assert keyring(owner).open_text(sealed, "proof") == "已删除"
    for read in (keyring(owner).open_bytes, keyring(owner).open_json):
        with pytest.raises(Erased):
            read(sealed, "proof")
    with pytest.raises(Erased):
        keyring(owner).seal("more", "proof")
    assert not DataKey.objects.filter(owner_id=owner).exists()


def test_a_data_key_does_not_lie_in_the_open() -> None:
    owner = uuid.uuid4()
    keyring(owner)
    assert len(DataKey.objects.get(owner_id=owner).wrapped) == 12 + 32 + 16


def test_a_hash_finds_equal_values_of_one_purpose() -> None:
    assert keyed_hash("13800005678", "phone") == keyed_hash("13800005678", "phone")
    assert keyed_hash("13800005678", "phone") != keyed_hash("13800005678", "login")
    assert hashlib.sha256(b"13800005678").hexdigest() != keyed_hash("13800005678", "phone")


def test_files_lie_sealed_in_the_store() -> None:
    from django.core.files.storage import default_storage

    owner = uuid.uuid4()
    name = store(owner, "forms", b"%PDF secret")
    with default_storage.open(name) as handle:
        assert b"secret" not in handle.read()
    assert load(owner, "forms", name) == b"%PDF secret"


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (mask_name("张三"), "张*"),
        (mask_name("欧阳小明"), "欧***"),
        (mask_id_number("110101199003071234"), "110101********1234"),
        (mask_phone("13812345678"), "138****5678"),
        (mask_phone("123"), "***"),
    ],
)
def test_masks(masked: str, shown: str) -> None:
    assert masked == shown


def test_a_leaf_commits_to_its_facts_with_a_salt_of_its_own() -> None:
    subject = Subject("application", uuid.uuid4(), borrower_id=uuid.uuid4())
    first = append("application.begun", subject, PLATFORM, {"number": "HY-1"})
    second = append("application.begun", subject, PLATFORM, {"number": "HY-1"})
    assert first.commitment != second.commitment
    leaf = Leaf.objects.get(pk=first.pk)
    header = {
        "kind": leaf.kind,
        "subject": str(leaf.subject_id),
        "actor": leaf.actor_role,
        "happened_at": leaf.happened_at.isoformat(),
    }
    (facts,) = facts_of([leaf])
    canonical = rfc8785.dumps({"header": header, "facts": facts})
    assert hashlib.sha256(salt_of(leaf) + canonical).hexdigest() == leaf.commitment


def test_the_ledger_outlives_the_erasure_of_its_facts() -> None:
    owner = uuid.uuid4()
    leaf = append("plan.begun", Subject("plan", uuid.uuid4(), borrower_id=owner), PLATFORM, {"hash": "ab"})
    erase(owner)
    kept = Leaf.objects.get(pk=leaf.pk)
    assert kept.commitment == leaf.commitment
    assert facts_of([kept]) == [{}]
    with pytest.raises(Erased):
        salt_of(kept)  # with a readable salt, few facts are so many that they could not be guessed
