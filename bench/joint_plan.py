"""Goal 3: the joint plan of 10 debts × 5 terms × 3 down payments × 3 waivers, proven, against bare HiGHS."""

import argparse
import json
import random
import statistics
import sys
import time
from typing import Any

import highspy
import numpy as np

from heyue.engine.joint_plans import JointMenu
from heyue.engine.money import yuan
from heyue.engine.recommend import recommend
from heyue.engine.recommend_request import Asked, read_request


def made(seed: int, debts: int) -> dict[str, Any]:
    """A budget that most seeds can meet, though not with the cheapest choice of every bank."""
    chance = random.Random(seed)  # noqa: S311 - a benchmark's made-up debts
    policies = [
        {
            "method": "flat_fee", "monthly_rate": chance.choice(("0.002", "0.003", "0.0045", "0.006")),
            "periods": [12, 24, 36, 48, 60], "down_payment_ratios": ["0", "0.05", "0.1"],
            "waiver_ratios": ["0", "0.5", "1"], "due_day": chance.randrange(1, 29),
            "usual": {"periods": 36, "down_payment_ratio": "0", "waiver_ratio": "0.5"},
        }
        for _ in range(debts)
    ]  # fmt: skip
    owed = [chance.randrange(500_000, 8_000_000) for _ in range(debts)]
    return {
        "as_of": "2026-11-24",
        "budget": {"monthly_affordable": yuan(sum(owed) // 32), "savings": yuan(sum(owed) // 30)},
        "debts": [
            {"id": f"d{n}", "bank": f"B{n}", "balance": yuan(fen), "waivable": yuan(fen // 20), "overdue_days": 60,
             "policy": policy}
            for n, (fen, policy) in enumerate(zip(owed, policies, strict=True))
        ],
    }  # fmt: skip


def model_of(joint: JointMenu) -> highspy.HighsLp:
    """The same model as it stands: one binary a choice, one row a month, one for savings, one a debt."""
    debt_of = joint._joint.debt_of
    one_each = (debt_of[None, :] == np.arange(joint._joint.debts)[:, None]).astype(float)
    sums = np.vstack([one_each, joint.budget.sums.astype(float)])
    debts, inf = len(one_each), highspy.kHighsInf
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = sums.shape
    lp.col_cost_ = joint.totals.astype(float)
    lp.col_lower_, lp.col_upper_ = np.zeros(sums.shape[1]), np.ones(sums.shape[1])
    lp.row_lower_ = np.concatenate([np.ones(debts), np.full(len(joint.budget.limits), -inf)])
    lp.row_upper_ = np.concatenate([np.ones(debts), joint.budget.limits.astype(float)])
    row, column = np.nonzero(sums)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(len(sums) + 1))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = column, sums[row, column]
    lp.integrality_ = [highspy.HighsVarType.kInteger] * sums.shape[1]
    return lp


def bare(joint: JointMenu) -> int | None:
    """Pass the arrays, solve to proof, round the total."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(model_of(joint))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return round(solver.getObjectiveValue())


def ours(joint: JointMenu) -> int | None:
    """The engine's first criterion, proven in whole numbers."""
    found = joint.cheapest()
    return None if found is None else found.value


def timed(run: Any, *arguments: Any) -> tuple[float, Any]:
    """Seconds and result of one call; with ``--cpu`` seconds of this process, which a busy machine stretches less."""
    clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
    begun = clock()
    found = run(*arguments)
    return clock() - begun, found


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    """Every seed once by each, in turn; medians and 95 percentiles, and the whole recommendation beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--debts", type=int, default=10)
    parser.add_argument("--whole", type=int, default=20, help="seeds on which the whole recommendation is timed")
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor in place of the clock's")
    given = parser.parse_args()
    base_s, ours_s, differing = [], [], 0
    for seed in range(given.seeds):
        asked: Asked = read_request(made(seed, given.debts))
        joint = JointMenu(asked, [debt.menu(asked.as_of) for debt in asked.debts])
        first, second = (bare, ours) if seed % 2 else (ours, bare)
        (one_s, one), (two_s, two) = timed(first, joint), timed(second, joint)
        base_s.append(one_s if first is bare else two_s)
        ours_s.append(two_s if first is bare else one_s)
        differing += one != two
    whole_s = [timed(recommend, made(seed, given.debts))[0] for seed in range(min(given.whole, given.seeds))]
    found = {
        "title": f"joint plan, {given.debts} debts, {given.seeds} seeds",
        "bare": {"p50_s": statistics.median(base_s), "p95_s": quantile(base_s, 0.95), "max_s": max(base_s)},
        "ours": {"p50_s": statistics.median(ours_s), "p95_s": quantile(ours_s, 0.95), "max_s": max(ours_s)},
        "p95_ratio": quantile(ours_s, 0.95) / quantile(base_s, 0.95),
        "answers_that_differ": differing,
        "whole_recommendation": {"p50_s": statistics.median(whole_s), "max_s": max(whole_s)} if whole_s else None,
    }
    for name, value in found.items():
        print(f"  {name}: {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
