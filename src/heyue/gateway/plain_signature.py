"""A signature in its plainest writing, read by patterns; what is written otherwise is the library's to read.

RFC 9421 lets a signer write much in many ways, and reading them all costs twice what the cryptography does. Nearly
every request is written in one way: the protocol's components in their order, each parameter once, no escapes. Its
signature base is then the values and the header's own text. Whoever reads a request here reads it as the library
would, or not at all.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

_URL = re.compile(
    r"(https?)://([a-z0-9.-]+(?::([1-9][0-9]{0,4}))?)(/[A-Za-z0-9._~:@!$&'()*+,;=/-]*)(\?[A-Za-z0-9._~=&-]*)?"
)
_PARAMETER = re.compile(r';([a-z]+)=(?:(0|[1-9][0-9]{0,14})|"([ !#-\[\]-~]*)")')
_SIGNATURE = re.compile(r"sig1=:([A-Za-z0-9+/]+={0,2}):")
_DEFAULT_PORTS = {("http", "80"), ("https", "443")}
_PORT_MAX = 65_535
PARAMETERS = {"created": int, "expires": int, "nonce": str, "keyid": str, "alg": str}


@dataclass(frozen=True, slots=True)
class Plain:
    """What a plain signature says: its parameters, its bytes, and the base that it signs."""

    told: dict[str, int | str]
    signature: bytes
    base: bytes


def read(method: str, url: str, headers: Mapping[str, str], wanted: tuple[str, ...]) -> Plain | None:
    """Read a signature over exactly the ``wanted`` components; None where anything is not written plainly.

    ``headers`` stand under their lower-case names.
    """
    address, signed = _URL.fullmatch(url), _SIGNATURE.fullmatch(headers["signature"])
    listed = "(" + " ".join(f'"{name}"' for name in wanted) + ")"
    covered, equals, signature_input = headers["signature-input"].partition("=")
    if not (address and signed and covered == "sig1" and equals and signature_input.startswith(listed)):
        return None
    told = _parameters(signature_input[len(listed) :])
    scheme, authority, port, path, query = address.groups()
    if told is None or (scheme, port) in _DEFAULT_PORTS or int(port or 0) > _PORT_MAX or not method.isupper():
        return None
    values = {"@method": method, "@authority": authority, "@path": path, "@query": query or "?"}
    lines = []
    for name in wanted:
        value = values[name] if name in values else headers[name]
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            return None
        lines.append(f'"{name}": {value}\n')
    try:
        signature = b64decode(signed[1], validate=True)
    except binascii.Error:
        return None
    return Plain(told, signature, f'{"".join(lines)}"@signature-params": {signature_input}'.encode())


def _parameters(text: str) -> dict[str, int | str] | None:
    """Read the protocol's five parameters, each once and nothing else."""
    told: dict[str, int | str] = {}
    end = 0
    for found in _PARAMETER.finditer(text):
        name, number, words = found.groups()
        if found.start() != end or name in told:
            return None
        told[name] = words if number is None else int(number)
        end = found.end()
    kinds = {name: type(value) for name, value in told.items()}
    return told if end == len(text) and kinds == PARAMETERS else None
