"""The whole demo as a stranger runs it: platform, worker, banks and mailbox, each a process, on a chosen database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

STARTS_WITHIN_SECONDS = 120
STOPS_WITHIN_SECONDS = 30
PORTS_TOGETHER = 9
SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass
class RunningDemo:
    """A demo that runs, and its process."""

    var: Path
    process: subprocess.Popen[bytes]

    def children(self) -> dict[int, str]:
        """Return the demo's processes: pid → command line."""
        own = self.process.pid
        pids = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in pids}

    def kill(self, words: str) -> None:
        """Kill -9 the process whose command line holds these words; the demo starts it again."""
        (pid,) = [pid for pid, command in self.children().items() if words in command]
        os.kill(pid, signal.SIGKILL)

    def log(self) -> str:
        """Return what the demo and its processes have said."""
        files = [self.var / "demo.log", *sorted((self.var / "demo" / "logs").glob("*.log"))]
        return "\n".join(f"── {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in files)


@contextmanager
def running_demo(var: Path) -> Iterator[RunningDemo]:
    """Run the demo below ``var`` on the kind of database that the tests run on, until the block ends."""
    with _database() as url, (var / "demo.log").open("wb") as log:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HEYUE_", "DJANGO_"))},
            "PYTHONPATH": str(SOURCE),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        if url:
            environment["HEYUE_DATABASE_URL"] = url
        command = [sys.executable, "-m", "heyue.faces.cli", "demo", "--var", str(var), "--port", str(_free_ports())]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        demo = RunningDemo(var, process)
        try:
            _wait_until_told(demo)
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_told(demo: RunningDemo) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while not (demo.var / "demo.json").exists():
        if demo.process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the demo did not start\n{demo.log()}")
        time.sleep(0.2)


def _free_ports() -> int:
    """Return the first of nine neighbouring ports on which nobody listens."""
    for first in range(18000, 30000, 11):
        try:
            for port in range(first, first + PORTS_TOGETHER):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no nine free ports in a row")


@contextmanager
def _database() -> Iterator[str]:
    """Make a database of the tests' kind; an empty address means the demo's own SQLite file."""
    if connection.vendor == "sqlite":
        yield ""
        return
    import psycopg

    now = connection.settings_dict
    name = f"heyue_journey_{uuid.uuid4().hex[:12]}"
    server = {"user": now["USER"], "password": now["PASSWORD"], "host": now["HOST"], "port": now["PORT"] or 5432}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:  # type: ignore[arg-type]
        admin.execute(f'CREATE DATABASE "{name}"')
    user = f"{now['USER']}:{now['PASSWORD']}" if now["PASSWORD"] else now["USER"]
    try:
        yield f"postgresql://{user}@{now['HOST'].replace('/', '%2F')}:{now['PORT'] or 5432}/{name}"
    finally:
        with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:  # type: ignore[arg-type]
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
