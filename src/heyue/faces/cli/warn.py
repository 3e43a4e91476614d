"""``heyue warn FILE``: how likely one of an agreement's next three instalments is missed, and what to ask for."""

import argparse
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from heyue.engine.bad_input import read_date
from heyue.engine.early_warning import warn
from heyue.faces.cli.json_command import add_file, answer_file
from heyue.policy.load import NoRecord, rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One input file."""
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the file."""
    return answer_file(arguments, _answer)


def _answer(value: Any) -> dict[str, Any]:
    """With an income but without ``shocks`` those assumed on ``as_of`` are taken."""
    if isinstance(value, Mapping) and "income" in value and "shocks" not in value:
        as_of = read_date(value.get("as_of"))
        with suppress(NoRecord):
            value = {**value, "shocks": rule("STRESS-SHOCKS", as_of).value} if as_of else value
    return warn(value)
