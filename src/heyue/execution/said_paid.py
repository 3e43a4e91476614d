"""The borrower's word that an instalment was paid (我还了), with a receipt; the bank's own report decides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from django.db import transaction

from heyue import clock
from heyue.acts import current, note, verb
from heyue.acts.scope import seen_by
from heyue.application.proofs import BYTES_MAX, SAID
from heyue.application.washing import NotWashed, washed
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.execution.models import Instalment, SaidPaid
from heyue.execution.reads import is_paid
from heyue.vault import files

FOLDER = "receipts"


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt that was made harmless and lies sealed in the store."""

    media_type: str
    sha256: str
    file: str


def take_in(borrower_id: UUID, content: bytes) -> StoredReceipt:
    """Judge, wash and seal a receipt, outside any transaction. Raises ``Refusal`` on the field ``receipt``."""
    if not content:
        raise _refused("empty")
    if len(content) > BYTES_MAX:
        raise _refused("too-large")
    try:
        clean = washed(content)
    except NotWashed as error:
        raise _refused(error.code) from error
    digest = hashlib.sha256(clean.content).hexdigest()
    return StoredReceipt(clean.media_type, digest, files.store(borrower_id, FOLDER, clean.content))


@verb
def say_paid(instalment_id: UUID, paid_on: date, receipt: StoredReceipt | None = None) -> UUID:
    """Keep that the borrower paid an instalment on a day; said again, a receipt may be added, the day stays.

    The instalment stays as it is until the bank reports the payment; a second receipt is not kept. Raises ``NotFound``,
    ``Refusal("paid-already")``, ``Refusal("paid-to-come")`` on the field ``paid_on``.
    """
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotPermitted()
    mine = Instalment.objects.select_for_update(of=("self",)).select_related("plan__bank")
    row = mine.filter(pk=instalment_id, borrower_id=actor.me).first()
    if row is None:
        raise NotFound()
    if is_paid(row):
        raise Refusal("paid-already", words("银行已经报来收到这一期了，不用再记。"))
    if not row.plan.started_on <= paid_on <= current().today:
        raise Refusal("paid-to-come", words("填协议生效以后、今天或以前的日子"), field="paid_on", status=422)
    said, fresh = SaidPaid.objects.get_or_create(
        instalment=row,
        defaults={
            "borrower_id": row.borrower_id,
            "bank_id": row.bank_id,
            "paid_on": paid_on,
            "said_at": clock.now(),
        },
    )
    if receipt and not said.file:
        said.file, said.media_type, said.sha256 = receipt.file, receipt.media_type, receipt.sha256
        said.save(update_fields=["file", "media_type", "sha256"])
    elif receipt:
        transaction.on_commit(partial(files.discard, receipt.file))
        return said.pk
    elif not fresh:
        return said.pk
    facts: dict[str, object] = {"period": row.period, "paid_on": said.paid_on.isoformat()}
    note(row.plan, "said-paid", facts | ({"sha256": said.sha256} if said.sha256 else {}))
    return said.pk


def receipt(actor: Actor, said_id: UUID) -> tuple[str, bytes]:
    """Return media type and content of a receipt, for its borrower, its bank and the platform's desk.

    Raises ``NotFound``.
    """
    row = seen_by(actor, SaidPaid.objects.exclude(file="")).filter(pk=said_id).first()
    if row is None or actor.role is Role.HELPER:  # papers are no helper's
        raise NotFound()
    return row.media_type, files.load(row.borrower_id, FOLDER, row.file)


def _refused(code: str) -> Refusal:
    return Refusal(f"receipt-{code}", SAID[code], field="receipt", status=422)
