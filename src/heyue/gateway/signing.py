"""HTTP message signatures (RFC 9421) and content digests (RFC 9530), as gateway-v1 section 1 wants.

Two suites: Ed25519 with SHA-256, and SM2 with SM3 where both sides have switched it on. A key tells its suite.

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
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
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

from heyue.gateway import plain_signature, sm2
from heyue.gateway.problems import Problem

LABEL = "sig1"
LIFETIME_MAX = timedelta(seconds=300)
CLOCK_SKEW = timedelta(seconds=60)
NONCE_BYTES = 24
BODY_COMPONENTS = ("content-digest", "content-type", "idempotency-key")
KEPT_HEADERS = ("signature-input", "signature", *BODY_COMPONENTS)
ED25519, SM2_SM3 = "ed25519", sm2.NAME
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,80}={0,2}")
_DIGEST = {ED25519: ("sha-256", hashes.SHA256), SM2_SM3: ("sm3", hashes.SM3)}
_SUITES = {ED25519: algorithms.ED25519, SM2_SM3: sm2.SM2_SM3}

# The label is fixed by the protocol and adds no trust: key, components and parameters are all checked.
warnings.filterwarnings("ignore", category=SignatureVerifyWarning)

PublicKey = Ed25519PublicKey | sm2.Sm2PublicKey
PrivateKey = Ed25519PrivateKey | sm2.Sm2PrivateKey
KeyLookup = Callable[[str], PublicKey | None]


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
    key: PrivateKey = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Signer:
        """Read ``keyid=base64`` of the raw 32 bytes (Ed25519) or of d ‖ x ‖ y (SM2). Raises ``ValueError``."""
        keyid, equals, encoded = text.partition("=")
        if not keyid or not equals:
            raise ValueError("a signing key is written keyid=base64")
        raw = b64decode(encoded, validate=True)
        if len(raw) == sm2.PRIVATE_BYTES:
            return cls(keyid, sm2.Sm2PrivateKey.from_private_bytes(raw))
        return cls(keyid, Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def alg(self) -> str:
        """The suite's name in a signature."""
        return SM2_SM3 if isinstance(self.key, sm2.Sm2PrivateKey) else ED25519

    @property
    def public_text(self) -> str:
        """The public key as onboarding exchanges it: base64 of its raw bytes."""
        return b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, request: httpx.Request, now: datetime, *, lifetime: timedelta = LIFETIME_MAX) -> None:
        """Add digest and a fresh signature to a request whose other headers stand."""
        body = request.read()
        for name in ("content-digest", "signature", "signature-input"):
            request.headers.pop(name, None)
        if body:
            request.headers["content-digest"] = content_digest(body, self.alg)
        private_keys: dict[str, Any] = {self.keyid: self.key}
        _Signer(
            signature_algorithm=_SUITES[self.alg],
            key_resolver=MappingKeyResolver(public_keys={}, private_keys=private_keys),
        ).sign(
            request,
            key_id=self.keyid,
            created=now,
            expires=now + lifetime,
            nonce=secrets.token_urlsafe(NONCE_BYTES),
            label=LABEL,
            covered_component_ids=covered(str(request.url), has_body=bool(body)),
        )


def content_digest(body: bytes, alg: str = ED25519) -> str:
    """Return the ``Content-Digest`` of a body by the digest that belongs to a suite."""
    name, function = _DIGEST[alg]
    digest = hashes.Hash(function())
    digest.update(body)
    return f"{name}=:{b64encode(digest.finalize()).decode()}:"


def covered(url: str, *, has_body: bool) -> tuple[str, ...]:
    """Return the components that a signature must cover, in the protocol's order."""
    query = ("@query",) if "?" in url else ()
    return ("@method", "@authority", "@path", *query, *(BODY_COMPONENTS if has_body else ()))


def public_key(text: str) -> PublicKey:
    """Read a public key from base64 of its raw bytes: 32 are Ed25519's, 64 SM2's. Raises ``ValueError``."""
    return public_key_of(b64decode(text, validate=True))


def public_key_of(raw: bytes) -> PublicKey:
    """Read a public key from its raw bytes. Raises ``ValueError``."""
    if len(raw) == sm2.PUBLIC_BYTES:
        return sm2.Sm2PublicKey(raw)
    return Ed25519PublicKey.from_public_bytes(raw)


def verify(request: Incoming, keys: KeyLookup, now: datetime, *, national: bool = False) -> Verified:
    """Check signature, times and digest; ``national``: whether SM2 with SM3 is switched on.

    Raises ``Problem`` by the protocol's codes: 401, 400 for a digest.
    """
    names = {name.lower() for name in request.headers}
    if not {"signature", "signature-input"} <= names:
        raise Problem("signature-missing", 401, "Signature and Signature-Input are needed")
    wanted = covered(request.url, has_body=bool(request.body))
    missing = [name for name in wanted if not name.startswith("@") and name not in names]
    if missing:
        raise Problem("signature-invalid", 401, f"the header {missing[0]} is not there")
    return _verified_plainly(request, wanted, keys, now, national) or _verified(request, wanted, keys, now, national)


def _verified_plainly(
    request: Incoming, wanted: tuple[str, ...], keys: KeyLookup, now: datetime, national: bool
) -> Verified | None:
    """Verify a signature that is written plainly; None where it is not, or is not good: the library says why."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    told_once = len(headers) == len(request.headers)
    plain = plain_signature.read(request.method, request.url, headers, wanted) if told_once else None
    if plain is None:
        return None
    suite, key = _suite_for(plain.told, keys, int(now.timestamp()), national)
    if plain.told["alg"] != suite:
        return None
    try:
        key.verify(plain.signature, plain.base)
    except (InvalidSignature, ValueError):
        return None
    if request.body:
        _check_digest(headers["content-digest"], request.body, suite)
    expires_at = datetime.fromtimestamp(int(plain.told["expires"]), UTC)
    return Verified(str(plain.told["keyid"]), str(plain.told["nonce"]), expires_at)


def _verified(request: Incoming, wanted: tuple[str, ...], keys: KeyLookup, now: datetime, national: bool) -> Verified:
    """Verify a signature however it is written."""
    try:
        (result,) = _Verifier(keys, now, national).verify(request, max_age=None, expect_label=LABEL)
    except HTTPMessageSignaturesException as error:
        raise Problem("signature-invalid", 401, _said(error)) from error
    signed = tuple(name.strip('"') for name in result.covered_components if name != '"@signature-params"')
    if signed != wanted:
        raise Problem("signature-invalid", 401, f"covered must be {' '.join(wanted)}, in this order")
    if request.body:
        alg = result.algorithm.algorithm_id
        _check_digest(result.covered_components['"content-digest"'], request.body, alg)
    expires_at = datetime.fromtimestamp(int(result.parameters["expires"]), UTC)
    return Verified(str(result.parameters["keyid"]), str(result.nonce), expires_at)


class _OurDigest(ContentDigest):
    """The digest's header is ours to write: the library knows no SM3."""

    @classmethod
    def prepare(cls, *_: Any, **__: Any) -> None:
        """Leave the header as it stands."""


class _Signer(HTTPMessageSigner):
    content_digest_class = _OurDigest


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, lookup: KeyLookup) -> None:
        self._lookup = lookup

    def resolve_public_key(self, key_id: str) -> PublicKey:
        key = self._lookup(key_id)
        if key is None:
            raise LookupError(key_id)
        return key


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the protocol's rules on parameters in place of its own on times."""

    allow_label_only_selection = True

    def __init__(self, lookup: KeyLookup, now: datetime, national: bool) -> None:
        super().__init__(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(lookup))
        self._lookup, self._now, self._national = lookup, int(now.timestamp()), national

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Check the protocol's own rules; called before the signature is."""
        suite, _ = _suite_for(sig_input.params, self._lookup, self._now, self._national)
        self.signature_algorithm = _SUITES[suite]


def _suite_for(told: Mapping[str, Any], keys: KeyLookup, now: int, national: bool) -> tuple[str, PublicKey]:
    """Check every parameter and that the key is known; return the key and the suite that belongs to it."""
    if not {"created", "expires", "nonce", "keyid", "alg"} <= set(told):
        raise Problem("signature-invalid", 401, "created, expires, nonce, keyid and alg are needed")
    if not _NONCE.fullmatch(told["nonce"]):
        raise Problem("signature-invalid", 401, "nonce must be at least 16 random bytes in base64url")
    if told["created"] > now + CLOCK_SKEW.seconds:
        raise Problem("signature-invalid", 401, "created lies in the future")
    if not 0 < told["expires"] - told["created"] <= LIFETIME_MAX.seconds:
        raise Problem("signature-invalid", 401, f"expires is at most {LIFETIME_MAX.seconds} s after created")
    if told["expires"] <= now:
        raise Problem("signature-expired", 401, "the signature has expired")
    key = keys(told["keyid"])
    if key is None:
        raise Problem("unknown-key", 401, f"no key named {told['keyid']!r}")
    suite = SM2_SM3 if isinstance(key, sm2.Sm2PublicKey) else ED25519
    if suite == SM2_SM3 and not national:
        raise Problem("signature-invalid", 401, f"{SM2_SM3} is not switched on here")
    return suite, key


def _check_digest(header: str, body: bytes, alg: str) -> None:
    """Compare the digest of the suite; others that stand beside it are the sender's own affair."""
    wanted = content_digest(body, alg)
    if wanted not in [one.strip() for one in header.split(",")]:
        raise Problem("digest-mismatch", 400, f"Content-Digest has no {_DIGEST[alg][0]} of this body")


def _said(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told if isinstance(told, str) and told else "the signature does not verify"
