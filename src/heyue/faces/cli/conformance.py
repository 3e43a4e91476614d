"""``heyue conformance``: plays one side of the gateway protocol and judges the other.

Exit 0 when no case failed, 1 when one did, 2 when it could not begin. Needs no settings and no database.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from base64 import b64encode
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.clock.machine import machine_now
from heyue.faces.cli.problem import EXIT_ANSWERED, EXIT_BAD_INPUT, EXIT_NO, report_bad_input
from heyue.gateway.client import BankClient, PlatformClient, Refused, Unreachable
from heyue.gateway.conformance import at_platform, sides
from heyue.gateway.conformance.at_bank import AtBank
from heyue.gateway.conformance.at_platform import AtPlatform
from heyue.gateway.conformance.case import Case, Outcome, judge
from heyue.gateway.conformance.door import Door
from heyue.gateway.conformance.listener import Listener, Trouble
from heyue.gateway.conformance.report import Report, line
from heyue.gateway.signing import PublicKey, Signer, public_key

SECONDS_MAX = 20.0
DEMO_BANK = "donghu"


class BadUse(ValueError):
    """An option that is missing or cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    side = parser.add_mutually_exclusive_group(required=True)
    side.add_argument("--bank", metavar="URL", help="扮演平台，检验这个地址上的银行")
    side.add_argument("--platform", metavar="URL", help="扮演银行，检验这个地址上的平台")
    side.add_argument("--new-key", metavar="KEYID", help="做一把新钥匙：私钥给 --key，公钥登记到对方")
    parser.add_argument("--key", metavar="KEYID=BASE64", help="我们签名的私钥（默认 HEYUE_CONFORMANCE_KEY，或演示的）")
    parser.add_argument("--peer-key", metavar="KEYID=BASE64", action="append", default=[], help="对方的公钥，可以几把")
    parser.add_argument("--slug", default=DEMO_BANK, help="扮演哪家银行（--platform；要已登记）")
    parser.add_argument("--negotiation", default="", help="专为检验开的协商（--platform）")
    parser.add_argument("--holder", metavar="姓名,证件号,手机号", help="银行的测试客户（--bank）")
    parser.add_argument("--listen", metavar="HOST:PORT", help="在这里听对方发来的消息")
    parser.add_argument("--public-url", help="对方眼里 --listen 的地址")
    parser.add_argument("--control", metavar="URL", help="沙箱银行的控制地址，用来拨它的日期")
    parser.add_argument("--control-token", default="", help="控制地址的口令")
    parser.add_argument("--patience", type=float, default=10.0, metavar="SECONDS", help="等对方多久")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="只试编号以此开头的用例")
    parser.add_argument("--list", action="store_true", help="列出用例，不试")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="另写一份 JUnit XML")
    parser.add_argument("--html", type=Path, metavar="FILE", help="另写一份网页")


def run(arguments: argparse.Namespace) -> int:
    """Judge, print a line for each case, and write the reports that were asked for."""
    try:
        if arguments.new_key:
            return _new_key(arguments.new_key)
        cases = sides.chosen(sides.of_bank() if arguments.bank else sides.of_platform(), arguments.only)
        if not cases:
            raise BadUse("/only: 没有这样的用例")
        if arguments.list:
            return _listed(cases)
        report = _judged(arguments, cases)
    except (ValueError, OSError) as error:
        pointer, _, why = str(error).rpartition(": ") if isinstance(error, BadUse) else ("", "", str(error))
        report_bad_input([(pointer, why)])
        return EXIT_BAD_INPUT
    print(f"\n{report.sum}")
    if arguments.junit:
        arguments.junit.write_text(report.junit(), encoding="utf-8")
    if arguments.html:
        arguments.html.write_text(report.page(), encoding="utf-8")
    return EXIT_ANSWERED if report.good else EXIT_NO


def _judged(arguments: argparse.Namespace, cases: list[Case[Any]]) -> Report:
    url = (arguments.bank or arguments.platform).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise BadUse(f"/{'bank' if arguments.bank else 'platform'}: 地址要像 https://gateway.bank.cn")
    signer = _signer(arguments, url)
    ear = _ear(arguments, url, signer)
    with closing(ear) if ear else nullcontext():
        side = _bank(arguments, url, signer, ear) if arguments.bank else _platform(arguments, url, signer, ear)
        return Report(url, judge(cases, side, _tell))


def _tell(outcome: Outcome) -> None:
    print(line(outcome), flush=True)


def _bank(arguments: argparse.Namespace, url: str, signer: Signer, ear: Listener | None) -> AtBank:
    client = BankClient(url, signer, SECONDS_MAX, now=machine_now)
    clock = TestClock(arguments.control.rstrip("/"), arguments.control_token) if arguments.control else None
    return AtBank(
        door=Door(url, signer, machine_now),
        client=client,
        now=machine_now,
        holder=_holder(arguments.holder),
        listener=ear,
        patience_seconds=arguments.patience,
        next_day=clock.next_day if clock else None,
    )


def _platform(arguments: argparse.Namespace, url: str, signer: Signer, ear: Listener | None) -> AtPlatform:
    if ear:
        # The application is let in at its third try, so that the platform's patience is seen.
        ear.troubles.extend([Trouble(status=503), Trouble(hang_up=True)])
    return AtPlatform(
        door=Door(url, signer, machine_now),
        slug=arguments.slug,
        now=machine_now,
        negotiation=arguments.negotiation,
        listener=ear,
        patience_seconds=arguments.patience,
    )


@dataclass(frozen=True, slots=True)
class TestClock:
    """A sandbox bank's control address."""

    url: str
    token: str

    def next_day(self) -> None:
        """Move the bank's day on by one."""
        headers = {"authorization": f"Bearer {self.token}"}
        with httpx.Client(trust_env=False, timeout=SECONDS_MAX, headers=headers) as line_:
            today = date.fromisoformat(line_.get(f"{self.url}/control/state").raise_for_status().json()["today"])
            told = {"today": (today + timedelta(days=1)).isoformat()}
            line_.post(f"{self.url}/control/clock", json=told).raise_for_status()


def _signer(arguments: argparse.Namespace, url: str) -> Signer:
    text = arguments.key or os.environ.get("HEYUE_CONFORMANCE_KEY") or _demo_key(arguments, url)
    if not text:
        raise BadUse(
            "/key: 没有签名的私钥。用 --new-key 做一把，把公钥登记到对方，再用 --key 或 HEYUE_CONFORMANCE_KEY 给出来"
        )
    try:
        return Signer.read(text)
    except ValueError as error:
        raise BadUse(f"/key: {error}") from error


def _demo_key(arguments: argparse.Namespace, url: str) -> str:
    """The key of the demo that runs from this folder, where the address is one of its own; else empty."""
    var = Path(os.environ.get("HEYUE_VAR", "var"))
    try:
        told = json.loads((var / "demo.json").read_text(encoding="utf-8"))
        if arguments.bank and url in {bank["url"].rstrip("/") for bank in told["banks"]}:
            return str(json.loads((var / "demo" / "keys.json").read_text(encoding="utf-8"))["HEYUE_SIGNING_KEY"])
        if arguments.platform and url == told["portal"].rstrip("/"):
            asked = ["-m", "sandbox_bank", "key", "--db", str(var / "demo" / f"bank-{arguments.slug}.sqlite")]
            return subprocess.run(
                [sys.executable, "-P", *asked], capture_output=True, text=True, check=False
            ).stdout.strip()
    except (OSError, ValueError, KeyError):
        pass
    return ""


def _ear(arguments: argparse.Namespace, url: str, signer: Signer) -> Listener | None:
    if not arguments.listen:
        return None
    host, _, port = arguments.listen.rpartition(":")
    if not port.isdigit():
        raise BadUse("/listen: 要写成 HOST:PORT")
    keys = dict(_public(text) for text in arguments.peer_key) or _told_keys(arguments, url, signer)
    ear = Listener(keys.get, machine_now, at_platform.take, host or "127.0.0.1", int(port))
    ear.public = arguments.public_url or ear.url
    return ear


def _told_keys(arguments: argparse.Namespace, url: str, signer: Signer) -> dict[str, PublicKey]:
    """The platform tells its keys itself; a bank's are exchanged at onboarding."""
    if arguments.bank:
        raise BadUse("/peer-key: 要听银行发来的消息，先给出它的公钥")
    try:
        with PlatformClient(url, signer, arguments.slug) as client:
            return {key.keyid: public_key(key.public_key) for key in client.platform_keys()}
    except (Unreachable, Refused) as error:
        raise BadUse(f"/platform: 问不到平台的公钥（{error}）") from error


def _public(text: str) -> tuple[str, PublicKey]:
    keyid, _, encoded = text.partition("=")
    try:
        return keyid, public_key(encoded)
    except ValueError as error:
        raise BadUse(f"/peer-key: {error}") from error


def _holder(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise BadUse("/holder: 要写成 姓名,证件号,手机号")
    return dict(zip(("name", "id_number", "phone"), parts, strict=True))


def _new_key(keyid: str) -> int:
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    signer = Signer.read(f"{keyid}={b64encode(private).decode()}")
    print(f"--key {keyid}={b64encode(private).decode()}", file=sys.stderr)
    print(json.dumps({"keyid": keyid, "alg": signer.alg, "public_key": signer.public_text}))
    return EXIT_ANSWERED


def _listed(cases: list[Case[Any]]) -> int:
    for one in cases:
        print(f"{one.id:<44} §{one.clause:<22} {one.title}")
    print(f"\n{len(cases)} 项")
    return EXIT_ANSWERED
