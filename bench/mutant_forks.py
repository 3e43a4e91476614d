"""A pytest plugin for ``bench/mutants.py``: instead of the tests once, each mutant once, in a fork of its own.

In the fork the mutant stands where the original stood, and the tests that run its function go by, the quickest first,
until one fails.
"""

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

_SECONDS_AT_LEAST = 20
_SLOWER = 6
_TEST_SECONDS_MAX = 1.0


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant that is asked for, some at a time, and write how each ended."""
    asked: list[str] = json.loads(Path(os.environ["MUTANTS_ASKED"]).read_text(encoding="utf-8"))
    stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
    seconds: dict[str, float] = stats["duration_by_test"]
    items = {item.nodeid: item for item in session.items}
    ended: dict[str, str] = {}
    running: dict[int, str] = {}
    begun = time.monotonic()
    for name in asked:
        function = name.rsplit("__mutmut_", 1)[0]
        reaching = stats["tests_by_mangled_function_name"].get(function, ())
        tests = [items[test] for test in reaching if test in items and seconds.get(test, 0.0) <= _TEST_SECONDS_MAX]
        if not tests:
            ended[name] = "no test"
            continue
        tests.sort(key=lambda item: (seconds.get(item.nodeid, 1.0), item.nodeid))
        while len(running) >= int(os.environ["MUTANTS_PROCESSES"]):
            _wait(running, ended)
        child = os.fork()
        if not child:
            _try(name, tests, _SECONDS_AT_LEAST + _SLOWER * sum(seconds.get(item.nodeid, 1.0) for item in tests))
        running[child] = name
        if len(ended) % 100 == 0:
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


def _try(name: str, tests: list[Any], seconds: float) -> None:
    signal.alarm(int(seconds))
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
        for item, after in zip(tests, [*tests[1:], None], strict=True):
            item.session._setupstate.setup(item)
            item.runtest()
            item.session._setupstate.teardown_exact(after)
    except BaseException:
        os._exit(1)
    os._exit(0)
