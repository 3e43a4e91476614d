"""Where the demo lives: its folder, ports, keys, environment, and the file that tells scripts of it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BANKS = 3
PLATFORM_KEYID = "heyue-demo"
MAIL_FROM = "replies@heyue.example"


class PortInUse(Exception):
    """Another program listens where the demo wants to."""


@dataclass(frozen=True, slots=True)
class Places:
    """The demo's folder and its first port."""

    var: Path
    port: int

    @classmethod
    def of(cls, var: Path, port: int) -> Places:
        """Return the places below ``var``, which are made when missing. Raises ``PermissionError``."""
        var = var.resolve()
        places = cls(var, port)
        places.home.mkdir(parents=True, exist_ok=True)
        return places

    @property
    def home(self) -> Path:
        """The folder of the demo's own data."""
        return self.var / "demo"

    @property
    def logs(self) -> Path:
        """Each process writes its log here."""
        return self.home / "logs"

    @property
    def portal(self) -> str:
        """The one address to open."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def file(self) -> Path:
        """The addresses and accounts, as long as the demo runs (design: var/demo.json)."""
        return self.var / "demo.json"

    @property
    def mailbox(self) -> str:
        """The page of the mailbox at which banks without a system are reached; its SMTP port is the next one."""
        return f"http://127.0.0.1:{self.port + 1 + 2 * BANKS}/"

    @property
    def smtp_port(self) -> int:
        """Where the mailbox takes mails."""
        return self.port + 2 + 2 * BANKS

    @property
    def mails(self) -> Path:
        """The mails that the mailbox has taken."""
        return self.home / "mails"

    @property
    def replies(self) -> Path:
        """Where the mailbox lays replies, and the platform fetches them."""
        return self.home / "replies"

    def bank_ports(self) -> list[tuple[int, int]]:
        """Return the port and the control port of each bank."""
        return [(self.port + 1 + at, self.port + 1 + BANKS + at) for at in range(BANKS)]

    def must_be_free(self) -> None:
        """Raise ``PortInUse`` naming the first port that is taken and what to type instead."""
        for port in range(self.port, self.smtp_port + 1):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise PortInUse(
                        f"端口 {port} 已被占用。演示已经开着的话，直接打开它；"
                        f"不然换一个端口：bin/demo --port {self.port + 100}"
                    ) from error

    def forget(self) -> None:
        """Throw the demo's data away."""
        shutil.rmtree(self.home, ignore_errors=True)

    def keys(self) -> dict[str, str]:
        """Return the demo's keys, made once and readable by their owner only."""
        file = self.home / "keys.json"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            private = Ed25519PrivateKey.generate().private_bytes_raw()
            made = {
                "HEYUE_SECRET_KEY": secrets.token_urlsafe(48),
                "HEYUE_KEK": b64encode(secrets.token_bytes(32)).decode(),
                "HEYUE_SIGNING_KEY": f"{PLATFORM_KEYID}={b64encode(private).decode()}",
            }
            fresh = file.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
                json.dump(made, handle)
            fresh.replace(file)
        return dict(json.loads(file.read_text()))

    def environment(self) -> dict[str, str]:
        """Return what every process of the platform is told."""
        return {
            **self.keys(),
            "HEYUE_MODE": "demo",
            "HEYUE_VAR": str(self.home),
            "HEYUE_PUBLIC_URL": self.portal.rstrip("/"),
            "HEYUE_DATABASE_URL": os.environ.get("HEYUE_DATABASE_URL", f"sqlite:///{self.home}/heyue.sqlite"),
            "HEYUE_MAIL_URL": f"smtp-plain://127.0.0.1:{self.smtp_port}?from={MAIL_FROM}",
            "HEYUE_INBOX_URL": f"folder://{quote(str(self.replies))}",
            "DJANGO_SETTINGS_MODULE": "heyue.settings",
        }

    def announce(self, told: dict[str, Any]) -> None:
        """Write ``var/demo.json`` and print the same for a person."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.file)
        print(f"\n和约演示开好了。打开  {told['portal']}\n", flush=True)
        for account in told["accounts"]:
            who = " · ".join(part for part in (account["role"], account["bank"]) if part)
            print(f"  {who:<14} {account['login']:<18} {account['secret']}\n{'':<17} {account['where']}")
        print(f"\n  验证码 {told['inbox']}\n  拨日期 {told['clock']}\n  邮件   {told['mailbox']}")
        for bank in told["banks"]:
            print(f"  {bank['name']} {bank['url']}")
        print("\n按 Ctrl-C 停下所有进程。", flush=True)

    def quiet(self) -> None:
        """The demo no longer runs."""
        self.file.unlink(missing_ok=True)
