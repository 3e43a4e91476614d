"""``heyue recommend FILE``."""

import argparse

from heyue.engine.recommend import recommend
from heyue.faces.cli.json_command import add_file, answer_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One input file."""
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the file."""
    return answer_file(arguments, recommend)
