"""`heyue serve` and `heyue worker` as processes: they start, say what is missing, end when told, survive kill -9."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from heyue import clock
from heyue.banks import outbox
from heyue.banks.actions import join
from heyue.banks.models import OutboundMessage, SandboxControl
from heyue.banks.reads import platform_signer
from heyue.dispatch.models import Dispatch
from protocol.gateway_peer import matter, move_clock_to
from protocol.sandbox_bank_peer import BankProcess, application, eventually, free_port

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
SOURCE = Path(__file__).parents[2] / "src"
SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
SECONDS_MAX = 60


def database_url() -> str:
    """The test's own database, for another process."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    login = f"{quote(told['USER'])}:{quote(told['PASSWORD'])}@" if told["USER"] else ""
    return f"postgresql://{login}{told['HOST']}:{told['PORT']}/{told['NAME']}"


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Whatever a test started ends with it."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=SECONDS_MAX)


def heyue(*words: str, **more: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "HEYUE_DATABASE_URL": database_url(),
        "HEYUE_SIGNING_KEY": SIGNING_KEY,
        **more,
    }
    command = [sys.executable, "-P", "-m", "heyue.faces.cli", *words]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    STARTED.append(process)
    return process


def ended(process: subprocess.Popen[str], number: int | None = signal.SIGTERM) -> tuple[int, str]:
    """End a process, or wait until it ends by itself; gives its exit status and what it said."""
    if number is not None and process.poll() is None:
        process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS_MAX)
    return process.returncode, said


@pytest.fixture
def slow_bank(settings: Any, tmp_path: Path) -> Iterator[BankProcess]:
    settings.HEYUE_SIGNING_KEY = SIGNING_KEY

    class Nowhere:
        """A platform that cannot be reached: only what goes to the bank matters here."""

        url, signer, bank_keys = "http://127.0.0.1:9", platform_signer(), {}

    bank = BankProcess("donghu", tmp_path, Nowhere())  # type: ignore[arg-type]
    try:
        yield bank.start()
    finally:
        bank.stop()


def test_a_worker_killed_while_the_bank_answers_leaves_the_message_to_the_next(slow_bank: BankProcess) -> None:
    move_clock_to(date(2026, 11, 16))
    bank = join(slow_bank.facts | {"base_url": slow_bank.url})
    body = application(slow_bank, periods=60)
    slow_bank.stop()
    slow_bank.start("--fault", "slow")
    row = matter(bank, "ready")
    sent = outbox.enqueue_application(bank.pk, row.pk, row.borrower_id, body | {"id": str(row.pk)})
    first = heyue("worker")
    try:
        eventually(lambda: OutboundMessage.objects.get(pk=sent.pk).tries == 1, "the claim", SECONDS_MAX)
        assert ended(first, signal.SIGKILL)[0] == -signal.SIGKILL
        assert OutboundMessage.objects.get(pk=sent.pk).delivery == "waiting"
        OutboundMessage.objects.update(leased_until=clock.machine_now() - timedelta(seconds=1))
        second = heyue("worker")
        try:
            eventually(
                lambda: OutboundMessage.objects.get(pk=sent.pk).delivery == "delivered", "the delivery", SECONDS_MAX
            )
        finally:
            status, said = ended(second)
    finally:
        ended(first, signal.SIGKILL)
    assert (status, "Traceback" in said) == (0, False), said
    assert Dispatch.objects.get(pk=row.pk).state == "sent"
    assert not SandboxControl.objects.exists()


def test_a_worker_without_a_signing_key_says_so_and_ends() -> None:
    status, said = ended(heyue("worker", HEYUE_SIGNING_KEY=""), None)
    assert status == 2
    assert "HEYUE_SIGNING_KEY" in said
    assert "Traceback" not in said


def test_the_server_serves_and_ends_when_told() -> None:
    port = free_port()
    server = heyue("serve", "--port", str(port))
    try:
        url = f"http://127.0.0.1:{port}/v1/openapi.json"

        def served() -> bool:
            assert server.poll() is None, server.communicate()[1]
            try:
                return httpx.get(url, trust_env=False).status_code == 200
            except httpx.HTTPError:
                return False

        eventually(served, "the server", SECONDS_MAX)
    finally:
        status, said = ended(server)
    assert (status, "Traceback" in said) == (0, False), said


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, said = ended(heyue("serve", "--port", str(taken.getsockname()[1])), None)
    assert status == 3
    assert "已被占用" in said
    assert len(said.strip().splitlines()) == 1
