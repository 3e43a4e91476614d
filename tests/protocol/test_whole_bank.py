"""The bank of docs/protocol/examples/whole_bank.py, a process of its own: by the conformance kit, by the platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections

import bargain
import build
from cast import PASSWORD
from heyue.agreement import actions as agreement
from heyue.agreement.models import Agreement
from heyue.banks.actions import join
from heyue.banks.models import Bank, OutboundMessage
from heyue.banks.reads import menu, platform_signer, stuck_messages, troubled_inbound
from heyue.engine.money import yuan
from heyue.engine.moves import Actor, Role
from heyue.execution.models import Instalment, Plan
from heyue.faces.worker.loop import run
from heyue.gateway import signing
from heyue.gateway.client import BankClient
from heyue.gateway.conformance import sides
from heyue.gateway.conformance.at_bank import AtBank
from heyue.gateway.conformance.at_platform import take
from heyue.gateway.conformance.case import judge
from heyue.gateway.conformance.door import Door
from heyue.gateway.conformance.listener import Listener
from heyue.gateway.signing import Signer
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.review import actions as review
from heyue.review import reads as reviews
from heyue.wallet import actions as wallet
from heyue.wallet.reads import by_bank
from protocol.gateway_peer import move_clock_to
from protocol.sandbox_bank_peer import LIN, eventually, free_port, machine_now

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at")
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "protocol" / "examples"
START = date(2026, 11, 16)
PATIENCE_SECONDS = 60.0
LINES_MAX = 230


class Xiling:
    """The example's process, its database in a folder of its own. ``platform`` is who may speak to it."""

    def __init__(self, folder: Path, platform_url: str, platform: Signer) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUTF8": "1",
            "BANK_KEY": "xiling-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode(),
            "BANK_URL": self.url,
            "BANK_DB": str(folder / "xiling.sqlite"),
            "BANK_TODAY": START.isoformat(),
            "BANK_RETRY_SECONDS": "0.1",
            "PLATFORM_URL": platform_url,
            "PLATFORM_KEY": f"{platform.keyid}={platform.public_text}",
        }
        self.facts: dict[str, Any] = json.loads(self.run("facts"))
        serve = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", str(port), "whole_bank:app"]
        with (folder / "xiling.log").open("wb") as log:
            self.process = subprocess.Popen(serve, env=self.environment, stdout=log, stderr=log)
        eventually(self._answers, "the bank's first answer")

    def run(self, *words: str, **more: str) -> str:
        """Run another command of the bank."""
        command = [sys.executable, str(EXAMPLES / "whole_bank.py"), *words]
        environment = {**self.environment, **more}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(20) in (0, -15)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/v1/openapi.json", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def test_a_whole_bank_is_short_enough_to_copy() -> None:
    assert len((EXAMPLES / "whole_bank.py").read_text(encoding="utf-8").splitlines()) <= LINES_MAX


def test_it_passes_every_case_of_the_conformance_kit(tmp_path: Path) -> None:
    platform = Signer("kit-1", Ed25519PrivateKey.generate())
    keys: dict[str, signing.PublicKey] = {}
    ear = Listener(keys.get, machine_now, take)
    bank = Xiling(tmp_path, ear.url, platform)
    keys[bank.facts["keyid"]] = signing.public_key(bank.facts["public_key"])
    try:
        client = BankClient(bank.url, platform, 20.0, now=machine_now)
        side = AtBank(Door(bank.url, platform, machine_now), client, machine_now, LIN, ear, 10.0)
        outcomes = judge(sides.of_bank(), side, lambda _: None)
    finally:
        bank.stop()
        ear.close()
    assert len(outcomes) >= 116
    assert [(one.id, one.status, one.why) for one in outcomes if one.status != "passed"] == []


@pytest.fixture
def xiling(settings: Any, live_server: Any, tmp_path: Path) -> Iterator[Xiling]:
    """The bank, which knows the platform of this test."""
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    move_clock_to(START)
    bank = Xiling(tmp_path, live_server.url, platform_signer())
    yield bank
    bank.stop()


@pytest.fixture
def working(xiling: Xiling) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(40)
    connections.close_all()


def wait(found: Callable[[], Any], what: str) -> Any:
    return eventually(found, what, PATIENCE_SECONDS)


def let_through(application_id: Any) -> None:
    reviewer = build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD)
    review_id = reviews.visible(reviewer).get(application_id=application_id).pk
    perform(reviewer, review.take, review_id=review_id)
    perform(reviewer, review.pass_, review_id=review_id)


def handed_in(lin: Actor, bank: Bank) -> Any:
    """Her accounts asked for, her application for them handed in and let through."""
    perform(lin, identity.give_consent, bank_id=bank.pk, purpose="accounts")
    perform(lin, wallet.ask_bank, bank_id=bank.pk)
    wait(lambda: by_bank(lin), "the feed")
    shown = menu(bank.pk, START)
    assert shown is not None
    application_id = bargain.handed_in(lin, {bank.pk: shown}, wage="6000", periods=12)
    let_through(application_id)
    return application_id


def sign(lin: Actor, row: Agreement) -> None:
    perform(lin, identity.ask_signing_code, document_sha256=row.sha256)
    code = build.last_code(LIN["phone"])
    perform(lin, agreement.sign, agreement_id=row.pk, document_sha256=row.sha256, code=code)


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("heyue.faces.bank.urls")
def test_it_has_a_whole_talk_with_the_platform(xiling: Xiling, working: None) -> None:
    bank = join(xiling.facts)
    lin = build.borrower(LIN["phone"], LIN["name"], LIN["id_number"])
    application_id = handed_in(lin, bank)

    drawn = Agreement.objects.filter(negotiation__application_id=application_id).exclude(sha256="")
    row = wait(drawn.first, "the agreement")
    assert row.schedule_hash == row.negotiation.debt.asked_hash
    sign(lin, row)
    plan = wait(lambda: Plan.objects.filter(negotiation_id=row.negotiation_id).first(), "the bank's signature")
    wait(lambda: Agreement.objects.get(pk=row.pk).collection_stopped_on, "the end of collection")

    first = Instalment.objects.filter(plan=plan).order_by("due_on").first()
    assert first is not None
    move_clock_to(first.due_on)
    xiling.run("pay", "1", yuan(first.amount_fen), BANK_TODAY=first.due_on.isoformat())
    wait(lambda: Instalment.objects.get(pk=first.pk).paid_on, "the first payment")

    operator = Actor(Role.OPERATOR)
    wait(lambda: not OutboundMessage.objects.exclude(delivery="delivered").exists(), "the last message")
    assert list(stuck_messages(operator)) == []
    assert list(troubled_inbound(operator)) == []
