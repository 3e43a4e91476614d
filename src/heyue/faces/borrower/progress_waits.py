"""Who owes what by when, over all banks of one application: the timeline that lies ahead, the nearest first."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from heyue.banks.models import Bank
from heyue.deadlines import WaitKind
from heyue.engine.moves import Role
from heyue.engine.refusal import words
from heyue.journey.matters import Matter

AWAITED: dict[WaitKind, str] = {
    WaitKind.DELIVERY: words("确认收到申请"),
    WaitKind.FIRST_ANSWER: words("答复你的申请"),
    WaitKind.CHASED_ANSWER: words("催过了，要答复"),
    WaitKind.COUNTER_ANSWER: words("答复你的还价"),
    WaitKind.PROMISED_ANSWER: words("电话里答应的答复"),
    WaitKind.OFFER_VALID: words("对它的条件拿主意"),
    WaitKind.ASK_AGAIN: words("再提一个条件"),
    WaitKind.BORROWER_SIGNS: words("看协议、签字"),
    WaitKind.BANK_SIGNS: words("签协议"),
}
"""The waits of a bank's matter; those of the review, of instalments and of disputes have pages of their own."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing owed: with which bank, what, by when (None: no day is set); ``mine`` when it is the borrower's."""

    bank: Bank
    what: str
    due_on: date | None
    mine: bool
    provisional: bool = False


def expected(found: Sequence[Matter], unanswered: Container[UUID]) -> list[Expected]:
    """Return what is owed in these matters: banks' questions first (``unanswered`` has them), then by nearness."""
    asked = [Expected(one.bank, _("回答它的问题"), None, mine=True) for one in found if one.id in unanswered]
    waits = [(one.bank, wait) for one in found for wait in (one.wait, one.promised) if wait]
    listed = [
        Expected(bank, _(AWAITED[kind]), wait.due_on, wait.owed_by == Role.BORROWER, wait.provisional)
        for bank, wait in waits
        if (kind := WaitKind(wait.kind)) in AWAITED
    ]
    return [*asked, *sorted(listed, key=lambda one: (one.due_on or date.max, one.bank.colour))]
