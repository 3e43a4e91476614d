"""Verbs of the agreement: draw it up, attach the PDF, sign on both sides, stop collection, end it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.acts.scope import locked
from heyue.agreement.models import Agreement, Signature
from heyue.agreement.states import UNSIGNED, BothSigned, Cancelled, Event, Lapsed, State
from heyue.banks.outbox import enqueue_event
from heyue.engine.refusal import Refusal, words
from heyue.identity.actions import check_signing_code
from heyue.negotiation.models import Offer
from heyue.vault.files import store

FOLDER = "agreements"
METHOD = "one-time-code"


@verb
def draw_up(offer_id: UUID) -> None:
    """Draw up the agreement on the accepted offer: its terms and hash, to be signed while the offer is valid."""
    offer = Offer.objects.select_related("negotiation__dispatch", "negotiation__bank").get(pk=offer_id)
    negotiation = offer.negotiation
    count = Agreement.objects.filter(negotiation=negotiation).count() + 1
    if offer.valid_until is None:
        raise RuntimeError("an accepted offer has a last day")
    row = Agreement(
        number=f"{negotiation.dispatch.number}-X{count}",
        negotiation=negotiation,
        application_id=negotiation.application_id,
        offer=offer,
        borrower_id=negotiation.borrower_id,
        bank_id=negotiation.bank_id,
        terms=offer.terms,
        schedule_hash=offer.hash,
        waived_fen=offer.waived_fen,
        interest_after=offer.interest_after,
        sign_by=offer.valid_until,
        drawn_at=clock.now(),
    )
    begin(row, {"offer": str(offer.pk), "hash": offer.hash})


@verb
def attach_document(agreement_id: UUID, pdf: bytes) -> None:
    """Keep the PDF and its digest, show it to the borrower, and send it to the bank."""
    row = _locked(agreement_id)
    row.sha256 = hashlib.sha256(pdf).hexdigest()
    row.file = store(row.borrower_id, FOLDER, pdf)
    row.leased_until = None
    row.save(update_fields=["sha256", "file", "leased_until"])
    move(
        row,
        Event.TYPESET,
        {"document_sha256": row.sha256, "hash": row.schedule_hash},
        due_on=row.sign_by,
        params={"bank": row.bank.name},
    )
    _tell(
        row,
        "agreement.drawn",
        {
            "agreement_id": str(row.pk),
            "offer_id": row.offer.bank_ref or str(row.offer_id),
            "schedule_hash": row.schedule_hash,
            "terms": row.terms,
            "document": {
                "sha256": row.sha256,
                "media_type": "application/pdf",
                "base64": b64encode(pdf).decode(),
            },
        },
    )


@verb
def sign(agreement_id: UUID, document_sha256: str, code: str) -> None:
    """The borrower signs by a fresh code over the document's digest.

    Source: 电子签名法 第十三条. Raises the code's refusals, and ``Refusal("document-changed")`` when the
    digest that was read is not the document's.
    """
    row = _locked(agreement_id)
    if document_sha256 != row.sha256:
        raise Refusal("document-changed", words("协议有了新的版本，请重新看一遍再签。"))
    row.TABLE.decide(row.state, Event.BORROWER_SIGNED, current().actor.role)
    if row.sign_by < current().today:
        raise Refusal("too-late-to-sign", words("签字的期限过了，可以请银行再出一个条件。"))
    code_id = check_signing_code(document_sha256, code)
    signature = Signature.objects.create(
        agreement=row,
        side=Signature.Side.BORROWER,
        document_sha256=document_sha256,
        method=METHOD,
        signed_at=clock.now(),
        code_id=code_id,
    )
    move(row, Event.BORROWER_SIGNED, {"document_sha256": document_sha256, "method": METHOD})
    _tell(
        row,
        "agreement.signed",
        {
            "agreement_id": str(row.pk),
            "document_sha256": document_sha256,
            "signed_at": signature.signed_at.isoformat(),
            "method": METHOD,
        },
    )


@dataclass(frozen=True, slots=True)
class BankSigner:
    """Who signed for the bank, and the signed message or the mailed code that says so (neither: at the desk)."""

    name: str
    staff_number: str
    message_id: UUID | None = None
    code_id: UUID | None = None

    @property
    def method(self) -> str:
        """How it was signed, as the signature keeps it."""
        if self.message_id:
            return "signed-message"
        return METHOD if self.code_id else "officer-at-desk"


@verb
def sign_for_bank(
    agreement_id: UUID, document_sha256: str, schedule_hash: str, signer: BankSigner
) -> tuple[BothSigned]:
    """The bank signs by its signed message over the same digest and schedule hash; the agreement is in force.

    Raises ``Refusal("too-late-to-sign")`` once the first due date has come: nobody owes before both have signed.
    """
    row = _locked(agreement_id)
    if document_sha256 != row.sha256 or schedule_hash != row.schedule_hash:
        raise Refusal("digest-mismatch", words("签的不是这份协议：摘要或还款表哈希不一致。"), status=422)
    row.TABLE.decide(row.state, Event.BANK_SIGNED, current().actor.role)
    if _is_overtaken(row):
        raise Refusal("too-late-to-sign", words("第一期的还款日已经到了，要另出一个条件。"), status=422)
    move(
        row,
        Event.BANK_SIGNED,
        {"document_sha256": document_sha256, "hash": schedule_hash, "staff_number": signer.staff_number},
        params={"bank": row.bank.name},
    )
    Signature.objects.create(
        agreement=row,
        side=Signature.Side.BANK,
        document_sha256=document_sha256,
        method=signer.method,
        signer=f"{signer.name} {signer.staff_number}".strip()[:80],
        signed_at=clock.now(),
        message_id=signer.message_id,
        code_id=signer.code_id,
    )
    row.in_force_on = current().today
    row.save(update_fields=["in_force_on"])
    return (BothSigned(row.pk, row.negotiation_id),)


@verb
def bank_signs_late(agreement_id: UUID) -> tuple[Lapsed, ...]:
    """The bank has not signed in the operator's days: both are told, and it is waited for again.

    Once the first due date has come, the terms can no longer be kept: they lapse, and the talk is open again.
    """
    row = _locked(agreement_id)
    if _is_overtaken(row):
        return lapse(row.pk)
    move(row, Event.BANK_SIGNS_LATE, params={"bank": row.bank.name})
    return ()


@verb
def stop_collection(agreement_id: UUID, from_on: date) -> None:
    """The bank and its service companies have stopped collection; said twice, it is taken once.

    Source: 商业银行信用卡业务监督管理办法 第七十条 (CC-70-4).
    """
    row = _locked(agreement_id)
    if row.collection_stopped_on is not None:
        return
    move(row, Event.COLLECTION_STOPPED, {"from": from_on.isoformat()}, params={"bank": row.bank.name})
    row.collection_stopped_on = from_on
    row.save(update_fields=["collection_stopped_on"])


@verb
def lapse(agreement_id: UUID) -> tuple[Lapsed]:
    """It was not signed in time: the offer's last day for the borrower, the first due date for the bank.

    The bank is told: it may have signed meanwhile, and it is to answer again.
    """
    row = _locked(agreement_id)
    move(row, Event.LAPSED, params={"bank": row.bank.name})
    _tell(
        row,
        "agreement.lapsed",
        {
            "agreement_id": str(row.pk),
            "offer_id": row.offer.bank_ref or str(row.offer_id),
            "lapsed_on": current().today.isoformat(),
        },
    )
    return (Lapsed(row.pk, row.negotiation_id),)


@verb
def cancel(agreement_id: UUID) -> tuple[Cancelled]:
    """The borrower has second thoughts before the agreement is in force."""
    row = _locked(agreement_id)
    move(row, Event.CANCELLED)
    return (Cancelled(row.pk, row.negotiation_id),)


@verb
def cancel_unsigned(application_id: UUID) -> tuple[Cancelled, ...]:
    """The application was taken back: agreements that are not in force end with it."""
    rows = Agreement.objects.filter(application_id=application_id, state__in=[*UNSIGNED, State.AWAITING_BANK])
    return tuple(done for row in rows for done in cancel(row.pk))


@verb
def complete(agreement_id: UUID) -> None:
    """Every payment has been made."""
    row = _locked(agreement_id)
    move(row, Event.COMPLETED)
    _tell(
        row,
        "agreement.completed",
        {"agreement_id": str(row.pk), "completed_on": current().today.isoformat()},
    )


def _is_overtaken(row: Agreement) -> bool:
    return date.fromisoformat(row.terms["first_due"]) <= current().today


def _tell(row: Agreement, name: str, data: dict[str, object]) -> None:
    enqueue_event(row.bank_id, row.negotiation_id, row.borrower_id, name, data)


def _locked(agreement_id: UUID) -> Agreement:
    return locked(Agreement.objects.select_related("bank", "offer"), agreement_id)
