"""What the two kinds of portfolio share: values with defaults, answers of both paths in order, tables of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from heyue.engine.bad_input import BadInput
from heyue.faces.cli.portfolio_columns import Mask, Values, Whole, fen_column


class Answered(NamedTuple):
    """Results, totals and bad rows of one part, and how many accounts were answered."""

    rows: pa.Table
    totals: pa.Table
    set_aside: pa.Table
    answered: int


class Shape(NamedTuple):
    """The columns of results and of totals after the account's name, each with what makes it from whole numbers."""

    rows: Mapping[str, Callable[[Whole], pa.Array]]
    totals: Mapping[str, Callable[[Whole], pa.Array]]

    def schemas(self, name: pa.DataType) -> tuple[pa.Schema, pa.Schema, pa.Schema]:
        """The schemas of results, totals and bad rows; ``name``: the type of the account's name."""
        made = Everyone(pa.array([], name), np.zeros(0, dtype=np.bool_), self).tables()
        return made.rows.schema, made.totals.schema, made.set_aside.schema


class Given:
    """Columns of accounts, with the defaults of what was not given."""

    def __init__(self, values: dict[str, Values], count: int) -> None:
        self._values = values
        self._nothing = np.zeros(count, dtype=np.int64)

    def has(self, name: str) -> Mask:
        """Where the column was given."""
        return self._values[name].given if name in self._values else self._nothing > 0

    def numbers(self, name: str, default: int = 0) -> Whole:
        """The column, with a default where nothing was given."""
        if name not in self._values:
            return self._nothing + default
        return np.where(self._values[name].given, self._values[name].numbers, default)

    def within(self, bounds: Mapping[str, tuple[int, int]], required: Sequence[str]) -> Mask:
        """Where every column is sound and within its bounds, or rightly absent."""
        found = self._nothing == 0
        for name, (low, high) in bounds.items():
            if name in self._values:
                numbers, given, sound = self._values[name]
                found &= np.where(given, sound & (numbers >= low) & (numbers <= high), name not in required)
            elif name in required:
                found &= False
        return found


class Everyone:
    """Answers of the loops and of the single path in the order of the accounts.

    ``asked``: which accounts the loops were given; then ``took`` says what they answered, and ``add`` or ``refuse``
    is called for each of ``left_over`` in order.
    """

    def __init__(self, ids: pa.Array, asked: Mask, shape: Shape) -> None:
        self._ids, self._shape = ids, shape
        self._asked = np.flatnonzero(asked)
        self._answered = np.zeros(len(ids), dtype=np.bool_)
        self._counts = np.zeros(len(ids), dtype=np.int64)
        self._totals = np.zeros((len(ids), len(shape.totals)), dtype=np.int64)
        self._rows = np.zeros((0, len(shape.rows)), dtype=np.int64)
        self._pieces: list[Whole] = []
        self._bad: list[tuple[Any, str, str]] = []
        self._done = 0
        self._from = np.zeros(len(ids) + 1, dtype=np.int64)

    def took(self, starts: Whole, rows: Whole, totals: Whole, set_aside: Mask) -> None:
        """What the loops found, in the order of those asked; what they set aside is left over too."""
        self._counts[self._asked] = np.diff(starts)
        self._totals[self._asked], self._rows = totals, rows
        self._answered[self._asked[~set_aside]] = True
        self._from = np.concatenate([[0], np.cumsum(self._counts)])

    def left_over(self) -> list[int]:
        """Accounts that the loops did not answer."""
        left: list[int] = np.flatnonzero(~self._answered).tolist()
        return left

    def add(self, one: int, rows: Sequence[Sequence[int]], totals: Sequence[int]) -> None:
        """An account's answer by the single path."""
        alone = np.array(rows, dtype=np.int64).reshape(-1, len(self._shape.rows))
        self._pieces += [self._rows[self._done : self._from[one]], alone]
        self._done = self._from[one + 1]
        self._counts[one], self._totals[one], self._answered[one] = len(alone), totals, True

    def refuse(self, one: int, refused: BadInput) -> None:
        """An account without an answer."""
        self.add(one, [], [0] * len(self._shape.totals))
        self._answered[one] = False
        name = self._ids[one].as_py()
        self._bad += [(name, pointer, reason) for pointer, reason in refused.errors]

    def tables(self, strays: Sequence[tuple[Any, str, str]] = ()) -> Answered:
        """Everything as tables; ``strays``: further bad rows."""
        rows = np.concatenate([*self._pieces, self._rows[self._done :]])
        totals = self._totals[self._answered]
        owners = pa.array(np.repeat(np.arange(len(self._ids)), self._counts))
        kept = pa.array(self._answered)
        return Answered(
            _table(self._ids.take(owners), self._shape.rows, rows),
            _table(self._ids.filter(kept), self._shape.totals, totals),
            _bad_rows(sorted([*self._bad, *strays], key=lambda row: row[0]), self._ids.type),
            len(totals),
        )


def count_column(numbers: Whole) -> pa.Array:
    """Whole numbers as they are."""
    return pa.array(numbers)


def fen_columns(names: Sequence[str]) -> dict[str, Callable[[Whole], pa.Array]]:
    """Columns of sums."""
    return dict.fromkeys(names, fen_column)


def _table(ids: pa.Array, shape: Mapping[str, Callable[[Whole], pa.Array]], numbers: Whole) -> pa.Table:
    return pa.table({"account": ids, **{name: make(numbers[:, at]) for at, (name, make) in enumerate(shape.items())}})


def _bad_rows(rows: Sequence[tuple[Any, str, str]], name: pa.DataType) -> pa.Table:
    accounts, pointers, reasons = zip(*rows, strict=True) if rows else ((), (), ())
    schema = pa.schema([("account", name), ("pointer", pa.string()), ("reason", pa.string())])
    return pa.table([list(accounts), list(pointers), list(reasons)], schema=schema)
