"""What borrowers bring themselves: read their statement files, drop those that are kept no longer, count cards on."""

from __future__ import annotations

import logging

from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import Refusal
from heyue.faces.worker.each import each
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
    done = 0
    for card in to_recount()[:CARDS_AT_ONCE]:
        try:
            perform(PLATFORM, count_on, card_id=card.pk)
            done += 1
        except Refusal as refused:
            log.warning("card %s cannot be counted on: %s", card.pk, refused.code)
    return done
