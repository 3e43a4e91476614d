"""``heyue demo``: the whole system on one machine, with three sandbox banks and a mailbox, until Ctrl-C.

Every part is a process of its own: the website, the worker, each bank. The banks have databases of their
own and are reached by HTTP only; a fourth has no system and is reached at the mailbox. One that dies is
started again; nothing is lost.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from heyue.faces.cli.demo.places import Places, PortInUse
from heyue.faces.cli.demo.processes import Crew

PORT = 8000
BAD_START = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--fresh", action="store_true", help="丢掉上次演示的数据，从头开始")
    parser.add_argument("--port", type=int, default=PORT, help=f"网站的端口，银行和邮箱用它后面的八个（默认 {PORT}）")
    parser.add_argument("--var", type=Path, default=None, help="数据放在哪里（默认当前项目的 var）")


def run(arguments: argparse.Namespace) -> int:
    """Set up, start, print where to go, and watch over the processes until told to stop."""
    try:
        places = Places.of(arguments.var or Path(os.environ.get("HEYUE_VAR", "var")), arguments.port)
        places.must_be_free()
    except PermissionError as error:
        print(f"heyue: 不能写 {error.filename}。换一个能写的文件夹：bin/demo --var 文件夹", file=sys.stderr)
        return BAD_START
    except PortInUse as error:
        print(f"heyue: {error}", file=sys.stderr)
        return BAD_START
    if arguments.fresh:
        places.forget()
    os.environ.update(places.environment())
    # Django reads its settings from the environment that has just been made.
    from heyue.faces.cli.demo import seeds

    crew = Crew(places.logs)
    try:
        banks = [
            seeds.Sandbox(profile, *ports) for profile, ports in zip(seeds.PROFILES, places.bank_ports(), strict=True)
        ]
        seeds.prepare_platform(places, fresh=arguments.fresh)
        facts = seeds.open_banks(places, banks)
        for bank in banks:
            crew.start(bank.profile, bank.command(places), ready_at=f"{bank.url}/v1/openapi.json")
        crew.start("mailbox", seeds.mailbox_command(places), ready_at=places.mailbox)
        seeds.join_banks(banks, facts)
        crew.start("worker", [sys.executable, "-P", "-m", "heyue.faces.cli", "worker"])
        crew.start(
            "website",
            [sys.executable, "-P", "-m", "heyue.faces.cli", "serve", "--port", str(places.port)],
            ready_at=f"{places.portal}signin",
        )
        crew.wait_until_ready()
        accounts = seeds.people(facts)
        places.announce(seeds.told(places, banks, accounts))
        return crew.watch()
    finally:
        places.quiet()
        crew.stop()
