"""Reads the shipped records as they stood on a day: ``rule("CC-70-2", as_of)``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Grade = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Record:
    """One number or fact of law or practice, with the days on which it holds (no last day: still)."""

    id: str
    value: Any
    unit: str
    source: str
    article: str
    grade: Grade
    effective_from: date
    effective_to: date | None
    title: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether the record holds on that day, its last day included."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True)
class Bank:
    """A bank of the directory (银行名录); the card hotline is None where the main one serves cards too."""

    code: str
    name: str
    hotline: str
    card_hotline: str | None
    source: str
    grade: Grade


class NoRecord(LookupError):
    """No shipped record has this id on this day."""

    def __init__(self, id: str, as_of: date) -> None:
        super().__init__(f"no record {id!r} holds on {as_of}")
        self.id = id
        self.as_of = as_of


def rule(id: str, as_of: date) -> Record:
    """The record of a rule as it stood on a day; raises NoRecord."""
    for record in _records():
        if record.id == id and record.holds_on(as_of):
            return record
    raise NoRecord(id, as_of)


def rules(as_of: date) -> tuple[Record, ...]:
    """Every record that holds on a day, by id."""
    return tuple(record for record in _records() if record.holds_on(as_of))


def every_record() -> tuple[Record, ...]:
    """Every shipped record of law and practice, past ones too, by id and first day."""
    return _records()


@cache
def living_cost_records() -> tuple[tuple[Record, int], ...]:
    """Published living costs by place, each with the number of months that its sums cover."""
    return tuple((_record(block), int(block["months"])) for block in _read_yaml("living_cost", "china.yaml"))


def banks(as_of: date) -> tuple[Bank, ...]:
    """The bank directory as it stood on a day, in its own order."""
    for block in _read_yaml("banks", "directory.yaml"):
        if _record(block).holds_on(as_of):
            return tuple(_bank(entry, block) for entry in block["value"])
    raise NoRecord("BANK-DIRECTORY", as_of)


def bank(code: str, as_of: date) -> Bank:
    """One bank of the directory by its code (``"CMB"``); raises NoRecord."""
    for entry in banks(as_of):
        if entry.code == code:
            return entry
    raise NoRecord(code, as_of)


@cache
def _records() -> tuple[Record, ...]:
    found = [_record(block) for block in _law_blocks()]
    return tuple(sorted(found, key=lambda record: (record.id, record.effective_from)))


def _law_blocks() -> Iterator[dict[str, Any]]:
    folder = files("heyue.policy") / "law"
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")):
        yield from _read_yaml("law", name)


@cache
def _read_yaml(folder: str, name: str) -> tuple[dict[str, Any], ...]:
    text = (files("heyue.policy") / folder / name).read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text))


def _record(block: dict[str, Any]) -> Record:
    return Record(
        id=block["id"],
        value=block["value"],
        unit=block["unit"],
        source=block["source"],
        article=block["article"],
        grade=block["grade"],
        effective_from=block["from"],
        effective_to=block["to"],
        title=block["title"],
    )


def _bank(entry: dict[str, Any], block: dict[str, Any]) -> Bank:
    return Bank(
        code=entry["code"],
        name=entry["name"],
        hotline=entry["hotline"],
        card_hotline=entry.get("card_hotline"),
        source=block["source"],
        grade=block["grade"],
    )
