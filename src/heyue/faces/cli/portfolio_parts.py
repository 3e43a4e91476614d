"""Cuts a portfolio into parts: accounts and their events, matched in order, as many as memory should hold.

Both tables stand by account, ascending (words by code point), so each is read once from front to back. Where parts
are cut does not depend on how many processes work on them.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heyue.engine.bad_input import BadInput
from heyue.engine.interest_request import EVENTS_MAX
from heyue.faces.cli.portfolio_columns import as_text
from heyue.faces.cli.portfolio_interest import Part

ACCOUNTS_A_PART = 4_096
EVENTS_A_PART = 262_144


def parts(accounts: Iterable[pa.RecordBatch], schema: pa.Schema, events: "Events") -> Iterator[Part]:
    """All accounts (``schema``: of their table) in order, each with its events.

    Raises BadInput where a table is not in order. A part may hold no account, but events of none.
    """
    nobody = with_names(pa.RecordBatch.from_pylist([], schema), "accounts")
    last = None
    for read in accounts:
        batch = with_names(read, "accounts")
        ids = batch.column("account").to_pylist()
        _check_ascending(ids if last is None else [last, *ids], "accounts")
        done = 0
        while done < len(ids):
            ready = events.ready(ids, done)
            counts, rows, strays = events.take(ids[done:ready])
            yield Part(batch.slice(done, ready - done), rows, counts, strays)
            done = ready
        last = ids[-1] if ids else last
    while not events.is_over():
        counts, rows, strays = events.take([])
        yield Part(nobody, rows, counts, strays)


class Events:
    """The events of a portfolio, handed out account by account.

    Of an account with more than the contract allows only one too many is kept: enough to say so.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        self._batches = iter(batches)
        self._held = pa.Table.from_batches([], schema.remove(schema.get_field_index("account")))
        self._runs: deque[tuple[Any, int]] = deque()
        self._is_whole = False

    def is_over(self) -> bool:
        """Whether all events were handed out; reads on until a part's worth is there."""
        while not self._is_whole and (len(self._runs) < 2 or self._held.num_rows < EVENTS_A_PART):
            self._read()
        return not self._runs

    def ready(self, ids: list[Any], done: int) -> int:
        """Up to which of some ascending accounts all events are there; ``done`` where strays alone make a part."""
        while True:
            # The last account read may go on in the next batch.
            ready = len(ids)
            if not self._is_whole:
                ready = max(done, bisect_left(ids, self._runs[-1][0])) if self._runs else done
            full = self._held.num_rows >= EVENTS_A_PART
            if ready == len(ids) or (full and (ready > done or len(self._runs) > 1)):
                return ready
            self._read()

    def take(self, ids: list[Any]) -> tuple[np.ndarray[Any, Any], pa.RecordBatch, list[Any]]:
        """How many events each of some accounts has, those events, and the names of accounts that are not among them.

        Without accounts it takes all that is held, but an account that may go on.
        """
        most = len(self._runs) - (0 if self._is_whole or ids else 1)
        counts = dict.fromkeys(ids, 0)
        strays, kept, at = [], [], 0
        while most and (not ids or self._runs[0][0] <= ids[-1]):
            most -= 1
            name, count = self._runs.popleft()
            if name in counts:
                counts[name] = count
                kept.append((at, count))
            else:
                strays.append(name)
            at += count
        rows = self._held.slice(0, at)
        if strays:
            rows = pa.concat_tables([rows.slice(0, 0), *(rows.slice(*one) for one in kept)])
        self._held = self._held.slice(at)
        return np.array(list(counts.values()), dtype=np.int64), _one_batch(rows), strays

    def _read(self) -> None:
        read = next(self._batches, None)
        if read is None:
            self._is_whole = True
            return
        batch = with_names(read, "events")
        runs = pc.run_end_encode(batch.column("account"))
        ends = runs.run_ends.to_pylist()
        pieces = [self._held]
        names = runs.values.to_pylist()
        _check_ascending(names, "events")
        rows = batch.drop_columns(["account"])
        start = whole_from = 0
        for name, end in zip(names, ends, strict=True):
            before = 0
            if self._runs and self._runs[-1][0] == name:
                before = self._runs.pop()[1]
            elif self._runs:
                _check_ascending([self._runs[-1][0], name], "events")
            count = min(before + end - start, EVENTS_MAX + 1)
            self._runs.append((name, count))
            surplus = before + end - start - count
            if surplus:
                pieces.append(pa.Table.from_batches([rows.slice(whole_from, end - surplus - whole_from)]))
                whole_from = end
            start = end
        pieces.append(pa.Table.from_batches([rows.slice(whole_from)]))
        self._held = pa.concat_tables(pieces)


def with_names(batch: pa.RecordBatch, table: str) -> pa.RecordBatch:
    """A batch whose accounts are named by words, or by whole numbers of 64 bits."""
    names = batch.column("account")
    if names.null_count:
        raise BadInput([(f"/{table}/account", "账户不能为空")])
    names = names.cast(pa.int64()) if pa.types.is_integer(names.type) else as_text(names)
    return batch.set_column(batch.schema.get_field_index("account"), "account", names)


def _check_ascending(ids: list[Any], table: str) -> None:
    for before, after in pairwise(ids):
        if before >= after:
            raise BadInput([(f"/{table}/account", f"账户应从小到大排列：{after} 不能排在 {before} 之后")])


def _one_batch(rows: pa.Table) -> pa.RecordBatch:
    batches = rows.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], rows.schema)
