"""The page of all rules for people to read, drawn from the engine's index and the dated records."""

from collections.abc import Iterator
from typing import Any

from heyue.engine.rules import RULES, Known
from heyue.policy.load import Record, every_record, living_cost_records

_HEAD = """# Rules

Drawn from `src/heyue/engine/rules` and `src/heyue/policy` by `docs/draw.py`; a test holds it to them. A number is
changed in its record, with its source and its day, never in code; a change of law adds a record and ends the old one.

Grades: **A** wording known from the published regulation · **B** well known, not confirmed against its text here ·
**C** practice or the operator's own setting. 条号待核: the article's number is still to be confirmed.

## Rules that the engine checks

A rule gets facts of one kind and the record's value, and says what it finds, with the article cited. Those about an
`Agreement` are what `heyue check` runs, as they stood on the day it was signed.
"""
_RECORDS = """
## Records that no check stands on

Deadlines, hotlines and settings that stages read by their id.

| id | what it says | value | source | grade | in force |
|---|---|---|---|---|---|
"""
_COSTS = """
## Living costs to compare a budget with

Per person and month, in yuan; a guideline for questions, never a limit.

| id | what it says | months covered | source | grade | in force |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page in Markdown."""
    records = every_record()
    parts = [_HEAD, *(_rule(id, records) for id in dict.fromkeys(known.id for known in RULES))]
    checked = {known.id for known in RULES}
    parts += [_RECORDS, *(_row(record, _value(record.value)) for record in records if record.id not in checked)]
    parts += [_COSTS, *(_row(record, str(months)) for record, months in living_cost_records())]
    return "".join(parts)


def _rule(id: str, records: tuple[Record, ...]) -> str:
    own = [record for record in records if record.id == id]
    lines = [f"\n### {id}\n"]
    for record in own:
        lines += [
            f"\n{record.title}\n",
            f"\n- value: {_value(record.value)} ({record.unit.replace('_', ' ')})",
            f"\n- source: {record.source} {record.article} · grade {record.grade} · {_dates(record)}\n",
        ]
    lines += [f"- checked by {line}\n" for line in _checks(id)]
    return "".join(lines)


def _checks(id: str) -> Iterator[str]:
    for known in RULES:
        if known.id == id:
            yield f"`{_place(known)}` on `{known.about.__name__}`: {(known.judge.__doc__ or '').splitlines()[0]}"


def _place(known: Known) -> str:
    module = known.judge.__module__.removeprefix("heyue.engine.rules.")
    return f"{module}.{getattr(known.judge, '__name__', '')}"


def _row(record: Record, value: str) -> str:
    source = f"{record.source} {record.article}".removesuffix(" 无")
    return f"| {record.id} | {record.title} | {value} | {source} | {record.grade} | {_dates(record)} |\n"


def _dates(record: Record) -> str:
    return f"{record.effective_from} – {record.effective_to or ''}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_value(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
