"""Sealed files: forms, agreements and proofs lie encrypted in the file store."""

from __future__ import annotations

from uuid import UUID

import uuid6
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from heyue.vault.sealing import keyring


def store(owner_id: UUID, folder: str, content: bytes) -> str:
    """Seal ``content`` under the owner's key, write it, and return its name in the store.

    A transaction that fails afterwards leaves an unreadable orphan, never a row without its file.
    """
    name = f"{folder}/{uuid6.uuid7()}"
    return default_storage.save(name, ContentFile(keyring(owner_id).seal(content, folder)))


def load(owner_id: UUID, folder: str, name: str) -> bytes:
    """Return the content of a sealed file. Raises ``FileNotFoundError`` or ``InvalidTag``."""
    with default_storage.open(name) as handle:
        return keyring(owner_id).open_bytes(handle.read(), folder)


def discard(name: str) -> None:
    """Delete a sealed file for good; one that is gone already stays gone. Call it after the commit."""
    default_storage.delete(name)
