"""The inbox (收件箱): store what a bank sent, answer, judge afterwards, in order, once.

Source: docs/protocol/gateway-v1.md sections 1 and 4.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from heyue import clock
from heyue.banks.models import Bank, InboundMessage
from heyue.banks.reads import Signatory
from heyue.gateway import events, wire
from heyue.gateway.problems import Problem, as_json
from heyue.gateway.values import can_be_kept, instant_text
from heyue.rows import insert_once
from heyue.vault import keyring

MALFORMED = "malformed"
_PURPOSE = "inbound-message"
_State = InboundMessage.State


@dataclass(frozen=True)
class Posted:
    """One signed event as it came: ``key`` is its Idempotency-Key, ``signed`` what verifies it years later."""

    bank: Bank | Signatory
    negotiation_id: UUID
    key: str
    body: bytes
    signed: dict[str, str]

    @property
    def sha256(self) -> str:
        """The digest by which a repeated key is told from a reused one."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to the bank: at the first time and at every repetition."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Reading:
    kind: str
    sequence: int = 0
    problem: Problem | None = None


def store(posted: Posted, borrower_id: UUID | None) -> Answer:
    """Keep an event as it came and return the answer; the same key with the same body gets its answer again.

    ``borrower_id`` is the holder's where this bank has a part in the negotiation, else None. Raises ``Problem``:
    404 ``unknown-negotiation`` (not kept: it may come again once it is known), 422 ``idempotency-key-reused``.
    """
    if borrower_id is None:
        before = _answer_before(posted)
        if before:
            return before
        raise Problem("unknown-negotiation", 404, "no application of this negotiation was sent to this bank")
    reading = _read(posted)
    answer = _keep(posted, borrower_id, reading) or _answer_before(posted)
    if answer:
        return answer
    taken = Problem(
        "malformed", 422, "another event has this sequence", [("/sequence", f"{reading.sequence} is taken")]
    )
    answer = _keep(posted, borrower_id, _Reading(reading.kind, 0, taken)) or _answer_before(posted)
    if answer is None:
        raise RuntimeError("a message that could not be kept was kept before")
    return answer


def _answer_before(posted: Posted) -> Answer | None:
    row = InboundMessage.objects.filter(bank_id=posted.bank.id, idempotency_key=posted.key).first()
    if row is None:
        return None
    if (row.body_sha256, row.negotiation_id) != (posted.sha256, posted.negotiation_id):
        raise Problem("idempotency-key-reused", 422, "the key was used for another message")
    return Answer(row.answer_status, row.answer)


def _keep(posted: Posted, borrower_id: UUID, reading: _Reading) -> Answer | None:
    """Write the message and return its answer; None where its key or its place in the sequence is taken."""
    now = clock.machine_now()
    if reading.problem:
        answer = Answer(reading.problem.status, as_json(reading.problem))
    else:
        answer = Answer(202, {"id": posted.key, "stored_at": instant_text(now)})
    message = InboundMessage(
        bank_id=posted.bank.id,
        idempotency_key=posted.key,
        body_sha256=posted.sha256,
        sealed_body=keyring(borrower_id).seal(posted.body, _PURPOSE),
        signature_headers=posted.signed,
        negotiation_id=posted.negotiation_id,
        borrower_id=borrower_id,
        sequence=reading.sequence,
        kind=reading.kind,
        judgement=_State.REFUSED if reading.problem else _State.WAITING,
        problem=answer.body if reading.problem else None,
        stored_at=now,
        judged_at=clock.now() if reading.problem else None,
        answer=answer.body,
        answer_status=answer.status,
    )
    return answer if insert_once(message) else None


def _read(posted: Posted) -> _Reading:
    """Read as much as can be read. An event whose envelope stands has its place in the sequence, good or bad."""
    try:
        envelope = wire.shaped(wire.Envelope, _json(posted.body))
        _same("/id", envelope.id, posted.key)
        _same("/subject", envelope.subject, str(posted.negotiation_id))
        _same("/source", envelope.source, f"urn:heyue:bank:{posted.bank.slug}")
    except Problem as problem:
        return _Reading(MALFORMED, problem=problem)
    try:
        events.data_from_bank(envelope)
        if not can_be_kept(envelope.data):
            raise Problem(
                "malformed", 422, "a text holds a sign that is none", [("/data", "no U+0000, no half of a pair")]
            )
    except Problem as problem:
        return _Reading(envelope.name, int(envelope.sequence), problem)
    return _Reading(envelope.name, int(envelope.sequence))


def _json(body: bytes) -> Any:
    """Read JSON as RFC 8259 has it: UTF-8 without a mark, numbers that are numbers."""
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem("malformed", 400, "the body is not JSON") from None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _same(pointer: str, given: str, wanted: str) -> None:
    if given.lower() != wanted.lower():
        raise Problem("malformed", 422, "the message contradicts itself", [(pointer, f"must be {wanted}")])


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def judgeable() -> QuerySet[InboundMessage]:
    """Return, of each negotiation, the one message whose turn it is; what came early waits.

    Claim them with ``work.claim``.
    """
    judged_before = (
        InboundMessage.objects.filter(
            negotiation_id=OuterRef("negotiation_id"), sequence__gt=0, sequence__lt=OuterRef("sequence")
        )
        .exclude(judgement=_State.WAITING)
        .order_by()
        .values("negotiation_id")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return (
        InboundMessage.objects.filter(judgement=_State.WAITING, sequence__gt=0)
        .annotate(judged_before=Coalesce(Subquery(judged_before, output_field=IntegerField()), 0))
        .filter(judged_before=F("sequence") - 1)
    )


def envelope_of(message: InboundMessage) -> wire.Envelope:
    """Return the event as it was sent; ``events.data_from_bank`` reads its data in its shape."""
    return wire.shaped(wire.Envelope, _json(body_of(message)))


def data_of(message: InboundMessage) -> Any:
    """Return the event's data in its shape, one of ``gateway.events.FROM_BANK``."""
    return events.data_from_bank(envelope_of(message))


def told(message: InboundMessage) -> dict[str, Any]:
    """Return the event's data as plain JSON types, in one way of writing: amounts with two places, no nulls."""
    told: dict[str, Any] = data_of(message).model_dump(mode="json", by_alias=True, exclude_none=True)
    return told


def body_of(message: InboundMessage) -> bytes:
    """Return the raw bytes as they came."""
    if message.borrower_id is None:
        raise ValueError("a message is sealed with its borrower's key")
    return keyring(message.borrower_id).open_bytes(message.sealed_body, _PURPOSE)


def mark_taken(message_id: UUID) -> bool:
    """Note that the event has had its effect, in the effect's own transaction; False when it had it before."""
    return _judge(message_id, _State.TAKEN, None)


def mark_refused(message_id: UUID, problem: dict[str, Any]) -> bool:
    """Note that the event is refused, with the problem that the bank is told; False when it was judged before."""
    return _judge(message_id, _State.REFUSED, problem)


def _judge(message_id: UUID, judgement: str, problem: dict[str, Any] | None) -> bool:
    waiting = InboundMessage.objects.filter(pk=message_id, judgement=_State.WAITING)
    judged = waiting.update(
        judgement=judgement, problem=problem, judged_at=clock.now(), leased_until=None, last_error=""
    )
    return judged == 1


def fate(bank_id: UUID, negotiation_id: UUID, event_id: str) -> dict[str, Any]:
    """Return what became of a bank's own event. Raises ``Problem`` 404 when there is none."""
    rows = InboundMessage.objects.filter(bank_id=bank_id, negotiation_id=negotiation_id, idempotency_key=event_id)
    row = rows.first() if can_be_kept(event_id) else None
    if row is None:
        raise Problem("unknown-negotiation", 404, "no such event of this bank")
    return {"state": row.judgement, "problem": row.problem}


def last_sequences(negotiation_ids: list[UUID]) -> dict[UUID, int]:
    """Return the highest number among each negotiation's events from its bank."""
    rows = InboundMessage.objects.filter(negotiation_id__in=negotiation_ids).values("negotiation_id").order_by()
    counted = rows.annotate(last=Max("sequence")).values_list("negotiation_id", "last")
    return {place: last for place, last in counted if place}
