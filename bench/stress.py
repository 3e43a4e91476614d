"""Goal 4: a plan through 10,000 paths of 60 months, against a bare numpy sweep of the same random numbers."""

import argparse

import numpy as np
from rounds import compare

from heyue.engine.bad_months import simulate
from heyue.engine.bad_months_request import Asked, read_request

SHOCKS = {
    "income_drop": {"monthly_chance": "0.02", "ratio": "0.3", "months": 3},
    "job_loss": {"monthly_chance": "0.005", "ratio": "1", "months": 6},
    "medical_bill": {"monthly_chance": "0.01", "least": "1000", "most": "20000"},
    "rate_change": {"monthly_chance": "0.005", "monthly": "200"},
}


def asked(paths: int) -> Asked:
    """A household with a little to spare each month."""
    return read_request(
        {"plan": ["2500"] * 60, "affordable": "2800", "income": "8000", "savings": "10000", "shocks": SHOCKS, "seed": 7}
        | {"paths": paths}
    )


def bare(paths: int) -> int:
    """Draw as many numbers, compare them, add losses of one month each, and keep the running minimum."""
    drawn = [np.random.PCG64(7 + shock).random_raw(60 * paths).reshape(60, paths) for shock in range(4)]
    limits = [int(chance * 2**64) for chance in (0.02, 0.005, 0.01, 0.005)]
    lost = sum(
        np.where(one < np.uint64(limit), amount, 0)
        for one, limit, amount in zip(drawn, limits, (240_000, 800_000, 1_000_000, 20_000), strict=True)
    )
    left = np.full(paths, 1_000_000, dtype=np.int64)
    least = left.copy()
    for month in range(60):
        left = np.minimum(left + 30_000 - lost[month], 1_000_000)
        least = np.minimum(least, left)
    return int((least < 0).sum())


def ours(paths: int) -> int:
    """All shocks with their lengths, the reserve each path needs, and the month in which it breaks."""
    return int((simulate(asked(paths)).broke_in > 0).sum())


def main() -> None:
    """Compare at 10,000 paths, then show growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    for paths in (10_000, 100_000):
        contenders = {"bare sweep": lambda n=paths: bare(n), "ours": lambda n=paths: ours(n)}
        compare(f"stress, {paths} paths", contenders, "bare sweep", paths, "paths", given.rounds)


if __name__ == "__main__":
    main()
