"""SM2 signatures with SM3 (GB/T 32918.2, GM/T 0009), for banks that must use the national algorithms (国密).

The library comes with the extra ``national``; without it nothing here can sign or verify. A signature is r ‖ s, 64
bytes, as RFC 9421 has it for other curves; the signer's identity is the standard's default.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from http_message_signatures.algorithms import HTTPSignatureAlgorithm

NAME = "sm2-sm3"
PUBLIC_BYTES = 64
PRIVATE_BYTES = 96
"""The number d (32 bytes) and the public point: the library wants both to sign."""
_HALF = 32


class NotInstalled(RuntimeError):
    """The library of the extra ``national`` is missing."""


def _library() -> Any:
    try:
        import gmssl_pyx
    except ImportError as missing:
        raise NotInstalled("SM2 needs the extra: pip install 'heyue[national]'") from missing
    return gmssl_pyx


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve: x ‖ y, 64 bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_BYTES:
            raise ValueError(f"an SM2 public key has {PUBLIC_BYTES} bytes")

    def public_bytes_raw(self) -> bytes:
        """Return x ‖ y."""
        return self.raw

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return when the signature stands. Raises ``ValueError`` when it does not."""
        library = _library()
        if len(signature) != PUBLIC_BYTES:
            raise ValueError("an SM2 signature is r and s, 64 bytes")
        r, s = (int.from_bytes(signature[at : at + _HALF], "big") for at in (0, _HALF))
        try:
            stands = library.sm2_verify(self.raw, message, encode_dss_signature(r, s))
        except library.GmsslInnerError as error:
            raise ValueError(str(error)) from error
        if not stands:
            raise ValueError("the signature does not verify")


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """The number d and its point."""

    d: bytes = field(repr=False)
    point: Sm2PublicKey

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        """Make a new key pair."""
        public, private = _library().sm2_key_generate()
        return cls(private, Sm2PublicKey(public))

    @classmethod
    def from_private_bytes(cls, raw: bytes) -> Sm2PrivateKey:
        """Read d ‖ x ‖ y. Raises ``ValueError``."""
        if len(raw) != PRIVATE_BYTES:
            raise ValueError(f"an SM2 private key is written with its public one, {PRIVATE_BYTES} bytes")
        return cls(raw[:_HALF], Sm2PublicKey(raw[_HALF:]))

    def private_text(self) -> str:
        """Return base64 of d ‖ x ‖ y."""
        return b64encode(self.d + self.point.raw).decode()

    def public_key(self) -> Sm2PublicKey:
        """Return the public half."""
        return self.point

    def sign(self, message: bytes) -> bytes:
        """Return r ‖ s."""
        r, s = decode_dss_signature(_library().sm2_sign(self.d, self.point.raw, message))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


class SM2_SM3(HTTPSignatureAlgorithm):
    """The suite as ``http-message-signatures`` takes one."""

    algorithm_id = NAME

    def __init__(self, public_key: Sm2PublicKey | None = None, private_key: Sm2PrivateKey | None = None) -> None:
        self.public_key, self.private_key = public_key, private_key

    def sign(self, message: bytes) -> bytes:
        """Sign the signature base."""
        if self.private_key is None:
            raise ValueError("no private key")
        return self.private_key.sign(message)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check the signature base."""
        if self.public_key is None:
            raise ValueError("no public key")
        self.public_key.verify(signature, message)
