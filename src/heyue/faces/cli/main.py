"""``heyue COMMAND``: finds the command, imports only its module, and runs it.

A command is a module of this package with ``add_arguments(parser)`` and ``run(arguments) -> exit code``. One
whose module is not installed is not offered.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper
from typing import NoReturn

from heyue.faces.cli.problem import EXIT_ANSWERED, EXIT_BAD_INPUT, report_bad_input

_INTERRUPTED = 130


@dataclass(frozen=True)
class Command:
    """A sub-command: its name, the module that holds it, one sentence for the overview."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("interest", "interest", "按账户的条款和流水逐笔计息，算出账单、最低还款额和违约金"),
    Command("schedule", "schedule", "排出分期还款计划表，给出真实年化利率和方案哈希"),
    Command("portfolio", "portfolio", "对整张 Parquet 或 Arrow 表的账户计息、排期，可用多个进程或集群"),
    Command("recommend", "recommend", "在各家银行的政策和家庭预算之内，找出最合适的联合还款方案"),
    Command("check", "check", "对照规定检查一份个性化分期还款协议的条款"),
    Command("budget", "budget", "算出家庭每个月能拿出多少还款，并轻声问一问可能漏填的"),
    Command("stress", "stress", "让一个还款方案经过有种子的坏月份，看多可能断、断在哪月、要多少储备"),
    Command("warn", "warn", "看接下来三期里有没有可能错过，为什么，以及先去商量什么"),
    Command("deadline", "deadline", "算出某日之后第 N 个工作日，含调休"),
    Command("import", "import_statement", "读一份银行账单文件"),
    Command("bundle", "bundle", "导出一次协商的证据包"),
    Command("verify", "verify", "离线核验一个证据包"),
    Command("conformance", "conformance", "扮演对方，检查一个协议实现"),
    Command("demo", "demo", "启动完整演示"),
    Command("serve", "serve", "启动网站服务"),
    Command("worker", "worker", "启动任务进程"),
    Command("bank", "bank", "启动一家沙箱银行"),
    Command("join", "join", "登记一家银行，或者更新它的资料和钥匙"),
    Command("doctor", "doctor", "检查部署，指出要修的地方"),
)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are problem objects like those of the input."""

    def error(self, message: str) -> NoReturn:
        report_bad_input([("", message)])
        sys.exit(EXIT_BAD_INPUT)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is the contract's."""
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, TextIOWrapper):
        # Help is Chinese also where the machine's locale is not.
        sys.stdout.reconfigure(encoding="utf-8")
    offered = {command.name: command for command in COMMANDS if _is_installed(command)}
    if words[:1] in (["-h"], ["--help"]):
        print(_overview(offered), end="")
        return EXIT_ANSWERED
    command = offered.get(words[0]) if words else None
    if command is None:
        missing = f"没有这个命令：{words[0]}" if words else "缺少命令"
        report_bad_input([("", f"{missing}，可用的有：{'、'.join(offered)}；heyue --help 看说明")])
        return EXIT_BAD_INPUT
    module = import_module(f"heyue.faces.cli.{command.module}")
    parser = _Parser(prog=f"heyue {command.name}", description=command.summary, allow_abbrev=False)
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(words[1:])))
    except KeyboardInterrupt:
        return _INTERRUPTED


def _is_installed(command: Command) -> bool:
    return find_spec(f"heyue.faces.cli.{command.module}") is not None


def _overview(offered: dict[str, Command]) -> str:
    lines = [f"  {command.name:<12} {command.summary}" for command in offered.values()]
    return "用法：heyue 命令 [参数]，heyue 命令 --help 看详细说明\n\n命令：\n" + "\n".join(lines) + "\n"
