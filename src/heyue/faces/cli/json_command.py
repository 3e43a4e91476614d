"""What the JSON commands share: read, answer, write; exit codes and problems of the contract."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from heyue.engine.bad_input import BadInput
from heyue.engine.canonical import canonical
from heyue.faces.cli.json_input import is_text, read_json
from heyue.faces.cli.problem import (
    EXIT_ANSWERED,
    EXIT_BAD_INPUT,
    EXIT_NO,
    EXIT_OUR_FAULT,
    report_bad_input,
    report_our_fault,
)


def add_pretty(parser: argparse.ArgumentParser) -> None:
    """The option that indents the answer."""
    parser.add_argument("--pretty", action="store_true", help="缩进输出，便于阅读")


def add_file(parser: argparse.ArgumentParser) -> None:
    """The input file, and the option that indents the answer."""
    parser.add_argument("file", metavar="FILE", help="JSON 文件，- 为标准输入")
    add_pretty(parser)


def answer_file(
    arguments: argparse.Namespace,
    compute: Callable[[Any], Any],
    says_no: Callable[[Any], bool] = lambda answer: False,
) -> int:
    """Answer the JSON document of ``arguments.file``; what is wrong with its text and with its fields comes at once."""
    return answer(arguments, lambda: _computed(arguments.file, compute), says_no)


def _computed(file: str, compute: Callable[[Any], Any]) -> Any:
    value, flaws = read_json(file)
    if not flaws:
        return compute(value)
    named = {pointer for pointer, _ in flaws}
    try:
        compute(value)
    except BadInput as refused:
        flaws += [error for error in refused.errors if error[0] not in named and is_text(error[0])]
    raise BadInput(flaws)


def answer(
    arguments: argparse.Namespace,
    compute: Callable[[], Any],
    says_no: Callable[[Any], bool] = lambda answer: False,
) -> int:
    """Write an answer on standard output, or one problem on standard error; return the exit code."""
    try:
        found = compute()
        text = _pretty(found) if arguments.pretty else canonical(found)
    except BadInput as refused:
        report_bad_input(refused.errors, getattr(refused, "code", "bad-input"))
        return EXIT_BAD_INPUT
    except Exception as error:
        report_our_fault(error)
        return EXIT_OUR_FAULT
    try:
        sys.stdout.buffer.write(text.encode() + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_NO if says_no(found) else EXIT_ANSWERED


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
