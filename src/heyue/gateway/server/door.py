"""The bank's door: which operation is asked for, whether the platform asks it, now and for the first time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from heyue.gateway import openapi
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.gateway.server import trouble
from heyue.gateway.server.setting import BODY_BYTES_MAX, Setting
from heyue.gateway.signing import CLOCK_SKEW, KEPT_HEADERS, Incoming, verify
from heyue.gateway.values import can_be_kept

VERSION, VERSION_HEADER = "1", "heyue-protocol"
JSON_TYPE = "application/json"
KEY_CHARS_MAX = 80


@dataclass(frozen=True)
class Request:
    """One HTTP request: ``path`` as it was sent, percent signs and all; ``headers`` by lower-case name.

    ``body`` is None when it was larger than ``BODY_BYTES_MAX``.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=b"", repr=False)

    @property
    def key(self) -> str:
        """Its Idempotency-Key, empty where it has none."""
        return self.headers.get("idempotency-key", "")


@dataclass(frozen=True)
class Response:
    """What is answered."""

    status: int
    body: bytes = b""
    media_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request that the platform signed: ``headers`` are those that verify it years later."""

    request: Request
    parts: tuple[str, ...]
    signed: dict[str, str]

    @property
    def body(self) -> bytes:
        """The body, which is within its limit."""
        return self.request.body or b""


Operation = Callable[[Asked], Response]
Operations = Mapping[tuple[str, str], Operation]
"""By method and path below ``/v1/``, ``*`` for what stands in braces in the protocol."""


class Door:
    """Answers requests; never raises."""

    def __init__(self, setting: Setting, operations: Operations) -> None:
        self._setting = setting
        self._paths: dict[tuple[str, ...], dict[str, Operation]] = {}
        for (method, path), operation in operations.items():
            self._paths.setdefault(tuple(path.split("/")), {})[method] = operation
        self._addresses = {urlsplit(address).netloc.lower(): address for address in setting.addresses}

    def answer(self, request: Request) -> Response:
        """Answer one request; what goes wrong on our side is told as 500, so that the platform comes again."""
        try:
            response = self._answered(request)
        except Problem as problem:
            response = refusal(problem)
        except Exception as error:
            trouble.tell(error, "%s could not be answered", request.method)
            told = {"type": "about:blank", "title": "Internal Server Error", "status": 500}
            response = Response(500, written(told), MEDIA_TYPE)
        headers = {"cache-control": "no-store", **response.headers, VERSION_HEADER: VERSION}
        return Response(response.status, response.body, response.media_type, headers)

    def _answered(self, request: Request) -> Response:
        address = self._addresses.get(_authority(request))
        below = (urlsplit(address).path.rstrip("/") if address else "") + "/v1/"
        if not request.path.startswith(below):
            raise Problem("no-such-operation", 404, "the protocol's addresses begin with /v1/")
        parts = tuple(unquote(part) for part in request.path.removeprefix(below).split("/"))
        if parts == ("openapi.json",) and request.method == "GET":
            return Response(200, machine_form(self._setting.slug))
        methods = self._methods(parts) if can_be_kept(list(parts)) else None
        if methods is None:
            raise Problem("no-such-operation", 404)
        operation = methods.get(request.method)
        if operation is None:
            allowed = ", ".join(sorted(methods))
            problem = Problem("no-such-operation", 405, f"this address takes {allowed}")
            return Response(405, written(as_json(problem)), MEDIA_TYPE, {"allow": allowed})
        return operation(self._let_in(request, parts, address))

    def _methods(self, parts: tuple[str, ...]) -> Mapping[str, Operation] | None:
        for pattern, methods in self._paths.items():
            if len(pattern) == len(parts) and all(w in ("*", p) for w, p in zip(pattern, parts, strict=True)):
                return methods
        return None

    def _let_in(self, request: Request, parts: tuple[str, ...], address: str | None) -> Asked:
        """Refuse what is not signed by the platform for this bank, now, and for the first time."""
        if request.headers.get(VERSION_HEADER, VERSION) != VERSION:
            raise Problem("version-unknown", 400, f"this address speaks version {VERSION}")
        if request.body is None:
            raise Problem("too-large", 413, f"a body has at most {BODY_BYTES_MAX} bytes")
        if address is None:
            raise Problem("signature-invalid", 401, "@authority is none of this bank's addresses")
        signature_given = {"signature", "signature-input"} <= request.headers.keys()
        if request.method == "POST" and signature_given and not _is_key(request.key):
            detail = f"every POST carries an Idempotency-Key of at most {KEY_CHARS_MAX} printable characters"
            raise Problem("idempotency-key-missing", 400, detail)
        base = urlsplit(address)
        url = f"{base.scheme}://{base.netloc}{request.path}" + (f"?{request.query}" if request.query else "")
        setting, now = self._setting, self._setting.now()
        incoming = Incoming(request.method, url, request.headers, request.body)
        verified = verify(incoming, setting.keys.find, now, national=setting.national)
        with setting.store.transaction() as transaction:
            transaction.forget_nonces(now - CLOCK_SKEW)
            if not transaction.remember_nonce(verified.keyid, verified.nonce, verified.expires_at):
                raise Problem("nonce-replayed", 401, "the nonce was seen before")
        kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
        return Asked(request, parts, {"@method": request.method, "@url": url, **kept})


def _authority(request: Request) -> str:
    return request.headers.get("host", "").lower()


def _is_key(key: str) -> bool:
    return 0 < len(key) <= KEY_CHARS_MAX and all("!" <= letter <= "~" for letter in key)


@cache
def machine_form(slug: str) -> bytes:
    """Return what ``/v1/openapi.json`` tells."""
    return written(openapi.of_bank(f"{slug}: a bank's side of the Heyue gateway"))


def refusal(problem: Problem) -> Response:
    """Return a problem as an answer."""
    return Response(problem.status, written(as_json(problem)), MEDIA_TYPE)


def written(told: Any) -> bytes:
    """Write JSON as it is answered, the same value always alike."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
