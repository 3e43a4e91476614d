"""HTTP message signatures (RFC 9421, Ed25519) and content digests (RFC 9530), as gateway-v1 section 1 wants.

``http-message-signatures`` parses, builds the signature base and does the cryptography. What it leaves to the
application is said here: which components are covered and in which order, how long a signature may live,
and by which code each fault is refused. That a nonce is new is the caller's to check: it takes a memory.
"""

from __future__ import annotations

import re
import secrets
import warnings
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    MappingKeyResolver,
    algorithms,
)
from http_message_signatures.signatures import SignatureVerifyWarning

from heyue.gateway.problems import Problem

LABEL = "sig1"
LIFETIME_MAX = timedelta(seconds=300)
CLOCK_SKEW = timedelta(seconds=60)
NONCE_BYTES = 24
BODY_COMPONENTS = ("content-digest", "content-type", "idempotency-key")
KEPT_HEADERS = ("signature-input", "signature", *BODY_COMPONENTS)
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,80}={0,2}")

# The label is fixed by the protocol and adds no trust: key, components and parameters are all checked.
warnings.filterwarnings("ignore", category=SignatureVerifyWarning)

KeyLookup = Callable[[str], Ed25519PublicKey | None]


@dataclass(frozen=True)
class Incoming:
    """A request as it came: ``url`` absolute and encoded, ``headers`` by any case of name, the body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good signature tells: whose key, and the nonce to remember until it expires."""

    keyid: str
    nonce: str
    expires_at: datetime


@dataclass(frozen=True)
class Signer:
    """One side's private key and the name that the other side knows it by."""

    keyid: str
    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Signer:
        """Read ``keyid=base64`` of the raw 32 bytes. Raises ``ValueError`` for anything else."""
        keyid, equals, encoded = text.partition("=")
        if not keyid or not equals:
            raise ValueError("a signing key is written keyid=base64")
        return cls(keyid, Ed25519PrivateKey.from_private_bytes(b64decode(encoded, validate=True)))

    @property
    def public_text(self) -> str:
        """The public key as onboarding exchanges it: base64 of its raw 32 bytes."""
        return b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, request: httpx.Request, now: datetime) -> None:
        """Add digest and a fresh signature to a request whose other headers stand."""
        body = request.read()
        for name in ("content-digest", "signature", "signature-input"):
            request.headers.pop(name, None)
        HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={self.keyid: self.key}),
        ).sign(
            request,
            key_id=self.keyid,
            created=now,
            expires=now + LIFETIME_MAX,
            nonce=secrets.token_urlsafe(NONCE_BYTES),
            label=LABEL,
            covered_component_ids=covered(str(request.url), has_body=bool(body)),
            body=body or None,
        )


def covered(url: str, *, has_body: bool) -> tuple[str, ...]:
    """Return the components that a signature must cover, in the protocol's order."""
    query = ("@query",) if "?" in url else ()
    return ("@method", "@authority", "@path", *query, *(BODY_COMPONENTS if has_body else ()))


def public_key(text: str) -> Ed25519PublicKey:
    """Read a public key from base64 of its raw 32 bytes. Raises ``ValueError``."""
    return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))


def verify(request: Incoming, keys: KeyLookup, now: datetime) -> Verified:
    """Check signature, times and digest. Raises ``Problem`` by the protocol's codes: 401, 400 for a digest."""
    names = {name.lower() for name in request.headers}
    if not {"signature", "signature-input"} <= names:
        raise Problem("signature-missing", 401, "Signature and Signature-Input are needed")
    wanted = covered(request.url, has_body=bool(request.body))
    missing = [name for name in wanted if not name.startswith("@") and name not in names]
    if missing:
        raise Problem("signature-invalid", 401, f"the header {missing[0]} is not there")
    try:
        (result,) = _Verifier(keys, now).verify(request, max_age=None, expect_label=LABEL)
    except HTTPMessageSignaturesException as error:
        raise Problem("signature-invalid", 401, _said(error)) from error
    signed = tuple(name.strip('"') for name in result.covered_components if name != '"@signature-params"')
    if signed != wanted:
        raise Problem("signature-invalid", 401, f"covered must be {' '.join(wanted)}, in this order")
    if request.body:
        _check_digest(result.covered_components['"content-digest"'], request.body)
    expires_at = datetime.fromtimestamp(int(result.parameters["expires"]), UTC)
    return Verified(str(result.parameters["keyid"]), str(result.nonce), expires_at)


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, lookup: KeyLookup) -> None:
        self._lookup = lookup

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        key = self._lookup(key_id)
        if key is None:
            raise LookupError(key_id)
        return key


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the protocol's rules on parameters in place of its own on times."""

    allow_label_only_selection = True

    def __init__(self, lookup: KeyLookup, now: datetime) -> None:
        super().__init__(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(lookup))
        self._lookup, self._now = lookup, int(now.timestamp())

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Check every parameter and that the key is known; called before the signature is."""
        told = sig_input.params
        if not {"created", "expires", "nonce", "keyid", "alg"} <= set(told):
            raise Problem("signature-invalid", 401, "created, expires, nonce, keyid and alg are needed")
        if not _NONCE.fullmatch(told["nonce"]):
            raise Problem("signature-invalid", 401, "nonce must be at least 16 random bytes in base64url")
        if told["created"] > self._now + CLOCK_SKEW.seconds:
            raise Problem("signature-invalid", 401, "created lies in the future")
        if not 0 < told["expires"] - told["created"] <= LIFETIME_MAX.seconds:
            raise Problem("signature-invalid", 401, f"expires is at most {LIFETIME_MAX.seconds} s after created")
        if told["expires"] <= self._now:
            raise Problem("signature-expired", 401, "the signature has expired")
        if self._lookup(told["keyid"]) is None:
            raise Problem("unknown-key", 401, f"no key named {told['keyid']!r}")


def _check_digest(header: str, body: bytes) -> None:
    if "sha-256=" not in header:
        raise Problem("digest-mismatch", 400, "Content-Digest has no sha-256")
    try:
        ContentDigest.verify(header, body)
    except HTTPMessageSignaturesException as error:
        raise Problem("digest-mismatch", 400, _said(error)) from error


def _said(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told if isinstance(told, str) and told else "the signature does not verify"
