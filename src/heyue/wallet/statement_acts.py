"""Verbs of statement files: send one in, record what was read, mend it, put it into the wallet or throw it away.

Until it is put in, a file is a draft that touches no card; putting in is one transaction.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.policy.load import rule
from heyue.vault import files, hold, keyed_hash, keyring
from heyue.wallet import statement_draft as drafts
from heyue.wallet.models import COLUMNS, FOLDER, NAME, READING, Card, RememberedColumns, StatementFile
from heyue.wallet.states import DRAFTS, FileEvent, FileState
from heyue.wallet.taking import put_in

BYTES_MAX = 20 * 1024 * 1024
NAME_CHARS_MAX = 80
FILES_MAX = 60
FILES_AT_ONCE_MAX = 12
KEEP_DAYS = "STATEMENT-FILE-DAYS"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies sealed in the store; ``mark`` recognises the same bytes."""

    name: str
    file: str
    mark: str
    size_bytes: int


def store(borrower_id: UUID, name: str, content: bytes) -> StoredFile:
    """Seal one file as it came, before anything is judged of it. Raises ``Refusal`` on the field ``file``."""
    if not content:
        raise Refusal("statement-empty", words("这个文件是空的，换一个试试"), field="file", status=422)
    if len(content) > BYTES_MAX:
        raise Refusal("statement-too-large", words("文件超过 20 MB，分开传，或者拍小一点"), field="file", status=422)
    mark = keyed_hash(hashlib.sha256(content).hexdigest(), "statement-file")
    return StoredFile(_plain_name(name), files.store(borrower_id, FOLDER, content), mark, len(content))


@verb
def send_in(stored: StoredFile) -> UUID:
    """Take a file in as a draft; its id. Raises ``Refusal("statement-there")`` for the same bytes again."""
    borrower_id = _borrower()
    hold(borrower_id)  # two taps at once send one
    standing = StatementFile.objects.filter(borrower_id=borrower_id).exclude(state=FileState.THROWN_AWAY)
    twin = standing.filter(mark=stored.mark).first()
    if twin is not None:
        said = (
            words("这个文件已经放进钱包了，不用再传")
            if twin.state == FileState.TAKEN
            else words("这个文件刚才传过了，在下面")
        )
        raise Refusal("statement-there", said, field="file", status=422)
    if standing.filter(state__in=[s.value for s in DRAFTS]).count() >= FILES_MAX:
        raise Refusal("too-many-files", words("没处理的账单太多了，先放进钱包或者扔掉一些"), field="file", status=422)
    row = StatementFile(
        borrower_id=borrower_id,
        sealed_name=keyring(borrower_id).seal(stored.name, NAME),
        mark=stored.mark,
        size_bytes=stored.size_bytes,
        file=stored.file,
        sent_at=clock.now(),
        keep_until=current().today + timedelta(days=int(rule(KEEP_DAYS, current().today).value)),
    )
    begin(row, {"bytes": stored.size_bytes})
    return row.pk


@verb
def record_reading(file_id: UUID, draft: Mapping[str, Any]) -> None:
    """Keep what the reader found: a draft to be looked at, a password or the columns to be asked, or a problem."""
    row = StatementFile.objects.select_for_update().get(pk=file_id)
    _let_others_come_first(row)
    if row.state != FileState.WAITING:
        return  # thrown away meanwhile
    outcome = str(draft["outcome"])
    if draft.get("statements") and outcome != "wallet":
        _keep(row, draft)
        move(row, FileEvent.READ, {"outcome": outcome, "statements": len(draft["statements"])})
    elif outcome in ("needs-password", "wrong-password"):
        move(row, FileEvent.PASSWORD_ASKED)
    elif outcome == "unknown-layout" and draft["tables"]:
        _keep(row, draft)
        move(row, FileEvent.COLUMNS_ASKED)
    else:
        row.problem = outcome[:40]
        row.save(update_fields=["problem"])
        move(row, FileEvent.NOT_READABLE, {"outcome": outcome})


@verb
def unlock(file_id: UUID, stored: StoredFile) -> None:
    """Put the opened file in place of the locked one and let it be read; the password was used and is gone."""
    row = _own(file_id)
    move(row, FileEvent.UNLOCKED)
    row.file = stored.file
    _again(row, "file")


@verb
def say_columns(file_id: UUID, draft: Mapping[str, Any], mapping: Mapping[str, Any], fingerprint: str) -> None:
    """Keep what the columns are, for this file and for this borrower's next one of the same shape."""
    row = _own(file_id)
    _keep(row, draft)
    RememberedColumns.objects.update_or_create(
        borrower_id=row.borrower_id,
        shape=keyed_hash(fingerprint, COLUMNS),
        defaults={
            "sealed_mapping": keyring(row.borrower_id).seal_json(mapping, COLUMNS),
            "said_at": clock.now(),
        },
    )
    move(row, FileEvent.COLUMNS_SAID)


@verb
def correct(file_id: UUID, position: int, values: Mapping[str, Any]) -> None:
    """Put typed values in place of read ones in one statement of the draft."""
    row = _own(file_id)
    draft, statement = _statement(row, position)
    changed = drafts.corrected(statement, values)
    if changed != statement:
        _replace(row, draft, position, changed, {"fields": sorted(values)})


@verb
def correct_row(file_id: UUID, position: int, line: int, values: Mapping[str, Any] | None) -> None:
    """Mend one line of a statement of the draft, or take it out where ``values`` is None."""
    row = _own(file_id)
    draft, statement = _statement(row, position)
    if not 0 <= line < len(statement["rows"]):
        raise NotFound()
    changed = drafts.row_corrected(statement, line, values)
    _replace(row, draft, position, changed, {"line": line, "removed": values is None})


@verb
def take(file_id: UUID, *, looked_at: bool) -> UUID:
    """Put all statements of the file into the wallet, all or none; the id of the (last) card.

    Raises ``Refusal``: ``statement-incomplete``, ``not-looked-at``, and what a figure that cannot stand raises.
    """
    row = _own(file_id)
    draft = _draft(row)
    statements: Sequence[dict[str, Any]] = draft["statements"]
    if any(drafts.missing(one) for one in statements):
        raise Refusal("statement-incomplete", words("还有没填的，补上就能放进钱包。"), status=422)
    if any(drafts.needs_a_look(one) for one in statements) and not looked_at:
        raise Refusal(
            "not-looked-at", words("有拿不准的地方。对过以后打个勾，再放进钱包。"), field="looked_at", status=422
        )
    hold(row.borrower_id)
    for one in sorted(statements, key=lambda s: str(s["statement_on"]["value"])):
        row.card = put_in(row.borrower_id, one)
        row.statement_on = one["statement_on"]["value"]
    if row.card is None:
        raise NotFound()
    row.save(update_fields=["card", "statement_on"])
    move(row, FileEvent.TAKEN, {"statements": len(statements)})
    return row.card.pk


@verb
def throw_away(file_id: UUID) -> str:
    """Drop the draft and all that was read; returns the stored file's name, to be deleted after the commit."""
    row = _own(file_id)
    move(row, FileEvent.THROWN_AWAY)
    return _emptied(row)


@verb
def expire(file_id: UUID) -> str:
    """Drop what is kept no longer: a draft altogether, of a statement in the wallet its bytes. As ``throw_away``."""
    row = StatementFile.objects.select_for_update().get(pk=file_id)
    if row.state in DRAFTS:
        move(row, FileEvent.EXPIRED)
    return _emptied(row)


@verb
def forget_wallet(borrower_id: UUID) -> None:
    """Delete a borrower's wallet: cards with statements and postings, files, and what columns were said to be.

    For the erasure of a person; the bytes go once the erasure stands.
    """
    for name in StatementFile.objects.filter(borrower_id=borrower_id).exclude(file="").values_list("file", flat=True):
        transaction.on_commit(partial(files.discard, name))
    StatementFile.objects.filter(borrower_id=borrower_id).delete()
    RememberedColumns.objects.filter(borrower_id=borrower_id).delete()
    Card.objects.filter(borrower_id=borrower_id).delete()


def _emptied(row: StatementFile) -> str:
    name, row.file, row.sealed_reading = row.file, "", None
    row.save(update_fields=["file", "sealed_reading"])
    return name


def _keep(row: StatementFile, draft: Mapping[str, Any]) -> None:
    row.sealed_reading = keyring(row.borrower_id).seal_json(draft, READING)
    row.save(update_fields=["sealed_reading"])


def _replace(
    row: StatementFile, draft: dict[str, Any], position: int, changed: dict[str, Any], facts: dict[str, object]
) -> None:
    draft["statements"][position] = changed
    _keep(row, draft)
    move(row, FileEvent.CORRECTED, facts)


def _draft(row: StatementFile) -> dict[str, Any]:
    if row.sealed_reading is None:
        raise NotFound()
    return keyring(row.borrower_id).open_json(row.sealed_reading, READING)


def _statement(row: StatementFile, position: int) -> tuple[dict[str, Any], dict[str, Any]]:
    draft = _draft(row)
    if not 0 <= position < len(draft["statements"]):
        raise NotFound()
    return draft, draft["statements"][position]


def _let_others_come_first(row: StatementFile) -> None:
    """Put one's other waiting files behind those of everybody else: sixty of one hold nobody's only one up."""
    now = clock.machine_now()
    waiting = StatementFile.objects.filter(borrower_id=row.borrower_id, state=FileState.WAITING, next_try_at__lt=now)
    waiting.exclude(pk=row.pk).update(next_try_at=now)


def _again(row: StatementFile, *fields: str) -> None:
    row.tries, row.leased_until, row.next_try_at = 0, None, clock.machine_now()
    row.save(update_fields=[*fields, "tries", "leased_until", "next_try_at"])


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if not unicodedata.category(c).startswith("C"))
    return shown.strip()[-NAME_CHARS_MAX:] or words("账单文件")


def _borrower() -> UUID:
    person_id = current().actor.person_id
    if person_id is None:
        raise RuntimeError("a statement belongs to a person")
    return person_id


def _own(file_id: UUID) -> StatementFile:
    row = StatementFile.objects.select_for_update().filter(pk=file_id, borrower_id=_borrower()).first()
    if row is None:
        raise NotFound()
    return row
