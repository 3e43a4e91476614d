"""The OpenAPI document: the protocol's operations with the shapes that the bank checks, and its own events."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from sandbox_bank import messages

EVENT_MEDIA_TYPE = "application/cloudevents+json"
REFERENCE = "#/components/schemas/{model}"
BODIES: tuple[type[BaseModel], ...] = (messages.AccountLinkRequest, messages.Application, messages.Event)
BANK_EVENTS = (
    "application.received",
    "standstill.answered",
    "officer.assigned",
    "question.asked",
    "offer.made",
    "application.accepted",
    "application.refused",
    "counter.accepted",
    "counter.refused",
    "agreement.signed",
    "collection.stopped",
    "payment.posted",
)


def body(model: str, media_type: str = "application/json") -> dict[str, Any]:
    """The request body of an operation that reads its bytes itself."""
    schema = {"$ref": REFERENCE.format(model=model)}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:heyue:problem:"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
STORED = {
    "type": "object",
    "required": ["id", "stored_at"],
    "properties": {"id": {"type": "string"}, "stored_at": {"type": "string", "format": "date-time"}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]+$"},
}
PROBLEMS = {
    "400": "malformed, digest-mismatch, idempotency-key-missing or version-unknown",
    "401": "signature-missing, signature-invalid, signature-expired, nonce-replayed or unknown-key",
    "404": "unknown-link, unknown-negotiation or not-our-customer",
    "422": "malformed, digest-mismatch or idempotency-key-reused, with a pointer to each bad field",
}
PROBLEMS_OF_A_BODY = {"413": "too-large", "415": "media-type"}
VERSION = {"Heyue-Protocol": {"description": "The protocol's version.", "schema": {"type": "string"}, "example": "1"}}
GIVEN = {
    "/v1/account-links/{link}/cards": {
        "type": "object",
        "required": ["as_of", "cards"],
        "properties": {"as_of": {"type": "string", "format": "date"}, "cards": {"type": "array"}},
    },
    "/v1/account-links/{link}/activity": {
        "type": "object",
        "required": ["events", "next", "more"],
        "properties": {"events": {"type": "array", "maxItems": 500}, "next": {"type": "integer"},
                       "more": {"type": "boolean"}},
    },
    "/v1/account-links": {"type": "object", "required": ["link"], "properties": {"link": {"type": "string"}}},
    "/v1/applications": STORED,
    "/v1/negotiations/{negotiation_id}/events": STORED,
    "/v1/negotiations/{negotiation_id}/events/{event_id}": {
        "type": "object",
        "required": ["state", "problem"],
        "properties": {"state": {"enum": ["waiting", "taken", "refused"]}, "problem": {"type": ["object", "null"]}},
    },
}  # fmt: skip
"""What each address answers when all is well."""


def describe(app: FastAPI, bank_name: str) -> None:
    """Give the application its document, made once when first asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, bank_name)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, bank_name: str) -> dict[str, Any]:
    document = get_openapi(
        title=f"{bank_name}（模拟银行）",
        version="1",
        description="Gateway protocol v1, bank side. Every request is signed as RFC 9421 says (Ed25519).",
        routes=app.routes,
    )
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for model in (*BODIES, *messages.EVENTS.values()):
        shape = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(shape.pop("$defs", {}))
        schemas[model.__name__] = shape
    document["webhooks"] = {name: _webhook(name) for name in BANK_EVENTS}
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say what an operation answers, well and otherwise, and which header a POST needs."""
    responses = {status: told for status, told in operation["responses"].items() if status.startswith("2")}
    for status, told in responses.items():
        told["headers"] = VERSION
        if status != "204":
            told["content"] = {"application/json": {"schema": GIVEN[path]}}
    problems = PROBLEMS | (PROBLEMS_OF_A_BODY if method == "post" else {})
    content = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    for status, description in problems.items():
        responses[status] = {"description": description, "content": content, "headers": VERSION}
    operation["responses"] = responses
    if method == "post":
        operation["parameters"] = [*operation.get("parameters", []), KEY]


def _webhook(name: str) -> dict[str, Any]:
    return {
        "post": {
            "summary": f"heyue.{name}.v1, sent to POST /v1/negotiations/{{id}}/events of the platform",
            "requestBody": body("Event", "application/cloudevents+json")["requestBody"],
            "responses": {"202": {"description": "stored"}},
        }
    }
