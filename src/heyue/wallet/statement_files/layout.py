"""The description of one printed layout of one issuer, read from a YAML file of ``layouts/``.

A new issuer is a new file: what marks the layout, where its summary stands, what its rows look like, how its signs
are to be read, and the formula that it prints. docs/guide/statements.md explains each key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from heyue.wallet.statement_files.dates import WHOLE
from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.result import SUMS, Kind
from heyue.wallet.statement_files.shapes import Shape, shape_of

FOLDER = "layouts"
VIEWS = ("cells", "words", "stream", "columns", "header")
SUMMARY_VIEWS = ("cells", "filled", "words", "sums")
SIGNS = ("printed", "flipped", "heading", "marked")
FIELDS = frozenset({"cycle", "statement_date", "due_date", "credit_limit", "card", *SUMS})
A4_WIDTH = 595


@dataclass(frozen=True)
class SummaryShape:
    """Lines of the summary that have a shape, between two headings."""

    shape: Shape
    after: re.Pattern[str] | None
    until: re.Pattern[str] | None
    view: str
    negate: frozenset[str]  # sums that are printed negative when owed
    adds: bool  # one line a card: their sums add up
    currency: str


@dataclass(frozen=True)
class Heading:
    """A line that says something of the rows after it: their section, direction, currency or card."""

    line: re.Pattern[str]
    section: str
    sign: int
    currency: str


@dataclass(frozen=True)
class RowRule:
    """Where rows stand and what they look like."""

    view: str
    shapes: tuple[Shape, ...]
    columns: tuple[tuple[str, float, float], ...]
    header: Mapping[str, tuple[str, ...]]
    start: re.Pattern[str] | None
    end: re.Pattern[str] | None
    ignore: tuple[re.Pattern[str], ...]
    dates: tuple[str, ...]
    wrap: float
    one_date: bool
    sign: str
    directions: Mapping[str, int]  # a wallet's words for a direction or a state; 0 leaves the row out


@dataclass(frozen=True)
class Layout:
    """One layout."""

    id: str
    issuer: str
    name: str
    trust: str
    media: tuple[str, ...]
    senders: tuple[str, ...]
    subject: re.Pattern[str] | None
    text: tuple[tuple[str, ...], ...]  # every group must be there by one of its words
    without: tuple[str, ...]
    ids: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    summary: tuple[SummaryShape, ...]
    negate: frozenset[str]  # sums by label that are printed negative when owed
    month: re.Pattern[str] | None  # the title's year and month, where no date has a year
    required: tuple[str, ...]
    splits: re.Pattern[str] | None
    rows: RowRule | None
    headings: tuple[Heading, ...]
    formula: Mapping[str, int]
    totals: Mapping[str, tuple[str, ...]]  # what the charges and the credits of the rows sum to
    kinds: Mapping[str, Kind]
    wallet: bool
    rows_in_pictures: bool = False


def layouts() -> tuple[Layout, ...]:
    """Every layout that is shipped, by id."""
    return _layouts()


@cache
def _layouts() -> tuple[Layout, ...]:
    folder = files("heyue.wallet.statement_files") / FOLDER
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    found = [read_layout(yaml.safe_load((folder / name).read_text(encoding="utf-8"))) for name in names]
    return tuple(sorted(found, key=lambda layout: layout.id))


_KEYS = frozenset(
    "id issuer name trust media source senders subject text without ids labels summary negate month required splits"
    " rows headings formula totals kinds wallet rows_in_pictures".split()
)


def read_layout(data: Mapping[str, Any]) -> Layout:
    """Read one description. Raises ValueError or KeyError when it says what nobody understands."""
    if unknown := set(data) - _KEYS:
        raise ValueError(f"{data.get('id')}: unknown keys {sorted(unknown)}")
    return Layout(
        id=data["id"],
        issuer=data["issuer"],
        name=data["name"],
        trust=data["trust"],
        media=tuple(data["media"]),
        senders=tuple(data.get("senders", ())),
        subject=_pattern(data.get("subject")),
        text=tuple(tuple(squeezed(word) for word in group.split("|")) for group in data["text"]),
        without=tuple(squeezed(word) for word in data.get("without", ())),
        ids=_known(data.get("ids", {}), data["id"]),
        labels={
            name: tuple(squeezed(one) for one in words)
            for name, words in _known(data.get("labels", {}), data["id"]).items()
        },
        summary=tuple(_summary(block) for block in data.get("summary", ())),
        negate=frozenset(data.get("negate", ())),
        month=_pattern(data.get("month")),
        required=tuple(data.get("required", ("statement_date", "due_date", "new_balance", "min_payment"))),
        splits=_pattern(data.get("splits")),
        rows=_rows(data["rows"]) if data.get("rows") else None,
        headings=tuple(_heading(block) for block in data.get("headings", ())),
        formula=_known(data.get("formula", {}), data["id"]),
        totals={side: tuple(names) for side, names in data.get("totals", {}).items()},
        kinds={squeezed(word): Kind(kind) for word, kind in data.get("kinds", {}).items()},
        wallet=bool(data.get("wallet")),
        rows_in_pictures=bool(data.get("rows_in_pictures")),
    )


def _known(named: Mapping[str, Any], layout: str) -> Mapping[str, Any]:
    if unknown := set(named) - FIELDS:
        raise ValueError(f"{layout}: unknown fields {sorted(unknown)}")
    return named


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _summary(block: Mapping[str, Any]) -> SummaryShape:
    if block.get("view", "cells") not in SUMMARY_VIEWS:
        raise ValueError(f"no such view: {block['view']}")
    return SummaryShape(
        shape=shape_of(block["cells"].split(), block.get("dates", WHOLE), whole_sums=bool(block.get("whole_sums"))),
        after=_pattern(block.get("after")),
        until=_pattern(block.get("until")),
        view=block.get("view", "cells"),
        negate=frozenset(block.get("negate", ())),
        adds=bool(block.get("adds")),
        currency=block.get("currency", ""),
    )


def _heading(block: Mapping[str, Any]) -> Heading:
    return Heading(re.compile(block["line"]), block.get("section", ""), block.get("sign", 0), block.get("currency", ""))


def _rows(block: Mapping[str, Any]) -> RowRule:
    dates: Sequence[str] = block.get("dates", WHOLE)
    view, sign = block.get("view", "cells"), block.get("sign", "printed")
    if view not in VIEWS or sign not in SIGNS:
        raise ValueError(f"no such view or sign: {view}, {sign}")
    return RowRule(
        view=view,
        shapes=tuple(
            shape_of(words.split(), dates, whole_sums=bool(block.get("whole_sums")))
            for words in block.get("shapes", ())
        ),
        columns=tuple((name, low, high) for name, (low, high) in block.get("columns", {}).items()),
        header={name: tuple(squeezed(one) for one in words) for name, words in block.get("header", {}).items()},
        start=_pattern(block.get("start")),
        end=_pattern(block.get("end")),
        ignore=tuple(re.compile(one) for one in block.get("ignore", ())),
        dates=tuple(dates),
        wrap=block.get("wrap", 0),
        one_date=bool(block.get("one_date")),
        sign=sign,
        directions={squeezed(word): value for word, value in block.get("directions", {}).items()},
    )
