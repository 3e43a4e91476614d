"""A pytest plugin for ``bench/mutants.py``: instead of the tests once, each mutant once, in a fork of its own.

In the fork the mutant stands where the original stood, and the tests that run its function go by, the quickest first,
until one fails.
"""

import gc
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

# How long a test may take is counted in seconds of the processor: on a busy machine no mutant seems endless for that.
_SECONDS_AT_LEAST = 2
_SLOWER = 10


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant that is asked for, some at a time, and write how each ended."""
    asked: list[str] = json.loads(Path(os.environ["MUTANTS_ASKED"]).read_text(encoding="utf-8"))
    stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
    seconds: dict[str, float] = stats["duration_by_test"]
    items = {item.nodeid: item for item in session.items}
    longest = float(os.environ["MUTANTS_TEST_SECONDS"])
    ended: dict[str, str] = {}
    running: dict[int, str] = {}
    begun = time.monotonic()
    # What was collected is never looked through again, so that forks share its pages.
    gc.collect()
    gc.freeze()
    for name in asked:
        function = name.rsplit("__mutmut_", 1)[0]
        reaching = stats["tests_by_mangled_function_name"].get(function, ())
        tests = [items[test] for test in reaching if test in items and seconds.get(test, 0.0) <= longest]
        if not tests:
            ended[name] = "no test"
            continue
        tests.sort(key=lambda item: (seconds.get(item.nodeid, 1.0), item.nodeid))
        while len(running) >= int(os.environ["MUTANTS_PROCESSES"]):
            _wait(running, ended)
        child = os.fork()
        if not child:
            _try(name, [(item, _SECONDS_AT_LEAST + _SLOWER * seconds.get(item.nodeid, 1.0)) for item in tests])
        running[child] = name
        if len(ended) % 20 == 0:
            print(f"{len(ended)} of {len(asked)}, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            _write(ended)
    while running:
        _wait(running, ended)
    _write(ended)
    return True


def _write(ended: dict[str, str]) -> None:
    Path(os.environ["MUTANTS_ANSWERED"]).write_text(json.dumps(ended), encoding="utf-8")


def _wait(running: dict[int, str], ended: dict[str, str]) -> None:
    child, status = os.wait()
    how = {0: "survived", 1: "killed"}.get(os.waitstatus_to_exitcode(status), "timeout")
    ended[running.pop(child)] = how


def _try(name: str, tests: list[tuple[Any, float]]) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    trampoline = importlib.import_module("mutmut.mutation.trampoline")
    trampoline.get_mutant_under_test = lambda: ""  # type: ignore[attr-defined]
    module, function = name.rsplit(".", 1)
    mutants = getattr(importlib.import_module(module), f"mutants_{function.rsplit('__mutmut_', 1)[0]}__mutmut")
    mutants["_mutmut_orig"] = mutants[function]
    try:
        # Without pytest's reports: to write one costs more than most of these tests.
        for (item, seconds), (after, _) in zip(tests, [*tests[1:], (None, 0)], strict=True):
            signal.setitimer(signal.ITIMER_PROF, seconds)
            item.session._setupstate.setup(item)
            item.runtest()
            item.session._setupstate.teardown_exact(after)
    except BaseException:
        os._exit(1)
    os._exit(0)
