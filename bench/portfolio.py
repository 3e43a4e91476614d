"""Growth of the whole command: ``heyue portfolio interest`` over tables of more and more accounts of 120 events.

Printed: seconds and peak memory of the process (of the largest, with workers), statements a second of its own time.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

EVENTS = 120
ACCOUNTS_AT_ONCE = 5_000
FIRST_DAY = 20_398  # 2025-11-06, in days since 1970


def fen(values: np.ndarray, places: int = 2) -> pa.Array:
    """Whole numbers as decimals."""
    pairs = np.stack([values, values >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(18, places), len(values), [None, pa.py_buffer(pairs)])


def days(values: np.ndarray) -> pa.Array:
    """Days since 1970 as dates."""
    return pa.array(values.astype(np.int32)).view(pa.date32())


def make(folder: Path, accounts: int) -> None:
    """A year of made-up cards."""
    chance = np.random.default_rng(7)
    names = [f"c{index:09d}" for index in range(accounts)]
    table = pa.table(
        {
            "account": names,
            "daily_rate": fen(chance.choice([500, 350], accounts), 6),
            "method": np.where(chance.random(accounts) < 0.5, "full", "partial").tolist(),
            "statement_day": np.full(accounts, 5), "due_day": np.full(accounts, 23),
            "grace_days": np.full(accounts, 3), "tolerance": fen(np.full(accounts, 1_000)),
            "late_fee_ratio": fen(np.full(accounts, 5)), "until": days(np.full(accounts, FIRST_DAY + 364)),
        }
    )  # fmt: skip
    pq.write_table(table, folder / "accounts.parquet", row_group_size=20_000)
    writer = None
    for first in range(0, accounts, ACCOUNTS_AT_ONCE):
        some = names[first : first + ACCOUNTS_AT_ONCE]
        kinds = chance.choice(3, len(some) * EVENTS, p=[0.5, 0.34, 0.16]).astype(np.int8)
        events = pa.table(
            {
                "account": np.repeat(some, EVENTS).tolist(),
                "date": days(np.sort(chance.integers(0, 360, (len(some), EVENTS)), axis=1).ravel() + FIRST_DAY),
                "kind": pa.DictionaryArray.from_arrays(kinds, ["purchase", "payment", "cash_advance"]),
                "amount": fen(chance.integers(1_000, 300_000, len(some) * EVENTS)),
            }
        )
        writer = writer or pq.ParquetWriter(folder / "events.parquet", events.schema)
        writer.write_table(events)
    if writer:
        writer.close()


def run(folder: Path, workers: int) -> dict[str, float]:
    """One run of the command: seconds on the clock and of all its processes, and peak memory of the largest."""
    begun = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "heyue.faces.cli",
        "portfolio",
        "interest",
        str(folder),
        "-o",
        str(folder / "out.parquet"),
    ]
    process = subprocess.Popen([*command, "--workers", str(workers), "--quiet"], stdout=subprocess.PIPE)
    with process.stdout:
        rows = json.loads(process.stdout.read())["rows"]
    _, _, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - begun
    spent = usage.ru_utime + usage.ru_stime
    return {"rows": rows, "seconds": round(clock, 2), "cpu": round(spent, 2), "megabytes": usage.ru_maxrss // 1024}


def main() -> None:
    """Tables of 1×, 10×, 100× as many accounts (and 1000× where asked for), one process and two in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    for accounts in given.accounts:
        with TemporaryDirectory() as folder:
            make(Path(folder), accounts)
            for workers in given.workers:
                found = run(Path(folder), workers)
                print(json.dumps({"accounts": accounts, "workers": workers, **found}), flush=True)


if __name__ == "__main__":
    main()
