"""Schedules of one part of a portfolio, tables in and out: the loops lay out what they may, the single path others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from heyue.engine.bad_input import AMOUNT_FEN_MAX, DATE_FIRST, DATE_LAST, RATE_UNIT, BadInput
from heyue.engine.portfolio_account import MONTH_STARTS
from heyue.engine.schedule import FINANCED_FEN_MIN_PER_PERIOD, METHODS, PERIODS_MAX
from heyue.engine.schedule import rows as rows_of
from heyue.engine.schedule_columns import ScheduleColumns, schedule_columns
from heyue.faces.cli import portfolio_columns as columns
from heyue.faces.cli.portfolio_answer import Answered, Everyone, Given, Shape, count_column, fen_columns
from heyue.faces.cli.portfolio_columns import DAY, NAME, NUMBER, RATIO, Column, Mask, Whole, money

TERMS = (
    Column("account", NAME, required=True),
    *money("principal", required=True),
    *money("down_payment"),
    Column("periods", NUMBER, "periods", required=True),
    Column("method", columns.word(METHODS), "method", required=True),
    Column("monthly_rate", RATIO, "monthly_rate"),
    Column("annual_rate", RATIO, "annual_rate"),
    Column("first_due", DAY, "first_due", required=True),
    Column("due_day", NUMBER, "due_day", required=True),
)
_FREE = METHODS.index("interest_free")
SHAPE = Shape(
    {"period": count_column, "due": columns.day_column, **fen_columns(("payment", "principal", "interest", "balance"))},
    fen_columns(("total_payment", "total_interest")),
)
_BOUNDS = {
    "principal": (1, AMOUNT_FEN_MAX), "down_payment": (0, AMOUNT_FEN_MAX), "periods": (1, PERIODS_MAX),
    "method": (0, len(METHODS) - 1), "monthly_rate": (0, RATE_UNIT), "annual_rate": (0, RATE_UNIT),
    "first_due": (DATE_FIRST.toordinal(), DATE_LAST.toordinal()), "due_day": (1, 31),
}  # fmt: skip
_REQUIRED = ("principal", "periods", "method", "first_due", "due_day")


def answer(terms: pa.RecordBatch) -> Answered:
    """Answer one part."""
    of_terms = columns.known_in(terms.schema, TERMS)
    given = Given(columns.read(terms, of_terms), len(terms))
    sound = _sound(given)
    found = schedule_columns(_asked(given, sound))
    every = Everyone(terms.column("account"), sound, SHAPE)
    payment = found.principal_fen + found.interest_fen
    periods = np.diff(found.starts)
    owners = np.repeat(np.arange(len(periods)), periods)
    period = np.arange(len(owners)) - found.starts[owners] + 1
    due = _due(given.numbers("first_due")[sound][owners], given.numbers("due_day")[sound][owners], period)
    rows = np.stack([period, due, payment, found.principal_fen, found.interest_fen, found.balance_fen], axis=1)
    # Every account has a row, so no two of them start at one place, as reduceat asks for.
    totals = np.add.reduceat(rows[:, [2, 4]], found.starts[:-1]) if len(periods) else np.zeros((0, 2), dtype=np.int64)
    every.took(found.starts, rows, totals, found.refused)
    for one in every.left_over():
        try:
            every.add(one, *_alone(columns.as_json(terms, of_terms, one)))
        except BadInput as refused:
            every.refuse(one, refused)
    return every.tables()


def _alone(asked: dict[str, Any]) -> tuple[Sequence[Sequence[int]], list[int]]:
    """One schedule by the single path: its rows and totals; raises BadInput with every bad field."""
    laid = [
        (row.period, row.due_on.toordinal(), row.payment_fen, row.principal_fen, row.interest_fen, row.balance_fen)
        for row in rows_of(asked)
    ]
    return laid, [sum(row[2] for row in laid), sum(row[4] for row in laid)]


def _sound(given: Given) -> Mask:
    """Where terms are such that the loops may take them; the single path judges the others."""
    free = given.numbers("method") == _FREE
    rates = given.has("monthly_rate").astype(np.int64) + given.has("annual_rate")
    financed = given.numbers("principal") - given.numbers("down_payment")
    enough = financed >= FINANCED_FEN_MIN_PER_PERIOD * given.numbers("periods")
    found: Mask = given.within(_BOUNDS, _REQUIRED) & (rates == np.where(free, 0, 1)) & enough
    return found


def _asked(given: Given, sound: Mask) -> ScheduleColumns:
    annual = given.has("annual_rate")
    return ScheduleColumns(
        financed_fen=(given.numbers("principal") - given.numbers("down_payment"))[sound],
        periods=given.numbers("periods")[sound],
        method=given.numbers("method")[sound],
        rate=np.where(annual, given.numbers("annual_rate"), given.numbers("monthly_rate"))[sound],
        annual=annual[sound],
    )


def _due(first: Whole, due_day: Whole, period: Whole) -> Whole:
    """Row 1 is due on its day, row k in the (k−1)th month after it."""
    month = np.searchsorted(MONTH_STARTS, first, side="right") - 1 + period - 1
    later: Whole = np.minimum(MONTH_STARTS[month] + due_day, MONTH_STARTS[month + 1]) - 1
    return np.where(period == 1, first, later)
