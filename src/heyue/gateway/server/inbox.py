"""Taking in what the platform posts: store it whole, answer, and leave the judging for later (gateway-v1 section 1)."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heyue.gateway import events, wire
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.gateway.server import outbox
from heyue.gateway.server.door import JSON_TYPE, Asked, Operation, Response, written
from heyue.gateway.server.setting import Setting
from heyue.gateway.server.store import Conflict, Fate, Kind, Message, Transaction
from heyue.gateway.values import can_be_kept, instant_text

TRIES = 2
"""A store may find at the end that another was quicker; then its answer is there."""


@dataclass(frozen=True)
class Reading:
    """What storing needs to know of a message; without an ``answer`` it is told that it was stored."""

    kind: Kind
    status: int = 202
    answer: dict[str, Any] | None = None
    name: str = ""
    negotiation_id: str | None = None
    sequence: int | None = None
    fate: Fate = "waiting"

    @classmethod
    def refused(cls, problem: Problem, kind: Kind = "malformed", **more: Any) -> Reading:
        """Return how a message is kept that is refused at once."""
        return cls(kind, problem.status, as_json(problem), fate="refused", **more)


Finish = Callable[[Transaction], Reading]
Reader = Callable[[Asked, Any], Finish]
"""Reads a JSON value before the transaction begins (it may ask the bank's systems), and finishes within it."""


class Inbox:
    """Applications, events, and what became of them."""

    def __init__(self, setting: Setting, wake: Callable[[], None]) -> None:
        self._setting, self._wake = setting, wake

    def operations(self) -> dict[tuple[str, str], Operation]:
        """Return what the door lets in here."""
        return {
            ("POST", "applications"): lambda asked: self.take(asked, _application),
            ("POST", "negotiations/*/events"): lambda asked: self.take(asked, _event, wire.EVENT_MEDIA_TYPE),
            ("GET", "negotiations/*/events/*"): self.fate,
        }

    def take(self, asked: Asked, read: Reader, media_type: str = JSON_TYPE) -> Response:
        """Answer a POST: the same key with the same body gets its first answer again, a new one is read and stored."""
        told = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if told != media_type:
            raise Problem("media-type", 415, f"the body is {media_type}")
        for left in reversed(range(TRIES)):
            with self._setting.store.reading() as transaction:
                before = _answer_before(transaction, asked)
            if before:
                return before
            finish = _read(asked, read)
            try:
                with self._setting.store.transaction() as transaction:
                    response = _answer_before(transaction, asked) or self._keep(transaction, asked, finish)
            except Conflict:
                if not left:
                    raise
            else:
                break
        self._wake()
        return response

    def _keep(self, transaction: Transaction, asked: Asked, finish: Finish) -> Response:
        reading, now, key = finish(transaction), self._setting.now(), asked.request.key
        answer = written(reading.answer or {"id": key, "stored_at": instant_text(now)})
        message = Message(
            key=key,
            kind=reading.kind,
            path=asked.request.path,
            body=asked.body,
            headers=asked.signed,
            stored_at=now,
            status=reading.status,
            answer=answer,
            name=reading.name,
            negotiation_id=reading.negotiation_id,
            sequence=reading.sequence,
            fate=reading.fate,
            problem=reading.answer if reading.fate == "refused" else None,
        )
        transaction.add_message(message)
        if reading.kind == "application":
            outbox.receipt(self._setting, transaction, message)
        return _response(message)

    def fate(self, asked: Asked) -> Response:
        """Tell what became of an event, or of an application, whose id is its negotiation's."""
        _, negotiation_id, _, event_id = asked.parts
        with self._setting.store.reading() as transaction:
            message = transaction.message(event_id)
        if message is None or message.negotiation_id != negotiation_id:
            raise Problem("unknown-negotiation", 404, "no such event came")
        return Response(200, written({"state": message.fate, "problem": message.problem}))


def _answer_before(transaction: Transaction, asked: Asked) -> Response | None:
    before = transaction.message(asked.request.key)
    if before is None:
        return None
    if (before.path, before.body) != (asked.request.path, asked.body):
        raise Problem("idempotency-key-reused", 422, "the key was used for another message")
    return _response(before)


def _response(message: Message) -> Response:
    return Response(message.status, message.answer, JSON_TYPE if message.status < 400 else MEDIA_TYPE)


def _read(asked: Asked, read: Reader) -> Finish:
    """Read as much as can be read; what is not of its shape is stored too, with its refusal."""
    try:
        return read(asked, _json(asked.body))
    except Problem as problem:
        reading = Reading.refused(problem)
        return lambda _: reading


def _json(body: bytes) -> Any:
    """Read JSON as RFC 8259 has it: UTF-8 without a mark, numbers that are numbers."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem("malformed", 400, "the body is not JSON") from None
    if not can_be_kept(value):
        raise Problem("malformed", 422, "a text holds a sign that is none", [("", "no U+0000, no half of a pair")])
    return value


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _application(asked: Asked, value: Any) -> Finish:
    """Read an application: its key is its id, and its form is a PDF with the digest that is told."""
    application = wire.shaped(wire.Application, value)
    _same("/id", application.id, asked.request.key)
    check_document(application.form, "/form")
    reading = Reading("application", negotiation_id=application.id, sequence=0, name="application")
    return lambda _: reading


def _event(asked: Asked, value: Any) -> Finish:
    """Read an event. One whose envelope stands has its place in the sequence, good or bad."""
    negotiation_id = asked.parts[1]
    reading: Reading | Problem
    try:
        reading = _placed(asked, value, negotiation_id)
    except Problem as problem:
        reading = Reading.refused(problem)

    def finish(transaction: Transaction) -> Reading:
        application = transaction.message(negotiation_id)
        if application is None or application.kind != "application":
            # Not kept: the same event may come again once its application is here.
            raise Problem("unknown-negotiation", 404, "no application of this negotiation came")
        taken = {message.sequence for message in transaction.messages(negotiation_id)}
        if reading.sequence in taken:
            places = [("/sequence", f"{reading.sequence} is taken")]
            return Reading.refused(Problem("malformed", 422, "another event has this sequence", places), "event")
        return reading

    return finish


def _placed(asked: Asked, value: Any, negotiation_id: str) -> Reading:
    envelope = wire.shaped(wire.Envelope, value)
    _same("/id", envelope.id, asked.request.key)
    _same("/subject", envelope.subject, negotiation_id)
    _same("/source", envelope.source, wire.PLATFORM_SOURCE)
    place: dict[str, Any] = {
        "name": envelope.name,
        "negotiation_id": negotiation_id,
        "sequence": int(envelope.sequence),
    }
    model = events.FROM_PLATFORM.get(envelope.name)
    try:
        if model is None:
            raise Problem("malformed", 422, "a type that the platform does not send", [("/type", envelope.type)])
        wire.shaped(model, envelope.data, "/data")
    except Problem as problem:
        return Reading.refused(problem, "event", **place)
    return Reading("event", **place)


def check_document(document: wire.Document, pointer: str) -> bytes:
    """Return the PDF inside a message. Raises ``Problem`` when it is no PDF or its digest is another."""
    try:
        content = b64decode(document.base64, validate=True)
    except ValueError:  # not base64, or not even ASCII
        content = b""
    if not content.startswith(b"%PDF-"):
        raise Problem("malformed", 422, "the document is no PDF", [(f"{pointer}/base64", "no PDF")])
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise Problem("digest-mismatch", 422, "the document is another", [(f"{pointer}/sha256", "differs")])
    return content


def _same(pointer: str, given: str, wanted: str) -> None:
    if given != wanted:
        raise Problem("malformed", 422, "the message contradicts itself", [(pointer, f"must be {wanted}")])
