"""``heyue deadline --from DATE --working-days N``."""

import argparse
import re
from typing import Any

from heyue.engine.bad_input import Fields, Findings
from heyue.engine.working_days import WORKING_DAYS_MAX, nth_working_day
from heyue.faces.cli.json_command import add_pretty, answer
from heyue.policy.holidays import mainland

_WHOLE = re.compile(r"[0-9]{1,9}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A date and a number of working days."""
    parser.add_argument("--from", dest="start", metavar="DATE", help="从这一天之后起算，YYYY-MM-DD")
    parser.add_argument("--working-days", metavar="N", help=f"第几个工作日，1 到 {WORKING_DAYS_MAX}")
    add_pretty(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the date, and whether it rests on a year without notice."""
    return answer(arguments, lambda: _deadline(arguments.start, arguments.working_days))


def _deadline(start: str | None, working_days: str | None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if start is not None:
        given["from"] = start
    if working_days is not None:
        given["working-days"] = int(working_days) if _WHOLE.fullmatch(working_days) else working_days
    findings = Findings()
    fields = Fields(given, "", ("from", "working-days"), findings)
    day, count = fields.day("from"), fields.whole("working-days", 1, WORKING_DAYS_MAX)
    findings.stop_if_any()
    deadline = nth_working_day(day, count, mainland())
    return {"date": deadline.on.isoformat(), "provisional": deadline.provisional}
