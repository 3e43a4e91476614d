"""The server kit between a web server and a log: odd lengths and paths by WSGI, and nobody's data in an error."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest
from pydantic import BaseModel

from heyue.gateway import events, examples
from heyue.gateway.client import BankRefused, BankUnreachable
from heyue.gateway.server import Negotiation
from protocol.server_kit import CONSENT, HOLDER, URL, Kit, Talk

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
NUMBER, NAME, SUM = "6222021234567890", "张小梅", "98765.432"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


@pytest.mark.parametrize("length", ["x", "-5", "1_0", "٣", "9" * 5000])
def test_a_length_that_is_no_number_is_refused(kit: Kit, length: str) -> None:
    told: list[str] = []
    body = BytesIO(b"{}")
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/v1/applications", "CONTENT_LENGTH": length, "wsgi.input": body}
    answer = kit.bank.wsgi()(environ, lambda status, headers: told.append(status))
    assert told == ["400 Bad Request"]
    assert json.loads(b"".join(answer))["type"] == "urn:heyue:problem:malformed"


@pytest.mark.parametrize("variable", ["RAW_URI", "REQUEST_URI"])
def test_a_path_is_verified_as_it_was_quoted(kit: Kit, variable: str) -> None:
    path = "/v1/negotiations/a%3ab/events/%e6%9e%97%7e"

    def served(environ: dict[str, Any], start_response: Any) -> Any:
        routed = unquote_to_bytes(path).decode("latin-1")
        return kit.bank.wsgi()({**environ, "PATH_INFO": routed, variable: path + "?x=1"}, start_response)

    client = kit.client()
    client._http = httpx.Client(transport=httpx.WSGITransport(app=served))
    with pytest.raises(BankRefused, match="unknown-negotiation"):
        client.ask("GET", path)


def test_another_path_beside_the_one_that_was_routed_is_not_believed(kit: Kit) -> None:
    told: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v2/x", "RAW_URI": "/v1/openapi.json", "wsgi.input": BytesIO()}
    kit.bank.wsgi()(environ | {"HTTP_HOST": URL.removeprefix("http://")}, lambda status, _: told.append(status))
    assert told == ["404 Not Found"]


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Row(BaseModel):
    """A shape of the bank's own, which prints what it read."""

    balance: int


def test_cards_that_are_not_of_their_shape_are_told_by_their_places(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    asked = json.dumps({"consent": CONSENT, "holder": HOLDER}).encode()
    link = kit.client().post("/v1/account-links", asked, "k-1", "application/json").body["link"]
    card = examples.CARD | {"token": {"of": NUMBER}, "product": [NAME], "balance": SUM}
    kit.bank.cards(lambda customer: {"as_of": "2026-11-16", "cards": [card]})
    with pytest.raises(BankUnreachable, match="500"):
        kit.client().cards(link)
    assert [word for word in (NUMBER, NAME, SUM) if word in caplog.text] == []
    assert "/cards/0/token (string_type)" in caplog.text
    assert "feed.py" in caplog.text


@pytest.mark.parametrize("how", ["a shape of its own", "after one", "what it tells"])
def test_a_handler_that_stumbles_over_values_is_told_by_their_places(
    kit: Kit, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    def stumbles(negotiation: Negotiation, event: events.AnswerChased) -> None:
        if how == "what it tells":
            negotiation.tell("payment.posted", {"payment_id": "x", "date": NUMBER, "amount": SUM, "text": [NAME]})
        try:
            Row.model_validate({"balance": f"{NAME} {NUMBER} {SUM}"})
        except ValueError as error:
            if how == "after one":
                raise RuntimeError(f"the core system said {error}") from error
            raise

    kit.bank.on(events.AnswerChased)(stumbles)
    event = Talk(kit).apply().send("answer.chased", 1)
    kit.bank.work()
    assert f"answer.chased {event['id']} could not be judged yet" in caplog.text
    assert [word for word in (NUMBER, NAME, SUM) if word in caplog.text] == []


def test_another_error_of_the_banks_own_is_told_whole(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    def stumbles(negotiation: Negotiation, event: events.AnswerChased) -> None:
        raise RuntimeError("the core system is away")

    kit.bank.on(events.AnswerChased)(stumbles)
    Talk(kit).apply().send("answer.chased", 1)
    kit.bank.work()
    assert "RuntimeError: the core system is away" in caplog.text
