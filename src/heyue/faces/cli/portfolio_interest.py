"""Interest of one part of a portfolio, tables in and out: the loops answer what they may, the single path the rest."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from heyue.engine.bad_input import AMOUNT_FEN_MAX, DATE_FIRST, DATE_LAST, RATE_UNIT, BadInput
from heyue.engine.billing_cycle import Cycle
from heyue.engine.card_account import Account
from heyue.engine.interest_request import DAILY_RATE_MAX, EVENTS_MAX, METHODS, read_request
from heyue.engine.interest_request import KINDS as EVENT_KINDS
from heyue.engine.money import fen
from heyue.engine.portfolio import (
    KINDS,
    OPENING_COLUMNS,
    STATEMENT_COLUMNS,
    TOTAL_COLUMNS,
    AccountColumns,
    interest_columns,
)
from heyue.faces.cli import portfolio_columns as columns
from heyue.faces.cli.portfolio_answer import Answered, Everyone, Given, Shape, fen_columns
from heyue.faces.cli.portfolio_columns import DAY, FLAG, NAME, NUMBER, RATIO, Column, Mask, Values, Whole, money

ACCOUNTS = (
    Column("account", NAME, required=True),
    Column("daily_rate", RATIO, "terms.daily_rate", required=True),
    Column("method", columns.word(METHODS), "terms.method", required=True),
    Column("statement_day", NUMBER, "terms.statement_day", required=True),
    Column("due_day", NUMBER, "terms.due_day"),
    Column("due_after_days", NUMBER, "terms.due_after_days"),
    Column("grace_days", NUMBER, "terms.grace_days"),
    *money("tolerance", "terms.tolerance"),
    Column("minimum_ratio", RATIO, "terms.minimum_ratio"),
    Column("late_fee_ratio", RATIO, "terms.late_fee_ratio"),
    *money("late_fee_minimum", "terms.late_fee_minimum"),
    Column("count_payment_day", FLAG, "terms.count_payment_day"),
    Column("compound", FLAG, "terms.compound"),
    Column("opening_date", DAY, "opening.date"),
    *(column for name in OPENING_COLUMNS[1:6] for column in money(f"opening_{name}", f"opening.{name}")),
    Column("opening_overdue_since", DAY, "opening.overdue_since"),
    Column("until", DAY, "until", required=True),
)
EVENTS = (
    Column("account", NAME, required=True),
    Column("date", DAY, "date", required=True),
    Column("kind", columns.word(KINDS), "kind", required=True),
    *money("amount", required=True),
)
SHAPE = Shape(
    {"date": columns.day_column, "due_date": columns.day_column, **fen_columns(STATEMENT_COLUMNS[2:])},
    fen_columns(TOTAL_COLUMNS),
)
STRAY = "流水里有这个账户，账户表里没有"


class Part(NamedTuple):
    """Some accounts in order, their events in the same order, how many each has, and names of events of no account."""

    accounts: pa.RecordBatch
    events: pa.RecordBatch
    counts: Whole
    strays: list[Any]


def answer(part: Part) -> Answered:
    """Answer one part."""
    of_accounts = columns.known_in(part.accounts.schema, ACCOUNTS)
    of_events = columns.known_in(part.events.schema, EVENTS)
    given = Given(columns.read(part.accounts, of_accounts), len(part.counts))
    events, sound_events = _events(columns.read(part.events, of_events), given.numbers("opening.date"), part.counts)
    sound = _sound(given) & (part.counts <= EVENTS_MAX)
    sound[np.repeat(np.arange(len(sound)), part.counts)[~sound_events]] = False
    found = interest_columns(_asked(given, sound, part.counts, events))
    every = Everyone(part.accounts.column("account"), sound, SHAPE)
    every.took(found.starts, found.statements, found.totals, found.set_aside)
    starts = np.concatenate([[0], np.cumsum(part.counts)])
    for one in every.left_over():
        asked = columns.as_json(part.accounts, of_accounts, one)
        asked["events"] = [columns.as_json(part.events, of_events, row) for row in range(starts[one], starts[one + 1])]
        try:
            every.add(one, *_alone(asked))
        except BadInput as refused:
            every.refuse(one, refused)
    return every.tables([(stray, "", STRAY) for stray in part.strays])


def _alone(asked: dict[str, Any]) -> tuple[Sequence[Sequence[int]], list[int]]:
    """One account by the single path: its statements and totals; raises BadInput with every bad field."""
    running = Account(read_request(asked))
    running.run()
    rows = [
        (
            one.on.toordinal(), one.due_on.toordinal(), one.balance_fen, one.minimum_fen, one.interest_fen,
            one.late_fee_fen,
        )
        for one in running.statements
    ]  # fmt: skip
    totals = running.answer()
    return rows, [fen(totals[name]) for name in TOTAL_COLUMNS]


# ── what the loops may take ──────────────────────────────────────────────────────────────────────────────────


def _sound(given: Given) -> Mask:
    """Where an account is one that the loops may take; the single path judges the others."""
    opened = np.any([given.has(f"opening.{name}") for name in OPENING_COLUMNS], axis=0)
    dated = given.numbers("opening.date")
    sound = given.within(_BOUNDS, _REQUIRED) & _judged_in_time(given) & (~opened | given.has("opening.date"))
    found: Mask = sound & (given.numbers("until") >= dated) & (given.numbers("opening.overdue_since") <= dated)
    return found


def _judged_in_time(given: Given) -> Mask:
    days = [given.numbers(f"terms.{name}") for name in ("statement_day", "due_day", "due_after_days", "grace_days")]
    key = np.ravel_multi_index(tuple(np.clip(days, 0, 31)), (32,) * 4)
    kinds, which = np.unique(key, return_inverse=True)
    in_time = [_is_judged_in_time(*(int(day) for day in np.unravel_index(kind, (32,) * 4))) for kind in kinds]
    found: Mask = np.array(in_time, dtype=np.bool_)[which]
    return found


@lru_cache(maxsize=100_000)
def _is_judged_in_time(statement_day: int, due_day: int, due_after_days: int, grace_days: int) -> bool:
    """Whether exactly one due field is given and its judgement never comes after the next statement."""
    if not statement_day or bool(due_day) == bool(due_after_days):
        return False
    return Cycle(statement_day, due_day or None, due_after_days, grace_days).is_judged_in_time()


_DAYS = (DATE_FIRST.toordinal(), DATE_LAST.toordinal())
_SUMS = (0, AMOUNT_FEN_MAX)
_BOUNDS = {
    "terms.daily_rate": (0, int(DAILY_RATE_MAX * RATE_UNIT)), "terms.method": (0, len(METHODS) - 1),
    "terms.statement_day": (1, 31), "terms.due_day": (1, 31), "terms.due_after_days": (1, 31),
    "terms.grace_days": (0, 30), "terms.tolerance": _SUMS, "terms.minimum_ratio": (0, RATE_UNIT),
    "terms.late_fee_ratio": (0, RATE_UNIT), "terms.late_fee_minimum": _SUMS, "until": _DAYS,
    "opening.date": _DAYS, "opening.overdue_since": _DAYS,
    **{f"opening.{name}": _SUMS for name in OPENING_COLUMNS[1:6]},
}  # fmt: skip
_REQUIRED = ("terms.daily_rate", "terms.method", "terms.statement_day", "until")
_EVENT_KINDS = [KINDS.index(kind) for kind in EVENT_KINDS]
_ONE_TENTH = RATE_UNIT // 10


def _events(values: dict[str, Values], opened: Whole, counts: Whole) -> tuple[Whole, Mask]:
    """Events as rows of day, kind, amount, and which of them the loops may take."""
    day, kind, amount = (values[name] for name in ("date", "kind", "amount"))
    sound = day.given & kind.sound & np.isin(kind.numbers, _EVENT_KINDS) & amount.given & amount.sound
    sound &= (day.numbers >= np.maximum(np.repeat(opened, counts), _DAYS[0])) & (day.numbers <= _DAYS[1])
    sound &= (amount.numbers >= 1) & (amount.numbers <= AMOUNT_FEN_MAX)
    rows = np.stack([day.numbers, kind.numbers, amount.numbers], axis=1)
    owners = np.repeat(np.arange(len(counts)), counts)
    if ((np.diff(rows[:, 0]) < 0) & (np.diff(owners) == 0)).any():
        order = np.lexsort((rows[:, 0], owners))
        rows, sound = rows[order], sound[order]
    return rows, sound


def _asked(given: Given, sound: Mask, counts: Whole, events: Whole) -> AccountColumns:
    """The columns of sound accounts."""
    names = ("statement_day", "due_day", "due_after_days", "grace_days", "tolerance")
    terms = [
        *_ratio(given.numbers("terms.daily_rate")), given.numbers("terms.method") == METHODS.index("partial"),
        *(given.numbers(f"terms.{name}") for name in names),
        *_ratio(given.numbers("terms.minimum_ratio", _ONE_TENTH)), *_ratio(given.numbers("terms.late_fee_ratio")),
        given.numbers("terms.late_fee_minimum"), given.numbers("terms.count_payment_day"),
        given.numbers("terms.compound", 1),
    ]  # fmt: skip
    openings = [given.numbers(f"opening.{name}") for name in OPENING_COLUMNS]
    return AccountColumns(
        terms=np.stack(terms, axis=1)[sound],
        openings=np.stack(openings, axis=1)[sound],
        untils=given.numbers("until")[sound],
        starts=np.concatenate([[0], np.cumsum(counts[sound])]),
        events=events if sound.all() else events[np.repeat(sound, counts)],
    )


def _ratio(units: Whole) -> tuple[Whole, Whole]:
    """A ratio in 10**-12 as a reduced fraction, so that more products fit into 64 bits."""
    common = np.gcd(units, RATE_UNIT)
    return units // common, RATE_UNIT // common
