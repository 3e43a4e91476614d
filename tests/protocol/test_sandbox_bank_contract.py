"""Contract tests of the sandbox bank: requests made from its OpenAPI document, no answer that it does not tell of."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import pytest

from protocol.contract import explore, signable
from protocol.sandbox_bank_peer import LIN, BankProcess, Negotiation, Platform, application, machine_now

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
    pytest.mark.timeout(1800),
]
CASES = int(os.environ.get("HEYUE_CONTRACT_CASES", "500"))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankProcess]:
    platform = Platform()
    started = BankProcess("donghu", tmp_path, platform).start("--fault", "silent")
    yield started
    started.kill()
    platform.close()


def test_no_answer_of_the_bank_is_one_that_its_document_does_not_tell(bank: BankProcess) -> None:
    document = json.loads(bank.raw("GET", "/v1/openapi.json").content)
    talk = Negotiation(bank, application(bank, 12))
    assert talk.apply() == 202
    link = bank.link(LIN)
    sender = bank.platform.signer

    def nearer(case: Any) -> None:
        """Let most cases be about what the bank knows, and a message's key be its id."""
        parameters = case.path_parameters or {}
        for name, known in (("negotiation_id", talk.id), ("link", link)):
            if name in parameters and case.method != "DELETE" and crc32(repr(parameters).encode()) % 4:
                parameters[name] = known
        if isinstance(case.body, dict) and isinstance(case.body.get("id"), str):
            case.body["id"] = str(uuid.UUID(int=crc32(repr(case.body).encode())))
            case.headers = {**(case.headers or {}), "Idempotency-Key": case.body["id"]}
            if "subject" in case.body:
                case.body["subject"] = talk.id

    with httpx.Client(trust_env=False, timeout=20) as client:

        def send(method: str, target: str, headers: dict[str, str], body: bytes) -> httpx.Response:
            kept = signable(headers, "application/json") if body else {}
            request = client.build_request(method, bank.url + target, content=body or None, headers=kept)
            sender.sign(request, machine_now() - timedelta(seconds=1))
            return client.send(request)

        answers = explore(document, send, CASES, nearer)
    assert sum(answers.values()) >= CASES * 0.8, answers
    print("\n".join(f"{number:>5} {what}" for what, number in sorted(answers.items())))
