"""An appeal seen over all stages: neither made nor passed while one of its banks has something open already."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from heyue.acts import current, verb
from heyue.application.proofs import StoredProof
from heyue.engine.moves import Actor, Role
from heyue.journey.standing import busy_banks
from heyue.review import appeals
from heyue.review.states import Appealed, Passed


@verb
def appeal(
    application_id: UUID,
    said: str,
    proofs: Sequence[StoredProof] = (),
    health_banks: frozenset[UUID] | None = None,
) -> tuple[Appealed, ...]:
    """Appeal against a rejection of one's own (``review.appeals.appeal``)."""
    return appeals.appeal(application_id, said, proofs, health_banks, busy=busy_banks(current().actor))


@verb
def pass_(appeal_id: UUID) -> tuple[Passed, ...]:
    """Overturn the rejection (``review.appeals.pass_``), unless a bank of it would be asked twice."""
    row = appeals.appeal_of(current().actor, appeal_id)
    return appeals.pass_(appeal_id, busy=busy_banks(Actor(Role.BORROWER, row.borrower_id)))
