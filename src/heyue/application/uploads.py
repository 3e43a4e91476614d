"""A file that comes in parts (断点续传): begun, continued from where it stopped, made a proof when it is whole.

The verbs keep rows; sealed parts are written before and deleted after their transaction. A part is taken only at
the place where the last one ended, so that a part sent twice, or out of turn, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from heyue import clock
from heyue.acts import current, verb
from heyue.application.actions import in_the_making
from heyue.application.models import Application, Upload, UploadPart
from heyue.application.proofs import BYTES_MAX, KINDS, refused
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.vault import files, keyring

FOLDER = "uploads"
PART_BYTES_MAX = 1024 * 1024
PARTS_MAX = 200
"""Ten times what the page's script makes of the largest file: each part is a file of its own in the store."""
OPEN_MAX = 10
KEPT_DAYS = 3
STALE_AT_ONCE = 50
NAME_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """An upload as it stands: whose it is to be, and how much of it has come."""

    id: UUID
    kind: str
    name: str
    size_bytes: int
    came_bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether every byte has come."""
        return self.came_bytes == self.size_bytes

    @property
    def percent(self) -> int:
        """How much of it has come, in whole percent."""
        return self.came_bytes * 100 // self.size_bytes


@verb
def begin_upload(application_id: UUID, kind: str, name: str, size_bytes: int) -> UUID:
    """Announce a file and its size; one of the same kind, name and size that is on its way is continued.

    Raises ``Refusal`` for a kind that is not known, an empty file or one above the limit, or too many at once.
    """
    row = in_the_making(application_id)
    if kind not in KINDS:
        raise Refusal("proof-kind", words("先选这是什么材料"), field="kind", status=422)
    if size_bytes <= 0:
        raise refused("empty")
    if size_bytes > BYTES_MAX:
        raise refused("too-large")
    _forget(_stale().filter(application=row))
    for one in on_their_way(current().actor, row):
        if (one.kind, one.name, one.size_bytes) == (kind, name[:NAME_CHARS_MAX], size_bytes):
            return one.id
    if row.uploads.count() >= OPEN_MAX:
        raise Refusal("too-many-uploads", words("同时传得太多了，等前面的传完"), field="file", status=422)
    made = Upload.objects.create(
        application=row,
        borrower_id=row.borrower_id,
        kind=kind,
        sealed_name=keyring(row.borrower_id).seal(name[:NAME_CHARS_MAX], "upload-name"),
        size_bytes=size_bytes,
        begun_at=clock.now(),
    )
    return made.pk


@verb
def add_part(upload_id: UUID, offset: int, part_bytes: int, file: str) -> int:
    """Keep a sealed part (stored under ``file``) that begins at ``offset``; how much has come then.

    Raises ``Refusal("upload-offset")`` where the next part begins elsewhere, with that place as ``offset``;
    ``too-many-parts`` past ``PARTS_MAX``.
    """
    row = _mine(upload_id)
    if offset != row.came_bytes or part_bytes <= 0 or offset + part_bytes > row.size_bytes:
        raise Refusal(
            "upload-offset",
            words("从 %(offset)s 接着传。"),
            status=409,
            params={"offset": row.came_bytes},
        )
    if row.parts.count() >= PARTS_MAX:
        raise Refusal("too-many-parts", words("传得太碎了。重新选这个文件，再传一次。"), field="file", status=422)
    UploadPart.objects.create(upload=row, offset=offset, file=file)
    row.came_bytes += part_bytes
    row.save(update_fields=["came_bytes"])
    return row.came_bytes


@verb
def forget_upload(upload_id: UUID) -> None:
    """Take an upload away with its parts: it became a proof, or it is not wanted any more."""
    _forget([_mine(upload_id)])


@verb
def forget_stale() -> int:
    """Take away what was begun days ago and never came whole, whoever's it is; how many. For the worker."""
    if current().actor.role is not Role.PLATFORM:
        raise NotPermitted()
    found = list(_stale().select_for_update(skip_locked=True)[:STALE_AT_ONCE])
    _forget(found)
    return len(found)


def on_their_way(actor: Actor, row: Application) -> list[OnItsWay]:
    """Return the borrower's own files that have not come whole, the oldest first."""
    if actor.role != Role.BORROWER or actor.person_id != row.borrower_id:
        return []
    ring = keyring(row.borrower_id)
    rows = Upload.objects.filter(application=row)
    return [_shown(one, ring.open_text(one.sealed_name, "upload-name")) for one in rows]


def upload(actor: Actor, upload_id: UUID) -> OnItsWay:
    """Return one own upload. Raises ``NotFound``."""
    row = Upload.objects.filter(pk=upload_id, borrower_id=_person(actor)).first()
    if row is None:
        raise NotFound()
    return _shown(row, keyring(row.borrower_id).open_text(row.sealed_name, "upload-name"))


def store_part(actor: Actor, content: bytes) -> str:
    """Seal one part into the file store, outside any transaction; its name there.

    Raises ``Refusal("part-too-large")`` above ``PART_BYTES_MAX``.
    """
    if len(content) > PART_BYTES_MAX:
        raise Refusal("part-too-large", words("这一段太大了，分小一点传。"), status=413)
    return files.store(_person(actor), FOLDER, content)


def whole(actor: Actor, upload_id: UUID) -> bytes:
    """Put the parts together in their order. Raises ``NotFound``."""
    person_id = _person(actor)
    parts = UploadPart.objects.filter(upload_id=upload_id, upload__borrower_id=person_id)
    if not parts:
        raise NotFound()
    return b"".join(files.load(person_id, FOLDER, part.file) for part in parts)


def _shown(row: Upload, name: str) -> OnItsWay:
    return OnItsWay(row.pk, row.kind, name, row.size_bytes, row.came_bytes)


def _stale() -> QuerySet[Upload]:
    return Upload.objects.filter(begun_at__lt=clock.now() - timedelta(days=KEPT_DAYS))


def _forget(rows: Iterable[Upload]) -> None:
    for row in rows:
        for part in row.parts.all():
            transaction.on_commit(partial(files.discard, part.file))
        row.delete()


def _mine(upload_id: UUID) -> Upload:
    rows = Upload.objects.select_for_update().filter(pk=upload_id, borrower_id=_person(current().actor))
    found = rows.first()
    if found is None:
        raise NotFound()
    return found


def _person(actor: Actor) -> UUID:
    if actor.role != Role.BORROWER or actor.person_id is None:
        raise NotFound()
    return actor.person_id
