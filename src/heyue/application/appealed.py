"""What an appeal against the preliminary review does to its application: proofs added, waiting again, upheld."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from heyue import clock
from heyue.acts import current, move, note, verb
from heyue.application.models import Application, Proof
from heyue.application.proofs import HEALTH_KINDS, PROOFS_EVER_MAX, PROOFS_MAX, StoredProof, discard
from heyue.application.states import UNDER_REVIEW, Event, State
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.identity.models import Person
from heyue.vault import keyring

IN_THE_WAY = (State.DRAFT, State.RETURNED, *UNDER_REVIEW)


def rejected(application_id: UUID) -> Application:
    """Lock the borrower's own rejected application.

    Raises ``NotFound``, ``Refusal``: ``not-rejected``, ``applied-anew`` where another one was begun meanwhile.
    """
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotFound()
    Person.objects.select_for_update().get(pk=actor.me)  # an application that is begun at once waits for this
    mine = Application.objects.select_for_update().filter(borrower_id=actor.me)
    row = mine.filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    if row.state != State.REJECTED:
        raise Refusal("not-rejected", words("这份申请现在不用申诉。"), next_step=words("看看它到了哪一步。"))
    if mine.filter(state__in=IN_THE_WAY).exists():
        raise Refusal(
            "applied-anew",
            words("你已经另外填了一份申请，两份不能一起办。"),
            next_step=words("想申诉，先撤回新的那一份。"),
        )
    return row


@verb
def add_to_rejected(application_id: UUID, stored: Sequence[StoredProof]) -> tuple[UUID, ...]:
    """Add proofs that come with an appeal; their ids. A file that is there already is not kept twice."""
    row = rejected(application_id)
    kept = []
    standing = row.proofs.filter(removed_at__isnull=True)
    for one in stored:
        same = standing.filter(sha256=one.sha256, kind=one.kind).first()
        if same:
            transaction.on_commit(partial(discard, one.file))
        kept.append(same.pk if same else _add(row, one))
    if standing.count() > PROOFS_MAX or row.proofs.count() > PROOFS_EVER_MAX:
        raise Refusal("too-many-proofs", words("材料一共最多 30 份。挑最要紧的传"), field="papers", status=422)
    return tuple(kept)


@verb
def mark_appealed(application_id: UUID, said: str) -> None:
    """The borrower appealed: it waits for another reviewer's word."""
    move(_locked(application_id), Event.APPEALED, {"words": said})


@verb
def mark_upheld(application_id: UUID, words_back: str) -> None:
    """The rejection stands after the appeal; the borrower sees the new reason."""
    row = _locked(application_id)
    move(row, Event.UPHELD, {"words": words_back})
    row.words_back = words_back
    row.save(update_fields=["words_back"])


def _add(row: Application, stored: StoredProof) -> UUID:
    proof = Proof.objects.create(
        application=row,
        borrower_id=row.borrower_id,
        kind=stored.kind,
        is_health=stored.kind in HEALTH_KINDS,
        sealed_name=keyring(row.borrower_id).seal(stored.name, "proof-name"),
        media_type=stored.media_type,
        size_bytes=stored.size_bytes,
        pages=stored.pages,
        sha256=stored.sha256,
        file=stored.file,
        hints=list(stored.hints),
        added_at=clock.now(),
    )
    note(row, "proof-added", {"proof": str(proof.pk), "kind": proof.kind, "sha256": proof.sha256})
    return proof.pk


def _locked(application_id: UUID) -> Application:
    row = Application.objects.select_for_update().filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    return row
