"""What borrowers bring themselves: read their statement files, drop those that are kept no longer, count cards on."""

from __future__ import annotations

import logging
from datetime import date
from uuid import UUID

from heyue import clock
from heyue.engine.moves import PLATFORM
from heyue.faces.worker.each import each, where
from heyue.journey import perform
from heyue.vault import files
from heyue.wallet import statement_reads as statements
from heyue.wallet.models import StatementFile
from heyue.wallet.own_cards import count_on
from heyue.wallet.reads import to_recount
from heyue.wallet.statement_acts import expire, record_reading
from heyue.wallet.statement_reading import read
from heyue.work import renew

log = logging.getLogger("heyue.worker")

CARDS_AT_ONCE = 50
_amiss: dict[UUID, date] = {}
"""Cards that could not be counted on, each with the day: they are tried again the day after, behind no other."""


def read_statements() -> int:
    """Read one file at a time, in a process of its own; its lease is renewed while the reading lasts."""
    return each(statements.to_read(), _read, limit=1)


def _read(row: StatementFile) -> None:
    content = statements.content(row)
    draft = read(content, statements.name_of(row), statements.mappings(row.borrower_id), lambda: _go_on(row))
    perform(PLATFORM, record_reading, file_id=row.pk, draft=draft)


def _go_on(row: StatementFile) -> None:
    renew(row)


def drop_statements() -> int:
    """Delete what is kept no longer: the row first, then the bytes, so that no row points to nothing for long."""
    return each(statements.to_drop(), _drop)


def _drop(row: StatementFile) -> None:
    name = perform(PLATFORM, expire, file_id=row.pk)
    if name:
        files.discard(name)


def count_cards_on() -> int:
    """Count own cards on to the business day; one that cannot be counted stops no other."""
    done, today = 0, clock.today()
    amiss = [card_id for card_id, day in _amiss.items() if day == today]
    for card in to_recount().exclude(pk__in=amiss)[:CARDS_AT_ONCE]:
        try:
            perform(PLATFORM, count_on, card_id=card.pk)
            done += 1
        except Exception as error:
            _amiss[card.pk] = today
            log.warning("card %s cannot be counted on: %s", card.pk, where(error))
    return done
