"""What happens when a wait is reached: one verb for each kind, performed by the clock, exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import heyue.agreement.actions as agreement
import heyue.application.actions as application
import heyue.dispatch.actions as dispatch
import heyue.disputes.actions as disputes
import heyue.execution.actions as execution
import heyue.negotiation.actions as negotiation
import heyue.review.actions as review
import heyue.review.appeals as appeals
from heyue import clock, deadlines
from heyue.acts import verb
from heyue.deadlines import WaitKind
from heyue.deadlines.models import Wait
from heyue.engine.moves import CLOCK
from heyue.journey.perform import perform
from heyue.policy.load import rule
from heyue.wallet.reads import known_through

REACHED: dict[WaitKind, tuple[Callable[..., Any], str]] = {
    WaitKind.REVIEW: (review.overdue, "review_id"),
    WaitKind.MORE_PROOFS: (application.proofs_overdue, "application_id"),
    WaitKind.MAY_APPEAL: (appeals.lapse, "review_id"),
    WaitKind.APPEAL_ANSWER: (appeals.overdue, "appeal_id"),
    WaitKind.DELIVERY: (dispatch.no_receipt, "dispatch_id"),
    WaitKind.FIRST_ANSWER: (negotiation.bank_silent, "negotiation_id"),
    WaitKind.CHASED_ANSWER: (negotiation.still_silent, "negotiation_id"),
    WaitKind.COUNTER_ANSWER: (negotiation.bank_silent, "negotiation_id"),
    WaitKind.PROMISED_ANSWER: (negotiation.promise_broken, "negotiation_id"),
    WaitKind.OFFER_VALID: (negotiation.offer_expires, "negotiation_id"),
    WaitKind.ASK_AGAIN: (negotiation.lapse, "negotiation_id"),
    WaitKind.BORROWER_SIGNS: (agreement.lapse, "agreement_id"),
    WaitKind.BANK_SIGNS: (agreement.bank_signs_late, "agreement_id"),
    WaitKind.INSTALMENT: (execution.missed, "instalment_id"),
    WaitKind.DISPUTE: (disputes.overdue, "dispute_id"),
    WaitKind.DISPUTE_ANSWER: (disputes.bank_late, "dispute_id"),
}
FEED_LOOKS_BEFORE_LATE = 3


class NotYet(Exception):
    """The wait's day is over, but what would have met it may still be on its way from the bank."""


def reach(wait: Wait) -> None:
    """Let the clock do what this wait's end means. Raises ``NotYet`` to be tried again."""
    if wait.kind == WaitKind.INSTALMENT:
        _feed_must_be_known(wait)
    perform(CLOCK, _reached, wait_id=wait.pk)


@verb
def _reached(wait_id: UUID) -> object:
    wait = Wait.objects.get(pk=wait_id)
    if not deadlines.reach(wait_id):
        return ()
    do, name = REACHED[WaitKind(wait.kind)]
    return do(**{name: wait.subject_id})


def _feed_must_be_known(wait: Wait) -> None:
    """Nobody is called late before grace is over, the bank's feed is known beyond it, and asked again."""
    grace = int(rule("BREACH-TERMS", clock.today()).value["grace_days"])
    last_day = wait.due_on + timedelta(days=grace)
    known = known_through(wait.borrower_id, wait.bank_id) if wait.borrower_id and wait.bank_id else None
    if clock.today() <= last_day or (known is not None and known <= last_day):
        raise NotYet
    if wait.tries < FEED_LOOKS_BEFORE_LATE:
        raise NotYet
