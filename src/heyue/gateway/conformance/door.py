"""Requests exactly as a case wants them: signed well, signed badly, cut short, sent to another name."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from heyue.gateway.conformance.case import Failed, Reply
from heyue.gateway.signing import LABEL, Signer, content_digest, covered

SECONDS_MAX = 20.0
LIFETIME_SECONDS = 300


@dataclass(frozen=True)
class Ask:
    """A request before it is signed; ``path`` with its query, as it is sent."""

    method: str
    path: str
    body: bytes = b""
    media_type: str = ""
    key: str = ""


@dataclass(frozen=True)
class Forged:
    """How a signature departs from a good one; nothing given: it does not."""

    created: int = 0
    lifetime: int = LIFETIME_SECONDS
    nonce: str | None = None
    keyid: str = ""
    signer: Signer | None = None
    alg: str = ""
    components: tuple[str, ...] = ()
    label: str = LABEL
    of: Ask | None = None
    authority: str = ""
    digest: str = ""
    without: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    """Parameters to leave out."""


GOOD = Forged()


class Door:
    """One address, spoken to by hand."""

    def __init__(self, base_url: str, signer: Signer, now: Callable[[], datetime]) -> None:
        parts = urlsplit(base_url)
        self.authority = parts.netloc
        self._parts = parts
        self._signer = signer
        self._now = now

    @property
    def keyid(self) -> str:
        """The name of the key that signs."""
        return self._signer.keyid

    @property
    def alg(self) -> str:
        """The suite of the key that signs."""
        return self._signer.alg

    def ask(self, ask: Ask, forged: Forged = GOOD, **more: str) -> Reply:
        """Sign a request and send it; ``more`` are further headers (``heyue_protocol="2"``)."""
        headers = self.signed(ask, forged) | {name.replace("_", "-"): value for name, value in more.items()}
        return self.send(ask, headers)

    def signed(self, ask: Ask, forged: Forged = GOOD) -> dict[str, str]:
        """Return the headers of a request; what is signed is ``forged.of`` where that is given."""
        signed, signer = forged.of or ask, forged.signer or self._signer
        headers = {"content-type": ask.media_type, "idempotency-key": ask.key} if ask.body else {}
        if ask.method == "POST" and not ask.body:
            headers["idempotency-key"] = ask.key
        told = {"content-type": signed.media_type, "idempotency-key": signed.key}
        if signed.body:
            headers["content-digest"] = told["content-digest"] = forged.digest or content_digest(
                signed.body, signer.alg
            )
        components = forged.components or covered(signed.path, has_body=bool(signed.body))
        params = self._params(components, forged, signer)
        base = _base(signed, forged.authority or self.authority, components, told, params)
        signature = b64encode(signer.key.sign(base)).decode()
        headers["signature-input"] = f"{forged.label}={params}"
        headers["signature"] = f"{forged.label}=:{signature}:"
        return {name: value for name, value in headers.items() if value and name not in forged.without}

    def _params(self, components: tuple[str, ...], forged: Forged, signer: Signer) -> str:
        created = int(self._now().timestamp()) + forged.created
        told = {
            "created": str(created),
            "expires": str(created + forged.lifetime),
            "nonce": f'"{secrets.token_urlsafe(24) if forged.nonce is None else forged.nonce}"',
            "keyid": f'"{forged.keyid or signer.keyid}"',
            "alg": f'"{forged.alg or signer.alg}"',
        }
        names = " ".join(f'"{name}"' for name in components)
        return f"({names})" + "".join(f";{name}={value}" for name, value in told.items() if name not in forged.bare)

    def send(self, ask: Ask, headers: dict[str, str], host: str = "") -> Reply:
        """Send a request with exactly these headers. Raises ``Failed`` when no answer comes."""
        with closing(self._connection()) as connection:
            try:
                length = {"content-length": str(len(ask.body))} if ask.body or ask.method == "POST" else {}
                self._begin(connection, ask, {**headers, **length, **({"host": host} if host else {})})
                return _answer(connection, ask.body)
            except (OSError, HTTPException) as error:
                raise Failed(f"没有等到回答：{type(error).__name__}: {error}") from error

    def send_in_pieces(self, ask: Ask, headers: dict[str, str], pause: Callable[[], None]) -> Reply:
        """Send a body in two pieces with a pause between them."""
        with closing(self._connection()) as connection:
            half = len(ask.body) // 2
            self._begin(connection, ask, {**headers, "content-length": str(len(ask.body))})
            connection.send(ask.body[:half])
            pause()
            return _answer(connection, ask.body[half:])

    def send_chunked(self, ask: Ask, headers: dict[str, str]) -> Reply:
        """Send a body as one chunk, without saying its length beforehand."""
        with closing(self._connection()) as connection:
            self._begin(connection, ask, {**headers, "transfer-encoding": "chunked"})
            return _answer(connection, f"{len(ask.body):x}\r\n".encode() + ask.body + b"\r\n0\r\n\r\n")

    def send_half(self, ask: Ask, headers: dict[str, str]) -> None:
        """Promise a body, send half of it, and hang up."""
        with closing(self._connection()) as connection:
            self._begin(connection, ask, {**headers, "content-length": str(len(ask.body))})
            connection.send(ask.body[: len(ask.body) // 2])

    def _begin(self, connection: HTTPConnection, ask: Ask, headers: dict[str, str]) -> None:
        connection.putrequest(ask.method, ask.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"host": self.authority, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()

    def _connection(self) -> HTTPConnection:
        kind: Any = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        made: HTTPConnection = kind(self._parts.hostname or "", self._parts.port, timeout=SECONDS_MAX)
        return made


def _answer(connection: HTTPConnection, body: bytes) -> Reply:
    """Send the body and read the answer, which may come before all of it was taken."""
    with suppress(BrokenPipeError, ConnectionResetError):
        if body:
            connection.send(body)
    response = connection.getresponse()
    content = response.read()
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def _base(ask: Ask, authority: str, components: tuple[str, ...], headers: dict[str, str], params: str) -> bytes:
    """The bytes that are signed (RFC 9421 section 2.5)."""
    path, _, query = ask.path.partition("?")
    derived = {"@method": ask.method, "@authority": authority.lower(), "@path": path, "@query": f"?{query}"}
    lines = [f'"{name}": {derived.get(name, headers.get(name, ""))}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def changed(ask: Ask, **parts: Any) -> Ask:
    """Return a request that differs in these parts."""
    return replace(ask, **parts)
