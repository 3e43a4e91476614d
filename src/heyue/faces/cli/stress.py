"""``heyue stress FILE``: a plan under seeded bad months."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

from heyue.engine.bad_input import BadInput, read_date
from heyue.engine.bad_months import stress
from heyue.faces.cli.json_command import add_file, answer_file
from heyue.policy.load import NoRecord, rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One input file."""
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the file."""
    return answer_file(arguments, _answer)


def _answer(value: Any) -> dict[str, Any]:
    """Without ``shocks`` those assumed on ``as_of`` are taken."""
    if isinstance(value, Mapping) and "as_of" in value:
        as_of = read_date(value["as_of"])
        if as_of is None:
            raise BadInput([("/as_of", "应为日期，写作 YYYY-MM-DD")])
        value = {name: entry for name, entry in value.items() if name != "as_of"}
        if "shocks" not in value:
            value["shocks"] = _assumed(as_of)
    return stress(value)


def _assumed(as_of: date) -> Any:
    try:
        return rule("STRESS-SHOCKS", as_of).value
    except NoRecord:
        raise BadInput([("/as_of", "那时还没有压力测试的假设")]) from None
