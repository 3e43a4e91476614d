"""The tables of ``heyue portfolio`` as published in ``docs/schemas/portfolio.json``, drawn from the code."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from heyue.faces.cli import portfolio_interest, portfolio_schedule
from heyue.faces.cli.portfolio_answer import Shape
from heyue.faces.cli.portfolio_columns import Column


def page() -> str:
    """Columns of every table: what is read and what is written."""
    tables = {
        "interest": {
            "reads": {"accounts": _read(portfolio_interest.ACCOUNTS), "events": _read(portfolio_interest.EVENTS)},
            "writes": _written(portfolio_interest.SHAPE, "statements"),
        },
        "schedule": {
            "reads": {"schedules": _read(portfolio_schedule.TERMS)},
            "writes": _written(portfolio_schedule.SHAPE, "rows"),
        },
    }
    return json.dumps(tables, ensure_ascii=False, indent=2) + "\n"


def _read(columns: Iterable[Column]) -> list[dict[str, Any]]:
    return [
        {
            "name": column.name,
            "holds": column.holds.words,
            "required": column.required,
            **({"as": "/" + column.json.replace(".", "/")} if column.json else {}),
        }
        for column in columns
    ]


def _written(shape: Shape, rows: str) -> dict[str, list[dict[str, str]]]:
    names = (rows, "totals", "set-aside")
    return {
        name: [{"name": field.name, "type": str(field.type)} for field in schema]
        for name, schema in zip(names, shape.schemas(pa.string()), strict=True)
    }
