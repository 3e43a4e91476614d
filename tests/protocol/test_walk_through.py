"""What docs/protocol/walk-through.md says works: curl and openssl alone, and the typed client without Django."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heyue.banks.models import InboundMessage
from heyue.dispatch.models import ProofGrant
from heyue.gateway.client import PlatformClient, Refused
from heyue.gateway.problems import Problem
from heyue.gateway.signing import Signer
from heyue.gateway.wire import ProofRef
from protocol.gateway_peer import BankPeer, matter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "protocol" / "examples"
EVENT_TYPE = "application/cloudevents+json"


def key_of(bank: BankPeer) -> str:
    return f"{bank.keyid}={b64encode(bank.key.private_bytes_raw()).decode()}"


def curl(bank: BankPeer, *words: str) -> tuple[int, Any]:
    """The status and the JSON that the script prints."""
    done = subprocess.run(
        [str(EXAMPLES / "signed-curl.sh"), *words],
        env={"HEYUE_KEY": key_of(bank), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    head, _, body = done.stdout.replace("\r", "").rpartition("\n\n")
    return int(head.split()[1]), json.loads(body)


@pytest.fixture
def bank(settings: Any) -> BankPeer:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
    return BankPeer("donghu")


def test_curl_and_openssl_list_send_and_ask(bank: BankPeer, live_server: Any, tmp_path: Path) -> None:
    row = matter(bank.bank)
    status, told = curl(bank, "GET", f"{live_server.url}/v1/negotiations?limit=2")
    assert (status, [one["id"] for one in told["negotiations"]]) == (200, [str(row.pk)])
    event = bank.event(row.pk, "officer.assigned", int(told["negotiations"][0]["next_sequence"]))
    body = tmp_path / "event.json"
    body.write_text(json.dumps(event))
    sent = ("POST", f"{live_server.url}/v1/negotiations/{row.pk}/events", str(body), EVENT_TYPE, event["id"])
    first, second = curl(bank, *sent), curl(bank, *sent)
    assert first == second
    assert (first[0], first[1]["id"]) == (202, event["id"])
    status, fate = curl(bank, "GET", f"{live_server.url}/v1/negotiations/{row.pk}/events/{event['id']}")
    assert (status, fate["state"]) == (200, "waiting")


def test_the_example_of_a_bank_in_python_runs(bank: BankPeer, live_server: Any) -> None:
    row = matter(bank.bank)
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "bank.py"), live_server.url, key_of(bank), "donghu"],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "platform key platform-1 ed25519"
    assert lines[1] == f"negotiation {row.number} next event 1"
    assert lines[-1] == "became waiting"
    assert InboundMessage.objects.get().kind == "officer.assigned"


def test_the_client_needs_no_django() -> None:
    asked = "import sys, heyue.gateway.client, heyue.gateway.conformance.sides; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_the_client_refuses_to_write_what_has_no_shape(bank: BankPeer) -> None:
    client = PlatformClient("http://platform.example", Signer.read(key_of(bank)), "donghu")
    with pytest.raises(Problem) as refused:
        client.event("officer.assigned", str(uuid.uuid4()), 1, date(2026, 11, 16), {"name": "陈立"})
    assert refused.value.errors[0][0] == "/data/staff_number"


def test_a_grant_that_is_none_is_refused_for_good(bank: BankPeer, live_server: Any) -> None:
    told = {"id": "p", "kind": "income", "name": "x", "sha256": "0" * 64, "media_type": "application/pdf", "bytes": 1}
    proof = ProofRef.model_validate({**told, "grant": f"{live_server.url}/v1/proofs/{uuid.uuid4()}"})
    with (
        PlatformClient(live_server.url, Signer.read(key_of(bank)), "donghu") as client,
        pytest.raises(Refused) as refused,
    ):
        client.proof(proof)
    assert refused.value.code == "grant-expired"
    assert not ProofGrant.objects.exists()
