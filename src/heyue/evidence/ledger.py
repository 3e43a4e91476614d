"""Append and read leaves. The Merkle sequencer that orders them comes on top; the leaf stays as it is.

Source: 民诉证据规定 (2019) 第九十三、九十四条 (integrity of electronic data).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rfc8785
from django.db.models import Q, QuerySet

from heyue import clock
from heyue.engine.moves import Actor
from heyue.evidence.models import Leaf
from heyue.vault import Erased, Keyring, keyring

SALT_BYTES = 16
_SALT = "leaf-salt"
PLATFORM_OWNER = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a leaf is about, and whose matter it belongs to."""

    type: str
    id: UUID
    borrower_id: UUID | None = None
    bank_id: UUID | None = None
    application_id: UUID | None = None
    negotiation_id: UUID | None = None


def append(kind: str, subject: Subject, actor: Actor, facts: dict[str, object] | None = None) -> Leaf:
    """Write one leaf in the caller's transaction. ``facts`` hold plain JSON types (no float).

    An officer without an account stands in the facts by the name that was given.
    """
    if actor.named:
        facts = {**(facts or {}), "officer": actor.named}
    happened_at = clock.now()
    salt = os.urandom(SALT_BYTES)
    header = {
        "kind": kind,
        "subject": str(subject.id),
        "actor": actor.role.value,
        "happened_at": happened_at.isoformat(),
    }
    body: dict[str, Any] = {"header": header, "facts": facts or {}}
    canonical = rfc8785.dumps(body)
    ring = keyring(subject.borrower_id or PLATFORM_OWNER)
    return Leaf.objects.create(
        kind=kind,
        subject_type=subject.type,
        subject_id=subject.id,
        borrower_id=subject.borrower_id,
        bank_id=subject.bank_id,
        application_id=subject.application_id,
        negotiation_id=subject.negotiation_id,
        actor_role=actor.role.value,
        actor_id=actor.person_id,
        happened_at=happened_at,
        recorded_at=clock.machine_now(),
        sealed_salt=ring.seal(salt, _SALT),
        commitment=hashlib.sha256(salt + canonical).hexdigest(),
        sealed_facts=ring.seal_json(facts or {}, "leaf"),
    )


def timeline(
    *, borrower_id: UUID | None = None, application_id: UUID | None = None, negotiation_id: UUID | None = None
) -> QuerySet[Leaf]:
    """Return the newest leaves of a borrower, an application or a negotiation, newest first."""
    scope = Q()
    if borrower_id:
        scope &= Q(borrower_id=borrower_id)
    if application_id:
        scope &= Q(application_id=application_id)
    if negotiation_id:
        scope &= Q(negotiation_id=negotiation_id)
    if not scope:
        raise ValueError("a timeline belongs to somebody")
    return Leaf.objects.filter(scope).order_by("-id")


def salt_of(leaf: Leaf) -> bytes:
    """Return what a leaf's commitment is salted with, so that it can be proved to whom the facts are shown."""
    return keyring(leaf.borrower_id or PLATFORM_OWNER).open_bytes(leaf.sealed_salt, _SALT)


def facts_of(leaves: list[Leaf]) -> list[dict[str, object]]:
    """Open the facts of leaves, one key query for each owner among them; an erased owner's are empty."""
    rings = {owner: keyring(owner) for owner in {leaf.borrower_id or PLATFORM_OWNER for leaf in leaves}}
    return [_facts(rings[leaf.borrower_id or PLATFORM_OWNER], leaf) for leaf in leaves]


def _facts(ring: Keyring, leaf: Leaf) -> dict[str, object]:
    """Open one leaf's facts, none where their owner was erased: that it happened is all that is left."""
    try:
        return ring.open_json(leaf.sealed_facts, "leaf")
    except Erased:
        return {}
