"""``heyue portfolio interest|schedule IN -o OUT``: a bank's nightly run over whole tables."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from heyue.engine.bad_input import BadInput
from heyue.faces.cli.json_command import add_pretty, answer

KINDS = ("interest", "schedule")
WORKERS_MAX = 256
_EXTRAS = {"portfolio": ("numba", "pyarrow", "tqdm"), "cluster": ("distributed",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to work out, the tables, where the results go, and who does the work."""
    parser.add_argument("kind", choices=KINDS, help="interest：计息；schedule：排分期还款计划")
    parser.add_argument(
        "tables", metavar="IN", type=Path, help="interest：装有 accounts 和 events 两张表的目录；schedule：一张表"
    )
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="结果表，.parquet 或 .arrow")
    parser.add_argument("--totals", metavar="FILE", type=Path, help="每个账户一行的合计表")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--workers", metavar="N", type=int, default=1, help="用 N 个本机进程，默认 1")
    who.add_argument("--cluster", metavar="ADDRESS", help="Dask 调度器的地址，如 tcp://10.0.0.1:8786")
    parser.add_argument("--quiet", action="store_true", help="不显示进度")
    add_pretty(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the tables; answer how many accounts there were. Exit code 1 where some were set aside."""
    return answer(arguments, lambda: work_out(arguments), lambda found: found["set_aside"] > 0)


def work_out(arguments: argparse.Namespace) -> dict[str, int]:
    """Read the tables, write the results; how many accounts there were, answered and set aside, and result rows."""
    _check_installed("portfolio")
    if arguments.cluster is not None:
        _check_installed("cluster")
    if not 1 <= arguments.workers <= WORKERS_MAX:
        raise BadInput([("", f"--workers 应为 1 到 {WORKERS_MAX} 的整数")])
    from heyue.faces.cli import portfolio_files as files

    out, totals = arguments.out, arguments.totals
    for path in filter(None, (out, totals)):
        files.check_suffix(path)
    set_aside = out.with_name(f"{out.stem}.set-aside{out.suffix}")
    if totals is not None and totals.absolute() in (out.absolute(), set_aside.absolute()):
        raise BadInput([("", "--totals 应是另一个文件")])
    found = {"accounts": 0, "answered": 0, "rows": 0, "set_aside": 0}
    with ExitStack() as opened:
        parts, schemas, length = _parts(arguments, opened)
        # The results come last, so that whoever sees them sees the others too.
        results = opened.enter_context(files.Results())
        places = [out, totals, set_aside]
        for path, schema in zip(places, schemas, strict=True):
            if path is not None:
                results.open(path, schema)
        answers = opened.enter_context(_answers(arguments))
        bar = opened.enter_context(_progress(length, quiet=arguments.quiet))
        for answered in answers(arguments.kind, _counted(parts, found)):
            for path, table in zip(places, answered[:-1], strict=True):
                if path is not None:
                    results.write(path, table)
            found["answered"] += answered.answered
            found["rows"] += len(answered.rows)
            found["set_aside"] += len(answered.set_aside.column("account").unique())
            bar.update(answered.answered)
    return found


def _check_installed(extra: str) -> None:
    missing = [name for name in _EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise BadInput([("", f"缺少组件 {'、'.join(missing)}，请安装：pip install 'heyue[{extra}]'")])


def _parts(arguments: argparse.Namespace, opened: ExitStack) -> tuple[Iterator[Any], Any, int | None]:
    """The parts of the input, the schemas of the results, and how many accounts there are, where that is known."""
    from heyue.faces.cli import portfolio_columns, portfolio_interest, portfolio_parts, portfolio_schedule
    from heyue.faces.cli import portfolio_files as files

    def table(path: Path, known: Any, name: str) -> files.Table:
        found = files.Table(path, opened)
        portfolio_columns.check_columns(found.schema, known, name)
        return found

    if arguments.kind == "schedule":
        files.check_suffix(arguments.tables)
        terms = table(arguments.tables, portfolio_schedule.TERMS, "schedules")
        batches = (portfolio_parts.with_names(batch, "schedules") for batch in terms.batches(_SCHEDULES_A_PART))
        name = portfolio_columns.name_type(terms.schema)
        return batches, portfolio_schedule.SHAPE.schemas(name), terms.length
    accounts = table(files.find_table(arguments.tables, "accounts"), portfolio_interest.ACCOUNTS, "accounts")
    events = table(files.find_table(arguments.tables, "events"), portfolio_interest.EVENTS, "events")
    name = portfolio_columns.name_type(accounts.schema)
    if portfolio_columns.name_type(events.schema) != name:
        raise BadInput([("/events/account", f"类型应和账户表的一样：{name}")])
    parts = portfolio_parts.parts(
        accounts.batches(portfolio_parts.ACCOUNTS_A_PART), accounts.schema,
        portfolio_parts.Events(events.batches(_EVENTS_A_BATCH), events.schema),
    )  # fmt: skip
    return parts, portfolio_interest.SHAPE.schemas(name), accounts.length


_SCHEDULES_A_PART = 4_096
_EVENTS_A_BATCH = 65_536


def _answers(arguments: argparse.Namespace) -> AbstractContextManager[Any]:
    from heyue.faces.cli import portfolio_run

    if arguments.cluster is not None:
        return portfolio_run.cluster(arguments.cluster)
    if arguments.workers > 1:
        return portfolio_run.processes(arguments.workers)
    return nullcontext(portfolio_run.one_process)


def _counted(parts: Iterator[Any], found: dict[str, int]) -> Iterator[Any]:
    for part in parts:
        found["accounts"] += len(part.accounts) if hasattr(part, "accounts") else len(part)
        yield part


def _progress(length: int | None, *, quiet: bool) -> Any:
    """A bar on standard error where that is a terminal."""
    from tqdm import tqdm

    return tqdm(total=length, unit="户", unit_scale=True, file=sys.stderr, disable=True if quiet else None)
