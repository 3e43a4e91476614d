"""The agreement (个性化分期还款协议) and its signature certificate (签署页): facts, checked, and their PDFs.

The signed document's digest must never change, so what is known only after signing stands in the certificate.
Source of the numbered contents: 商业银行信用卡业务监督管理办法 第七十条 (CC-70-3).
"""

import textwrap
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from heyue.documents.basis import FOR_AN_AGREEMENT, Basis, basis_facts
from heyue.documents.figures import business_day, day, moment, rmb
from heyue.documents.plan import (
    Bank,
    Debt,
    Holder,
    Plan,
    debt_facts,
    must,
    must_be_digest,
    must_settle,
    plan_facts,
)
from heyue.documents.stamp import facts_digest
from heyue.documents.typeset import pdf

_TEMPLATE = Path(__file__).with_name("document.typ")
_SIGNATURE_LINE = 64

EARLY_REPAYMENT = (
    "乙方可以随时提前偿还部分或者全部剩余款项，甲方不收违约金和手续费；"
    "提前偿还的本金，从偿还次日起不再产生利息和分期费用。"
)
CREDIT_RECORD = (
    "本协议不改变签署之前已经发生的还款记录。签署之后，甲方按本协议的还款计划判断是否逾期并如实报送；"
    "乙方按还款计划还款的，甲方不得报送新的逾期。"
    "乙方认为信用信息有错误、遗漏的，可以向甲方或者征信机构提出异议，甲方应当依照《征信业管理条例》核查、处理并书面答复。"
)
HOLDER_SIGNS = "用发到登记手机的一次性验证码，对本文件的 SHA-256 摘要签署；验证码只对这一份文件有效。"
BANK_SIGNS = "用在平台登记的密钥签名的报文签署；报文写明本文件的 SHA-256 摘要、还款计划哈希和经办人。"


@dataclass(frozen=True)
class Accrual:
    """Whether a kind of charge accrues while the plan runs, and how (第七十条第（三）项)."""

    accrues: bool
    words: str


@dataclass(frozen=True)
class BreachTerms:
    """What happens when an instalment is missed; days are calendar days (第七十条第（五）项)."""

    grace_days: int
    missed_before_recall: int
    missed_counted: Literal["in_a_row", "in_total"]
    notice_days: int
    late_charge: str
    waiver_after_recall: Literal["kept", "restored"]

    def __post_init__(self) -> None:
        """Refuse a recall without a missed instalment or without notice."""
        must(self.missed_before_recall >= 1, "a recall needs a missed instalment")
        must(self.notice_days >= 1, "a recall needs notice")
        must(self.grace_days >= 0, "grace_days is not negative")


@dataclass(frozen=True)
class Contact:
    """Where to ask or complain: a name and a telephone number."""

    name: str
    number: str


@dataclass(frozen=True)
class AgreementText:
    """Everything that an agreement states; sums are in fen and as of the base date."""

    number: str
    application_number: str
    bank: Bank
    holder: Holder
    base_on: date
    drawn_on: date
    debt: Debt
    plan: Plan
    down_payment_due_on: date | None
    annual_fee: Accrual
    interest: Accrual
    other_fees: Accrual
    breach: BreachTerms
    where_to_pay: tuple[str, ...]
    contacts: tuple[Contact, ...]
    currency: str = "人民币（CNY）"
    early_repayment: str = EARLY_REPAYMENT
    credit_record: str = CREDIT_RECORD
    holder_signs: str = HOLDER_SIGNS
    bank_signs: str = BANK_SIGNS
    other_matters: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = FOR_AN_AGREEMENT

    def __post_init__(self) -> None:
        """Refuse sums that disagree, a charge that the text denies, and a date without its sum."""
        must_settle(self.debt, self.plan)
        charged = self.plan.total_interest_fen > 0
        must(
            not charged or self.interest.accrues or self.other_fees.accrues,
            "the schedule charges what the text denies",
        )
        has_down_payment = self.plan.down_payment_fen > 0
        must(
            has_down_payment == (self.down_payment_due_on is not None),
            "a down payment and its date go together",
        )
        must(bool(self.contacts), "an agreement names where to complain")
        must(bool(self.where_to_pay), "an agreement says where and how to pay")


@dataclass(frozen=True)
class SignatureCertificate:
    """How and when each side signed one agreement; digests are SHA-256 in lower-case hex."""

    agreement_number: str
    bank: Bank
    document_sha256: str
    schedule_hash: str
    holder_name: str
    holder_id_masked: str
    holder_phone_masked: str
    holder_signed_at: datetime
    bank_signer: str
    bank_staff_number: str
    bank_signed_at: datetime
    message_id: str
    message_sha256: str
    key_id: str
    signature_base64: str
    in_force_on: date
    collection_stops_on: date

    def __post_init__(self) -> None:
        """Refuse what is not a digest, and a bank that signed before the holder did."""
        for name in ("document_sha256", "schedule_hash", "message_sha256"):
            must_be_digest(getattr(self, name), name)
        must(self.holder_signed_at <= self.bank_signed_at, "the bank signs after the holder")


def digest(agreement: AgreementText) -> str:
    """SHA-256 of the agreement's facts, which its QR code carries beside the number."""
    return facts_digest(agreement)


def render(agreement: AgreementText) -> bytes:
    """Typeset the agreement as PDF/A-2b; the same facts give the same bytes, whose digest both sides sign."""
    return pdf(_TEMPLATE, _facts(agreement))


def render_certificate(certificate: SignatureCertificate) -> bytes:
    """Typeset the signature certificate, a paper of its own, as PDF/A-2b."""
    return pdf(_TEMPLATE, _certificate_facts(certificate))


def _facts(agreement: AgreementText) -> dict[str, Any]:
    stamp = digest(agreement)
    due_on = agreement.down_payment_due_on
    return {
        "kind": "agreement",
        "document": {
            "title": "个性化分期还款协议",
            "number": agreement.number,
            "dated_on": agreement.drawn_on.isoformat(),
            "qr": f"{agreement.number}\nsha256:{stamp}",
        },
        "digest": stamp,
        "application_number": agreement.application_number,
        "bank": _bank_facts(agreement.bank),
        "holder": {
            "name": agreement.holder.name,
            "id_number": agreement.holder.id_number,
            "phone": agreement.holder.phone,
        },
        "base_date": day(agreement.base_on),
        "drawn": day(agreement.drawn_on),
        "currency": agreement.currency,
        "debt": debt_facts(agreement.debt),
        "plan": plan_facts(agreement.plan),
        "has_waiver": agreement.plan.waived_fen > 0,
        "down_payment_due": None if due_on is None else day(due_on),
        "accruals": _accrual_facts(agreement),
        "breach": _breach_facts(agreement.breach),
        "where_to_pay": [place.rstrip("。") for place in agreement.where_to_pay],
        "contacts": [[contact.name, contact.number] for contact in agreement.contacts],
        "early_repayment": agreement.early_repayment,
        "credit_record": agreement.credit_record,
        "holder_signs": agreement.holder_signs,
        "bank_signs": agreement.bank_signs,
        "other_matters": list(agreement.other_matters),
        "basis": basis_facts(agreement.basis),
    }


def _bank_facts(bank: Bank) -> dict[str, str]:
    return {"name": bank.name, "seal": bank.seal}


def _accrual_facts(agreement: AgreementText) -> list[list[str]]:
    named = (("年费", agreement.annual_fee), ("利息", agreement.interest), ("其他费用", agreement.other_fees))
    rows = [[name, "计收" if accrual.accrues else "不计收", accrual.words] for name, accrual in named]
    charged = agreement.plan.total_interest_fen
    return [*rows, ["还款计划所含息费", rmb(charged), "已列入附表各期" if charged else "附表各期只有本金"]]


def _breach_facts(breach: BreachTerms) -> dict[str, Any]:
    counted = "连续" if breach.missed_counted == "in_a_row" else "累计"
    missed = f"{counted} {breach.missed_before_recall} 期" if breach.missed_before_recall > 1 else "任何一期"
    return {
        "grace_days": breach.grace_days,
        "missed": missed,
        "one_is_borne": breach.missed_before_recall > 1,
        "notice_days": breach.notice_days,
        "late_charge": breach.late_charge.rstrip("。"),
        "waiver_is_kept": breach.waiver_after_recall == "kept",
    }


def _certificate_facts(certificate: SignatureCertificate) -> dict[str, Any]:
    return {
        "kind": "certificate",
        "document": {
            "title": "签署页",
            "number": certificate.agreement_number,
            "dated_on": business_day(certificate.bank_signed_at).isoformat(),
            "qr": f"{certificate.agreement_number}\nsha256:{certificate.document_sha256}",
        },
        "bank": _bank_facts(certificate.bank),
        "document_sha256": certificate.document_sha256,
        "schedule_hash": certificate.schedule_hash,
        "holder": {
            "name": certificate.holder_name,
            "id_number": certificate.holder_id_masked,
            "phone": certificate.holder_phone_masked,
            "signed": moment(certificate.holder_signed_at),
        },
        "signer": {
            "name": certificate.bank_signer,
            "staff_number": certificate.bank_staff_number,
            "signed": moment(certificate.bank_signed_at),
            "message_id": certificate.message_id,
            "message_sha256": certificate.message_sha256,
            "key_id": certificate.key_id,
            # Set in lines of its own making, so that it can be copied without marks that help it wrap.
            "signature": textwrap.wrap(certificate.signature_base64, _SIGNATURE_LINE),
        },
        "in_force": day(certificate.in_force_on),
        "collection_stops": day(certificate.collection_stops_on),
    }
