"""``heyue join FACTS``: registers a bank, or brings a registered one up to date, and tells it the platform's keys.

``--demo`` acts on the demo that runs from this folder. Exit 0 when the bank is registered, 1 when it was refused, 2 for
facts that cannot be read or a setting that is missing.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from heyue.engine.bad_input import BadInput
from heyue.engine.refusal import Refusal
from heyue.faces.cli import deployment
from heyue.faces.cli.demo.places import Places
from heyue.faces.cli.json_input import read_json
from heyue.faces.cli.problem import EXIT_ANSWERED, EXIT_BAD_INPUT, EXIT_NO, report_bad_input


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("facts", metavar="FACTS", help="银行的入驻资料，JSON 文件，- 为标准输入")
    parser.add_argument("--demo", action="store_true", help="登记到正开着的演示")
    parser.add_argument("--rename", action="store_true", help="已登记的银行改了名")


def run(arguments: argparse.Namespace) -> int:
    """Register the bank and print what it is told in return."""
    try:
        facts, flaws = read_json(arguments.facts)
        if flaws or not isinstance(facts, dict):
            raise BadInput(flaws or [("", "要是一个 JSON 对象")])
        if arguments.demo:
            os.environ.update(_of_demo())
    except BadInput as bad:
        report_bad_input(bad.errors)
        return EXIT_BAD_INPUT
    if not deployment.set_up(signs=True):
        return deployment.EXIT_NOT_CONFIGURED
    return _joined(facts, may_rename=arguments.rename)


def _joined(facts: dict[str, Any], *, may_rename: bool) -> int:
    from django.conf import settings

    from heyue.banks.actions import join
    from heyue.banks.reads import platform_keys

    try:
        bank = join(facts, may_rename=may_rename)
    except Refusal as refusal:
        report_bad_input([(f"/{refusal.field}" if refusal.field else "", str(refusal))], refusal.code)
        return EXIT_NO
    keys = {key.keyid: key.public_text for key in platform_keys()}
    print(json.dumps({"bank": bank.slug, "platform_url": settings.HEYUE_PUBLIC_URL, "platform_keys": keys}, indent=2))
    return EXIT_ANSWERED


def _of_demo() -> dict[str, str]:
    """The environment of the demo that runs from this folder. Raises ``BadInput``."""
    var = Path(os.environ.get("HEYUE_VAR", "var"))
    try:
        portal = json.loads((var / "demo.json").read_text(encoding="utf-8"))["portal"]
    except (OSError, ValueError, KeyError):
        raise BadInput([("", "这个文件夹里没有开着的演示。先开：bin/demo")]) from None
    return Places.of(var, urlsplit(portal).port or 0).environment()
