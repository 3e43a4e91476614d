"""Taking one file in as a proof, however it came: whole with a form, or in parts."""

from __future__ import annotations

from heyue.application import reads
from heyue.application.actions import add_proof
from heyue.application.models import Proof
from heyue.application.proofs import discard, take_in
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.steps import Draft
from heyue.journey import perform


def take(draft: Draft, kind: str, name: str, content: bytes) -> Proof:
    """Judge, wash, seal and add one file; the proof that it is. Raises ``Refusal`` in plain words.

    A file that is there already leaves nothing behind.
    """
    stored = take_in(draft.row.borrower_id, kind, name, content)
    try:
        proof_id = perform(draft.actor, add_proof, application_id=draft.row.pk, stored=stored)
    except Refusal:
        discard(stored.file)
        raise
    proof = reads.proof(draft.actor, proof_id)
    if proof.file != stored.file:
        discard(stored.file)
    return proof
