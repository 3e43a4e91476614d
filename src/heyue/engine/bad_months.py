"""A plan under bad months (压力测试): income falls, a job is lost, someone falls ill, a rate goes up.

What a month leaves over fills the reserve up to where it began, no further. So each path has one figure, the
reserve that it would have needed, and a plan breaks on a path in the first month in which that exceeds savings.
Chance comes from a seed and whole numbers only, so the same input gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine.bad_months_request import Asked, Shocks, read_request
from heyue.engine.money import places, yuan

CHUNK = 10_000
SHARES = {"half": (1, 2), "nine_in_ten": (9, 10), "nineteen_in_twenty": (19, 20), "all": (1, 1)}
_AMOUNTS_SEED = 0x5EED
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """For each path the reserve that would have saved it in fen, and the first month that broke (0: none)."""

    needed_fen: Whole
    broke_in: Whole


def stress(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run a plan through seeded bad months; raises BadInput with every bad field."""
    asked = read_request(request)
    found = simulate(asked)
    broken = int((found.broke_in > 0).sum())
    counts = np.bincount(found.broke_in, minlength=len(asked.plan_fen) + 1)
    return {
        "paths": asked.paths,
        "breaks": places(Fraction(broken, asked.paths), 4),
        "by_month": [
            {"month": month, "paths": int(count)} for month, count in enumerate(counts.tolist()) if month and count
        ],
        "median_month": _median_month(counts, broken),
        "reserve": _reserves(found.needed_fen, asked.savings_fen),
        "scenarios": scenarios(asked),
    }


def simulate(asked: Asked) -> Outcome:
    """All paths, some at a time, so that memory stays flat however many are asked for."""
    chance, amounts = np.random.PCG64(asked.seed), np.random.PCG64([asked.seed, _AMOUNTS_SEED])
    outcomes = []
    for start in range(0, asked.paths, CHUNK):
        count = min(CHUNK, asked.paths - start)
        lost = _lost(asked, _events(asked.shocks, chance, len(asked.plan_fen), count), amounts)
        outcomes.append(sweep(lost + asked.missing_fen[:, None], asked.savings_fen))
    return Outcome(
        np.concatenate([one.needed_fen for one in outcomes]), np.concatenate([one.broke_in for one in outcomes])
    )


def sweep(missing_fen: Whole, savings_fen: int) -> Outcome:
    """Go month by month (rows) over all paths (columns); ``missing_fen`` below 0 is what a month leaves over."""
    used = np.zeros(missing_fen.shape[1], dtype=np.int64)
    needed = np.zeros_like(used)
    broke_in = np.zeros_like(used)
    for month, row in enumerate(missing_fen, start=1):
        used += row
        np.maximum(used, 0, out=used)
        np.maximum(needed, used, out=needed)
        broke_in[(needed > savings_fen) & (broke_in == 0)] = month
    return Outcome(needed, broke_in)


def scenarios(asked: Asked) -> list[dict[str, Any]]:
    """Each shock once, beginning in each month: how often it breaks the plan, and the reserve for the worst start."""
    months = len(asked.plan_fen)
    once = np.eye(months, dtype=bool)
    none = np.zeros_like(once)
    found = []
    for name in asked.shocks.given:
        events = {shock: once if shock == name else none for shock in _ORDER}
        lost = _lost(asked, events, None)
        outcome = sweep(lost + asked.missing_fen[:, None], asked.savings_fen)
        worst = int(np.argmax(outcome.needed_fen))
        found.append(
            {
                "shock": name,
                "breaks_when_it_begins_in": [month + 1 for month in np.flatnonzero(outcome.broke_in).tolist()],
                "worst_month": worst + 1,
                "reserve": yuan(int(outcome.needed_fen[worst])),
            }
        )
    return found


_ORDER = ("income_drop", "job_loss", "medical_bill", "rate_change")
Events = Mapping[str, NDArray[np.bool_]]


def _events(shocks: Shocks, chance: np.random.PCG64, months: int, paths: int) -> Events:
    """In which months of which paths each shock begins; what cannot happen draws no number."""
    found = {}
    for name in _ORDER:
        limit = shocks.limit(name)
        if limit is None:
            found[name] = np.zeros((months, paths), dtype=bool)
        else:
            drawn = np.asarray(chance.random_raw(months * paths), dtype=np.uint64)
            found[name] = (drawn <= np.uint64(limit)).reshape(months, paths)
    return found


def _lost(asked: Asked, events: Events, amounts: np.random.PCG64 | None) -> Whole:
    """What the shocks take from each month in fen; without ``amounts`` every bill is the largest."""
    shocks = asked.shocks
    fallen = _within(events["income_drop"], shocks.income_drop_months)
    jobless = _within(events["job_loss"], shocks.job_loss_months)
    lost = np.where(fallen, asked.share_of_income(shocks.income_drop_ratio)[:, None], 0)
    lost = np.where(jobless, np.maximum(lost, asked.share_of_income(shocks.job_loss_ratio)[:, None]), lost)
    lost[events["medical_bill"]] += _bills(shocks, int(events["medical_bill"].sum()), amounts)
    if shocks.rate_change_fen:
        lost += np.cumsum(events["rate_change"], axis=0, dtype=np.int64) * shocks.rate_change_fen
    return np.asarray(lost, dtype=np.int64)


def _bills(shocks: Shocks, count: int, amounts: np.random.PCG64 | None) -> Whole:
    if amounts is None:
        return np.full(count, shocks.bill_most_fen, dtype=np.int64)
    drawn = np.asarray(amounts.random_raw(count), dtype=np.uint64).reshape(count)
    span = np.uint64(shocks.bill_most_fen - shocks.bill_least_fen + 1)
    return shocks.bill_least_fen + (drawn % span).astype(np.int64)


def _within(begins: NDArray[np.bool_], months: int) -> NDArray[np.bool_]:
    """Whether something began in this month or in one of the ``months`` − 1 before."""
    lasting = begins.copy()
    for back in range(1, min(months, len(begins))):
        lasting[back:] |= begins[:-back]
    return lasting


def _median_month(counts: NDArray[np.intp], broken: int) -> int | None:
    """The month by which half of the broken paths have broken; None where none has."""
    if not broken:
        return None
    reached = np.cumsum(counts[1:])
    return int(np.flatnonzero(2 * reached >= broken)[0]) + 1


def _reserves(needed_fen: Whole, savings_fen: int) -> dict[str, dict[str, str]]:
    """The reserve with which a share of all paths would not break, and how much of it is missing."""
    by_size = np.sort(needed_fen)
    found = {}
    for name, (over, under) in SHARES.items():
        rank = -(-len(by_size) * over // under) - 1
        reserve_fen = int(by_size[rank])
        found[name] = {"sum": yuan(reserve_fen), "missing": yuan(max(0, reserve_fen - savings_fen))}
    return found
