"""The platform's calls to a bank: which answers are final, which are tried again, what is believed of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue import clock
from heyue.gateway import examples
from heyue.gateway.client import BankClient, BankRefused, BankUnreachable, NotOurCustomer
from heyue.gateway.signing import Signer
from heyue.gateway.wire import Consent, Holder

SIGNER = Signer("platform-1", Ed25519PrivateKey.generate())
CONSENT = Consent.model_validate(examples.LINK_ASKED["consent"])
HOLDER = Holder.model_validate(examples.HOLDER)


def bank(answer: Callable[[httpx.Request], httpx.Response]) -> BankClient:
    transport = httpx.MockTransport(answer)
    return BankClient("http://bank.example/", SIGNER, 1.0, now=clock.machine_now, transport=transport)


def answering(status: int, body: Any = None) -> BankClient:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return bank(lambda request: httpx.Response(status, content=content))


def problem(code: str) -> dict[str, str]:
    return {"type": f"urn:heyue:problem:{code}", "title": "x"}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_troubles_that_pass_are_tried_again(status: int) -> None:
    with pytest.raises(BankUnreachable) as away:
        answering(status, problem("rate-limited")).post("/v1/x", b"{}", "k", "application/json")
    assert away.value.status == status


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_broken_line_is_tried_again(error: type[httpx.TransportError]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise error("secret words", request=request)

    with pytest.raises(BankUnreachable, match=f"^{error.__name__}$"):
        bank(broken).post("/v1/x", b"{}", "k", "application/json")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 422])
def test_other_answers_are_final(status: int) -> None:
    with pytest.raises(BankRefused) as refused:
        answering(status, problem("malformed")).post("/v1/x", b"{}", "k", "application/json")
    assert (refused.value.status, refused.value.code) == (status, "malformed")


def test_a_final_answer_without_problem_is_known_by_its_status() -> None:
    with pytest.raises(BankRefused) as refused:
        answering(403, b"<html>").post("/v1/x", b"{}", "k", "application/json")
    assert refused.value.code == "403"


@pytest.mark.parametrize(
    "type_", ["urn:heyue:problem:x\nforged line", "urn:heyue:problem:" + "x" * 500, 7, None, "林晓"]
)
def test_a_code_that_is_none_is_not_passed_on(type_: object) -> None:
    with pytest.raises(BankRefused) as refused:
        answering(422, {"type": type_}).post("/v1/x", b"{}", "k", "application/json")
    assert refused.value.code == "422"


def test_not_our_customer_is_an_answer_of_its_own() -> None:
    with pytest.raises(NotOurCustomer):
        answering(404, problem("not-our-customer")).link_account(CONSENT, HOLDER)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff", b'{"link": 7}', b"{}", b'{"x": "\\u0000"}'])
def test_a_good_status_with_a_bad_body_is_asked_again(body: bytes) -> None:
    with pytest.raises(BankUnreachable):
        answering(201, body).link_account(CONSENT, HOLDER)


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heyue.gateway.line.ANSWER_BYTES_MAX", 10)
    with pytest.raises(BankUnreachable, match="too large"):
        answering(200, b'{"a":"' + b"x" * 100 + b'"}').cards("l")


def test_a_retry_of_one_asking_has_its_key_and_a_new_asking_another() -> None:
    keys = []

    def linked(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return httpx.Response(201, json={"link": "l-1"})

    asking = bank(linked)
    assert asking.link_account(CONSENT, HOLDER, "first") == "l-1"
    asking.link_account(CONSENT, HOLDER, "first")
    asking.link_account(CONSENT, HOLDER, "second")
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) <= 80


def test_activity_is_read_page_by_page() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        event = examples.ACTIVITY_PAGE["events"][0] | {"seq": after + 1}  # type: ignore[index]
        return httpx.Response(200, json={"events": [event], "next": after + 1, "more": after < 4})

    assert [event.seq for event in bank(page).activity("l", 2)] == [3, 4, 5]


def test_pages_that_do_not_go_on_are_not_followed_for_ever() -> None:
    page = {"events": [], "next": 7, "more": True}
    with pytest.raises(BankUnreachable, match="do not go on"):
        answering(200, page).activity("l", 7)


def test_cards_are_read_as_fen() -> None:
    (card,) = answering(200, {"as_of": "2026-11-16", "cards": [examples.CARD]}).cards("l").cards
    assert (card.balance, card.owed.fee, card.waivable) == (2_960_000, 120_000, 120_000)
    assert card.model_dump(mode="json")["balance"] == "29600.00"


def test_ending_a_link_that_is_gone_already_is_well() -> None:
    answering(204, b"").unlink("l")
    answering(404, problem("unknown-link")).unlink("l")
    with pytest.raises(BankRefused):
        answering(403, problem("signature-invalid")).unlink("l")


def test_a_link_of_any_characters_stays_one_part_of_the_path() -> None:
    paths = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path)
        return httpx.Response(204)

    bank(answer).unlink("a/../b?c")
    assert paths == [b"/v1/account-links/a%2F..%2Fb%3Fc"]


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    line = BankClient("http://127.0.0.1:9", SIGNER, 0.5, now=clock.machine_now)
    with pytest.raises(BankUnreachable):
        line.cards("l")
    line.close()


@pytest.mark.parametrize(("told", "seconds"), [("7", 7), ("999999", 3600), ("soon", None), ("-1", None), ("", None)])
def test_a_bank_may_say_when_to_come_again(told: str, seconds: int | None) -> None:
    busy = bank(lambda request: httpx.Response(503, headers={"retry-after": told}))
    with pytest.raises(BankUnreachable) as away:
        busy.post("/v1/x", b"{}", "k", "application/json")
    wait = away.value.retry_after
    assert (wait.total_seconds() if wait else None) == seconds


def test_a_post_names_its_key_and_time_as_standard_webhooks_does() -> None:
    heard: list[httpx.Request] = []

    def stored(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(202, json={})

    bank(stored).post("/v1/x", b"{}", "key-1", "application/json")
    assert heard[0].headers["webhook-id"] == heard[0].headers["idempotency-key"] == "key-1"
    assert abs(int(heard[0].headers["webhook-timestamp"]) - clock.machine_now().timestamp()) < 60
