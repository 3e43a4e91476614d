"""What a borrower sees of the own statement files, and what the worker has to read or to drop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from heyue import clock
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.vault import files as sealed
from heyue.vault import keyring
from heyue.wallet.issuers import slug_of
from heyue.wallet.models import COLUMNS, FOLDER, NAME, READING, Card, RememberedColumns, StatementFile
from heyue.wallet.models import Statement as KeptStatement
from heyue.wallet.states import DRAFTS, FileState


@dataclass(frozen=True, slots=True)
class SentFile:
    """A statement file with its name, as its owner sees it."""

    row: StatementFile
    name: str

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be read."""
        return self.row.state == FileState.WAITING

    @property
    def is_locked(self) -> bool:
        """Whether its password is asked for."""
        return self.row.state == FileState.LOCKED

    @property
    def is_unmapped(self) -> bool:
        """Whether it is to be said what its columns are."""
        return self.row.state == FileState.UNMAPPED

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing could be read in it."""
        return self.row.state == FileState.UNREADABLE

    @property
    def is_read(self) -> bool:
        """Whether it is to be looked at and put into the wallet."""
        return self.row.state == FileState.READ

    @property
    def is_taken(self) -> bool:
        """Whether it is in the wallet."""
        return self.row.state == FileState.TAKEN


def visible(actor: Actor) -> QuerySet[StatementFile]:
    """Return the borrower's own files, the newest first."""
    if actor.role != Role.BORROWER:
        return StatementFile.objects.none()
    return StatementFile.objects.filter(borrower_id=actor.person_id).select_related("card__bank")


def drafts(actor: Actor) -> list[SentFile]:
    """Return the files that are neither in the wallet nor thrown away, with their names."""
    rows = list(visible(actor).filter(state__in=[state.value for state in DRAFTS]))
    if not rows or actor.person_id is None:
        return []
    ring = keyring(actor.person_id)
    return [SentFile(row, ring.open_text(row.sealed_name, NAME)) for row in rows]


def draft_count(actor: Actor) -> int:
    """Return how many files are neither in the wallet nor thrown away."""
    return visible(actor).filter(state__in=[state.value for state in DRAFTS]).count()


def copy_of(actor: Actor) -> list[dict[str, Any]]:
    """Return all that is kept of the borrower's files in clear, for the copy of one's own data."""
    if actor.person_id is None:
        return []
    ring = keyring(actor.person_id)
    return [
        {
            "name": ring.open_text(row.sealed_name, NAME),
            "sent_at": row.sent_at,
            "keep_until": row.keep_until,
            "read": ring.open_json(row.sealed_reading, READING),
        }
        for row in visible(actor)
    ]


def with_bytes(actor: Actor) -> list[SentFile]:
    """Return the own files whose bytes are still kept, for the copy of one's own data."""
    if actor.person_id is None:
        return []
    ring = keyring(actor.person_id)
    return [SentFile(row, ring.open_text(row.sealed_name, NAME)) for row in visible(actor).exclude(file="")]


def file(actor: Actor, file_id: UUID) -> SentFile:
    """Return one own file. Raises ``NotFound``."""
    row = visible(actor).filter(pk=file_id).first()
    if row is None:
        raise NotFound()
    return SentFile(row, keyring(row.borrower_id).open_text(row.sealed_name, NAME))


def draft(actor: Actor, row: StatementFile) -> dict[str, Any]:
    """Return what was read in an own file, with corrections (see ``statement_draft``)."""
    if row.borrower_id != actor.person_id or row.sealed_reading is None:
        raise NotFound()
    return keyring(row.borrower_id).open_json(row.sealed_reading, READING)


def content(row: StatementFile) -> bytes:
    """Return the bytes as they were sent. Raises ``NotFound`` when they are kept no longer."""
    if not row.file:
        raise NotFound()
    return sealed.load(row.borrower_id, FOLDER, row.file)


def name_of(row: StatementFile) -> str:
    """Return the file's name, for its reader."""
    return keyring(row.borrower_id).open_text(row.sealed_name, NAME)


def mappings(borrower_id: UUID) -> list[dict[str, Any]]:
    """Return what this borrower said of the columns of earlier files, the newest first."""
    rows = RememberedColumns.objects.filter(borrower_id=borrower_id).order_by("-said_at")
    ring = keyring(borrower_id)
    return [ring.open_json(row.sealed_mapping, COLUMNS) for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the wallet knows already of a draft's statement: in it, and whether a bank's feed tells of the card."""

    is_there: bool
    by_feed: bool


def standing(actor: Actor, statement: Mapping[str, Any]) -> Standing:
    """Return what is known of the statement's card and month."""
    slug, last4 = slug_of(str(statement["issuer"]["value"] or "")), str(statement["last4"]["value"] or "")
    same = Card.objects.filter(borrower_id=actor.person_id, bank__slug=slug, last4=last4)
    own = KeptStatement.objects.filter(
        card__in=same.filter(link__isnull=True), date=_day_or_none(statement["statement_on"]["value"])
    )
    return Standing(own.exists(), same.filter(link__isnull=False, listed=True).exists())


def to_read() -> QuerySet[StatementFile]:
    """Return the files that the worker has to read."""
    return StatementFile.objects.filter(state=FileState.WAITING)


def to_drop() -> QuerySet[StatementFile]:
    """Return the files whose days are over and whose bytes or drafts are still kept."""
    kept = ~Q(file="") | Q(sealed_reading__isnull=False)
    return StatementFile.objects.filter(kept, keep_until__lt=clock.today())


def _day_or_none(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None
