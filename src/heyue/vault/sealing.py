"""Envelope encryption: AES-256-GCM under a data key per owner, itself wrapped by the operator's key.

Source: JR/T 0171-2020 (C2 data encrypted at rest); 个人信息保护法 第四十七条 (deletion).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import b64decode
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from heyue import clock
from heyue.engine.refusal import Refusal, words
from heyue.rows import Prepared
from heyue.vault.models import DataKey, ErasedOwner

NONCE_BYTES = 12
ERASED = words("已删除")
_WRAPPED = Prepared(lambda owner: DataKey.objects.filter(owner_id=owner).values_list("wrapped"), UUID)
"""Never kept in memory: an owner that is erased is so for every process at once."""


class Erased(Refusal, InvalidTag):
    """The owner's data was erased; it cannot be read any more, by anybody."""

    def __init__(self) -> None:
        """Say so, and that it is no fault."""
        super().__init__(
            "erased",
            words("这个人的资料已经按本人的要求删除了。"),
            next_step=words("经过和指纹还在证据账里，内容谁也看不到了。"),
            status=410,
        )


class Keyring:
    """Seals and opens what belongs to one owner. ``purpose`` binds a sealed value to its field."""

    def __init__(self, key: bytes) -> None:
        self._gcm = AESGCM(key)

    def seal(self, value: str | bytes, purpose: str) -> bytes:
        """Return nonce + ciphertext of ``value``."""
        plain = value.encode() if isinstance(value, str) else value
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._gcm.encrypt(nonce, plain, purpose.encode())

    def open_bytes(self, sealed: bytes | memoryview, purpose: str) -> bytes:
        """Return what was sealed. Raises ``cryptography.exceptions.InvalidTag`` when it was changed."""
        blob = bytes(sealed)
        return self._gcm.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], purpose.encode())

    def open_text(self, sealed: bytes | memoryview | None, purpose: str) -> str:
        """Return the sealed text, or an empty string where nothing was sealed."""
        return self.open_bytes(sealed, purpose).decode() if sealed else ""

    def seal_json(self, value: object, purpose: str) -> bytes:
        """Seal a value of plain JSON types."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), purpose)

    def open_json(self, sealed: bytes | memoryview | None, purpose: str) -> dict:
        """Return the sealed JSON object, or an empty one where nothing was sealed."""
        return json.loads(self.open_bytes(sealed, purpose)) if sealed else {}


class ErasedKeyring(Keyring):
    """The keyring of an owner whose data was erased: text reads 已删除, all else refuses as ``Erased``."""

    def __init__(self) -> None:
        """Hold no key: there is none."""

    def seal(self, value: str | bytes, purpose: str) -> bytes:
        """Raise ``Erased``: nothing more is kept of this owner."""
        raise Erased()

    def open_bytes(self, sealed: bytes | memoryview, purpose: str) -> bytes:
        """Raise ``Erased``."""
        raise Erased()

    def open_text(self, sealed: bytes | memoryview | None, purpose: str) -> str:
        """Return 已删除 where something was sealed, an empty string where nothing was."""
        return gettext(ERASED) if sealed else ""


def keyring(owner_id: UUID) -> Keyring:
    """Return the owner's keyring, making the data key at its first use. One query."""
    found = _WRAPPED.first(owner_id)
    if found is None and ErasedOwner.objects.filter(owner_id=owner_id).exists():
        return ErasedKeyring()
    wrapped = found[0] if found else _make(owner_id).wrapped
    return Keyring(_unwrap(bytes(wrapped), owner_id))


def hold(owner_id: UUID) -> None:
    """Let one act at a time go on for this owner: the owner's key row is locked until the act ends."""
    keyring(owner_id)
    DataKey.objects.select_for_update().filter(owner_id=owner_id).first()


def erase(owner_id: UUID) -> None:
    """Make everything that was sealed for this owner unreadable for good; nothing more is sealed for it."""
    ErasedOwner.objects.get_or_create(owner_id=owner_id, defaults={"erased_at": clock.machine_now()})
    DataKey.objects.filter(owner_id=owner_id).delete()


def is_erased(owner_id: UUID) -> bool:
    """Whether this owner's data was erased."""
    return ErasedOwner.objects.filter(owner_id=owner_id).exists()


def keyed_hash(value: str, purpose: str) -> str:
    """Return a hex HMAC by which an encrypted value can be looked up, but not guessed without the key."""
    return hmac.new(_derived("lookup:" + purpose), value.encode(), hashlib.sha256).hexdigest()


def _make(owner_id: UUID) -> DataKey:
    nonce = os.urandom(NONCE_BYTES)
    key = AESGCM.generate_key(256)
    wrapped = nonce + AESGCM(_derived("wrap")).encrypt(nonce, key, owner_id.bytes)
    try:
        with transaction.atomic():
            return DataKey.objects.create(owner_id=owner_id, wrapped=wrapped)
    except IntegrityError:
        return DataKey.objects.get(owner_id=owner_id)


def _unwrap(wrapped: bytes, owner_id: UUID) -> bytes:
    return AESGCM(_derived("wrap")).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner_id.bytes)


@lru_cache(maxsize=32)
def _derived_from(kek: str, label: str) -> bytes:
    return HKDF(SHA256(), 32, b"heyue", label.encode()).derive(b64decode(kek))


def _derived(label: str) -> bytes:
    return _derived_from(settings.HEYUE_KEK, label)
