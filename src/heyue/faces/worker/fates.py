"""Ask the banks what became of the events that they have stored; a refusal is the desk's to see."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.faces.worker.bank_calls import BankCalls
from heyue.faces.worker.each import NotNow, each
from heyue.gateway.client import BankRefused, BankUnreachable

log = logging.getLogger("heyue.worker")

AGAIN = timedelta(seconds=2)
LONGEST = timedelta(hours=1)


def ask_fates(calls: BankCalls) -> int:
    """Ask for each fate that is due; a bank that could not be reached is not asked again in this round."""
    down: set[UUID] = set()

    def one(message: OutboundMessage) -> None:
        wait = min(AGAIN * 2 ** min(message.tries, 12), LONGEST)
        if message.bank_id in down:
            raise NotNow(AGAIN)
        try:
            told = calls.to(message.bank).fate(str(message.negotiation_id), str(message.pk))
        except BankUnreachable as away:
            down.add(message.bank_id)
            raise NotNow(wait) from away
        except BankRefused as refused:
            told = {"state": "refused", "problem": refused.problem}
        if told.get("state") not in ("taken", "refused"):
            raise NotNow(wait)
        if told["state"] == "refused":
            log.warning("event %s (%s) refused by %s", message.pk, message.kind, message.bank.slug)
        problem = told.get("problem")
        outbox.mark_fate(message.pk, told["state"], problem if isinstance(problem, dict) else None)

    return each(outbox.unjudged(), one)
