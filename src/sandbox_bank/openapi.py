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
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (*BODIES, *messages.EVENTS.values()):
        shape = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(shape.pop("$defs", {}))
        schemas[model.__name__] = shape
    document["webhooks"] = {name: _webhook(name) for name in BANK_EVENTS}
    return document


def _webhook(name: str) -> dict[str, Any]:
    return {
        "post": {
            "summary": f"heyue.{name}.v1, sent to POST /v1/negotiations/{{id}}/events of the platform",
            "requestBody": body("Event", "application/cloudevents+json")["requestBody"],
            "responses": {"202": {"description": "stored"}},
        }
    }
