"""Who calls: the signature of a request tells the bank; nothing else does (no session, no cookie)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from heyue import clock
from heyue.banks import nonces, reads
from heyue.banks.models import Bank, BankKey
from heyue.engine.moves import Actor, Role
from heyue.gateway.problems import Problem
from heyue.gateway.signing import KEPT_HEADERS, Incoming, verify

BODY_BYTES_MAX = 2 * 1024 * 1024
KEY_CHARS_MAX = 80
_UNQUOTED_IN_PATH = "/~:@!$&'()*+,;="


@dataclass(frozen=True)
class Caller:
    """The bank behind a good signature, and what of the request verifies it years later."""

    actor: Actor
    bank: Bank
    signed: dict[str, str]
    key: str
    body: bytes


def caller(request: HttpRequest) -> Caller:
    """Return who signed the request. Raises ``Problem`` with the protocol's code."""
    body = _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    key = headers.get("idempotency-key", "")
    signature_given = "signature" in headers and "signature-input" in headers
    if request.method == "POST" and signature_given and not 0 < len(key) <= KEY_CHARS_MAX:
        detail = f"every POST carries an Idempotency-Key of at most {KEY_CHARS_MAX} characters"
        raise Problem("idempotency-key-missing", 400, detail)
    incoming = Incoming(request.method or "", _url(request), headers, body)
    known: dict[str, BankKey] = {}

    def lookup(keyid: str) -> Ed25519PublicKey | None:
        key = known.get(keyid) or reads.signing_key(keyid)
        if key is None:
            return None
        known[keyid] = key
        return reads.public_key(key)

    verified = verify(incoming, lookup, clock.machine_now())
    nonces.remember(verified)
    bank = known[verified.keyid].bank
    kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    signed = {"@method": incoming.method, "@url": incoming.url, **kept}
    return Caller(Actor(Role.BANK, bank_id=bank.pk), bank, signed, key, body)


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
