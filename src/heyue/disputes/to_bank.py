"""By which way a dispute's questions go to the bank, and how they fare.

Where the negotiation goes by the bank's machine or by mail, a question is a message of the protocol, ``dispute.asked``;
an officer of the bank at the desk sees it there as well. The first answer stands, whichever way it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.clock.business import SHANGHAI
from heyue.dispatch import channels
from heyue.dispatch import reads as dispatches
from heyue.dispatch.typeset import consents_to
from heyue.disputes.models import Dispute, DisputeQuestion
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.vault import keyring

WORDS = "dispute-words"
"""Under this name the borrower's words are sealed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How the message fares that carries a question: its channel, and what the bank's side said of it.

    ``is_final``: the bank's side refused it, when it came or when it was judged, or 72 hours of tries went by.
    """

    channel: str
    delivered_at: datetime | None
    is_taken: bool
    is_final: bool


def goes_by_message(row: Dispute) -> bool:
    """Whether a question to the bank goes out as a message: it may see the dispute, and its channel leads there."""
    return _may_see(row) and channels.leads_to_bank(row.negotiation)


def reaches_bank(row: Dispute) -> bool:
    """Whether a question to the bank reaches somebody: by a message, or an officer of it at the desk."""
    return goes_by_message(row) or (_may_see(row) and people.staff(row.bank_id).exists())


def send(row: Dispute, asked: DisputeQuestion, text: str, answer_by: date) -> UUID | None:
    """Write the message that carries a question, in the act that asks it; its id, None where none goes.

    The borrower's words go with it while the consent stands to show the bank the application. Papers do not.
    """
    if not goes_by_message(row):
        return None
    told: dict[str, object] = {
        "dispute_id": str(row.pk),
        "number": row.number,
        "question_id": str(asked.pk),
        "kind": row.kind,
        "text": text,
        "raised_on": row.made_at.astimezone(SHANGHAI).date().isoformat(),
        "answer_by": answer_by.isoformat(),
    }
    if Consent.Purpose.APPLICATION in consents_to(row.bank_id, row.negotiation):
        told["said"] = keyring(row.borrower_id).open_text(row.sealed_words, WORDS)
    return _enqueue(row, "dispute.asked", told)


def tell_closed(row: Dispute, outcome: str, reason: str = "") -> None:
    """Tell a bank that was asked by message what came of the dispute."""
    if goes_by_message(row) and row.questions.filter(message_id__isnull=False).exists():
        _enqueue(row, "dispute.closed", {"dispute_id": str(row.pk), "outcome": outcome, "text": reason})


def sent(questions: Iterable[DisputeQuestion]) -> dict[UUID, Sent]:
    """Return how the messages fare that carry these questions, by question; one without a message is left out."""
    found = {one.message_id: one.pk for one in questions if one.message_id}
    messages = OutboundMessage.objects.select_related("bank").filter(pk__in=list(found))
    return {found[message.pk]: _sent(message) for message in messages}


def _sent(message: OutboundMessage) -> Sent:
    refused = message.delivery in (OutboundMessage.State.REFUSED, OutboundMessage.State.DEAD)
    return Sent(
        channel=outbox.way_of(message),
        delivered_at=message.delivered_at,
        is_taken=message.fate == OutboundMessage.Fate.TAKEN,
        is_final=refused or message.fate == OutboundMessage.Fate.REFUSED,
    )


def _enqueue(row: Dispute, name: str, told: dict[str, object]) -> UUID:
    return outbox.enqueue_event(row.bank_id, row.negotiation_id, row.borrower_id, name, told).pk


def _may_see(row: Dispute) -> bool:
    return row.against == Dispute.Against.BANK and dispatches.is_out(row.negotiation)
