"""Goal 2: portfolio interest, 10 events a statement, against a bare kernel of one balance and our single path."""

import argparse
import random
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from typing import Any

import numba
import numpy as np
from rounds import compare

from heyue.engine.interest import answered
from heyue.engine.interest_request import Request, read_request
from heyue.engine.money import fen
from heyue.engine.portfolio import AccountColumns, columns_of, interest_columns

STATEMENTS = 12
EVENTS_A_STATEMENT = 10
REPEATS = 200
SHARES = 4


def made(seed: int) -> Request:
    """A year of one card: purchases, a few cash advances, payments that are rarely the whole."""
    chance = random.Random(seed)  # noqa: S311 - a benchmark's made-up account
    start = date(2025, 11, 6)
    kinds = ("purchase", "purchase", "purchase", "payment", "payment", "cash_advance")
    events = [
        {
            "date": (start + timedelta(days=chance.randrange(30 * STATEMENTS))).isoformat(),
            "kind": chance.choice(kinds),
            "amount": f"{chance.randrange(1_000, 300_000) / 100:.2f}",
        }
        for _ in range(STATEMENTS * EVENTS_A_STATEMENT)
    ]
    terms = {
        "daily_rate": chance.choice(("0.0005", "0.00035")), "method": chance.choice(("full", "partial")),
        "statement_day": 5, "due_day": 23, "grace_days": 3, "tolerance": "10", "late_fee_ratio": "0.05",
    }  # fmt: skip
    return read_request({"terms": terms, "events": events, "until": "2026-11-05"})


def repeated(few: AccountColumns, times: int) -> AccountColumns:
    """The same accounts many times over, so that making them does not take longer than the benchmark."""
    lengths = np.tile(np.diff(few.starts), times)
    return AccountColumns(
        terms=np.tile(few.terms, (times, 1)),
        openings=np.tile(few.openings, (times, 1)),
        untils=np.tile(few.untils, times),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        events=np.tile(few.events, (times, 1)),
    )


@numba.njit(error_model="numpy")
def _bare(starts: Any, events: Any, untils: Any) -> int:
    """One balance bucket by events: interest of the days between, 0.05 % a day, in whole fen; nothing else."""
    charged = 0
    for one in range(len(untils)):
        balance, last = 0, 0
        for at in range(starts[one], starts[one + 1]):
            if balance > 0:
                charged += (balance * (events[at, 0] - last) * 5 + 5_000) // 10_000
            balance += events[at, 2] if events[at, 1] < 4 else -events[at, 2]
            last = events[at, 0]
        if balance > 0:
            charged += (balance * (untils[one] - last) * 5 + 5_000) // 10_000
    return charged


def single(requests: list[Request]) -> int:
    """The single-account path, lines and all, without reading and writing JSON."""
    return sum(fen(answered(request)["interest_total"]) for request in requests)


def share(part: AccountColumns) -> tuple[int, float]:
    """One process's share, many times over, so that handing it over does not count: check sum, processor seconds."""
    begun = time.process_time()
    return sum(int(interest_columns(part).totals[:, 0].sum()) for _ in range(REPEATS)), time.process_time() - begun


def by_processes(pool: ProcessPoolExecutor, few: AccountColumns, seconds: list[float]) -> int:
    """Shares, each to whichever process is free; notes the processor seconds of each."""
    done = list(pool.map(share, [few] * SHARES))
    seconds.extend(spent for _, spent in done)
    return sum(check for check, _ in done)


def main() -> None:
    """Columns against the bare kernel; our single path against columns on a few accounts; one process against two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    requests = [made(seed) for seed in range(200)]
    few = columns_of(requests)
    many = repeated(few, max(1, given.accounts // len(requests)))
    answer = interest_columns(few)
    if int(answer.totals[:, 0].sum()) != single(requests):
        raise SystemExit("columns and single accounts differ")
    work = len(many) * STATEMENTS
    compare(
        "portfolio interest",
        {
            "bare bucket": lambda: _bare(many.starts, many.events, many.untils),
            "ours": lambda: int(interest_columns(many).totals[:, 0].sum()),
        },
        "bare bucket", work, "statements", given.rounds,
    )  # fmt: skip
    compare(
        "the same 200 accounts",
        {
            "ours, one by one": lambda: single(requests),
            "ours, columns": lambda: int(interest_columns(few).totals[:, 0].sum()),
        },
        "ours, one by one", len(requests) * STATEMENTS, "statements", given.rounds,
    )  # fmt: skip
    alone: list[float] = []
    together: list[float] = []
    with ProcessPoolExecutor(1) as one, ProcessPoolExecutor(2) as two:
        compare(
            "processes",
            {"one": lambda: by_processes(one, few, alone), "two": lambda: by_processes(two, few, together)},
            "one", SHARES * REPEATS * len(requests) * STATEMENTS, "statements", given.rounds,
        )  # fmt: skip
    ratio = statistics.median(alone) / statistics.median(together)
    print(f"  two processes at once do {2 * ratio:.2f} times the work of one, by each one's own processor time")


if __name__ == "__main__":
    main()
