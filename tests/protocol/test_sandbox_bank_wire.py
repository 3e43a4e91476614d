"""The sandbox bank's wire: what it refuses, what it takes once, and what a kill must not lose."""

import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway import signing
from heyue.gateway.client import BankRefused, BankUnreachable
from protocol.sandbox_bank_peer import (
    LIN,
    BankProcess,
    Negotiation,
    Platform,
    application,
    eventually,
    machine_now,
)

JSON = "application/json"


def running(folder: Path) -> Iterator[BankProcess]:
    platform = Platform()
    bank = BankProcess("donghu", folder, platform).start()
    yield bank
    bank.stop()
    platform.close()
    assert platform.faults == []


@pytest.fixture
def donghu(tmp_path: Path) -> Iterator[BankProcess]:
    """A bank of one test."""
    yield from running(tmp_path)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    """A bank for the tests that never come past its gate."""
    yield from running(tmp_path_factory.mktemp("gate"))


def link_body() -> bytes:
    consent = {"id": str(uuid.uuid4()), "given_at": machine_now().isoformat(), "scopes": ["accounts"]}
    return json.dumps({"consent": consent, "holder": LIN}).encode()


def signed(bank: BankProcess, body: bytes, key: str, signer: signing.Signer | None = None, seconds: int = 0) -> Any:
    """A signed POST of an account link, ready to be spoilt; `seconds` moves its times."""
    headers = {"content-type": JSON, "idempotency-key": key}
    request = httpx.Request("POST", f"{bank.url}/v1/account-links", content=body, headers=headers)
    (signer or bank.platform.signer).sign(request, machine_now() + timedelta(seconds=seconds))
    return request


def answer(request: httpx.Request, **spoilt: str) -> httpx.Response:
    """Send it with some headers replaced."""
    headers = {**request.headers, **{name.replace("_", "-"): value for name, value in spoilt.items()}}
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.request(request.method, request.url, content=request.content, headers=headers)


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("urn:heyue:problem:")


def test_an_unsigned_request_is_refused(gate: BankProcess) -> None:
    sent = gate.raw("POST", "/v1/account-links", link_body(), {"content-type": JSON, "idempotency-key": "a"})
    assert problem(sent) == (401, "signature-missing")
    assert problem(gate.raw("GET", "/v1/account-links/x/cards")) == (401, "signature-missing")


def test_a_nonce_is_good_once(gate: BankProcess) -> None:
    request = signed(gate, link_body(), "once")
    assert answer(request).status_code == 201
    assert problem(answer(request)) == (401, "nonce-replayed")


@pytest.mark.parametrize(("seconds", "code"), [(-301, "signature-expired"), (120, "signature-invalid")])
def test_a_signature_out_of_its_time_is_refused(gate: BankProcess, seconds: int, code: str) -> None:
    assert problem(answer(signed(gate, link_body(), "late", seconds=seconds))) == (401, code)


def test_a_key_that_was_not_exchanged_is_refused(gate: BankProcess) -> None:
    stranger = signing.Signer("stranger", Ed25519PrivateKey.generate())
    assert problem(answer(signed(gate, link_body(), "k", stranger))) == (401, "unknown-key")
    impostor = signing.Signer(gate.platform.signer.keyid, Ed25519PrivateKey.generate())
    assert problem(answer(signed(gate, link_body(), "k", impostor))) == (401, "signature-invalid")


def test_a_body_that_is_not_the_digests_is_refused(gate: BankProcess) -> None:
    request = signed(gate, link_body(), "digest")
    with httpx.Client(trust_env=False) as client:
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        sent = client.post(request.url, content=request.content + b" ", headers=headers)
    assert problem(sent) == (400, "digest-mismatch")


def test_a_signature_covers_every_component_in_order(gate: BankProcess) -> None:
    request = signed(gate, link_body(), "order")
    given = request.headers["signature-input"]
    fewer = re.sub(r' "idempotency-key"', "", given)
    assert problem(answer(request, signature_input=fewer)) == (401, "signature-invalid")
    longer = re.sub(r"expires=(\d+)", lambda found: f"expires={int(found[1]) + 600}", given)
    assert problem(answer(request, signature_input=longer)) == (401, "signature-invalid")
    assert problem(answer(request, signature="sig1=:AAAA:")) == (401, "signature-invalid")
    assert problem(answer(request, signature_input="sig1=nonsense")) == (401, "signature-invalid")


def test_a_signature_for_another_bank_is_refused(gate: BankProcess) -> None:
    request = signed(gate, link_body(), "other")
    assert problem(answer(request, host="nanshan.example")) == (401, "signature-invalid")


def test_every_post_carries_an_idempotency_key(gate: BankProcess) -> None:
    signature = {"signature": "sig1=:AAAA:", "signature-input": "sig1=()"}
    sent = gate.raw("POST", "/v1/account-links", link_body(), {"content-type": JSON, **signature})
    assert problem(sent) == (400, "idempotency-key-missing")


def test_the_same_key_gets_the_first_answer_again_and_with_another_body_none(gate: BankProcess) -> None:
    body = link_body()
    first, again = (answer(signed(gate, body, "same")) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert problem(answer(signed(gate, link_body(), "same"))) == (422, "idempotency-key-reused")


def test_the_same_message_sent_at_once_by_several_is_taken_once(donghu: BankProcess) -> None:
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    with ThreadPoolExecutor(8) as senders:
        assert set(senders.map(lambda _: negotiation.apply(), range(16))) == {202}
    donghu.platform.wait_for(negotiation.id, "officer.assigned")
    state = donghu.control("state")
    assert len(state["applications"]) == 1
    assert len(donghu.platform.of(negotiation.id)) == 3


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"consent": 1}', "你好".encode(), b"[" * 100_000])
def test_what_is_not_well_formed_is_stored_and_refused_with_its_place(gate: BankProcess, body: bytes) -> None:
    refused = gate.control("state")["inbox"].get("refused", 0)
    sent = answer(signed(gate, body, str(uuid.uuid4())))
    assert sent.status_code in (400, 422)
    assert problem(sent)[1] == "malformed"
    assert gate.control("state")["inbox"]["refused"] == refused + 1


def test_an_application_whose_form_has_another_digest_is_refused_at_once(gate: BankProcess) -> None:
    sent = application(gate, periods=60)
    sent["form"]["sha256"] = "0" * 64
    with pytest.raises(BankRefused, match="digest-mismatch"):
        Negotiation(gate, sent).apply()


def test_an_event_of_an_unknown_negotiation_is_refused_and_welcome_later(donghu: BankProcess) -> None:
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    event = negotiation.event("answer.chased", {"received_on": "2026-11-16", "due_on": "2026-11-25", "text": ""})
    with pytest.raises(BankRefused, match="unknown-negotiation"):
        negotiation.post(event)
    negotiation.apply()
    assert negotiation.post(event) == 202


def test_reordered_and_repeated_events_are_taken_once_in_their_order(donghu: BankProcess) -> None:
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    for _ in range(2):
        assert negotiation.apply() == 202
    asked = {"question_id": "q", "text": "答"}
    first, second = (negotiation.event("question.answered", asked, sequence) for sequence in (1, 2))
    last = negotiation.event("negotiation.ended", {"reason": "withdrawn"}, 3)
    for event in (last, second, second):
        assert negotiation.post(event) == 202
    assert donghu.client.fate(negotiation.id, last["id"])["state"] == "waiting"
    assert negotiation.post(first) == 202
    eventually(lambda: donghu.client.fate(negotiation.id, last["id"])["state"] == "taken", "the last event")
    state = donghu.control("state")
    assert state["applications"][0]["state"] == "ended"
    assert donghu.platform.names(negotiation.id).count("application.received") == 1
    other = negotiation.event("question.answered", asked, 2)
    negotiation.post(other)
    eventually(lambda: donghu.client.fate(negotiation.id, other["id"])["state"] == "refused", "a taken number")


def test_a_kill_between_receipt_and_judgement_loses_nothing(donghu: BankProcess) -> None:
    sent = application(donghu, periods=60)
    donghu.control("faults", {"kind": "silent"})
    negotiation = Negotiation(donghu, sent)
    assert negotiation.apply() == 202
    donghu.kill()
    donghu.start()
    assert donghu.platform.wait_for(negotiation.id, "officer.assigned")
    assert negotiation.apply() == 202
    assert donghu.platform.names(negotiation.id) == ["application.received", "standstill.answered", "officer.assigned"]


def test_a_kill_before_an_event_is_delivered_sends_the_same_event_again(donghu: BankProcess) -> None:
    donghu.platform.status = 503
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    negotiation.apply()
    eventually(lambda: len(donghu.platform.arrivals) >= 3, "three attempts")
    donghu.kill()
    donghu.platform.status = 202
    donghu.start()
    donghu.platform.wait_for(negotiation.id, "officer.assigned")
    eventually(lambda: donghu.control("state")["outbox"] == {"sent": 3}, "all events taken")
    by_id: dict[str, set[str]] = {}
    for event_id, _, digest in donghu.platform.arrivals:
        by_id.setdefault(event_id, set()).add(digest)
    assert [len(digests) for digests in by_id.values()] == [1, 1, 1]
    nonces = [nonce for _, nonce, _ in donghu.platform.arrivals]
    assert len(set(nonces)) == len(nonces)


def test_kills_while_the_clock_moves_lose_nothing_and_double_nothing(donghu: BankProcess) -> None:
    negotiation = Negotiation(donghu, application(donghu, periods=24))
    negotiation.apply()
    donghu.move_to("2026-11-17")
    accepted = donghu.platform.wait_for(negotiation.id, "application.accepted")
    negotiation.conclude(accepted["offer_id"], negotiation.application["asked"]["terms"])
    for milliseconds in (5, 20, 40, 80, 160):
        moving = threading.Thread(target=try_to_move, args=(donghu, "2028-12-01"))
        moving.start()
        time.sleep(milliseconds / 1000)
        donghu.kill()
        moving.join()
        donghu.start()
    donghu.move_to("2028-12-01")
    donghu.platform.wait_for(negotiation.id, "payment.posted", 24)
    events = donghu.platform.of(negotiation.id)
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    posted = [event["data"] for event in events if event["type"] == "heyue.payment.posted.v1"]
    assert [payment["period"] for payment in posted] == list(range(1, 25))
    assert donghu.client.cards(donghu.link(LIN)).cards[0].balance == 0


def try_to_move(bank: BankProcess, day: str) -> None:
    """Move the clock of a bank that may be killed meanwhile."""
    with contextlib.suppress(httpx.HTTPError):
        bank.move_to(day)


def test_a_final_answer_of_the_platform_is_not_asked_for_again(donghu: BankProcess) -> None:
    donghu.platform.status = 422
    Negotiation(donghu, application(donghu, periods=60)).apply()
    eventually(lambda: donghu.control("state")["outbox"] == {"refused": 3}, "the refusals")
    donghu.platform.status = 202
    assert donghu.control("resend", {}) == {"events": 3}
    eventually(lambda: donghu.control("state")["outbox"] == {"sent": 3}, "the second sending")


def test_the_bank_can_be_made_to_drop_to_fail_to_wait_and_to_say_nothing(donghu: BankProcess) -> None:
    link = donghu.link(LIN)
    donghu.control("faults", {"kind": "down"})
    with pytest.raises(BankUnreachable, match="Error"):
        donghu.client.cards(link)
    donghu.control("faults", {"kind": "error", "until_cleared": False})
    with pytest.raises(BankUnreachable, match="500"):
        donghu.client.cards(link)
    donghu.control("faults", {"kind": "slow", "seconds": 0.5})
    begun = machine_now()
    donghu.client.cards(link)
    assert machine_now() - begun >= timedelta(seconds=0.5)
    donghu.control("faults", {"kind": "silent"})
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    assert negotiation.apply() == 202
    donghu.move_to("2026-11-18")
    assert donghu.platform.names(negotiation.id) == []
    donghu.control("faults", {"kind": "none"})
    assert donghu.platform.wait_for(negotiation.id, "application.received")["received_on"] == "2026-11-16"


def test_init_again_changes_nothing_and_the_clock_only_goes_forward(donghu: BankProcess) -> None:
    donghu.move_to("2026-12-01")
    assert donghu.init() == donghu.facts
    assert donghu.control("state")["today"] == "2026-12-01"
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        donghu.move_to("2026-11-30")


def test_the_control_address_wants_its_token(gate: BankProcess) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"http://127.0.0.1:{gate.control_port}/control/state").status_code == 401
    assert gate.raw("GET", "/control/state").status_code == 404


def test_a_port_in_use_and_a_missing_database_are_said_plainly(gate: BankProcess) -> None:
    taken = gate.run(*gate.serve_arguments())
    assert (taken.returncode, taken.stdout) == (2, "")
    assert str(gate.port) in taken.stderr
    assert "Traceback" not in taken.stderr
    missing = [argument.replace("donghu.db", "none.db") for argument in gate.serve_arguments()]
    assert "run `init` first" in gate.run(*missing).stderr


def test_sigterm_ends_the_bank_with_success_and_frees_its_ports(donghu: BankProcess) -> None:
    assert donghu.stop() == 0
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", donghu.port)) != 0


def test_openapi_lists_the_protocols_operations(gate: BankProcess) -> None:
    document = gate.raw("GET", "/v1/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/account-links",
        "/v1/account-links/{link}",
        "/v1/account-links/{link}/cards",
        "/v1/account-links/{link}/activity",
        "/v1/applications",
        "/v1/negotiations/{negotiation_id}/events",
        "/v1/negotiations/{negotiation_id}/events/{event_id}",
    }
    assert {"Application", "Event", "Terms", "AgreementDrawn"} <= set(document["components"]["schemas"])
    assert "payment.posted" in document["webhooks"]


def test_the_bank_imports_nothing_of_the_platform() -> None:
    code = "import sandbox_bank.__main__, sys; print([name for name in sys.modules if name.split('.')[0] == 'heyue'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_officer_answers_on_the_banks_own_page(donghu: BankProcess) -> None:
    negotiation = Negotiation(donghu, application(donghu, periods=60))
    negotiation.apply()
    donghu.platform.wait_for(negotiation.id, "officer.assigned")
    with httpx.Client(base_url=donghu.url, trust_env=False, timeout=20) as browser:
        front = browser.get("/")
        assert "模拟银行" in front.text
        assert negotiation.application["number"] in front.text
        assert "style-src 'self'" in front.headers["content-security-policy"]
        path = f"/negotiations/{negotiation.id}"
        assert "都在本行政策内" in browser.get(path).text
        assert browser.get(f"{path}/form.pdf").content.startswith(b"%PDF")
        empty = browser.post(f"{path}/answer", data={"do": "ask"})
        assert empty.status_code == 422
        assert "写一句" in empty.text
        foreign = browser.post(f"{path}/answer", data={"do": "accept"}, headers={"origin": "http://elsewhere"})
        assert foreign.status_code == 403
        assert browser.post(f"{path}/answer", data={"do": "ask", "text": "收入稳定吗"}).status_code == 303
        assert browser.post(f"{path}/answer", data={"do": "accept"}).status_code == 303
    assert donghu.platform.wait_for(negotiation.id, "question.asked")["text"] == "收入稳定吗"
    accepted = donghu.platform.wait_for(negotiation.id, "application.accepted")
    agreement_id = negotiation.conclude(accepted["offer_id"], negotiation.application["asked"]["terms"])
    with httpx.Client(base_url=donghu.url, trust_env=False, timeout=20) as browser:
        path = f"/agreements/{agreement_id}"
        paid = browser.post(f"{path}/payments", data={"amount": "12.34", "day": "2026-11-16", "period": ""})
        assert paid.status_code == 303
        assert "¥12.34" in browser.get(path).text
        assert browser.post(f"{path}/payments", data={"amount": "x", "day": "2026-11-16"}).status_code == 422
        assert "林*" in browser.get("/customers/1").text
        assert browser.get("/customers/999").status_code == 404
    assert donghu.platform.wait_for(negotiation.id, "payment.posted")["amount"] == "12.34"
