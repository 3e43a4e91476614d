"""HTTP message signatures as the gateway protocol wants them: RFC 9421 with Ed25519 or SM2, and RFC 9530 digests.

Written from the RFCs apart from the platform's code, so that the two implementations check each other.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sandbox_bank import national
from sandbox_bank.structured_fields import InnerList, NotStructured, byte_sequence, byte_sequences, inner_lists

LABEL = "sig1"
LIFETIME_SECONDS_MAX = 300
CLOCK_SKEW_SECONDS = 60
NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}={0,2}")
ED25519, SM2_SM3 = "ed25519", "sm2-sm3"
PublicKey = Ed25519PublicKey | national.Sm2PublicKey
PrivateKey = Ed25519PrivateKey | national.Sm2PrivateKey
BODY_COMPONENTS = ("content-digest", "content-type", "idempotency-key")


class SignatureRefused(Exception):
    """A request whose signature or digest does not stand; `code` is one of the protocol's problem codes."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Target:
    """What of a request is signed besides its headers; `query` without the question mark."""

    method: str
    authority: str
    path: str
    query: str = ""


@dataclass(frozen=True)
class Verified:
    """What a good signature tells: whose it is, and the nonce to keep until it expires (epoch seconds)."""

    keyid: str
    nonce: str
    expires: int


def content_digest(body: bytes, alg: str = ED25519) -> str:
    """The `Content-Digest` header of a body, by the digest that belongs to the suite."""
    if alg == SM2_SM3:
        return f"sm3={byte_sequence(national.digest(body))}"
    return f"sha-256={byte_sequence(hashlib.sha256(body).digest())}"


def alg_of(key: PublicKey | PrivateKey) -> str:
    """The suite that a key belongs to."""
    return SM2_SM3 if isinstance(key, national.Sm2PublicKey | national.Sm2PrivateKey) else ED25519


def covered(target: Target, has_body: bool) -> tuple[str, ...]:
    """The components that a signature must cover, in the protocol's order."""
    query = ("@query",) if target.query else ()
    return ("@method", "@authority", "@path", *query, *(BODY_COMPONENTS if has_body else ()))


def signature_base(target: Target, components: tuple[str, ...], headers: Mapping[str, str], params: str) -> bytes:
    """The bytes that are signed (RFC 9421 section 2.5); `headers` by lower-case name."""
    derived = {
        "@method": target.method,
        "@authority": target.authority.lower(),
        "@path": target.path or "/",
        "@query": f"?{target.query}",
    }
    lines = [f'"{name}": {derived[name] if name in derived else headers[name].strip()}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def sign(
    target: Target, key: PrivateKey, keyid: str, now: int, body: bytes = b"", headers: Mapping[str, str] = {}
) -> dict[str, str]:
    """The headers to send: those given, the digest of a body, and a fresh signature of `now` (epoch seconds)."""
    sent = {name.lower(): value for name, value in headers.items()}
    if body:
        sent["content-digest"] = content_digest(body, alg_of(key))
    components = covered(target, bool(body))
    names = " ".join(f'"{name}"' for name in components)
    params = (
        f"({names});created={now};expires={now + LIFETIME_SECONDS_MAX}"
        f';nonce="{secrets.token_urlsafe(24)}";keyid="{keyid}";alg="{alg_of(key)}"'
    )
    signature = key.sign(signature_base(target, components, sent, params))
    return {**sent, "signature-input": f"{LABEL}={params}", "signature": f"{LABEL}={byte_sequence(signature)}"}


def verify(
    target: Target, headers: Mapping[str, str], body: bytes, keys: Mapping[str, PublicKey], now: int
) -> Verified:
    """Check signature, times and digest; the caller checks that the nonce is new. Raises `SignatureRefused`."""
    if "signature-input" not in headers or "signature" not in headers:
        raise SignatureRefused(401, "signature-missing", "the request carries no signature")
    given, signature = _read(headers)
    verified = _check_parameters(given, now)
    components = covered(target, bool(body))
    if given.items != components:
        raise SignatureRefused(401, "signature-invalid", f"covered must be {', '.join(components)}, in this order")
    key = keys.get(verified.keyid)
    if key is None:
        raise SignatureRefused(401, "unknown-key", f"no key named {verified.keyid!r}")
    missing = [name for name in components if not name.startswith("@") and name not in headers]
    if missing:
        raise SignatureRefused(401, "signature-invalid", f"covered header {missing[0]} is not there")
    if given.parameters["alg"] != alg_of(key):
        raise SignatureRefused(401, "signature-invalid", f"alg must be {alg_of(key)}")
    if not _stands(key, signature, signature_base(target, components, headers, given.raw)):
        raise SignatureRefused(401, "signature-invalid", "the signature does not verify")
    if body:
        _check_digest(headers["content-digest"], body, alg_of(key))
    return verified


def _read(headers: Mapping[str, str]) -> tuple[InnerList, bytes]:
    try:
        return inner_lists(headers["signature-input"])[LABEL], byte_sequences(headers["signature"])[LABEL]
    except (NotStructured, KeyError) as error:
        raise SignatureRefused(401, "signature-invalid", f"no readable signature {LABEL}: {error}") from None


def _check_parameters(given: InnerList, now: int) -> Verified:
    created, expires = given.parameters.get("created"), given.parameters.get("expires")
    nonce, keyid = given.parameters.get("nonce"), given.parameters.get("keyid")
    if not isinstance(created, int) or not isinstance(expires, int) or not isinstance(keyid, str):
        raise SignatureRefused(401, "signature-invalid", "created, expires, nonce and keyid are needed")
    if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
        raise SignatureRefused(401, "signature-invalid", "nonce must be at least 16 random bytes in base64url")
    if given.parameters.get("alg") not in (ED25519, SM2_SM3):
        raise SignatureRefused(401, "signature-invalid", "alg must be ed25519 or sm2-sm3")
    if created > now + CLOCK_SKEW_SECONDS:
        raise SignatureRefused(401, "signature-invalid", "created lies in the future")
    if not 0 < expires - created <= LIFETIME_SECONDS_MAX:
        raise SignatureRefused(401, "signature-invalid", f"expires is at most {LIFETIME_SECONDS_MAX} s after created")
    if expires <= now:
        raise SignatureRefused(401, "signature-expired", "the signature has expired")
    return Verified(keyid, nonce, expires)


def _stands(key: PublicKey, signature: bytes, base: bytes) -> bool:
    if isinstance(key, national.Sm2PublicKey):
        return key.stands(signature, base)
    try:
        key.verify(signature, base)
    except InvalidSignature:
        return False
    return True


def _check_digest(header: str, body: bytes, alg: str) -> None:
    name, wanted = ("sm3", national.digest(body)) if alg == SM2_SM3 else ("sha-256", hashlib.sha256(body).digest())
    try:
        digest = byte_sequences(header).get(name)
    except NotStructured:
        digest = None
    if digest != wanted:
        raise SignatureRefused(400, "digest-mismatch", f"Content-Digest is not the body's {name}")


def public_key(text: str) -> PublicKey:
    """A public key from the base64 of its raw bytes (32 Ed25519, 64 SM2); `ValueError` for anything else."""
    raw = base64.b64decode(text, validate=True)
    return national.Sm2PublicKey(raw) if len(raw) == national.PUBLIC_BYTES else Ed25519PublicKey.from_public_bytes(raw)


def public_text(key: PrivateKey) -> str:
    """The base64 of the public key's raw bytes, as onboarding exchanges it."""
    raw = key.point.raw if isinstance(key, national.Sm2PrivateKey) else key.public_key().public_bytes_raw()
    return base64.b64encode(raw).decode()
