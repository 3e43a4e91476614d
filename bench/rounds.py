"""Rounds A-B-A-B of several contenders on the same inputs: median ratios, spreads, check sums, one line of JSON."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

Contender = Callable[[], Any]


def compare(
    title: str, contenders: dict[str, Contender], base: str, work: int, unit: str, rounds: int = 5
) -> dict[str, Any]:
    """Run every contender once a round, in turn; a contender returns its check sum. Prints and returns the figures.

    ``work`` is how many units one call does. A ratio is base's seconds over the contender's: above 1 is faster. Where
    other programs want the processor too, the ratio of this process's own processor time is the steadier one.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    processor: dict[str, list[float]] = {name: [] for name in contenders}
    sums: dict[str, Any] = {}
    for name, run in contenders.items():
        sums[name] = run()
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            begun, used = time.perf_counter(), time.process_time()
            run()
            seconds[name].append(time.perf_counter() - begun)
            processor[name].append(time.process_time() - used)
    found: dict[str, Any] = {"title": title, "unit": unit, "rounds": rounds, "base": base, "contenders": {}}
    print(f"{title}: {rounds} rounds, {work} {unit} each")
    for name in contenders:
        ratios = _ratios(seconds[base], seconds[name])
        found["contenders"][name] = {
            "per_second": round(work / statistics.median(seconds[name]), 1),
            "ratio": round(statistics.median(ratios), 4),
            "spread": [round(min(ratios), 4), round(max(ratios), 4)],
            "processor_ratio": round(statistics.median(_ratios(processor[base], processor[name])), 4),
            "check": sums[name],
        }
        one = found["contenders"][name]
        print(
            f"  {name:<28} {one['per_second']:>14,.0f} {unit}/s   ratio {one['ratio']:>9.4f} "
            f"[{one['spread'][0]:.4f}, {one['spread'][1]:.4f}]   by processor time {one['processor_ratio']:.4f}   "
            f"check {one['check']}"
        )
    print(json.dumps(found))
    return found


def _ratios(base: list[float], contender: list[float]) -> list[float]:
    return [one / max(two, 1e-9) for one, two in zip(base, contender, strict=True)]
