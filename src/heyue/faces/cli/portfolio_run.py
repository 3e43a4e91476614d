"""Runs a portfolio part by part: in this process, in several, or on a Dask cluster; answers come in the same order."""

import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pyarrow as pa

from heyue.engine.bad_input import BadInput
from heyue.engine.version import ENGINE_VERSION
from heyue.faces.cli import portfolio_interest, portfolio_schedule
from heyue.faces.cli.portfolio_answer import Answered

# So many parts a worker may wait for at once: enough that none is idle, few enough for memory.
_PARTS_AHEAD = 2
_CONNECT_SECONDS = 30
Answers = Callable[[str, Iterator[Any]], Iterator[Answered]]


def answer(kind: str, part: Any) -> Answered:
    """Answer one part of either kind."""
    return portfolio_interest.answer(part) if kind == "interest" else portfolio_schedule.answer(part)


def one_process(kind: str, parts: Iterator[Any]) -> Iterator[Answered]:
    """Answer the parts here, one after another."""
    return (answer(kind, part) for part in parts)


@contextmanager
def processes(count: int) -> Iterator[Answers]:
    """Answer the parts in so many processes."""
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_leave_interrupts_to_the_parent) as pool:

        def answers(kind: str, parts: Iterator[Any]) -> Iterator[Answered]:
            try:
                yield from _in_order(lambda part: pool.submit(answer_packed, kind, part), parts, count)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

        yield answers


@contextmanager
def cluster(address: str) -> Iterator[Answers]:
    """Answer the parts on the workers of a Dask cluster; raises BadInput where they have another engine."""
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise BadInput([("", f"连不上集群 {address}：{error}")]) from None
    with client:
        versions = client.run(engine_version)
        if set(versions.values()) != {ENGINE_VERSION}:
            words = "、".join(sorted(set(map(str, versions.values())))) or "没有工作进程"
            raise BadInput([("", f"集群上的引擎应为 {ENGINE_VERSION}，现在是：{words}")])

        def answers(kind: str, parts: Iterator[Any]) -> Iterator[Answered]:
            def submit(part: Any) -> Any:
                # Sent to a worker beforehand: the scheduler is not made to carry what it only passes on.
                return client.submit(answer_packed, kind, client.scatter(part, hash=False), pure=False)

            yield from _in_order(submit, parts, sum(client.nthreads().values()))

        yield answers


def engine_version() -> str:
    """The engine of the process that is asked."""
    return ENGINE_VERSION


def answer_packed(kind: str, packed: Any) -> Any:
    """Answer one part that came from another process."""
    found = answer(kind, _unpacked(packed))
    return *(_pack(table) for table in found[:-1]), found.answered


def _in_order(submit: Callable[[Any], Any], parts: Iterator[Any], workers: int) -> Iterator[Answered]:
    waiting: deque[Any] = deque()
    for part in parts:
        waiting.append(submit(_packed(part)))
        if len(waiting) > _PARTS_AHEAD * workers:
            yield _answered(waiting.popleft().result())
    while waiting:
        yield _answered(waiting.popleft().result())


def _packed(part: Any) -> Any:
    """A part as bytes: only its own rows, not the batch that they were cut from."""
    if isinstance(part, pa.RecordBatch):
        return _pack(part)
    return _pack(part.accounts), _pack(part.events), part.counts, part.strays


def _unpacked(packed: Any) -> Any:
    if isinstance(packed, bytes):
        return _batch(packed)
    accounts, events, counts, strays = packed
    return portfolio_interest.Part(_batch(accounts), _batch(events), counts, strays)


def _answered(packed: Any) -> Answered:
    *tables, answered = packed
    rows, totals, set_aside = (pa.ipc.open_stream(table).read_all() for table in tables)
    return Answered(rows, totals, set_aside, answered)


def _pack(rows: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write(rows)
    return bytes(sink.getvalue().to_pybytes())


def _batch(packed: bytes) -> pa.RecordBatch:
    return pa.ipc.open_stream(packed).read_next_batch()


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
