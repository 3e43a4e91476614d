"""Requests made from an OpenAPI document, signed and sent; each answer is held against the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
WEIGHT_OF_A_POST = 5
Send = Callable[[str, str, dict[str, str], bytes], httpx.Response]


def explore(document: dict[str, Any], send: Send, cases: int, shape: Callable[[Any], None]) -> Counter[str]:
    """Send so many requests in all, good ones and bad ones to each operation alike; count the answers by status.

    ``shape`` may bring a case nearer to what the other side knows. An answer that the document does not tell of fails.
    """
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    shares = {operation.label: WEIGHT_OF_A_POST if operation.method == "post" else 1 for operation in operations}
    each = -(-cases // sum(shares.values()))
    answers: Counter[str] = Counter()
    for operation in operations:
        number = each * shares[operation.label]
        _explore(operation, GenerationMode.POSITIVE, -(-5 * number // 9), send, shape, answers)
        # Where any value will do there is no wrong one: an address that takes any text, and nothing else.
        with suppress(Unsatisfiable):
            _explore(operation, GenerationMode.NEGATIVE, -(-5 * number // 9), send, shape, answers)
    return answers


def signable(headers: dict[str, str], media_type: str) -> dict[str, str]:
    """Return of a case's headers those that a signature covers; one that is missing is filled in."""
    given = {"content-type": media_type, "idempotency-key": "none-was-given"}
    return {name: (headers.get(name) if headers.get(name, "").isascii() else "") or given[name] for name in given}


def _explore(
    operation: Any, mode: GenerationMode, number: int, send: Send, shape: Callable[[Any], None], answers: Counter[str]
) -> None:
    @settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def judged(case: Any) -> None:
        shape(case)
        told = case.as_transport_kwargs(base_url="http://testserver")
        request = httpx.Request(
            told["method"],
            told["url"],
            params=told.get("params") or None,
            json=told.get("json"),
            content=told.get("data") if "json" not in told else None,
        )
        headers = {str(k).lower(): str(v) for k, v in (told.get("headers") or {}).items() if str(v).isprintable()}
        target = request.url.raw_path.decode("ascii")
        response = send(request.method, target, headers, request.read())
        response.request, response.elapsed = request, timedelta()
        answers[f"{operation.method.upper()} {operation.path} {response.status_code}"] += 1
        case.validate_response(response, checks=CHECKS)

    judged()
