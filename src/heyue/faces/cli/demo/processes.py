"""The demo's processes: started, waited for, started again when they die, stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 10.0
LOOK_EVERY_SECONDS = 0.2
RESTART_PAUSE_SECONDS = 1.0
LOG_LINES_SHOWN = 15


class NotReady(Exception):
    """A process ended or did not answer in time; its last log lines are in the message."""


@dataclass
class Hand:
    """One process, how it is started, and the address at which it answers when ready."""

    name: str
    command: list[str]
    ready_at: str
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)


class Crew:
    """All processes of one demo. Each is in a session of its own, so that Ctrl-C reaches us first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._hands: list[Hand] = []
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)

    def start(self, name: str, command: list[str], *, ready_at: str = "") -> None:
        """Start one process; its output goes to its log."""
        print(f"heyue: 启动 {name} …", file=sys.stderr, flush=True)
        self._hands.append(Hand(name, command, ready_at, self._open(name, command)))

    def wait_until_ready(self) -> None:
        """Wait until every process that has an address answers there. Raises ``NotReady``."""
        for hand in self._hands:
            while hand.ready_at and not self._stopping and not _answers(hand.ready_at):
                if hand.process.poll() is not None or time.monotonic() - hand.started_at > READY_SECONDS_MAX:
                    raise NotReady(f"{hand.name} 没有起来。\n{self._last_words(hand.name)}")
                time.sleep(LOOK_EVERY_SECONDS)

    def watch(self) -> int:
        """Look after the processes until Ctrl-C or SIGTERM; one that died is started again."""
        while not self._stopping:
            for hand in self._hands:
                code = hand.process.poll()
                if code is None or self._stopping:
                    continue
                if time.monotonic() - hand.started_at < RESTART_PAUSE_SECONDS:
                    continue
                print(f"heyue: {hand.name} 停了（{code}），重新启动 …", file=sys.stderr, flush=True)
                hand.process = self._open(hand.name, hand.command)
                hand.started_at = time.monotonic()
            time.sleep(LOOK_EVERY_SECONDS)
        return 0

    def stop(self) -> None:
        """Ask every process to end, the last one started first, and end by force what does not."""
        self._stopping = True
        for hand in reversed(self._hands):
            _tell(hand.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for hand in reversed(self._hands):
            try:
                hand.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _tell(hand.process, signal.SIGKILL)
                hand.process.wait()

    def _open(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=os.environ.copy()
            )

    def _last_words(self, name: str) -> str:
        lines = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    def _told_to_stop(self, number: int, frame: object) -> None:
        self._stopping = True


def _tell(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
