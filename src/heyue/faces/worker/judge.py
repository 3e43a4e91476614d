"""Judge the inbox: in order within a negotiation, the effect and its note in one transaction."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction

from heyue.banks import inbox
from heyue.banks.models import InboundMessage
from heyue.engine.refusal import Refusal
from heyue.faces.worker.each import NotNow, each
from heyue.gateway.problems import as_json
from heyue.journey.inbound import Inbound, take

log = logging.getLogger("heyue.worker")

AGAIN = timedelta(milliseconds=500)


def judge() -> int:
    """Judge each negotiation's next event."""
    return each(inbox.judgeable(), _judge)


def _judge(message: InboundMessage) -> None:
    if message.negotiation_id is None:
        raise ValueError("an event that is judged belongs to a negotiation")
    event = Inbound(message.pk, message.bank_id, message.negotiation_id, message.kind, inbox.told(message))
    try:
        with transaction.atomic():
            if inbox.mark_taken(message.pk):
                take(event)
    except Refusal as refused:
        if refused.code == "changed-meanwhile":
            # Somebody else acted in the same moment: judge it against what holds now.
            raise NotNow(AGAIN) from refused
        log.info("event %s (%s) refused: %s", message.pk, message.kind, refused.code)
        inbox.mark_refused(message.pk, as_json(refused))
