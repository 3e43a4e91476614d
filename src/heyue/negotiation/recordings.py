"""Recordings of calls (录音): judged by their own bytes, sealed in the file store, evidence by their digest.

They are the borrower's own: banks and staff are never shown one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from heyue.acts import current, note, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.negotiation.models import Call, Negotiation
from heyue.vault import files

FOLDER = "recordings"
BYTES_MAX = 20 * 1024 * 1024
RECORDINGS_MAX = 40
"""Of one negotiation: what calls are noted for is bounded, and so is what they lay on the disk."""

_BEGINS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "audio/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"OggS", "audio/ogg"),
)
TOO_LARGE = words("录音超过 20 MB，截短一点，或者用手机自带的录音再导出")
ENDINGS = {
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
}


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """A recording that lies sealed in the store; ``sha256`` is of its readable bytes."""

    media_type: str
    size_bytes: int
    sha256: str
    file: str


def take_in(borrower_id: UUID, content: bytes) -> StoredRecording:
    """Judge and seal one recording, outside any transaction. Raises ``Refusal`` on the field ``recording``."""
    if not content:
        raise _refused("empty", words("这个文件是空的，换一个试试"))
    if len(content) > BYTES_MAX:
        raise _refused("too-large", TOO_LARGE)
    media_type = _type_of(content)
    if media_type is None:
        raise _refused("not-audio", words("这不是录音文件。可以传 m4a、mp3、amr、aac、wav、ogg"))
    digest = hashlib.sha256(content).hexdigest()
    return StoredRecording(media_type, len(content), digest, files.store(borrower_id, FOLDER, content))


@verb
def keep_recording(call_id: UUID, stored: StoredRecording) -> None:
    """Put a recording to a call that was noted; one that lies there stays, so that evidence is not replaced.

    Raises ``NotFound``, ``Refusal``: ``recording-there``, ``too-many-recordings``.
    """
    call = Call.objects.select_for_update().filter(pk=call_id, borrower_id=current().actor.me).first()
    if call is None or current().actor.role is not Role.BORROWER:
        raise NotFound()
    if call.recording_sha256 == stored.sha256:
        if call.recording != stored.file:
            transaction.on_commit(partial(files.discard, stored.file))
        return
    if call.recording:
        raise Refusal(
            "recording-there",
            words("这通电话已经有录音了，留作证据，不能换。"),
            field="recording",
            status=422,
        )
    kept = Call.objects.filter(dispatch_id=call.dispatch_id).exclude(recording="")
    if kept.count() >= RECORDINGS_MAX:
        raise Refusal(
            "too-many-recordings", words("和这家银行的录音已经存满了，不能再存。"), field="recording", status=422
        )  # fmt: skip
    call.recording = stored.file
    call.recording_type = stored.media_type
    call.recording_bytes = stored.size_bytes
    call.recording_sha256 = stored.sha256
    call.save(update_fields=["recording", "recording_type", "recording_bytes", "recording_sha256"])
    talk = Negotiation.objects.filter(pk=call.dispatch_id).first()
    note(talk or call.dispatch, "recording-kept", {"call": str(call.pk), "sha256": stored.sha256})


def recording(actor: Actor, call_id: UUID) -> tuple[Call, bytes]:
    """Return a call of the borrower's own with its recording. Raises ``NotFound``."""
    call = Call.objects.filter(pk=call_id, borrower_id=actor.me).exclude(recording="").first()
    if call is None or actor.role is not Role.BORROWER:
        raise NotFound()
    return call, files.load(call.borrower_id, FOLDER, call.recording)


def _type_of(content: bytes) -> str | None:
    """Return the type that the file's first bytes say; its name and what the browser says count for nothing."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    return next((kind for at, mark, kind in _BEGINS if content[at : at + len(mark)] == mark), None)


def _refused(code: str, message: str) -> Refusal:
    return Refusal(f"recording-{code}", message, field="recording", status=422)
