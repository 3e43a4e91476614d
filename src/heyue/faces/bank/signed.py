"""Who calls: the signature of a request tells the bank; nothing else does (no session, no cookie)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from heyue import clock
from heyue.banks import nonces, reads
from heyue.banks.models import Bank
from heyue.engine.moves import Actor, Role
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.gateway.signing import KEPT_HEADERS, Incoming, PublicKey, Verified, verify

BODY_BYTES_MAX = 2 * 1024 * 1024
KEY_CHARS_MAX = 80
NOT_ALLOWED, TOO_MANY = 405, 429
VERSION = "1"
VERSION_HEADER = "Heyue-Protocol"
_UNQUOTED_IN_PATH = "/~:@!$&'()*+,;="


@dataclass(frozen=True)
class Caller:
    """The bank behind a good signature, the nonce it spends, and what of the request verifies it years later."""

    actor: Actor
    bank: reads.Signatory
    verified: Verified
    signed: dict[str, str]
    key: str
    body: bytes


def caller(request: HttpRequest) -> Caller:
    """Return who signed the request; ``admitted`` remembers it. Raises ``Problem`` with the protocol's code."""
    if request.headers.get(VERSION_HEADER, VERSION) != VERSION:
        raise Problem("version-unknown", 400, f"this address speaks version {VERSION}")
    if request.headers.get("Transfer-Encoding"):
        # What stands before us (the server, a proxy) may read a body without a length otherwise than we would.
        raise Problem("length-required", 411, "a body is sent with its Content-Length")
    body = _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    key = headers.get("idempotency-key", "")
    signature_given = "signature" in headers and "signature-input" in headers
    if request.method == "POST" and signature_given and not 0 < len(key) <= KEY_CHARS_MAX:
        detail = f"every POST carries an Idempotency-Key of at most {KEY_CHARS_MAX} characters"
        raise Problem("idempotency-key-missing", 400, detail)
    incoming = Incoming(request.method or "", _url(request), headers, body)
    known: dict[str, reads.Signatory | None] = {}

    def lookup(keyid: str) -> PublicKey | None:
        if keyid not in known:
            known[keyid] = reads.signatory(keyid)
        found = known[keyid]
        return found.key if found else None

    verified = verify(incoming, lookup, clock.machine_now(), national=settings.HEYUE_SM2)
    bank = known[verified.keyid]
    if bank is None:
        raise RuntimeError("a signature that verifies has a key")
    kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    signed = {"@method": incoming.method, "@url": incoming.url, **kept}
    return Caller(Actor(Role.BANK, bank_id=bank.id), bank, verified, signed, key, body)


@contextmanager
def admitted(request: HttpRequest, scope: Bank.Scope) -> Iterator[Caller]:
    """Carry out one signed request in a transaction that remembers it too; every operation stands in this.

    Raises ``Problem``: 401 ``nonce-replayed``, 429 ``rate-limited``, 403 ``scope-missing``.
    """
    who = getattr(request, "auth", None)
    if not isinstance(who, Caller):
        raise RuntimeError("every operation of the gateway but its keys is signed")
    with nonces.remembered(who.verified, who.bank, partial(setattr, request, "gateway_quota")):
        may(who, scope)
        yield who


def may(who: Caller, scope: Bank.Scope) -> None:
    """Refuse what the bank's onboarding does not open to it. Raises ``Problem`` 403 ``scope-missing``."""
    if scope not in who.bank.scopes:
        raise Problem("scope-missing", 403, f"the scope {scope.value} is not open to this bank")


class Gateway:
    """Below ``/v1/`` a request is a machine's: it passes nothing that only a page needs.

    What stands before this in ``settings.MIDDLEWARE`` guards and packs every answer; what stands after it (session,
    language, form token, account, page headers) is left out for machines, which bring no cookie and see no page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        views = BaseHandler()
        views._view_middleware, views._template_response_middleware, views._exception_middleware = [], [], []
        self._machines = cast(Callable[[HttpRequest], HttpResponse], convert_exception_to_response(views._get_response))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a machine here, in the project's language; pass a page's request on."""
        if not request.path_info.startswith("/v1/"):
            return self.get_response(request)
        request.get_host()  # one that is not ours is answered by Django before anything is read
        with clock.read_once(), translation.override(settings.LANGUAGE_CODE):
            response = self._machines(request)
        if response.status_code == NOT_ALLOWED:
            _as_problem(response)
        _tell_version_and_quota(request, response)
        response["Content-Language"] = settings.LANGUAGE_CODE
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        return response


def _tell_version_and_quota(request: HttpRequest, response: HttpResponse) -> None:
    """Add the protocol's version and, to whom has signed, what is left of the minute.

    Source: draft-ietf-httpapi-ratelimit-headers.
    """
    response[VERSION_HEADER] = VERSION
    quota = getattr(request, "gateway_quota", None)
    if quota:
        response["RateLimit-Policy"] = f'"minute";q={quota.limit};w={nonces.WINDOW_SECONDS}'
        response["RateLimit"] = f'"minute";r={quota.left};t={quota.reset_seconds}'
        if response.status_code == TOO_MANY:
            response["Retry-After"] = str(quota.reset_seconds)


def _as_problem(response: HttpResponse) -> None:
    """Say in the protocol's words that an address does not take a method; ``Allow`` stays."""
    told = Problem("no-such-operation", NOT_ALLOWED, f"this address takes {response['Allow']}")
    response.content = json.dumps(as_json(told), ensure_ascii=False).encode()
    response["Content-Type"] = MEDIA_TYPE


def _url(request: HttpRequest) -> str:
    """Write the target as it was signed; an encoded path is encoded as RFC 3986 has it at its plainest."""
    query = request.META.get("QUERY_STRING", "")
    path = quote(request.path, safe=_UNQUOTED_IN_PATH)
    return f"{request.scheme}://{request.get_host()}{path}{'?' + query if query else ''}"


def _body(request: HttpRequest) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > BODY_BYTES_MAX:
        raise Problem("too-large", 413, f"a body has at most {BODY_BYTES_MAX} bytes")
    return body
