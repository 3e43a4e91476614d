"""The certificate of completion (还款完成证明): what the bank reported, paper by paper, and what it is not.

It is made of the bank's own signed reports of payments. It is not the bank's settlement certificate (结清证明), which
only the bank can issue, and says so on its face.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from heyue.clock.business import SHANGHAI
from heyue.dispatch.paper_facts import bank_of
from heyue.documents.figures import day, rmb
from heyue.documents.plan import Bank, must, must_be_digest
from heyue.documents.stamp import facts_digest
from heyue.documents.typeset import pdf
from heyue.engine.refusal import NotFound
from heyue.execution.models import Plan
from heyue.identity.reads import in_full, masked

_TEMPLATE = Path(__file__).with_name("certificate.typ")


@dataclass(frozen=True)
class Paid:
    """One payment as the bank reported it, in fen; ``reference`` is the bank's own, ``reported_on`` when it told."""

    paid_on: date
    amount_fen: int
    reference: str
    reported_on: date


@dataclass(frozen=True)
class Completion:
    """Everything that the certificate states. Sums in fen."""

    agreement_number: str
    agreement_sha256: str
    schedule_hash: str
    bank: Bank
    hotline: str
    holder_name: str
    holder_id_masked: str
    started_on: date
    completed_on: date
    due_fen: int
    payments: tuple[Paid, ...]

    def __post_init__(self) -> None:
        """Refuse payments that do not make up what was due, and digests that are none."""
        must_be_digest(self.agreement_sha256, "agreement_sha256")
        must_be_digest(self.schedule_hash, "schedule_hash")
        paid_fen = sum(payment.amount_fen for payment in self.payments)
        must(paid_fen == self.due_fen, f"payments sum to {paid_fen}, due were {self.due_fen}")


def certificate_for(one: Plan) -> bytes:
    """Typeset the certificate of a plan from ``reads.visible``. Raises ``NotFound`` before its last payment."""
    if one.completed_on is None:
        raise NotFound()
    borrower = one.borrower
    placed = [payment for payment in one.payments.all() if payment.instalment_id]
    return render(
        Completion(
            agreement_number=one.agreement.number,
            agreement_sha256=one.agreement.sha256,
            schedule_hash=one.schedule_hash,
            bank=bank_of(one.bank),
            hotline=one.bank.hotline,
            holder_name=in_full(borrower).name,
            holder_id_masked=masked(borrower).id_number,
            started_on=one.started_on,
            completed_on=one.completed_on,
            due_fen=sum(row.amount_fen for row in one.instalments.all()),
            payments=tuple(
                Paid(p.paid_on, p.amount_fen, p.bank_ref, p.reported_at.astimezone(SHANGHAI).date()) for p in placed
            ),
        )
    )


def render(completion: Completion) -> bytes:
    """Typeset the certificate as PDF/A-2b; the same facts give the same bytes."""
    return pdf(_TEMPLATE, _facts(completion))


def _facts(it: Completion) -> dict[str, Any]:
    stamp = facts_digest(it)
    return {
        "document": {
            "title": "还款完成证明",
            "number": it.agreement_number,
            "dated_on": it.completed_on.isoformat(),
            "qr": f"{it.agreement_number}\nsha256:{stamp}",
        },
        "digest": stamp,
        "bank": {"name": it.bank.name, "seal": it.bank.seal},
        "hotline": it.hotline,
        "holder": {"name": it.holder_name, "id_number": it.holder_id_masked},
        "agreement_sha256": it.agreement_sha256,
        "schedule_hash": it.schedule_hash,
        "started": day(it.started_on),
        "completed": day(it.completed_on),
        "sum": rmb(it.due_fen),
        "count": len(it.payments),
        "rows": [
            [str(n), day(p.paid_on), rmb(p.amount_fen), p.reference, day(p.reported_on)]
            for n, p in enumerate(it.payments, 1)
        ],
    }
