"""What each actor may see of dispatches: a borrower the own ones, a bank those addressed to it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from heyue import clock
from heyue.acts.scope import seen_by
from heyue.application.models import Proof
from heyue.application.proofs import content_of
from heyue.application.reads import named
from heyue.banks.models import Bank
from heyue.dispatch.actions import FOLDER
from heyue.dispatch.form import Hardship, MonthlyBudget
from heyue.dispatch.models import Dispatch, ProofGrant
from heyue.dispatch.states import ON_THE_WAY, TABLE, Event, State
from heyue.dispatch.typeset import budget_of, hardship_of, is_allowed, shown_to
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.identity.reads import Masked, masked
from heyue.rows import Prepared
from heyue.vault import keyring
from heyue.vault.files import load


def visible(actor: Actor) -> QuerySet[Dispatch]:
    """Return the dispatches that this actor may see. Banks see theirs from the moment they are sent."""
    rows = Dispatch.objects.select_related("bank", "application__borrower", "debt")
    if actor.role in (Role.OFFICER, Role.BANK):
        rows = rows.exclude(state__in=[State.QUEUED, State.STOPPED])
    return seen_by(actor, rows)


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
    if actor.role != Role.BANK or actor.bank_id is None:
        return None
    found = _HOLDER.first(negotiation_id, actor.bank_id)
    return found[0] if found else None


def _sent(negotiation_id: UUID, bank_id: UUID) -> QuerySet[Dispatch, tuple[UUID]]:
    sent = Dispatch.objects.filter(pk=negotiation_id, bank_id=bank_id).exclude(state=State.QUEUED)
    return sent.values_list("borrower_id")


_HOLDER = Prepared(_sent, UUID, UUID)


def after(actor: Actor, last: UUID | None) -> QuerySet[Dispatch]:
    """Return a bank's own dispatches after one of them, in the order of their ids (which is that of time)."""
    rows = visible(actor).order_by("pk")
    return rows.filter(pk__gt=last) if last else rows


def form_pdf(actor: Actor, dispatch_id: UUID) -> bytes:
    """Return the typeset form. Raises ``NotFound`` until it is made."""
    row = dispatch(actor, dispatch_id)
    if not row.form_file or actor.role is Role.HELPER:  # papers are no helper's
        raise NotFound()
    return load(row.borrower_id, FOLDER, row.form_file)


def on_the_way(actor: Actor) -> QuerySet[Dispatch]:
    """Return what waits for a bank's receipt, the oldest first."""
    return visible(actor).filter(state__in=[s.value for s in ON_THE_WAY]).order_by("queued_at", "id")


def by_telephone(actor: Actor) -> QuerySet[Dispatch]:
    """Return what waits for a receipt from banks that are reached by telephone alone, the oldest first."""
    return on_the_way(actor).filter(Q(channel=Bank.Channel.PHONE) | Q(channel="", bank__channel=Bank.Channel.PHONE))


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a bank's form states of its borrower, with the particulars masked as they are shown on a page."""

    holder: Masked
    budget: MonthlyBudget
    hardship: Hardship


def case_facts(actor: Actor, row: Dispatch) -> CaseFacts:
    """Return what the form of a visible dispatch states, for the officer's desk. Raises ``NotFound``."""
    if not visible(actor).filter(pk=row.pk).exists():
        raise NotFound()
    answers = keyring(row.borrower_id).open_json(row.application.sealed_answers, "answers")
    return CaseFacts(masked(row.application.borrower), budget_of(row, answers), hardship_of(row, answers))


def proofs_shown(actor: Actor, row: Dispatch) -> list[tuple[Proof, str]]:
    """Return the proofs that were granted to the dispatch's bank, with their names.

    Each is shown only while the borrower's consent for this bank stands, a health paper while its own does.
    """
    if not visible(actor).filter(pk=row.pk).exists():
        raise NotFound()
    return named(keyring(row.borrower_id), _shown(row))


def proof_shown(actor: Actor, dispatch_id: UUID, proof_id: UUID) -> tuple[Proof, bytes]:
    """Return one granted proof with its content, for an officer's desk. Raises ``NotFound``."""
    found = _shown(dispatch(actor, dispatch_id)).filter(pk=proof_id).first()
    if found is None:
        raise NotFound()
    return found, content_of(found.borrower_id, found.file)


def _shown(row: Dispatch) -> QuerySet[Proof]:
    """Return the standing proofs under this dispatch's grants that its bank may still see."""
    allowed = [proof.pk for proof in shown_to(row.bank_id, row)]
    granted = Proof.objects.filter(grants__dispatch=row, pk__in=allowed, removed_at__isnull=True)
    return granted.order_by("added_at").distinct()


def proof_for_grant(actor: Actor, grant_id: UUID) -> Proof:
    """Return the proof of a bank's grant; ``content_for_grant`` opens it.

    Raises ``NotFound`` for another bank's grant and where the borrower took the paper or the consent back,
    ``Refusal("grant-expired")`` after its time.
    """
    grant = ProofGrant.objects.select_related("proof", "dispatch__application").filter(pk=grant_id).first()
    if grant is None or actor.role != Role.BANK or grant.bank_id != actor.bank_id:
        raise NotFound()
    if not _shown(grant.dispatch).filter(pk=grant.proof_id).exists():
        raise NotFound()
    if grant.expires_at < clock.machine_now():
        raise Refusal("grant-expired", words("这份材料的查看期限已过。"), status=410)
    return grant.proof


def content_for_grant(proof: Proof) -> tuple[str, str, bytes]:
    """Return media type, name and content of a proof that ``proof_for_grant`` gave."""
    name = keyring(proof.borrower_id).open_text(proof.sealed_name, "proof-name")
    return proof.media_type, name, content_of(proof.borrower_id, proof.file)


def is_to_be_sent(dispatch_id: UUID) -> bool:
    """Whether the form may still go to its bank: neither it nor the consent to it was taken back."""
    row = Dispatch.objects.filter(pk=dispatch_id).exclude(state=State.STOPPED).first()
    return row is not None and is_allowed(row)


def is_stopped(row: Dispatch) -> bool:
    """Whether the form is not to reach its bank any more."""
    return row.state == State.STOPPED


def is_out(row: Dispatch) -> bool:
    """Whether the form may be with its bank: made, and not stopped."""
    return row.state not in (State.QUEUED, State.STOPPED)


def out(rows: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    """Keep the forms that may be with their bank: made, and not stopped."""
    return rows.exclude(state__in=[State.QUEUED, State.STOPPED])


def may_note_a_call(row: Dispatch) -> bool:
    """Whether the note of a call can be kept with it, before the bank's receipt."""
    return Event.CALL_RECORDED in TABLE.possible(row.state, Role.BORROWER)


def may_give_up(row: Dispatch) -> bool:
    """Whether the borrower may end it before the bank's receipt: where the bank is reached by telephone alone."""
    return row.is_by_telephone and row.state in (State.QUEUED, *ON_THE_WAY)


def to_be_mailed(negotiation_id: UUID | None) -> Dispatch:
    """Return the form whose negotiation has a mail to send, with its bank."""
    if negotiation_id is None:
        raise ValueError("a message to a bank belongs to a negotiation")
    return Dispatch.objects.select_related("bank").get(pk=negotiation_id)


def to_typeset() -> QuerySet[Dispatch]:
    """Return the rows whose form is still to be made."""
    return Dispatch.objects.filter(state=State.QUEUED)


def is_any_on_the_way(application_id: UUID) -> bool:
    """Whether a form of this application has been neither received nor stopped."""
    ended = [State.RECEIVED.value, State.STOPPED.value]
    return Dispatch.objects.filter(application_id=application_id).exclude(state__in=ended).exists()
