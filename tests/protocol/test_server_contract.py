"""Contract tests of the server kit: requests made from the document of a bank on it, no answer that is not told."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import pytest

from heyue.gateway import wire
from protocol.contract import explore, signable
from protocol.server_kit import ACTIVITY, CONSENT, HOLDER, URL, Kit, Talk, ToDoor

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
    pytest.mark.timeout(1800),
]
CASES = int(os.environ.get("HEYUE_CONTRACT_CASES", "60"))


def test_no_answer_of_the_kit_is_one_that_its_document_does_not_tell(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.bank.activity(lambda customer, after: [ACTIVITY | {"seq": after + 1}])
    talk = Talk(kit).apply()
    consent, holder = wire.Consent.model_validate(CONSENT), wire.Holder.model_validate(HOLDER)
    link = kit.client().link_account(consent, holder)

    def nearer(case: Any) -> None:
        """Let most cases be about what the bank knows, and a message's key be its id."""
        parameters = case.path_parameters or {}
        for name, known in (("id", talk.id), ("link", link)):
            if name in parameters and case.method != "DELETE" and crc32(repr(parameters).encode()) % 4:
                parameters[name] = known
        if isinstance(case.body, dict) and isinstance(case.body.get("id"), str):
            case.body["id"] = str(uuid.UUID(int=crc32(repr(case.body).encode())))
            case.headers = {**(case.headers or {}), "Idempotency-Key": case.body["id"]}
            if "subject" in case.body:
                case.body["subject"] = talk.id

    with httpx.Client(transport=ToDoor(kit.bank)) as client:
        document = json.loads(client.get(f"{URL}/v1/openapi.json").content)

        def send(method: str, target: str, headers: dict[str, str], body: bytes) -> httpx.Response:
            kept = signable(headers, "application/json") if body else {}
            request = client.build_request(method, URL + target, content=body or None, headers=kept)
            kit.platform.keys[0].sign(request, kit.now)
            return client.send(request)

        answers = explore(document, send, CASES, nearer)
    kit.bank.work()
    assert sum(answers.values()) >= CASES * 0.8, answers
    print("\n".join(f"{number:>5} {what}" for what, number in sorted(answers.items())))
