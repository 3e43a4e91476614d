"""Deliver the outbox: at least once, in order within a negotiation, noted after the bank's 2xx."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.dispatch.actions import mark_sent, take_back
from heyue.dispatch.reads import is_to_be_sent
from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import Refusal
from heyue.faces.worker.bank_calls import BankCalls
from heyue.faces.worker.each import NotNow, each
from heyue.gateway.client import Answer, BankRefused, BankUnreachable
from heyue.journey import perform

log = logging.getLogger("heyue.worker")

WHILE_DOWN = timedelta(seconds=2)


def deliver(calls: BankCalls) -> int:
    """Try once what is due; a bank that could not be reached is not tried again in this round.

    An application goes out only while it stands and the borrower's consent to it does.
    """
    down: set[UUID] = set()

    def one(message: OutboundMessage) -> None:
        form_id = message.negotiation_id if message.kind == outbox.APPLICATION else None
        if form_id and not is_to_be_sent(form_id):
            perform(PLATFORM, take_back, dispatch_id=form_id)
            return
        if message.bank_id in down:
            raise NotNow(WHILE_DOWN)
        try:
            answer = calls.to(message.bank).post(
                message.path, outbox.body_of(message), outbox.key_of(message), outbox.content_type_of(message)
            )
        except BankUnreachable as error:
            down.add(message.bank_id)
            outbox.mark_failed(message, str(error), error.status, error.retry_after)
        except BankRefused as refused:
            log.warning("message %s (%s) refused by %s: %s", message.pk, message.kind, message.bank.slug, refused.code)
            outbox.mark_refused(message.pk, refused.status, refused.problem)
        else:
            _delivered(message, answer)

    return each(outbox.deliverable(), one)


def _delivered(message: OutboundMessage, answer: Answer) -> None:
    with transaction.atomic():
        if not outbox.mark_delivered(message.pk, answer.status, answer.body):
            return
        if message.kind != outbox.APPLICATION or message.negotiation_id is None:
            return
        try:
            perform(PLATFORM, mark_sent, dispatch_id=message.negotiation_id)
        except Refusal as refused:
            # The borrower may have taken it back while it was on its way: it has been delivered all the same.
            log.info("dispatch %s delivered, not marked: %s", message.negotiation_id, refused.code)
