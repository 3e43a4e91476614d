"""``heyue check FILE``: an agreement against the rules that held on the day it was signed."""

import argparse
from typing import Any

from heyue.engine.rules import check_agreement
from heyue.engine.rules.agreement import read_agreement
from heyue.faces.cli.json_command import add_file, answer_file
from heyue.policy.load import rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One input file."""
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the findings; the exit code is 1 when one is an error."""
    return answer_file(arguments, _check, lambda found: any(one["severity"] == "error" for one in found))


def _check(value: Any) -> list[dict[str, str]]:
    agreement = read_agreement(value)
    return [finding.as_json() for finding in check_agreement(agreement, rules(agreement.signed_on))]
