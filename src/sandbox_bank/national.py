"""SM2 with SM3 (GB/T 32918.2) for the sandbox bank, on a library other than the platform's."""

import base64
from dataclasses import dataclass, field

import gmalg
from cryptography.hazmat.primitives import hashes

PUBLIC_BYTES = 64
IDENTITY = b"1234567812345678"
"""The signer's identity that GM/T 0009 gives where none was agreed."""
_UNCOMPRESSED = b"\x04"
_HALF = 32


@dataclass(frozen=True)
class Sm2PublicKey:
    """A point of the curve, x and y in 64 bytes."""

    raw: bytes

    def stands(self, signature: bytes, message: bytes) -> bool:
        """Whether r and s, 64 bytes, sign the message."""
        if len(signature) != 2 * _HALF:
            return False
        curve = gmalg.SM2(uid=IDENTITY, pk=_UNCOMPRESSED + self.raw)
        try:
            return bool(curve.verify(message, signature[:_HALF], signature[_HALF:]))
        except (ValueError, gmalg.errors.GMError):
            return False


@dataclass(frozen=True)
class Sm2PrivateKey:
    """The number d, 32 bytes, and its point."""

    d: bytes = field(repr=False)
    point: Sm2PublicKey

    @classmethod
    def generate(cls) -> "Sm2PrivateKey":
        """A new pair."""
        d, point = gmalg.SM2().generate_keypair()
        return cls(d.rjust(_HALF, b"\0"), Sm2PublicKey(point[-2 * _HALF :]))

    def sign(self, message: bytes) -> bytes:
        """r and s, 32 bytes each: the library drops leading zeros."""
        numbers = gmalg.SM2(sk=self.d, uid=IDENTITY, pk=_UNCOMPRESSED + self.point.raw).sign(message)
        return b"".join(number.rjust(_HALF, b"\0") for number in numbers)

    def text(self) -> str:
        """Base64 of d, x and y."""
        return base64.b64encode(self.d + self.point.raw).decode()

    @classmethod
    def read(cls, raw: bytes) -> "Sm2PrivateKey":
        """Read d, x and y."""
        return cls(raw[:_HALF], Sm2PublicKey(raw[_HALF:]))


def digest(body: bytes) -> bytes:
    """SM3 of a body."""
    hashed = hashes.Hash(hashes.SM3())
    hashed.update(body)
    return hashed.finalize()
