"""A read whose SQL is compiled once, and an insert that a unique constraint may turn down."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import AutoField, Field, Model, QuerySet


class Prepared:
    """One query of the ORM, asked again and again with other values; each row comes as a tuple.

    ``ask`` builds the query (``values_list``) from its values, of these ``kinds``, each compared as it stands. It is
    called once, with samples that are like nothing else, so that their places in the SQL are found again.
    """

    def __init__(self, ask: Callable[..., QuerySet[Any, tuple[Any, ...]]], *kinds: type[str | UUID]) -> None:
        self._ask = ask
        self._samples = [uuid4() if kind is UUID else uuid4().hex for kind in kinds]
        self._compiled: dict[tuple[str, bool], tuple[str, tuple[Any, ...], dict[int, int], Any, Any]] = {}

    def first(self, *values: str | UUID) -> tuple[Any, ...] | None:
        """Return the first row for these values, in the order of the samples, or None."""
        return next(iter(self._rows(values, only_first=True)), None)

    def every(self, *values: str | UUID) -> list[tuple[Any, ...]]:
        """Return all rows for these values, in the order of the samples."""
        return self._rows(values, only_first=False)

    def _rows(self, values: tuple[str | UUID, ...], *, only_first: bool) -> list[tuple[Any, ...]]:
        kept = self._compiled.get((connection.vendor, only_first)) or self._compile(only_first=only_first)
        sql, constants, places, compiler, converters = kept
        given = [_written(value) for value in values]
        parameters = [given[places[n]] if n in places else one for n, one in enumerate(constants)]
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(rows, converters)] if converters else rows

    def _compile(self, *, only_first: bool) -> tuple[str, tuple[Any, ...], dict[int, int], Any, Any]:
        """Let the ORM write the query, and find where each sample stands in it."""
        asked = self._ask(*self._samples)
        compiler = (asked[:1] if only_first else asked).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        samples = [_written(sample) for sample in self._samples]
        places = {n: samples.index(one) for n, one in enumerate(parameters) if one in samples}
        if set(places.values()) != set(range(len(samples))):
            raise ValueError("a sample is not to be found in the query again")
        chosen = [column[0] for column in compiler.select]
        kept = (sql, tuple(parameters), places, compiler, compiler.get_converters(chosen))
        self._compiled[connection.vendor, only_first] = kept
        return kept


def insert_once(row: Model) -> bool:
    """Insert a new row; False, and nothing written, where a unique constraint says that it is there already.

    No savepoint is needed, for the database raises nothing. A row that numbers itself is not told its number.
    """
    sql, fields = _insert(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount == 1)


@lru_cache(maxsize=64)
def _insert(model: type[Model], vendor: str) -> tuple[str, tuple[Field[Any, Any], ...]]:
    fields = tuple(field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField))
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING", fields  # noqa: S608 - our names


def _written(value: str | UUID) -> Any:
    """Write a value as this database's driver takes it."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
