"""What the demo begins with: an empty platform, three banks that joined it, staff, one borrower with her cards.

Everything is done through the same verbs as in real use; cards and bills come from the banks' own feeds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import django

django.setup()

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from heyue import journey  # noqa: E402
from heyue.banks.actions import join  # noqa: E402
from heyue.banks.reads import banks as known_banks  # noqa: E402
from heyue.engine.moves import PLATFORM, Actor, Role  # noqa: E402
from heyue.faces.cli.demo.places import Places  # noqa: E402
from heyue.identity import actions as identity  # noqa: E402
from heyue.identity import reads as people_reads  # noqa: E402
from heyue.identity.staff import add_staff  # noqa: E402
from heyue.journey.clock import advance  # noqa: E402
from heyue.notices.inbox import messages  # noqa: E402
from heyue.wallet import actions as wallet  # noqa: E402
from heyue.wallet import own_cards  # noqa: E402

PROFILES = ("donghu", "nanshan", "beichuan")
BY_MAIL = {
    "slug": "qinghe",
    "name": "青禾银行",
    "short_name": "青禾",
    "seal": "禾",
    "colour": 4,
    "hotline": "400-000-9753",
    "hotline_hours": "每天 8:30–20:30",
    "pay_instructions": "到青禾银行任一网点柜台还，报协议编号。",
    "mail_address": "cards@qinghe.example",
    "policy": {
        "method": "flat_fee",
        "monthly_rate": "0.0025",
        "periods": [6, 12, 18, 24, 36],
        "down_payment_ratios": ["0"],
        "waiver_ratios": ["0", "0.5"],
        "minimum_instalment": "200.00",
        "due_day": 20,
    },
}
"""An invented bank that has no system of its own: its form goes by e-mail, its officer answers behind the link."""
BEGINS_ON = date(2026, 11, 16)
PASSWORD = "heyue-demo-2026"  # noqa: S105 - printed for everybody to try
SEEDED_PHONE = "13700002468"
STAFF = (
    (Role.REVIEWER, "reviewer", "周初", "P-001", None),
    (Role.OPERATOR, "operator", "吴运", "P-000", None),
    (Role.OFFICER, "officer-donghu", "陈立", "D-1042", "donghu"),
    (Role.OFFICER, "officer-nanshan", "何静", "N-0731", "nanshan"),
    (Role.OFFICER, "officer-beichuan", "赵宁川", "B-0217", "beichuan"),
)
CARD_BY_MAIL = own_cards.Stated(
    bank="qinghe",
    last4="3351",
    product="青苗卡",
    stated_on=BEGINS_ON,
    balance_fen=9_420_60,
    interest_fen=310_40,
    fee_fen=160_20,
    statement_day=10,
    due_day=30,
    overdue_since=date(2026, 9, 30),
)
"""A card that the seeded borrower brought by hand: its bank has no feed."""
ROLE_WORDS = {Role.REVIEWER: "初审员", Role.OPERATOR: "运营", Role.OFFICER: "银行专员"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One sandbox bank's profile and ports."""

    profile: str
    port: int
    control_port: int

    @property
    def url(self) -> str:
        """The address of its protocol and of its own page."""
        return f"http://127.0.0.1:{self.port}"

    def database(self, places: Places) -> Path:
        """Its own database file."""
        return places.home / f"bank-{self.profile}.sqlite"

    def command(self, places: Places) -> list[str]:
        """Return the command line that serves it."""
        keyid, private = settings.HEYUE_SIGNING_KEY.split("=", 1)
        public = Ed25519PrivateKey.from_private_bytes(b64decode(private)).public_key().public_bytes_raw()
        return [
            sys.executable, "-P", "-m", "sandbox_bank", "serve",
            "--db", str(self.database(places)),
            "--port", str(self.port),
            "--control-port", str(self.control_port),
            "--platform-url", settings.HEYUE_PUBLIC_URL,
            "--platform-key", f"{keyid}={b64encode(public).decode()}",
            "--heyue", f"'{sys.executable}' -P -m heyue.faces.cli",
        ]  # fmt: skip


def prepare_platform(places: Places, *, fresh: bool) -> None:
    """Bring the database and the static files up to date."""
    print("heyue: 准备数据库和页面文件 …", file=sys.stderr, flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    if fresh and "HEYUE_DATABASE_URL" in os.environ:
        call_command("flush", interactive=False, verbosity=0)
    _collect_static(places)
    if not known_banks(PLATFORM).exists():
        journey.perform(Actor(Role.OPERATOR), advance, day=BEGINS_ON)


def open_banks(places: Places, banks: list[Sandbox]) -> list[dict[str, Any]]:
    """Create each bank's database (once) and return what it hands over when it joins."""
    print("heyue: 准备三家模拟银行 …", file=sys.stderr, flush=True)
    making = [
        subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "sandbox_bank",
                "init",
                "--db",
                str(bank.database(places)),
                "--profile",
                bank.profile,
                "--today",
                BEGINS_ON.isoformat(),
                "--json",
            ],
            stdout=subprocess.PIPE,
        )
        for bank in banks
    ]
    facts = []
    for bank, process in zip(banks, making, strict=True):
        out, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"sandbox bank {bank.profile} could not be made")
        facts.append(json.loads(out))
    return facts


def join_banks(banks: list[Sandbox], facts: list[dict[str, Any]]) -> None:
    """Let each bank join the platform, and give those with a system an officer; a second run changes nothing."""
    joined = {"qinghe": join(BY_MAIL)}
    for colour, (bank, told) in enumerate(zip(banks, facts, strict=True), start=1):
        control = f"http://127.0.0.1:{bank.control_port}"
        joined[bank.profile] = join({**told, "colour": colour, "base_url": bank.url, "control_url": control})
    for role, login, name, number, profile in STAFF:
        if not people_reads.is_known_login(login):
            journey.perform(
                PLATFORM,
                add_staff,
                role=role,
                login=login,
                password=PASSWORD,
                display_name=name,
                staff_number=number,
                bank_id=joined[profile].pk if profile else None,
            )


def mailbox_command(places: Places) -> list[str]:
    """Return the command line of the mailbox: the e-mails of the demo end there."""
    return [
        sys.executable, "-P", "-m", "sandbox_bank", "mailbox",
        "--folder", str(places.mails),
        "--replies", str(places.replies),
        "--port", str(urlsplit(places.mailbox).port),
        "--smtp-port", str(places.smtp_port),
    ]  # fmt: skip


def people(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Seed the borrower who has signed up already, and return every account to try."""
    cast = {person["phone"]: person for told in facts for person in told["demo_people"]}
    if seeded := cast.get(SEEDED_PHONE):
        _sign_up(seeded)
    accounts = [_borrower(person, person["phone"] == SEEDED_PHONE) for person in cast.values()]
    for role, login, _, _, profile in STAFF:
        bank = next((told["name"] for told in facts if told["slug"] == profile), None)
        accounts.append(
            {"role": ROLE_WORDS[role], "bank": bank, "login": login, "secret": PASSWORD, "where": "/desk/signin"}
        )
    return accounts


def told(places: Places, banks: list[Sandbox], accounts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of ``var/demo.json``."""
    portal = places.portal
    names = dict(known_banks(PLATFORM).values_list("slug", "name"))
    return {
        "portal": portal,
        "desk": f"{portal}desk/",
        "inbox": f"{portal}demo/inbox",
        "mailbox": places.mailbox,
        "openapi": f"{portal}v1/openapi.json",
        "banks": [
            {"name": names[bank.profile], "url": f"{bank.url}/", "openapi": f"{bank.url}/v1/openapi.json"}
            for bank in banks
        ],
        "accounts": accounts,
        "clock": f"{portal}desk/clock",
    }


def _borrower(person: dict[str, Any], seeded: bool) -> dict[str, Any]:
    where = "已登记，卡已绑定" if seeded else f"第一次来：姓名 {person['name']}，证件号 {person['id_number']}"
    return {
        "role": "持卡人",
        "bank": None,
        "login": person["phone"],
        "secret": "验证码在 /demo/inbox",
        "where": where,
        "name": person["name"],
        "id_number": person["id_number"],
    }


def _sign_up(person: dict[str, Any]) -> None:
    """Let a borrower join as anybody does: a code to the phone, the notice, identity, consents, the banks."""
    if people_reads.is_known_phone(person["phone"]):
        return
    actor = Actor(Role.BORROWER, person_id=_joined(person["phone"]))
    journey.perform(actor, identity.read_privacy_notice)
    journey.perform(actor, identity.tell_identity, name=person["name"], id_number=person["id_number"])
    for bank in people_reads.banks_with_a_feed(actor):
        journey.perform(actor, identity.give_consent, bank_id=bank.pk, purpose="accounts")
        journey.perform(actor, wallet.ask_bank, bank_id=bank.pk)
    journey.perform(actor, own_cards.add_card, stated=CARD_BY_MAIL)


def _joined(phone: str) -> UUID:
    nobody = Actor(Role.BORROWER)
    journey.perform(nobody, identity.ask_sign_in_code, phone=phone, asked_from="demo")
    (signed_in,) = journey.perform(nobody, identity.sign_in_with_code, phone=phone, code=_newest_code(phone))
    return signed_in.person_id


def _newest_code(phone: str) -> str:
    found = re.search(r"\d{6}", messages(phone)[0].text)
    if found is None:
        raise RuntimeError("the newest message holds no code")
    return found.group()


def _collect_static(places: Places) -> None:
    """Collect the static files unless nothing has changed since the last time."""
    source = Path(settings.STATICFILES_DIRS[0])
    marks = sorted(
        f"{f.relative_to(source)} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in source.rglob("*") if f.is_file()
    )
    stamp = hashlib.sha256("\n".join(marks).encode()).hexdigest()
    kept = places.home / "static.stamp"
    if not kept.exists() or kept.read_text() != stamp:
        call_command("collectstatic", interactive=False, verbosity=0)
        kept.write_text(stamp)
