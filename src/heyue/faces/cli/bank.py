"""``heyue bank``: the sandbox bank's own command line, as a process of its own (it imports nothing of heyue)."""

from __future__ import annotations

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything goes to the sandbox bank."""
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="init … 或 serve …，见 heyue bank -- --help")


def run(arguments: argparse.Namespace) -> int:
    """Become the sandbox bank's process."""
    rest = arguments.rest[1:] if arguments.rest[:1] == ["--"] else arguments.rest
    os.execv(sys.executable, [sys.executable, "-P", "-m", "sandbox_bank", *rest])  # noqa: S606 - no shell is wanted
