"""The gateway's OpenAPI document: every operation, every message, examples that are true to their shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from heyue.engine.schedule import build
from heyue.gateway import events, examples, wire
from heyue.gateway.problems import TITLES, Problem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol" / "gateway-v1.md"


@pytest.fixture
def document() -> dict[str, Any]:
    answer = Client().get("/v1/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_the_document_is_public_and_tells_each_operation(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert told == {
        ("/v1/negotiations/{negotiation_id}/events", "post"),
        ("/v1/negotiations/{negotiation_id}/events/{event_id}", "get"),
        ("/v1/negotiations", "get"),
        ("/v1/keys", "get"),
        ("/v1/proofs/{grant}", "get"),
    }


def test_what_a_bank_serves_stands_as_webhooks(document: dict[str, Any]) -> None:
    described = " ".join(op["description"] for hook in document["webhooks"].values() for op in hook.values())
    for served in (
        "POST /v1/account-links",
        "GET /v1/account-links/{link}/cards",
        "GET /v1/account-links/{link}/activity",
        "DELETE /v1/account-links/{link}",
        "POST /v1/applications",
        "POST /v1/negotiations/{id}/events",
        "GET /v1/negotiations/{id}/events/{event}",
    ):
        assert served in described


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_every_event_stands_in_it_with_an_example(document: dict[str, Any]) -> None:
    def examples_of(operation: dict[str, Any]) -> set[str]:
        return set(operation["requestBody"]["content"][wire.EVENT_MEDIA_TYPE]["examples"])

    assert examples_of(document["paths"]["/v1/negotiations/{negotiation_id}/events"]["post"]) == set(events.FROM_BANK)
    assert examples_of(document["webhooks"]["postEvent"]["post"]) == set(events.FROM_PLATFORM)


def test_every_problem_of_the_protocol_stands_in_it(document: dict[str, Any]) -> None:
    assert set(re.findall(r"urn:heyue:problem:([a-z-]+)", json.dumps(document))) == set(TITLES)


def test_the_events_are_those_of_the_protocols_text() -> None:
    text = PROTOCOL.read_text()
    to_platform, to_bank = text.split("### Bank → platform")[1].split("### Platform → bank")

    def names(part: str) -> set[str]:
        return set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", part.split("\n## ")[0], re.MULTILINE))

    assert names(to_platform) == set(events.FROM_BANK)
    assert names(to_bank) == set(events.FROM_PLATFORM)


@pytest.mark.parametrize("name", events.FROM_BANK)
def test_a_banks_example_is_of_its_shape_and_is_written_as_it_was_read(name: str) -> None:
    told = examples.event(name, examples.FROM_BANK[name], "urn:heyue:bank:donghu")
    envelope = wire.shaped(wire.Envelope, told)
    data = events.data_from_bank(envelope)
    assert data.model_dump(mode="json", by_alias=True, exclude_none=True) == examples.FROM_BANK[name]
    assert envelope.model_dump(mode="json") == told


@pytest.mark.parametrize("name", events.FROM_PLATFORM)
def test_the_platforms_example_is_of_its_shape_and_is_written_as_it_was_read(name: str) -> None:
    assert events.data_from_platform(name, examples.FROM_PLATFORM[name]) == examples.FROM_PLATFORM[name]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (wire.LinkAsked, examples.LINK_ASKED),
        (wire.Card, examples.CARD),
        (wire.ActivityPage, examples.ACTIVITY_PAGE),
        (wire.Application, examples.APPLICATION),
    ],
)
def test_other_examples_are_of_their_shapes(model: type[wire.Shape], example: dict[str, Any]) -> None:
    assert wire.shaped(model, example).model_dump(mode="json", exclude_none=True) == {
        name: value for name, value in example.items() if value is not None
    }


def test_terms_are_the_input_of_heyue_schedule() -> None:
    terms = wire.shaped(wire.Terms, examples.TERMS)
    assert build(terms.for_engine()).hash == build(examples.TERMS).hash


@pytest.mark.parametrize(
    "change",
    [
        {"monthly_rate": None},
        {"annual_rate": "0.03"},
        {"method": "interest_free"},
        {"periods": "48"},
        {"due_day": 32},
        {"principal": 28400},
        {"first_due": "2026-12-32"},
    ],
)
def test_terms_out_of_shape_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        wire.shaped(wire.Terms, examples.TERMS | change)


@pytest.mark.parametrize(
    "data",
    [{"granted": True}, {"granted": False}, {"granted": False, "until": "2027-01-15"}],
)
def test_a_standstill_is_answered_with_a_day_or_a_reason(data: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        wire.shaped(events.StandstillAnswered, data)
