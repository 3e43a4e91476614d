"""``heyue conformance --platform``: the kit plays a bank, from the platform's application on; the platform passes."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections, transaction

from heyue.banks import outbox
from heyue.banks.actions import join
from heyue.banks.models import Bank
from heyue.dispatch.models import Dispatch
from heyue.engine.schedule import build
from heyue.faces.cli.main import main
from heyue.faces.worker.loop import run
from heyue.gateway import examples
from protocol.gateway_peer import matter, move_clock_to, onboarding
from protocol.sandbox_bank_peer import free_port

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
PDF = b"%PDF-1.7 a form\n"
KEY = Ed25519PrivateKey.generate()
BANK_KEY = f"prove-1={b64encode(KEY.private_bytes_raw()).decode()}"


@pytest.fixture
def listening() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def bank(settings: Any, listening: str) -> Bank:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    move_clock_to(date(2026, 11, 16))
    return join(onboarding("prove", KEY, base_url=f"http://{listening}"))


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker beside the test, which does not wait long before it tries again."""
    monkeypatch.setattr("heyue.work.lease.RETRY_FIRST", timedelta(seconds=0.2))
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(40)
    connections.close_all()


def applied(bank: Bank) -> Dispatch:
    """An application on its way to the kit, whose figures stand."""
    row = matter(bank, "ready")
    row.form_sha256 = hashlib.sha256(PDF).hexdigest()
    row.save(update_fields=["form_sha256"])
    terms = examples.TERMS
    body = {
        **examples.APPLICATION,
        "id": str(row.pk),
        "number": row.number,
        "asked": {**examples.APPLICATION["asked"], "terms": terms, "hash": build(terms).hash},  # type: ignore[dict-item]
        "form": {"sha256": row.form_sha256, "media_type": "application/pdf", "base64": b64encode(PDF).decode()},
        "proofs": [],
    }
    with transaction.atomic():
        outbox.enqueue_application(bank.pk, row.pk, row.borrower_id, body)
    return row


def test_the_platform_passes_every_case(
    bank: Bank, working: None, live_server: Any, listening: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    applied(bank)
    junit, page = tmp_path / "junit.xml", tmp_path / "report.html"
    reports = ["--junit", str(junit), "--html", str(page)]
    given = ["--platform", live_server.url, "--key", BANK_KEY, "--slug", "prove", "--listen", listening]
    ended = main(["conformance", *given, "--patience", "20", *reports])
    told = capsys.readouterr().out
    amiss = [line for line in told.splitlines() if line.startswith(("✗", "–", "    "))]
    # The one that needs a proof has none here; tests/protocol/test_proof_grants.py fetches them.
    assert [line for line in amiss if line[0] != " "] == [line for line in amiss if "proofs-are-fetched" in line], told
    assert ended == 0
    suite = ElementTree.parse(junit).getroot()
    assert suite.get("failures") == "0"
    assert int(suite.get("tests", "0")) >= 60
    assert "没通过 0" in page.read_text(encoding="utf-8")


def test_a_platform_that_does_not_know_the_key_fails(
    bank: Bank, live_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = f"nobody={b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()}"
    words = ["conformance", "--platform", live_server.url, "--key", stranger, "--only", "door-good-get"]
    assert main(words) == 1
    assert "✗ door-good-get" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        (["--bank", "gateway.bank.cn", "--key", BANK_KEY], "/bank"),
        (["--bank", "http://127.0.0.1:9", "--key", "nonsense"], "/key"),
        (["--bank", "http://127.0.0.1:9"], "/key"),
        (["--bank", "http://127.0.0.1:9", "--key", BANK_KEY, "--holder", "林晓"], "/holder"),
        (["--bank", "http://127.0.0.1:9", "--key", BANK_KEY, "--listen", "127.0.0.1:0"], "/peer-key"),
        (["--bank", "http://127.0.0.1:9", "--key", BANK_KEY, "--only", "nothing"], "/only"),
    ],
)
def test_what_it_cannot_begin_with_is_named(
    words: list[str], pointer: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEYUE_CONFORMANCE_KEY", raising=False)
    assert main(["conformance", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert json.loads(said.err)["errors"][0]["pointer"] == pointer


def test_both_lists_have_sixty_cases_and_more(capsys: pytest.CaptureFixture[str]) -> None:
    for side in ("--bank", "--platform"):
        assert main(["conformance", side, "http://x", "--list"]) == 0
        found = re.search(r"^(\d+) 项$", capsys.readouterr().out, re.M)
        assert found is not None
        assert int(found[1]) >= 60


def test_a_new_key_is_said_in_two_halves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--new-key", "kit-1"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["keyid"] == "kit-1"
    assert said.err.startswith("--key kit-1=")
