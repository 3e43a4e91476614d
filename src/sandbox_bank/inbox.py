"""Taking in what the platform sends: check who sent it, store it whole, answer, and leave the judging for later."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from sandbox_bank import database, messages, signing
from sandbox_bank.bank import Bank, Work
from sandbox_bank.business_clock import instant, machine_now
from sandbox_bank.database import as_json
from sandbox_bank.problems import MEDIA_TYPE, Problem

NONCE_KEEP_SECONDS = 600
OVERLOOKED = {
    "signature-missing": "takes-unsigned",
    "signature-expired": "takes-expired",
    "unknown-key": "takes-any-key",
    "digest-mismatch": "ignores-digest",
}
"""What a wrong bank overlooks, by the code of the problem that a right one answers."""
VERSION, VERSION_HEADER = "1", "heyue-protocol"
KEY_CHARACTERS_MAX = 80
KEPT_HEADERS = ("signature-input", "signature", "content-digest", "content-type", "idempotency-key", "host")


@dataclass(frozen=True)
class Wire:
    """One request as it came: what is signed of it, its headers by lower-case name, its body's bytes."""

    target: signing.Target
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reading:
    """What storing needs to know of a message: its kind and place, and the answer to give."""

    kind: str
    status: int
    answer: dict[str, Any]
    negotiation_id: str | None = None
    sequence: int | None = None
    state: str = "waiting"
    problem: dict[str, Any] | None = None


Reader = Callable[[Work, Any], Reading]


def authenticate(bank: Bank, wire: Wire) -> None:
    """Refuse what is not signed by the platform for this bank, now, and for the first time."""
    wrongs = bank.wrongs
    if wire.headers.get(VERSION_HEADER, VERSION) != VERSION and "ignores-version" not in wrongs:
        raise Problem(400, "version-unknown", f"this address speaks version {VERSION}")
    if wire.target.authority.lower() not in bank.authorities and "takes-other-hosts" not in wrongs:
        raise Problem(401, "signature-invalid", f"{wire.target.authority} is not this bank's address")
    now = int(machine_now().timestamp())
    try:
        verified = signing.verify(wire.target, wire.headers, wire.body, bank.platform_keys, now)
    except signing.SignatureRefused as refused:
        if OVERLOOKED.get(refused.code, "") in wrongs:
            return
        raise Problem(refused.status, refused.code, refused.detail) from None
    with database.opened(bank.path) as connection, database.transaction(connection):
        connection.execute("DELETE FROM nonces WHERE expires < ?", (now - NONCE_KEEP_SECONDS,))
        fresh = connection.execute(
            "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (verified.keyid, verified.nonce, verified.expires)
        )
    if not fresh.rowcount and "takes-replays" not in wrongs:
        raise Problem(401, "nonce-replayed", "the nonce was seen before")


def take(bank: Bank, wire: Wire, read: Reader, media_type: str = "application/json") -> Response:
    """One POST: the same key with the same body gets its first answer again, a new one is read and stored."""
    key = wire.headers.get("idempotency-key", "")
    signed = "signature" in wire.headers and "signature-input" in wire.headers
    if signed and not 0 < len(key) <= KEY_CHARACTERS_MAX:
        detail = f"every POST carries an Idempotency-Key of at most {KEY_CHARACTERS_MAX} characters"
        raise Problem(400, "idempotency-key-missing", detail)
    authenticate(bank, wire)
    if wire.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type and (
        "ignores-media-type" not in bank.wrongs
    ):
        raise Problem(415, "media-type", f"the body is {media_type}")
    status, answer = bank.storing(lambda work: _answer_before(work, wire, key) or _store(work, wire, key, read))
    bank.judge_wake.set()
    return Response(answer, status, media_type="application/json" if status < 400 else MEDIA_TYPE)


def _answer_before(work: Work, wire: Wire, key: str) -> tuple[int, str] | None:
    before = work.row("SELECT target, body, status, answer FROM messages WHERE idempotency_key = ?", key)
    if before is None:
        return None
    another = before["body"] != wire.body or before["target"] != wire.target.path
    if another and "reuses-keys" not in work.bank.wrongs:
        raise Problem(422, "idempotency-key-reused", "the key was used for another message")
    again = " " if "answers-anew" in work.bank.wrongs else ""
    return before["status"], before["answer"] + again


def _store(work: Work, wire: Wire, key: str, read: Reader) -> tuple[int, str]:
    now = instant(machine_now())
    try:
        value = _json(wire.body)
        if "refuses-unknown-fields" in work.bank.wrongs:
            messages.only_known(value)
        reading = read(work, value)
    except Problem as problem:
        if "names-no-field" in work.bank.wrongs:
            problem.errors = []
        if problem.code == "unknown-negotiation":
            raise  # not kept: the same event may come again once its application is here
        reading = Reading("malformed", problem.status, problem.body(), state="refused", problem=problem.body())
    answer = as_json(reading.answer or {"id": key, "stored_at": now})
    work.write(
        "INSERT INTO messages (idempotency_key, target, body, headers, received_at, received_on, status, answer, kind,"
        " negotiation_id, sequence, state, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(key, wire.target.path, wire.body, _kept_headers(wire), now, work.today.isoformat(), reading.status, answer),
        *(reading.kind, reading.negotiation_id, reading.sequence, reading.state),
        reading.problem and as_json(reading.problem),
    )
    return reading.status, answer


def _kept_headers(wire: Wire) -> str:
    kept = {name: wire.headers[name] for name in KEPT_HEADERS if name in wire.headers}
    return as_json({"method": wire.target.method, "path": wire.target.path, **kept})


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Problem(400, "malformed", "不是 JSON") from None


def read_application(key: str) -> Reader:
    """How an application is read; its key must be its id, and its form must match its digest."""

    def read(work: Work, value: Any) -> Reading:
        application = messages.shaped(messages.Application, value)
        _same("/id", application.id, key)
        document_bytes(application.form, "/form")
        if work.row("SELECT 1 FROM messages WHERE kind = 'application' AND negotiation_id = ?", application.id):
            raise Problem(422, "malformed", "这个协商已经有申请了", [{"pointer": "/id", "detail": "not new"}])
        return Reading("application", 202, {}, negotiation_id=application.id)

    return read


def read_event(key: str, negotiation_id: str) -> Reader:
    """How an event is read; its key must be its id, and its subject the negotiation in the path."""

    def read(work: Work, value: Any) -> Reading:
        if not work.row("SELECT 1 FROM messages WHERE kind = 'application' AND negotiation_id = ?", negotiation_id):
            raise Problem(404, "unknown-negotiation", "没有收到过这个协商的申请")
        event = messages.shaped(messages.Event, value)
        _same("/id", event.id, key)
        _same("/subject", event.subject, negotiation_id)
        messages.shaped(messages.EVENTS[messages.event_name(event)], event.data, "/data")
        return Reading("event", 202, {}, negotiation_id=negotiation_id, sequence=int(event.sequence))

    return read


def fate(work: Work, negotiation_id: str, event_id: str) -> dict[str, Any]:
    """What became of one event (or of the application, whose id is the negotiation's)."""
    row = work.row(
        "SELECT state, problem FROM messages WHERE negotiation_id = ? AND idempotency_key = ?", negotiation_id, event_id
    )
    if row is None:
        raise Problem(404, "unknown-negotiation", "没有收到过这个事件")
    return {"state": row["state"], "problem": json.loads(row["problem"]) if row["problem"] else None}


def document_bytes(document: messages.Document, pointer: str) -> bytes:
    """The PDF inside a message; a problem when it is no PDF or its digest is another."""
    try:
        content = base64.b64decode(document.base64, validate=True)
    except ValueError:  # not base64, or not even ASCII
        content = b""
    if not content.startswith(b"%PDF-"):
        raise Problem(422, "malformed", "不是 PDF", [{"pointer": f"{pointer}/base64", "detail": "not a PDF"}])
    if hashlib.sha256(content).hexdigest() != document.sha256:
        errors = [{"pointer": f"{pointer}/sha256", "detail": "differs"}]
        raise Problem(422, "digest-mismatch", "PDF 和摘要对不上", errors)
    return content


def _same(pointer: str, given: str, wanted: str) -> None:
    if given != wanted:
        raise Problem(422, "malformed", "前后不一致", [{"pointer": pointer, "detail": f"must be {wanted}"}])
