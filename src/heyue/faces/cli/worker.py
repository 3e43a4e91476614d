"""``heyue worker``: carries out rows of work until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from types import FrameType

from heyue.faces.cli import deployment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none: what there is to do stands in the database."""


def run(arguments: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; what is in hand is finished first. Exit 2 when a setting is missing."""
    if not deployment.set_up(signs=True):
        return deployment.EXIT_NOT_CONFIGURED
    from heyue.faces.worker.loop import run as work

    stop = threading.Event()

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)
    print("任务进程已启动，按 Ctrl-C 结束", file=sys.stderr, flush=True)
    work(stop)
    return 0
