"""Interest of many accounts over columns, for a bank's nightly run: what ``heyue interest`` answers, but the lines.

Memory is that of the columns, so a long table is handed over in parts. Accounts whose figures would not fit into
64 bits are set aside; the single-account path still answers them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine import portfolio_account as account
from heyue.engine.interest_request import Request, Terms

Whole = NDArray[np.int64]
KINDS = ("purchase", "cash_advance", "interest", "fee", "payment", "refund")
STATEMENT_COLUMNS = ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")
TOTAL_COLUMNS = ("interest_total", "late_fee_total", "balance", "accrued")
OPENING_COLUMNS = ("date", "purchase", "cash_advance", "interest", "fee", "credit", "overdue_since")
_LOTS_BESIDE_EVENTS = 16
_LOTS_PER_STATEMENT = 3


@dataclass(frozen=True)
class AccountColumns:
    """Accounts in rows: days are ordinals (0: none), sums fen; events of account a are ``starts[a]:starts[a + 1]``.

    ``events`` has day, kind (its place in ``KINDS``) and amount, by day and then as posted; ``terms`` as
    ``terms_row`` writes them; ``openings`` as ``OPENING_COLUMNS``.
    """

    terms: Whole
    openings: Whole
    untils: Whole
    starts: Whole
    events: Whole

    def __len__(self) -> int:
        return len(self.untils)


@dataclass(frozen=True)
class PortfolioAnswer:
    """Statements of account a are ``starts[a]:starts[a + 1]``; ``set_aside`` marks accounts without an answer."""

    starts: Whole
    statements: Whole
    totals: Whole
    set_aside: NDArray[np.bool_]


def interest_columns(asked: AccountColumns) -> PortfolioAnswer:
    """Answer every account."""
    counts = np.zeros(len(asked), dtype=np.int64)
    account.count_statements(asked.terms, asked.openings, asked.untils, asked.starts, asked.events, counts)
    starts = np.zeros(len(asked) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    most_events = int(np.diff(asked.starts).max(initial=0))
    lots_max = _LOTS_BESIDE_EVENTS + most_events + _LOTS_PER_STATEMENT * int(counts.max(initial=0))
    statements = np.zeros((int(starts[-1]), len(STATEMENT_COLUMNS)), dtype=np.int64)
    totals = np.zeros((len(asked), len(TOTAL_COLUMNS)), dtype=np.int64)
    set_aside = np.zeros(len(asked), dtype=np.bool_)
    account.live_all(
        asked.terms, asked.openings, asked.untils, asked.starts, asked.events, starts, lots_max,
        statements, totals, set_aside,
    )  # fmt: skip
    return PortfolioAnswer(starts, statements, totals, set_aside)


def columns_of(requests: Sequence[Request]) -> AccountColumns:
    """The columns of requests that were read; terms that change on a date have no columns (ValueError)."""
    if any(request.changes for request in requests):
        raise ValueError("terms that change on a date are for the single-account path")
    starts = np.zeros(len(requests) + 1, dtype=np.int64)
    np.cumsum([len(request.events) for request in requests], out=starts[1:])
    events = [
        (event.on.toordinal(), KINDS.index(event.kind), event.amount_fen)
        for request in requests
        for event in request.events
    ]
    return AccountColumns(
        terms=np.array([terms_row(request.terms) for request in requests], dtype=np.int64),
        openings=np.array([_opening_row(request) for request in requests], dtype=np.int64),
        untils=np.array([request.until.toordinal() for request in requests], dtype=np.int64),
        starts=starts,
        events=np.array(events, dtype=np.int64).reshape(-1, 3),
    )


def terms_row(terms: Terms) -> list[int]:
    """A card's terms as whole numbers, in the order that the loops read."""
    cycle = terms.cycle
    return [
        *_ratio(terms.daily_rate), terms.method == "partial", cycle.statement_day, cycle.due_day or 0,
        cycle.due_after_days or 0, cycle.grace_days, terms.tolerance_fen, *_ratio(terms.minimum_ratio),
        *_ratio(terms.late_fee_ratio), terms.late_fee_minimum_fen, terms.count_payment_day, terms.compound,
    ]  # fmt: skip


def _ratio(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator


def _opening_row(request: Request) -> list[Any]:
    opening = request.opening
    if opening is None:
        return [0] * len(OPENING_COLUMNS)
    since = opening.overdue_since.toordinal() if opening.overdue_since else 0
    sums = (opening.purchase_fen, opening.cash_advance_fen, opening.interest_fen, opening.fee_fen, opening.credit_fen)
    return [opening.on.toordinal(), *sums, since]
