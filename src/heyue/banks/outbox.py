"""The outbox (发件箱): messages to banks, written in the act that sends them, delivered in order afterwards.

Source: docs/protocol/gateway-v1.md sections 1, 3 and 4.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import uuid6
from django.db.models import Max

from heyue import clock
from heyue.banks.models import OutboundMessage
from heyue.vault import keyring

APPLICATION = "application"
JSON_TYPE = "application/json"
EVENT_TYPE = "application/cloudevents+json"
PLATFORM_SOURCE = "urn:heyue:platform"
_PURPOSE = "outbound-message"


def enqueue_application(
    bank_id: UUID, negotiation_id: UUID, borrower_id: UUID, body: dict[str, Any]
) -> OutboundMessage:
    """Write the application for one bank, the first message of a negotiation, in the caller's transaction."""
    return _write(
        OutboundMessage(
            bank_id=bank_id,
            negotiation_id=negotiation_id,
            borrower_id=borrower_id,
            sequence=0,
            kind=APPLICATION,
            path="/v1/applications",
        ),
        body,
    )


def enqueue_event(
    bank_id: UUID, negotiation_id: UUID, borrower_id: UUID, name: str, data: dict[str, Any]
) -> OutboundMessage:
    """Write the next event of a negotiation, a CloudEvents envelope around ``data``, in the caller's transaction.

    ``name`` is the protocol's (``offer.accepted``).
    """
    message = OutboundMessage(
        id=uuid6.uuid7(),
        bank_id=bank_id,
        negotiation_id=negotiation_id,
        borrower_id=borrower_id,
        sequence=_next_sequence(negotiation_id),
        kind=name,
        path=f"/v1/negotiations/{negotiation_id}/events",
    )
    envelope = {
        "specversion": "1.0",
        "id": str(message.pk),
        "source": PLATFORM_SOURCE,
        "type": f"heyue.{name}.v1",
        "subject": str(negotiation_id),
        "time": _instant(),
        "businessdate": clock.today().isoformat(),
        "sequence": str(message.sequence),
        "datacontenttype": JSON_TYPE,
        "data": data,
    }
    return _write(message, envelope)


def _next_sequence(negotiation_id: UUID) -> int:
    """Count on from the negotiation's last message; its first one is locked, so that two acts cannot count alike."""
    messages = OutboundMessage.objects.filter(negotiation_id=negotiation_id)
    list(messages.select_for_update().filter(sequence=0).values_list("pk"))
    return (messages.aggregate(last=Max("sequence"))["last"] or 0) + 1


def _write(message: OutboundMessage, body: dict[str, Any]) -> OutboundMessage:
    if message.borrower_id is None:
        raise ValueError("a message is sealed with its borrower's key")
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    message.sealed_body = keyring(message.borrower_id).seal(plain, _PURPOSE)
    message.queued_at = clock.now()
    message.save(force_insert=True)
    return message


def _instant() -> str:
    return clock.machine_now().isoformat(timespec="seconds").replace("+00:00", "Z")
