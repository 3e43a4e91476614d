"""Which statement and which row a thing is, so that the same one from another file is recognised.

Two equal coffees on one day are two rows: equal rows count by their order within the statement.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.result import Row, Statement

DIGITS = 32


def statement_identity(statement: Statement) -> str:
    """The same for the same statement by mail, as a PDF, or sent twice."""
    balances = sorted(
        f"{currency}:{account.fen('new_balance')}"
        for currency, account in statement.accounts.items()
        if account.fen("new_balance")
    )
    day = statement.statement_date.value.isoformat() if statement.statement_date else ""
    rows = [] if day else sorted(_row_words(row) for row in statement.rows)
    tails = sorted(card.value for card in statement.cards)
    return _digest([statement.issuer.value, day, *balances, *tails, *rows])


def row_identities(statement: Statement) -> tuple[Row, ...]:
    """The rows, each with its identity within the issuer's rows."""
    seen: Counter[str] = Counter()
    rows = []
    for row in statement.rows:
        words = _row_words(row)
        seen[words] += 1
        rows.append(replace(row, identity=_digest([statement.issuer.value, words, str(seen[words])])))
    return tuple(rows)


def _row_words(row: Row) -> str:
    tail = row.tail.value if row.tail else ""
    return f"{row.post_date.value}|{tail}|{row.currency}|{row.amount.value}|{squeezed(row.description.value)[:12]}"


def _digest(words: list[str]) -> str:
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:DIGITS]
