"""Verbs of dispatch: one row for each bank, the form, the message, the receipt, the standstill."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, note, verb
from heyue.acts.scope import locked
from heyue.application.actions import record_look
from heyue.application.models import Application
from heyue.banks import outbox
from heyue.banks.models import InboundMessage
from heyue.banks.needs import Needs, needs_of
from heyue.banks.outbox import enqueue_application, enqueue_event
from heyue.deadlines import WaitKind, ends
from heyue.dispatch.models import Dispatch, ProofGrant
from heyue.dispatch.states import ON_THE_WAY, Event, Received, State, Stopped
from heyue.dispatch.typeset import is_allowed, message_for, shown_to
from heyue.engine.refusal import Refusal, words
from heyue.vault.files import store

FOLDER = "forms"
GRANT_DAYS = 14
STANDSTILL_ASKED_DAYS = 60
BY_TELEPHONE = "telephone"


@verb
def queue_for_each_bank(application_id: UUID) -> None:
    """Write one row for each bank; each is typeset and sent on its own, so that none can stop another.

    What the bank is shown is fixed here: of what it needs today, what the borrower agreed to.
    """
    application = Application.objects.get(pk=application_id)
    for debt in application.debts.select_related("bank"):
        row = Dispatch(
            number=_number(application, debt.bank.slug),
            application=application,
            debt=debt,
            borrower_id=application.borrower_id,
            bank=debt.bank,
            queued_at=clock.now(),
            standstill_until=current().today + timedelta(days=STANDSTILL_ASKED_DAYS),
            needs=needs_of(debt.bank).within(Needs.model_validate(debt.agreed_needs)).kept(),
        )
        begin(row, {"number": row.number, "shown": row.needs})


@verb
def attach_form(dispatch_id: UUID, pdf: bytes) -> tuple[Stopped, ...]:
    """Keep the typeset form, grant its proofs to the bank, and queue the message that carries it.

    Without the borrower's consent to show it to this bank, which may have been taken back, it goes no further.
    """
    row = _locked(dispatch_id)
    if not is_allowed(row):
        return _stopped(row)
    row.form_sha256 = hashlib.sha256(pdf).hexdigest()
    row.form_file = store(row.borrower_id, FOLDER, pdf)
    row.leased_until = None
    row.save(update_fields=["form_sha256", "form_file", "leased_until"])
    move(row, Event.TYPESET, {"form_sha256": row.form_sha256})
    grant_papers(row, [proof.pk for proof in shown_to(row.bank_id, row)])
    enqueue_application(row.bank_id, row.pk, row.borrower_id, message_for(row, pdf), row.channel)
    return ()


def grant_papers(row: Dispatch, proof_ids: Sequence[UUID]) -> list[ProofGrant]:
    """Let the form's bank fetch these proofs for a time, in the caller's transaction."""
    expires_at = clock.machine_now() + timedelta(days=GRANT_DAYS)
    return ProofGrant.objects.bulk_create(
        [ProofGrant(dispatch=row, proof_id=one, bank_id=row.bank_id, expires_at=expires_at) for one in proof_ids]
    )


@verb
def take_back(dispatch_id: UUID) -> tuple[Stopped, ...]:
    """Keep an application from being delivered that was taken back, or whose consent was, before the bank had it."""
    row = _locked(dispatch_id)
    outbox.take_back(row.pk)
    return _stopped(row) if row.state in ON_THE_WAY else ()


@verb
def mark_sent(dispatch_id: UUID) -> None:
    """The bank's machine took the message; its receipt is still to come (or came first)."""
    row = _locked(dispatch_id)
    if row.state in (State.READY, State.UNRECEIVED):
        move(row, Event.SENT)
    row.sent_at = clock.now()
    row.save(update_fields=["sent_at"])


@verb
def receive(
    dispatch_id: UUID, form_sha256: str, received_on: date, receipt_id: UUID | None = None
) -> tuple[Received, ...]:
    """Take the bank's receipt: it must name the digest of the form that was sent to it.

    ``receipt_id`` is the signed message, kept raw; None when an officer acknowledged it at the desk.
    """
    row = _locked(dispatch_id)
    if form_sha256 != row.form_sha256:
        raise Refusal("digest-mismatch", words("回执上的文件摘要和发出的申请表不一致。"), status=422)
    due = ends(WaitKind.FIRST_ANSWER, current().today)
    row.received_on = received_on
    row.receipt = InboundMessage.objects.filter(pk=receipt_id).first() if receipt_id else None
    row.save(update_fields=["received_on", "receipt"])
    move(
        row,
        Event.RECEIVED,
        {"received_on": received_on.isoformat(), "form_sha256": form_sha256, "receipt": str(receipt_id or "")},
        params={"bank": row.bank.name, "due": due.on.isoformat()},
    )
    return (Received(row.pk),)


@verb
def receive_told(dispatch_id: UUID, call_id: UUID) -> tuple[Received]:
    """Take the bank's word on the telephone, as the borrower noted it, for a receipt: it signs none.

    Raises ``Refusal("receipt-not-told")`` for a bank that can sign one.
    """
    row = _locked(dispatch_id)
    if not row.is_by_telephone:
        raise Refusal("receipt-not-told", words("这家银行自己会签回执。"))
    row.received_on, row.receipt_ground = current().today, BY_TELEPHONE
    row.save(update_fields=["received_on", "receipt_ground"])
    facts = {"received_on": row.received_on.isoformat(), "ground": BY_TELEPHONE, "call": str(call_id)}
    move(row, Event.RECEIPT_TOLD, {**facts, "form_sha256": row.form_sha256})
    return (Received(row.pk),)


@verb
def note_call(dispatch_id: UUID, facts: dict[str, object]) -> None:
    """Keep with the form that the borrower called the bank, before its receipt."""
    move(_locked(dispatch_id), Event.CALL_RECORDED, facts)


@verb
def give_up(dispatch_id: UUID) -> tuple[Stopped]:
    """The borrower ends it with a bank that is reached by telephone alone, before the bank said that it has it.

    Raises ``Refusal("bank-answers-itself")`` for any other bank.
    """
    row = _locked(dispatch_id)
    if not row.is_by_telephone:
        raise Refusal("bank-answers-itself", words("申请正在送给它。等它收到了，就可以在进度里结束。"))
    outbox.take_back(row.pk)
    move(row, Event.STOPPED, {"because": "given-up"})
    return (Stopped(row.application_id),)


@verb
def answer_standstill(dispatch_id: UUID, granted: bool, until: date | None = None, reason: str = "") -> None:
    """Record whether the bank pauses collection meanwhile, until when, or why not."""
    row = _locked(dispatch_id)
    if granted and until and until < current().today:
        raise Refusal("pause-over", words("暂停的最后一天要在今天或以后。"), field="until", status=422)
    row.standstill = "granted" if granted else "refused"
    row.standstill_until = until if granted else None
    row.standstill_reason = reason[:200]
    row.save(update_fields=["standstill", "standstill_until", "standstill_reason"])
    move(
        row,
        Event.STANDSTILL_GRANTED if granted else Event.STANDSTILL_REFUSED,
        {"until": until.isoformat() if until else None, "reason": reason},
    )


@verb
def no_receipt(dispatch_id: UUID) -> None:
    """No receipt within the operator's days: the borrower and the desk are told; another channel is due."""
    row = _locked(dispatch_id)
    move(row, Event.NO_RECEIPT, params={"bank": row.bank.name})


@verb
def promise_broken(dispatch_id: UUID) -> None:
    """The day that was promised in a call before the receipt went by: the borrower is told to call again."""
    row = _locked(dispatch_id)
    if Event.PROMISE_BROKEN in row.TABLE.possible(row.state, current().actor.role):
        move(row, Event.PROMISE_BROKEN, params={"bank": row.bank.name})


@verb
def stop_all(application_id: UUID) -> None:
    """The borrower took the application back: what has not been received is stopped, the bank is told."""
    for row in Dispatch.objects.select_for_update(of=("self",)).filter(application_id=application_id):
        if row.state in (State.RECEIVED, State.STOPPED):
            continue
        told = row.state != State.QUEUED
        move(row, Event.STOPPED)
        if told:
            enqueue_event(row.bank_id, row.pk, row.borrower_id, "negotiation.ended", {"reason": "withdrawn"})


@verb
def record_proof_fetch(grant_id: UUID) -> None:
    """Record that a bank fetched a proof under its grant."""
    grant = ProofGrant.objects.select_related("dispatch").get(pk=grant_id)
    record_look(grant.proof_id)
    note(grant.dispatch, "proof-fetched", {"proof": str(grant.proof_id)})


def _number(application: Application, slug: str) -> str:
    """Return a form's number: the application's with the bank's first letters, counted on where two begin alike."""
    letters = slug.replace("-", "")[:3].upper()
    alike = Dispatch.objects.filter(number__startswith=f"{application.number}-{letters}").count()
    return f"{application.number}-{letters}{alike + 1 if alike else ''}"


def _stopped(row: Dispatch) -> tuple[Stopped]:
    move(row, Event.STOPPED, {"because": "consent-withdrawn"})
    return (Stopped(row.application_id),)


def _locked(dispatch_id: UUID) -> Dispatch:
    return locked(Dispatch.objects.select_related("bank"), dispatch_id)
