"""Goal 2: portfolio interest, 10 events a statement, against a bare kernel of one balance and our single path."""

import argparse
import random
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


def main() -> None:
    """Columns against the bare kernel; then our single path against columns on a few accounts."""
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


if __name__ == "__main__":
    main()
