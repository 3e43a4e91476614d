"""The outbox (发件箱): messages to banks, written in the act that sends them, delivered in order afterwards.

Source: docs/protocol/gateway-v1.md sections 1, 3 and 4.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import uuid6
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from heyue import clock
from heyue.banks.models import Bank, OutboundMessage
from heyue.banks.sandbox_clock import in_step
from heyue.engine.moves import PLATFORM, Actor
from heyue.engine.refusal import NotFound, words
from heyue.evidence import Subject, append
from heyue.gateway import events, wire
from heyue.vault import keyring
from heyue.work import fail

APPLICATION = "application"
GIVE_UP_AFTER = timedelta(hours=72)
BOUNCED = 550
ASK_FIRST = timedelta(seconds=1)
_PURPOSE = "outbound-message"
_State = OutboundMessage.State


# ── writing, inside the act ──────────────────────────────────────────────────────────────────────────────────────────


def enqueue_application(
    bank_id: UUID, negotiation_id: UUID, borrower_id: UUID, body: dict[str, Any], channel: str = ""
) -> OutboundMessage:
    """Write the application for one bank, the first message of a negotiation, in the caller's transaction.

    What follows goes by the same ``channel`` (empty: by its bank's).

    ``body`` is gateway-v1 section 3; what is not of its shape raises ``gateway.problems.Problem``.
    """
    application = wire.shaped(wire.Application, body)
    message = OutboundMessage(
        bank_id=bank_id,
        negotiation_id=negotiation_id,
        borrower_id=borrower_id,
        sequence=0,
        kind=APPLICATION,
        path="/v1/applications",
        channel=channel,
    )
    return _write(message, application.model_dump(mode="json", exclude_none=True))


def enqueue_event(
    bank_id: UUID, negotiation_id: UUID, borrower_id: UUID, name: str, data: dict[str, Any]
) -> OutboundMessage:
    """Write the next event of a negotiation, a CloudEvents envelope around ``data``, in the caller's transaction.

    ``name`` is the protocol's (``offer.accepted``); data that is not of its shape raises
    ``gateway.problems.Problem``.
    """
    sequence, channel = _next_place(negotiation_id)
    message = OutboundMessage(
        id=uuid6.uuid7(),
        bank_id=bank_id,
        negotiation_id=negotiation_id,
        borrower_id=borrower_id,
        sequence=sequence,
        channel=channel,
        kind=name,
        path=f"/v1/negotiations/{negotiation_id}/events",
    )
    envelope = wire.Envelope(
        specversion="1.0",
        id=str(message.pk),
        source=wire.PLATFORM_SOURCE,
        type=f"heyue.{name}.v1",
        subject=str(negotiation_id),
        time=clock.machine_now(),
        businessdate=clock.today(),
        sequence=str(message.sequence),
        data=events.data_from_platform(name, data),
    )
    return _write(message, envelope.model_dump(mode="json"))


def _next_place(negotiation_id: UUID) -> tuple[int, str]:
    """Count on from the negotiation's last message, by the channel of its first.

    The first is locked, so that two acts cannot count alike, nor one go by a channel that was just given up.
    """
    messages = OutboundMessage.objects.filter(negotiation_id=negotiation_id)
    first = messages.select_for_update().filter(sequence=0).values_list("channel", flat=True).first()
    return (messages.aggregate(last=Max("sequence"))["last"] or 0) + 1, first or ""


def _write(message: OutboundMessage, body: dict[str, Any]) -> OutboundMessage:
    if message.borrower_id is None:
        raise ValueError("a message is sealed with its borrower's key")
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    message.sealed_body = keyring(message.borrower_id).seal(plain, _PURPOSE)
    message.queued_at = clock.now()
    message.save(force_insert=True)
    return message


# ── delivering ───────────────────────────────────────────────────────────────────────────────────────────────────────


def deliverable() -> QuerySet[OutboundMessage]:
    """Return what is next to go to each bank's machine. Claim them with ``work.claim``."""
    return _next_by(Bank.Channel.API).exclude(bank__base_url="")


def to_mail() -> QuerySet[OutboundMessage]:
    """Return what is next to go to banks by e-mail. Claim them with ``work.claim``."""
    return _next_by(Bank.Channel.EMAIL).exclude(bank__mail_address="")


def _next_by(channel: str) -> QuerySet[OutboundMessage]:
    """Return, of each negotiation, its lowest message that the bank has not got, where nothing stands before it.

    A dead letter stands before what follows; so does an application that the bank refused at the door. An event
    that was refused does not: the bank has its answer to it.
    """
    earlier = OutboundMessage.objects.filter(
        negotiation_id=OuterRef("negotiation_id"), sequence__lt=OuterRef("sequence")
    )
    stands_before = Q(delivery__in=[_State.WAITING, _State.DEAD]) | Q(sequence=0, delivery=_State.REFUSED)
    return (
        OutboundMessage.objects.filter(in_step("bank"), ~Exists(earlier.filter(stands_before)))
        .filter(_goes_by(channel), delivery=_State.WAITING)
        .select_related("bank")
    )


def _goes_by(channel: str) -> Q:
    return Q(channel=channel) | Q(channel="", bank__channel=channel)


def way_of(message: OutboundMessage) -> str:
    """Return the channel by which a message went, else that by which it is to go."""
    return message.went_by or message.channel or message.bank.channel


def down_since(before: datetime) -> QuerySet[OutboundMessage]:
    """Return what a bank's machine has not taken though it was first tried before this instant (machine time)."""
    stuck = OutboundMessage.objects.filter(delivery__in=[_State.WAITING, _State.DEAD], first_tried_at__lt=before)
    return stuck.filter(_goes_by(Bank.Channel.API)).select_related("bank").order_by("queued_at")


def reroute(negotiation_id: UUID, channel: str) -> None:
    """Let a negotiation's messages go by another channel, what is a dead letter too.

    By e-mail the application goes out even if the bank's machine has it: the mail brings the link that it is
    answered by.
    """
    rows = OutboundMessage.objects.filter(negotiation_id=negotiation_id)
    rows.update(channel=channel)
    again = Q(delivery__in=[_State.WAITING, _State.DEAD])
    if channel == Bank.Channel.EMAIL:
        again |= Q(kind=APPLICATION, delivery__in=[_State.DELIVERED, _State.REFUSED])
    rows.filter(again).update(
        delivery=_State.WAITING,
        went_by="",
        tries=0,
        next_try_at=clock.machine_now(),
        first_tried_at=None,
        last_error="",
    )


def body_of(message: OutboundMessage) -> bytes:
    """Return the bytes to send: the same at every try."""
    if message.borrower_id is None:
        raise ValueError("a message is sealed with its borrower's key")
    return keyring(message.borrower_id).open_bytes(message.sealed_body, _PURPOSE)


def key_of(message: OutboundMessage) -> str:
    """Return the Idempotency-Key: the application's id (the negotiation's), or the event's."""
    return str(message.negotiation_id if message.kind == APPLICATION else message.pk)


def content_type_of(message: OutboundMessage) -> str:
    """Return the media type of the body."""
    return "application/json" if message.kind == APPLICATION else wire.EVENT_MEDIA_TYPE


def mark_delivered(message_id: UUID, status: int, answer: dict[str, Any], by: Bank.Channel = Bank.Channel.API) -> bool:
    """Note that the bank has stored a message that went ``by`` this channel; False when that is noted already."""
    return _close(message_id, _State.DELIVERED, status, answer, by)


def mark_refused(message_id: UUID, status: int, problem: dict[str, Any], by: Bank.Channel = Bank.Channel.API) -> bool:
    """Note that the answer to a message that went ``by`` this channel is final and is no; the desk sees it."""
    return _close(message_id, _State.REFUSED, status, problem, by)


def mark_failed(
    message: OutboundMessage, why: str, status: int | None = None, retry_after: timedelta | None = None
) -> None:
    """Push a message on after a try that came to nothing; after 72 hours of tries it is a dead letter.

    A bank that says when to come again (``Retry-After``) is not asked before, nor an hour later than it said.
    """
    now = clock.machine_now()
    first = message.first_tried_at or now
    fail(message, why)
    rows = OutboundMessage.objects.filter(pk=message.pk, delivery=_State.WAITING)
    if retry_after:
        rows.filter(next_try_at__lt=now + retry_after).update(next_try_at=now + retry_after)
    rows.update(first_tried_at=first, answer_status=status)
    if now - first >= GIVE_UP_AFTER:
        rows.update(delivery=_State.DEAD)


def take_back(negotiation_id: UUID) -> None:
    """Keep an application from being sent that the bank has not got.

    What follows it is kept back too, unless a try came to nothing: then the bank may have got it all the same.
    """
    waiting = OutboundMessage.objects.filter(negotiation_id=negotiation_id, delivery=_State.WAITING)
    application = waiting.select_for_update().filter(kind=APPLICATION).first()
    if application is None:
        return
    never_tried = application.first_tried_at is None and application.tries <= 1  # the claim that asks counts as one
    kept_back = waiting if never_tried else waiting.filter(pk=application.pk)
    kept_back.update(delivery=_State.TAKEN_BACK, leased_until=None, last_error="")


def mark_bounced(message_id: UUID, negotiation_id: UUID) -> None:
    """Note that a mail came back undelivered after the server had taken it; the desk sees it and may send it again."""
    returned = {"title": words("邮件被退回，地址可能不对"), "status": BOUNCED}
    sent = OutboundMessage.objects.filter(pk=message_id, negotiation_id=negotiation_id, delivery=_State.DELIVERED)
    sent.update(delivery=_State.REFUSED, answer_status=BOUNCED, answer=_kept(returned))


def unjudged() -> QuerySet[OutboundMessage]:
    """Return the events that the bank has stored but not told the fate of. Claim them with ``work.claim``."""
    return (
        OutboundMessage.objects.filter(delivery=_State.DELIVERED, fate="", ask_until__gt=clock.machine_now())
        .exclude(kind=APPLICATION)
        .exclude(_goes_by(Bank.Channel.EMAIL))
        .select_related("bank")
    )


def mark_fate(message_id: UUID, fate: str, problem: dict[str, Any] | None) -> None:
    """Note what the bank judged of an event: taken, or refused with a problem that the desk sees."""
    kept = _kept(problem) if problem else None
    OutboundMessage.objects.filter(pk=message_id).update(fate=fate, fate_problem=kept, leased_until=None)


def replay(message_id: UUID, actor: Actor = PLATFORM) -> None:
    """Have a dead or refused message tried again, as the same message. Raises ``NotFound`` for any other."""
    stuck = OutboundMessage.objects.filter(pk=message_id, delivery__in=[_State.DEAD, _State.REFUSED])
    now = clock.machine_now()
    again: dict[str, Any] = {"delivery": _State.WAITING, "went_by": "", "tries": 0, "next_try_at": now}
    if stuck.update(**again, leased_until=None, first_tried_at=None) != 1:
        raise NotFound()
    message = OutboundMessage.objects.get(pk=message_id)
    append("message.replayed", subject_of(message), actor, {"kind": message.kind, "sequence": message.sequence})


def last_sequences(negotiation_ids: list[UUID]) -> dict[UUID, int]:
    """Return the highest number among each negotiation's events to its bank; 0 is the application."""
    rows = OutboundMessage.objects.filter(negotiation_id__in=negotiation_ids).values("negotiation_id").order_by()
    counted = rows.annotate(last=Max("sequence")).values_list("negotiation_id", "last")
    return {place: last for place, last in counted if place}


def subject_of(message: OutboundMessage) -> Subject:
    """Return what a message is in the ledger."""
    return Subject("message", message.pk, message.borrower_id, message.bank_id, negotiation_id=message.negotiation_id)


def _kept(answer: dict[str, Any]) -> dict[str, Any]:
    """Keep what says what happened; a bank's free words may name a person."""
    kept: dict[str, Any] = {
        name: answer[name] for name in ("id", "stored_at", "type", "title", "status") if name in answer
    }
    errors = answer.get("errors")
    if isinstance(errors, list):
        kept["errors"] = [str(one.get("pointer", ""))[:200] for one in errors[:20] if isinstance(one, dict)]
    return kept


def _close(message_id: UUID, outcome: str, status: int, answer: dict[str, Any], by: Bank.Channel) -> bool:
    waiting = OutboundMessage.objects.filter(pk=message_id, delivery=_State.WAITING)
    delivered, now = outcome == _State.DELIVERED, clock.machine_now()
    closed = waiting.update(
        delivery=outcome,
        went_by=by.value,
        answer_status=status,
        answer=_kept(answer),
        delivered_at=clock.now() if delivered else None,
        ask_until=now + GIVE_UP_AFTER if delivered else None,
        next_try_at=now + ASK_FIRST,
        tries=1,
        leased_until=None,
        last_error="",
    )
    return closed == 1
