"""Make the agreement's PDF and the signature certificate, outside any transaction."""

from __future__ import annotations

import re
from uuid import UUID

from django.utils.translation import gettext as _

from heyue.agreement.document import (
    Accrual,
    AgreementText,
    BreachTerms,
    Contact,
    SignatureCertificate,
    render,
    render_certificate,
)
from heyue.agreement.models import Agreement, Signature
from heyue.banks.reads import policies_on
from heyue.clock.business import SHANGHAI
from heyue.dispatch.paper_facts import bank_of, debt_of, holder_of, plan_of
from heyue.engine.refusal import NotFound
from heyue.identity.reads import in_full, masked
from heyue.policy.load import rule


def document_for(agreement_id: UUID) -> bytes:
    """Typeset one agreement; the same rows give the same bytes."""
    row = Agreement.objects.select_related("application__borrower", "bank", "negotiation__debt").get(pk=agreement_id)
    return render(text_of(row))


def certificate_for(row: Agreement) -> bytes:
    """Typeset the page that says how and when each side signed (签署页). Raises ``NotFound`` before both have.

    The bank's part names its signed message, so that the signature can be checked without the platform.
    """
    sides = {signature.side: signature for signature in row.signatures.select_related("message")}
    holder, bank = sides.get(Signature.Side.BORROWER), sides.get(Signature.Side.BANK)
    if holder is None or bank is None or bank.message is None or row.in_force_on is None:
        raise NotFound()
    person = masked(row.borrower)
    name, _space, number = bank.signer.rpartition(" ")
    keyid, signature = _of_message(bank.message.signature_headers)
    return render_certificate(
        SignatureCertificate(
            agreement_number=row.number,
            bank=bank_of(row.bank),
            document_sha256=row.sha256,
            schedule_hash=row.schedule_hash,
            holder_name=in_full(row.borrower).name,
            holder_id_masked=person.id_number,
            holder_phone_masked=person.phone,
            holder_signed_at=holder.signed_at,
            bank_signer=name,
            bank_staff_number=number,
            bank_signed_at=bank.signed_at,
            message_id=bank.message.idempotency_key,
            message_sha256=bank.message.body_sha256,
            key_id=keyid,
            signature_base64=signature,
            in_force_on=row.in_force_on,
            collection_stops_on=row.collection_stopped_on or row.in_force_on,
        )
    )


def _of_message(headers: dict[str, str]) -> tuple[str, str]:
    """Return the key's name and the signature in base64, as the message's own headers give them."""
    lowered = {name.lower(): value for name, value in headers.items()}
    keyid = re.search(r'keyid="([^"]+)"', lowered["signature-input"])
    signature = re.search(r":([A-Za-z0-9+/=]+):", lowered["signature"])
    if keyid is None or signature is None:
        raise RuntimeError("a message that was verified has a key and a signature")
    return keyid.group(1), signature.group(1)


def text_of(row: Agreement) -> AgreementText:
    """Return everything that the agreement states: the PDF is made of it, and the page beside it says the same."""
    if row.application.base_date is None:
        raise RuntimeError("a submitted application has a base date")
    plan = plan_of(row.terms, row.waived_fen, row.interest_after)
    drawn_on = row.drawn_at.astimezone(SHANGHAI).date()
    return AgreementText(
        number=row.number,
        application_number=row.application.number,
        bank=bank_of(row.bank),
        holder=holder_of(row.application.borrower),
        base_on=row.application.base_date,
        drawn_on=drawn_on,
        debt=debt_of(row.negotiation.debt),
        plan=plan,
        down_payment_due_on=row.sign_by if plan.down_payment_fen else None,
        annual_fee=Accrual(False, _("协议期内不收年费。")),
        interest=_interest(row),
        other_fees=_fees(plan.total_interest_fen > 0),
        breach=breach_terms(row),
        where_to_pay=tuple(row.bank.pay_instructions.splitlines()) or (_("在发卡银行的还款渠道还款。"),),
        contacts=_contacts(row),
    )


def _interest(row: Agreement) -> Accrual:
    if row.interest_after == "waived":
        return Accrual(False, _("基准日以后，按本协议还款的期间不再按日计收利息，也不计收复利。"))
    return Accrual(True, _("基准日到协议生效日的利息按领用合约计收，另行列入账单；生效以后不再按日计收。"))


def _fees(instalment_fee: bool) -> Accrual:
    if instalment_fee:
        return Accrual(True, _("分期费按还款计划表逐期收取，此外不收其他费用。"))
    return Accrual(False, _("不收分期费，也不收其他费用。"))


def breach_terms(row: Agreement) -> BreachTerms:
    """Return what happens when an instalment is missed: the bank's own terms of the day, else the operator's."""
    day = row.drawn_at.astimezone(SHANGHAI).date()
    own = policies_on(day).filter(bank_id=row.bank_id).first()
    return BreachTerms(**(own.breach if own and own.breach else rule("BREACH-TERMS", day).value))


def _contacts(row: Agreement) -> tuple[Contact, ...]:
    day = row.drawn_at.astimezone(SHANGHAI).date()
    return (
        Contact(row.bank.name, row.bank.hotline),
        Contact(_("金融监管总局消费者热线"), rule("REGULATOR-HOTLINE", day).value),
        Contact(_("人民银行消费者热线"), rule("CENTRAL-BANK-HOTLINE", day).value),
    )
