"""What an officer does through a mailed link: answer within what one officer may grant, seal the agreement by a code.

Four eyes need two accounts of the bank; who came by a link has none, so an answer over the bank's limit is refused.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import heyue.agreement.actions as agreement
import heyue.negotiation.actions as negotiation
from heyue.acts import current, verb
from heyue.agreement.states import BothSigned
from heyue.banks.limits import limits_on
from heyue.dispatch import mail_links
from heyue.engine.refusal import Refusal, words
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import BothAgreed
from heyue.negotiation.terms import Put


@verb
def make_offer(negotiation_id: UUID, put: Put, bank_ref: str) -> UUID:
    """Put terms to the borrower. Raises ``Refusal("over-limit")`` and ``negotiation.make_offer``'s."""
    row = negotiation.locked(negotiation_id)
    _within(row, put.waived_fen, int(put.terms["periods"]))
    return negotiation.make_offer(negotiation_id, put, bank_ref)


@verb
def accept(negotiation_id: UUID, valid_until: date) -> tuple[BothAgreed]:
    """Accept what was asked. Raises ``Refusal("over-limit")`` and ``negotiation.accept_as_asked``'s."""
    row = negotiation.locked(negotiation_id)
    _within(row, row.debt.asked_waived_fen, int(row.debt.asked_terms["periods"]))
    return negotiation.accept_as_asked(negotiation_id, valid_until)


@verb
def accept_counter(negotiation_id: UUID, counter_id: UUID, valid_until: date) -> tuple[BothAgreed]:
    """Accept the borrower's counter-offer. Raises ``Refusal("over-limit")`` and ``negotiation.accept_counter``'s."""
    row = negotiation.locked(negotiation_id)
    counter = row.offers.filter(pk=counter_id, by=Offer.By.BORROWER).first()
    if counter:
        _within(row, counter.waived_fen, int(counter.terms["periods"]))
    return negotiation.accept_counter(negotiation_id, counter_id, valid_until)


@verb
def seal(
    link_id: UUID, agreement_id: UUID, document_sha256: str, schedule_hash: str, code: str
) -> tuple[BothSigned, ...]:
    """Sign for the bank by the code that went to its registered address, over the document that was read.

    Source: 电子签名法 第十三条. Raises the code's refusals and ``agreement.sign_for_bank``'s.
    """
    code_id = mail_links.check_seal_code(link_id, document_sha256, code)
    name, _space, number = current().actor.named.rpartition(" ")
    signer = agreement.BankSigner(name, number, code_id=code_id)
    return agreement.sign_for_bank(agreement_id, document_sha256, schedule_hash, signer)


def _within(row: Negotiation, waived_fen: int, periods: int) -> None:
    limits = limits_on(row.bank_id, current().today)
    if limits.passed(balance_fen=row.debt.balance_fen, waived_fen=waived_fen, periods=periods):
        raise Refusal(
            "over-limit",
            words("超出一位专员能定的范围，要由有账号的两位专员在工作台办。"),
            next_step=words("请行里有账号的同事办，或者在范围里出一个条件。"),
            status=422,
        )
