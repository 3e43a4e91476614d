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
from heyue.engine.bad_input import DATE_FIRST, DATE_LAST
from heyue.engine.interest_request import Request, Terms

Whole = NDArray[np.int64]
KINDS = ("purchase", "cash_advance", "interest", "fee", "payment", "refund")
STATEMENT_COLUMNS = ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")
TOTAL_COLUMNS = ("interest_total", "late_fee_total", "balance", "accrued")
OPENING_COLUMNS = ("date", "purchase", "cash_advance", "interest", "fee", "credit", "overdue_since")


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
    cut_months, counts = _statement_months(asked)
    starts = np.zeros(len(asked) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    most_events, most_statements = int(np.diff(asked.starts).max(initial=0)), int(counts.max(initial=0))
    # Principal lots: two of the opening, one an event, one that a statement paid in full leaves; charges alike.
    charges = account.LOTS + account.LOT * (2 + most_events + most_statements)
    book = np.zeros(charges + account.CHARGE * (2 + most_events + 2 * most_statements), dtype=np.int64)
    statements = np.zeros((int(starts[-1]), len(STATEMENT_COLUMNS)), dtype=np.int64)
    totals = np.zeros((len(asked), len(TOTAL_COLUMNS)), dtype=np.int64)
    set_aside = np.zeros(len(asked), dtype=np.bool_)
    account.live_all(
        asked.terms, asked.openings, asked.untils, asked.starts, asked.events, cut_months, starts,
        book, charges, statements, totals, set_aside,
    )  # fmt: skip
    return PortfolioAnswer(starts, statements, totals, set_aside)


def _statement_months(asked: AccountColumns) -> tuple[Whole, Whole]:
    """The month of each account's first statement (−1: neither event nor opening), and how many it will have."""
    has_events = np.diff(asked.starts) > 0
    starts_on = np.array(asked.openings[:, 0])
    begun_by_event = has_events & (starts_on == 0)
    starts_on[begun_by_event] = asked.events[asked.starts[:-1][begun_by_event], 0]
    begun = starts_on > 0
    days = np.concatenate([starts_on[begun], asked.untils])
    if ((days < DATE_FIRST.toordinal()) | (days > DATE_LAST.toordinal())).any():
        raise ValueError(f"a day before {DATE_FIRST} or after {DATE_LAST}")
    statement_days = asked.terms[:, account.STATEMENT_DAY - account.TERMS]
    first, last = _month_of(starts_on), _month_of(asked.untils)
    first += _day_of(first, statement_days) < starts_on
    last -= _day_of(last, statement_days) > asked.untils
    return np.where(begun, first, -1), np.where(begun, np.maximum(last - first + 1, 0), 0)


def _month_of(days: Whole) -> Whole:
    return np.maximum(np.searchsorted(account.MONTH_STARTS, days, side="right") - 1, 0)


def _day_of(months: Whole, wanted: Whole) -> Whole:
    found: Whole = np.minimum(account.MONTH_STARTS[months] + wanted, account.MONTH_STARTS[months + 1]) - 1
    return found


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
