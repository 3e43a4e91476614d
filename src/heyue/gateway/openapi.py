"""The gateway's OpenAPI 3.1 document: what a bank calls here, and as webhooks what it serves itself."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from heyue.gateway import events, examples, wire
from heyue.gateway.problems import MEDIA_TYPE, TITLES, URN

REF = "#/components/schemas/{model}"
JSON = "application/json"
SIGNED: list[dict[str, list[str]]] = [{"httpMessageSignature": []}]
BANK_SOURCE = "urn:heyue:bank:donghu"

SCHEMES = {
    "httpMessageSignature": {
        "type": "http",
        "scheme": "signature",
        "description": "RFC 9421 Signature and Signature-Input, label sig1, Ed25519 or SM2; see section 1.",
    }
}
DESCRIPTION = (
    "Version 1 of the gateway protocol; its text is docs/protocol/gateway-v1.md. Every request is signed (RFC 9421, "
    "Ed25519 or SM2, label sig1; content digests after RFC 9530), every POST carries an Idempotency-Key, every refusal "
    "is a problem after RFC 9457. The paths are what the platform serves; the webhooks are what a bank serves."
)

Json = dict[str, Any]


def _header(description: str, example: str) -> Json:
    return {"description": description, "schema": {"type": "string"}, "example": example}


VERSION_TOLD = {"Heyue-Protocol": _header("The protocol's version.", "1")}
QUOTA_TOLD = {
    "RateLimit-Policy": _header("What the bank may ask, and in how many seconds.", '"minute";q=2400;w=60'),
    "RateLimit": _header("What is left, and in how many seconds the next minute begins.", '"minute";r=2399;t=41'),
}
RETRY_AFTER = {"Retry-After": _header("Seconds to wait.", "41")}


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": REF.format(model=model.__name__)}


def _body(schema: Json, example: Any, media_type: str = JSON, many: Json | None = None) -> Json:
    content: Json = {"schema": schema}
    content.update({"examples": many} if many else {"example": example})
    return {media_type: content}


def _problems(*codes: tuple[int, str]) -> Json:
    """Say which problems an operation answers, the ones of every signed request included."""
    always = ((400, "version-unknown"), (401, "signature-missing"), (401, "signature-invalid"),
              (401, "signature-expired"), (401, "nonce-replayed"), (401, "unknown-key"), (403, "scope-missing"),
              (429, "rate-limited"))  # fmt: skip
    by_status: dict[str, list[str]] = {}
    for status, code in (*always, *codes):
        by_status.setdefault(str(status), []).append(code)
    return {
        status: {
            "description": ", ".join(found),
            "headers": {**VERSION_TOLD, **(RETRY_AFTER if status == "429" else {})},
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": REF.format(model="Problem")},
                    "examples": {code: {"value": _problem(int(status), code)} for code in found},
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


def _problem(status: int, code: str) -> Json:
    return {"type": URN + code, "title": TITLES[code], "status": status, "detail": TITLES[code]}


def _answers(status: str, description: str, content: Json | None, *problems: tuple[int, str]) -> Json:
    told: Json = {"description": description, "headers": {**VERSION_TOLD, **QUOTA_TOLD}}
    if content:
        told["content"] = content
    return {status: told, **_problems(*problems)}


def _event_schema(table: dict[str, type[wire.Shape]]) -> Json:
    """Say that the data is of the shape which the type names."""
    return {
        "oneOf": [
            {
                "title": f"heyue.{name}.v1",
                "allOf": [
                    _ref(wire.Envelope),
                    {"properties": {"type": {"const": f"heyue.{name}.v1"}, "data": _ref(model)}},
                ],
            }
            for name, model in table.items()
        ]
    }


def _event_body(table: dict[str, type[wire.Shape]], told: dict[str, Json], source: str) -> Json:
    many = {name: {"value": examples.event(name, data, source)} for name, data in told.items()}
    return {"required": True, "content": _body(_event_schema(table), None, wire.EVENT_MEDIA_TYPE, many)}


_STORED = {"id": "0197a3c0-4444-7c3a-9d54-2f6f0f6f1c77", "stored_at": "2026-11-16T02:30:01Z"}
_STORED_SCHEMA = {
    "type": "object",
    "required": ["id", "stored_at"],
    "properties": {"id": {"type": "string"}, "stored_at": {"type": "string", "format": "date-time"}},
}
_FATE_SCHEMA = {
    "type": "object",
    "required": ["state", "problem"],
    "properties": {
        "state": {"enum": ["waiting", "taken", "refused"]},
        "problem": {"oneOf": [{"$ref": REF.format(model="Problem")}, {"type": "null"}]},
    },
}
_POSTED = ((400, "digest-mismatch"), (400, "idempotency-key-missing"), (400, "malformed"), (413, "too-large"),
           (411, "length-required"), (415, "media-type"), (422, "malformed"),
           (422, "idempotency-key-reused"))  # fmt: skip

_IN_PATH = {"in": "path", "required": True, "schema": {"type": "string"}}
_NEGOTIATION = {**_IN_PATH, "name": "negotiation_id", "example": examples.NEGOTIATION}
_EVENT = {**_IN_PATH, "name": "event_id", "example": _STORED["id"]}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The event's id.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]+$"},
    "example": _STORED["id"],
}
_AFTER = {
    "name": "after",
    "in": "query",
    "description": "The last sequence number that is known already.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000, "default": 0},
}
_LINE = {
    "id": examples.NEGOTIATION,
    "number": "HY-20261116-0001-DON",
    "received_on": "2026-11-16",
    "next_sequence": "4",
    "sent_sequence": "2",
}
_TOLD_KEYS = {
    "keys": [{"keyid": "heyue-2026", "alg": "ed25519", "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}]
}

POST_EVENT: Json = {
    "parameters": [_NEGOTIATION, _KEY],
    "requestBody": _event_body(events.FROM_BANK, examples.FROM_BANK, BANK_SOURCE),
    "responses": _answers(
        "202", "Stored; judged afterwards.", _body(_STORED_SCHEMA, _STORED), *_POSTED, (404, "unknown-negotiation")
    ),
}
GET_EVENT: Json = {
    "parameters": [_NEGOTIATION, _EVENT],
    "responses": _answers(
        "200",
        "What became of it.",
        _body(_FATE_SCHEMA, {"state": "taken", "problem": None}),
        (404, "unknown-negotiation"),
    ),
}
LIST_NEGOTIATIONS: Json = {
    "parameters": [
        {
            "name": "after",
            "in": "query",
            "description": "The `next` of the page before, as it was given.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
            "example": "AZejwFuOfDqdVC9vD28cEQ",
        },
        {
            "name": "limit",
            "in": "query",
            "description": "How many on a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
            "example": 50,
        },
    ],
    "responses": _answers(
        "200",
        "A page, in the order of time.",
        _body(_ref(wire.NegotiationPage), {"negotiations": [_LINE], "next": None}),
        (422, "malformed"),
    ),
}
LIST_KEYS: Json = {
    "security": [],
    "responses": {
        "200": {
            "description": "The key in use, then the one that is to follow it.",
            "headers": VERSION_TOLD,
            "content": _body(_ref(wire.PlatformKeys), _TOLD_KEYS),
        }
    },
}
GET_PROOF: Json = {
    "parameters": [{**_IN_PATH, "name": "grant", "example": "0197a3c0-3333-7c3a-9d54-2f6f0f6f1c66"}],
    "responses": _answers(
        "200",
        "The proof, as the holder added it.",
        {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("application/pdf", "image/*")},
        (404, "grant-expired"),
        (410, "grant-expired"),
    ),
}


def _webhook(method: str, path: str, summary: str, responses: Json, body: Json | None = None) -> Json:
    operation: Json = {
        "summary": summary,
        "description": f"A bank serves this as `{method.upper()} {path}`.",
        "security": SIGNED,
        "responses": responses,
    }
    if body:
        operation["requestBody"] = body
    return {method: operation}


def _served(name: str, webhook: Json) -> tuple[str, Json]:
    """Return the path of a webhook, without its query, and its operation as the one who serves it tells it."""
    ((method, told),) = webhook.items()
    path, _, query = told["description"].partition("`")[2].partition("`")[0].partition(" ")[2].partition("?")
    parameters = [{**_IN_PATH, "name": part} for part in re.findall(r"{(\w+)}", path)]
    if query:
        parameters.append(_AFTER)
    if "requestBody" in told:
        parameters.append({**_KEY, "description": "The same again gets the same answer; an event's key is its id."})
    return path, {method: {**told, "operationId": name, "description": told["summary"], "parameters": parameters}}


def _asked(model: type[BaseModel], example: Json) -> Json:
    return {"required": True, "content": _body(_ref(model), example)}


def webhooks() -> Json:
    """Return what a bank implements."""
    gone = (404, "unknown-link")
    return {
        "openAccountLink": _webhook(
            "post", "/v1/account-links", "Link a holder's accounts, with consent",
            _answers("201", "Linked.", _body(_ref(wire.Linked), {"link": "l-1"}), *_POSTED, (404, "not-our-customer")),
            _asked(wire.LinkAsked, examples.LINK_ASKED),
        ),
        "getCards": _webhook(
            "get", "/v1/account-links/{link}/cards", "All cards behind a link as of the bank's business day",
            _answers("200", "The cards.",
                     _body(_ref(wire.Cards), {"as_of": "2026-11-16", "cards": [examples.CARD]}), gone),
        ),
        "getActivity": _webhook(
            "get", "/v1/account-links/{link}/activity?after=SEQ", "What happened after one sequence number",
            _answers("200", "At most 500 a page.", _body(_ref(wire.ActivityPage), examples.ACTIVITY_PAGE), gone,
                     (422, "malformed")),
        ),
        "endAccountLink": _webhook(
            "delete", "/v1/account-links/{link}", "The consent is withdrawn",
            _answers("204", "Ended.", None, gone),
        ),
        "postApplication": _webhook(
            "post", "/v1/applications", "An application; its Idempotency-Key is its id",
            _answers("202", "Stored; the receipt is the event application.received.",
                     _body(_STORED_SCHEMA, _STORED), *_POSTED),
            _asked(wire.Application, examples.APPLICATION),
        ),
        "postEvent": _webhook(
            "post", "/v1/negotiations/{id}/events", "The platform's event",
            _answers("202", "Stored; judged afterwards.", _body(_STORED_SCHEMA, _STORED), *_POSTED,
                     (404, "unknown-negotiation")),
            _event_body(events.FROM_PLATFORM, examples.FROM_PLATFORM, wire.PLATFORM_SOURCE),
        ),
        "getEvent": _webhook(
            "get", "/v1/negotiations/{id}/events/{event}", "What became of the platform's event",
            _answers("200", "What became of it.", _body(_FATE_SCHEMA, {"state": "waiting", "problem": None}),
                     (404, "unknown-negotiation")),
        ),
    }  # fmt: skip


def _components() -> Json:
    models = (wire.LinkAsked, wire.Linked, wire.Cards, wire.ActivityPage, wire.Application, wire.Envelope,
              wire.NegotiationPage, wire.PlatformKeys)  # fmt: skip
    told: dict[type[BaseModel], None] = dict.fromkeys(
        (*models, *events.FROM_BANK.values(), *events.FROM_PLATFORM.values())
    )
    _, written = models_json_schema([(model, "validation") for model in told], ref_template=REF)
    problem = {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "examples": [URN + code for code in TITLES]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
        },
    }
    return {**written["$defs"], "Problem": problem}


def completed(document: Any) -> Any:
    """Add the bank's side, the shapes and the signature scheme to what the operations told."""
    for operations in document["paths"].values():
        for operation in operations.values():
            # What the framework adds by itself has numbers for keys; ours is told whole.
            told = operation["responses"]
            operation["responses"] = {status: told[status] for status in told if isinstance(status, str)}
    components = document["components"]
    components.setdefault("schemas", {}).update(_components())
    components["securitySchemes"] = SCHEMES
    document["security"] = SIGNED
    document["webhooks"] = webhooks()
    return document


def of_bank(title: str) -> Json:
    """Return the document that a bank publishes at ``/v1/openapi.json``: what the webhooks tell, as its own paths."""
    paths: Json = {}
    for name, webhook in webhooks().items():
        path, operation = _served(name, webhook)
        paths.setdefault(path, {}).update(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": DESCRIPTION},
        "paths": paths,
        "components": {"schemas": _components(), "securitySchemes": SCHEMES},
        "security": SIGNED,
    }
