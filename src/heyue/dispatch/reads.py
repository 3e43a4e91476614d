"""What each actor may see of dispatches: a borrower the own ones, a bank those addressed to it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.application.models import Proof
from heyue.application.proofs import content_of
from heyue.application.reads import named
from heyue.dispatch.actions import FOLDER
from heyue.dispatch.models import Dispatch, ProofGrant
from heyue.dispatch.states import State
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.vault import keyring
from heyue.vault.files import load


def visible(actor: Actor) -> QuerySet[Dispatch]:
    """Return the dispatches that this actor may see. Banks see theirs from the moment they are sent."""
    rows = Dispatch.objects.select_related("bank", "application__borrower", "debt")
    if actor.role == Role.BORROWER:
        return rows.filter(borrower_id=actor.person_id)
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows
    if actor.role in (Role.OFFICER, Role.BANK):
        return rows.filter(bank_id=actor.bank_id).exclude(state__in=[State.QUEUED, State.STOPPED])
    return rows.none()


def dispatch(actor: Actor, dispatch_id: UUID) -> Dispatch:
    """Return one dispatch. Raises ``NotFound``."""
    found = visible(actor).filter(pk=dispatch_id).first()
    if found is None:
        raise NotFound()
    return found


def holder_of(actor: Actor, negotiation_id: UUID) -> UUID | None:
    """Return whose negotiation this is, None where the actor's bank was never sent its application.

    One that was stopped is still known: what the bank says of it is kept and judged.
    """
    rows = Dispatch.objects.filter(pk=negotiation_id, bank_id=actor.bank_id).exclude(state=State.QUEUED)
    return rows.values_list("borrower_id", flat=True).first() if actor.role == Role.BANK else None


def form_pdf(actor: Actor, dispatch_id: UUID) -> bytes:
    """Return the typeset form. Raises ``NotFound`` until it is made."""
    row = dispatch(actor, dispatch_id)
    if not row.form_file:
        raise NotFound()
    return load(row.borrower_id, FOLDER, row.form_file)


def proofs_shown(actor: Actor, row: Dispatch) -> list[tuple[Proof, str]]:
    """Return the proofs that were granted to the dispatch's bank, with their names."""
    if not visible(actor).filter(pk=row.pk).exists():
        raise NotFound()
    granted = Proof.objects.filter(grants__dispatch=row, removed_at__isnull=True).order_by("added_at")
    return named(keyring(row.borrower_id), granted)


def proof_shown(actor: Actor, dispatch_id: UUID, proof_id: UUID) -> tuple[Proof, bytes]:
    """Return one granted proof with its content, for an officer's desk. Raises ``NotFound``."""
    row = dispatch(actor, dispatch_id)
    found = Proof.objects.filter(pk=proof_id, grants__dispatch=row, removed_at__isnull=True).first()
    if found is None:
        raise NotFound()
    return found, content_of(found.borrower_id, found.file)


def proof_for_grant(actor: Actor, grant_id: UUID) -> tuple[str, str, bytes]:
    """Return media type, name and content for a bank's grant.

    Raises ``NotFound`` for another bank's grant, ``Refusal("grant-expired")`` after its time.
    """
    grant = ProofGrant.objects.select_related("proof").filter(pk=grant_id, bank_id=actor.bank_id).first()
    if grant is None or grant.proof.removed_at is not None:
        raise NotFound()
    if grant.expires_at < clock.machine_now():
        raise Refusal("grant-expired", words("这份材料的查看期限已过。"), status=410)
    proof = grant.proof
    name = keyring(proof.borrower_id).open_text(proof.sealed_name, "proof-name")
    return proof.media_type, name, content_of(proof.borrower_id, proof.file)


def to_typeset() -> QuerySet[Dispatch]:
    """Return the rows whose form is still to be made."""
    return Dispatch.objects.filter(state=State.QUEUED)
