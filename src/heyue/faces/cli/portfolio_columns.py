"""Columns of a portfolio's tables: which there are, of what types, and their values as whole numbers.

A table is refused for its columns; a value is never judged here beyond "the loops may take it". A row that they may
not take is written out as the JSON of the single path, so that it is judged there, in the same words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from heyue.engine.bad_input import RATE_PLACES_MAX, BadInput
from heyue.engine.money import yuan

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
EPOCH = date(1970, 1, 1).toordinal()
MONEY_OUT = pa.decimal128(20, 2)
_MONEY_PLACES = 2


class Values(NamedTuple):
    """A column as whole numbers: 0 where nothing was given; ``sound``: whether the loops may take it as it is."""

    numbers: Whole
    given: Mask
    sound: Mask


@dataclass(frozen=True)
class Column:
    """A column of an input table: its name, what it holds, whether it must be there.

    ``json``: the place of its value in the request of the single path.
    """

    name: str
    holds: "Kind"
    json: str = ""
    required: bool = False


@dataclass(frozen=True)
class Kind:
    """What columns may hold: the types in words, which they are, and their values as numbers and as JSON."""

    words: str
    fits: Callable[[pa.DataType], bool]
    numbers: Callable[[pa.Array], Values]
    json: Callable[[Any], Any]


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _scaled(places: int) -> Callable[[pa.Array], Values]:
    """Decimals in units of 10**-places; whole numbers as they are."""

    def numbers(column: pa.Array) -> Values:
        given = _given(column)
        if pa.types.is_integer(column.type):
            return Values(_filled(column), given, np.ones(len(column), dtype=np.bool_))
        scale = column.type.scale
        wide = column.cast(pa.decimal128(38, scale))
        pairs = np.frombuffer(wide.buffers()[1], dtype=np.int64)[2 * wide.offset : 2 * (wide.offset + len(wide))]
        low, high = np.where(given, pairs[::2], 0), np.where(given, pairs[1::2], 0)
        sound = high == low >> 63
        if scale <= places:
            unit = 10 ** (places - scale)
            sound &= np.abs(low) <= 2**62 // unit
            return Values(np.where(sound, low, 0) * unit, given, sound)
        unit = 10 ** min(scale - places, 18)
        sound &= (low % unit == 0) & (scale - places <= 18)
        return Values(np.where(sound, low, 0) // unit, given, sound)

    return numbers


def _plain(column: pa.Array) -> Values:
    """Whole numbers, true and false."""
    return Values(_filled(column), _given(column), np.ones(len(column), dtype=np.bool_))


def _days(column: pa.Array) -> Values:
    """Dates as ordinals."""
    given = _given(column)
    return Values(
        np.where(given, _filled(column.cast(pa.int32())) + EPOCH, 0), given, np.ones(len(column), dtype=np.bool_)
    )


def words(options: Sequence[str]) -> Callable[[pa.Array], Values]:
    """Words as their places among options."""
    known = pa.array(options, pa.string())

    def numbers(column: pa.Array) -> Values:
        found = pc.index_in(as_text(column), value_set=known)
        return Values(_filled(found), _given(column), _given(found))

    return numbers


def as_text(column: pa.Array) -> pa.Array:
    """A column of words without its dictionary."""
    return column.cast(pa.string()) if column.type != pa.string() else column


def _given(column: pa.Array) -> Mask:
    if not column.null_count:
        return np.ones(len(column), dtype=np.bool_)
    found: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _filled(column: pa.Array) -> Whole:
    if column.null_count:
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    found: Whole = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def plain_decimal(value: Decimal) -> str:
    """A decimal without needless zeros, never with an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind) and not pa.types.is_decimal256(kind) and kind.scale >= 0)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) and kind != pa.uint64())


def _as_it_is(value: Any) -> Any:
    return value


YUAN = Kind("decimal128，元", _is_decimal, _scaled(_MONEY_PLACES), plain_decimal)
FEN = Kind("int64，分", _is_whole, _scaled(0), yuan)
RATIO = Kind("decimal128", _is_decimal, _scaled(RATE_PLACES_MAX), plain_decimal)
NUMBER = Kind("int64", _is_whole, _plain, _as_it_is)
FLAG = Kind("bool", lambda kind: bool(pa.types.is_boolean(kind)), _plain, _as_it_is)
DAY = Kind("date32", lambda kind: bool(pa.types.is_date32(kind)), _days, date.isoformat)
NAME = Kind("string 或 int64", lambda kind: _is_text(kind) or _is_whole(kind), _plain, _as_it_is)


def word(options: Sequence[str]) -> Kind:
    """One of a few words."""
    return Kind("string", _is_text, words(options), _as_it_is)


def money(name: str, json: str = "", *, required: bool = False) -> tuple[Column, Column]:
    """A sum, in yuan or, with ``_fen`` in its name, in fen."""
    return Column(name, YUAN, json or name, required), Column(f"{name}_fen", FEN, json or name, required)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def check_columns(schema: pa.Schema, known: Iterable[Column], table: str) -> None:
    """Raise BadInput with every column of a table that is missing, unknown, doubled or of a wrong type."""
    errors: list[tuple[str, str]] = []
    by_name = {column.name: column for column in known}
    found = {name: by_name[name] for name in schema.names if name in by_name}
    errors += [(f"/{table}/{name}", "没有这一列") for name in schema.names if name not in by_name]
    errors += [(f"/{table}/{name}", "这一列出现了两次") for name in by_name if schema.names.count(name) > 1]
    given = [column.json for column in found.values()]
    for column in by_name.values():
        if column.required and column.json not in given and not column.name.endswith("_fen"):
            errors.append((f"/{table}/{column.name}", "缺少这一列"))
        if column.name in found and given.count(column.json) > 1 and column.name.endswith("_fen"):
            errors.append((f"/{table}/{column.name}", "元和分的两列只能给一列"))
    for name, column in found.items():
        if not column.holds.fits(schema.field(name).type):
            errors.append((f"/{table}/{name}", f"类型应为 {column.holds.words}，现在是 {schema.field(name).type}"))
    if errors:
        raise BadInput(errors)


def known_in(schema: pa.Schema, known: Iterable[Column]) -> dict[str, Column]:
    """The known columns of a table that was found sound, by name."""
    by_name = {column.name: column for column in known}
    return {name: by_name[name] for name in schema.names}


def name_type(schema: pa.Schema) -> pa.DataType:
    """The type of accounts' names in the results: words, or whole numbers of 64 bits."""
    return pa.int64() if pa.types.is_integer(schema.field("account").type) else pa.string()


def fen_column(fen: Whole) -> pa.Array:
    """Sums in fen as decimals in yuan."""
    pairs = np.empty((len(fen), 2), dtype=np.int64)
    pairs[:, 0], pairs[:, 1] = fen, fen >> 63
    return pa.Array.from_buffers(MONEY_OUT, len(fen), [None, pa.py_buffer(pairs)])


def day_column(ordinals: Whole) -> pa.Array:
    """Ordinals as dates."""
    return pa.array((ordinals - EPOCH).astype(np.int32)).view(pa.date32())


def read(batch: pa.RecordBatch, known: Mapping[str, Column]) -> dict[str, Values]:
    """The columns of a batch by what they hold (``json``)."""
    return {column.json: column.holds.numbers(batch.column(name)) for name, column in known.items() if column.json}


def as_json(batch: pa.RecordBatch, known: Mapping[str, Column], row: int) -> dict[str, Any]:
    """One row as the single path would be asked: what was not given is absent, a point in a name opens an object."""
    found: dict[str, Any] = {}
    for name, column in known.items():
        value = batch.column(name)[row].as_py() if column.json else None
        if value is not None:
            outer, _, inner = column.json.rpartition(".")
            (found.setdefault(outer, {}) if outer else found)[inner] = column.holds.json(value)
    return found
