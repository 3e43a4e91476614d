"""The door for web servers: ASGI and WSGI, without a framework."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from heyue.gateway.problems import Problem
from heyue.gateway.server.door import VERSION, VERSION_HEADER, Request, Response, refusal
from heyue.gateway.server.setting import BODY_BYTES_MAX

DRAINED_BYTES_MAX = 4 * BODY_BYTES_MAX
"""Beyond a body's limit, so much is read and thrown away, so that the sender hears the answer."""
READ_BYTES = 1 << 16
LENGTH_DIGITS_MAX = 18
UNQUOTED_IN_PATH = "/~:@!$&'()*+,;="

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = Callable[[Request], Response]
Act = Callable[[], None]


class _HungUp(Exception):
    """The sender left before the body was whole."""


def asgi(answer: Answer, start: Act, stop: Act) -> AsgiApp:
    """Return an ASGI application around a door; ``start`` and ``stop`` go with the server's lifespan."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send, start, stop)
        elif scope["type"] == "http":
            try:
                request = await _asked(scope, receive)
            except _HungUp:
                return
            # Handlers wait for databases: never on the loop that listens.
            response = await asyncio.to_thread(answer, request)
            await _tell(send, response)
        else:
            raise ValueError(f"the gateway has no {scope['type']}")

    return app


async def _live(receive: Receive, send: Send, start: Act, stop: Act) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await asyncio.to_thread(start)
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(stop)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _asked(scope: Scope, receive: Receive) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"], safe=UNQUOTED_IN_PATH)
    body = await _body(receive)
    return Request(scope["method"], path.partition("?")[0], scope["query_string"].decode("latin-1"), headers, body)


async def _body(receive: Receive) -> bytes | None:
    """Read the body; None when it is larger than its limit."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= DRAINED_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        piece, more = message.get("body", b""), message.get("more_body", False)
        size += len(piece)
        if size <= BODY_BYTES_MAX:
            pieces.append(piece)
    return b"".join(pieces) if size <= BODY_BYTES_MAX else None


async def _tell(send: Send, response: Response) -> None:
    told = _headers(response)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def wsgi(answer: Answer) -> WsgiApp:
    """Return a WSGI application around a door. A body is sent with its Content-Length, as WSGI has it."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = _by_wsgi(environ, answer)
        phrase = HTTPStatus(response.status).phrase
        start_response(f"{response.status} {phrase}", _headers(response))
        return [response.body]

    return app


def _by_wsgi(environ: dict[str, Any], answer: Answer) -> Response:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    if "transfer-encoding" in headers:
        return _refused(Problem("length-required", 411, "a body is sent with its Content-Length"))
    told = headers.get("content-length") or "0"
    if not (told.isascii() and told.isdigit() and len(told) <= LENGTH_DIGITS_MAX):
        return _refused(Problem("malformed", 400, "Content-Length is a number of bytes"))
    length = int(told)
    body = _read(environ["wsgi.input"], length)
    if body is not None and len(body) < length:
        return Response(400)  # the sender hung up; nobody hears this
    return answer(Request(environ["REQUEST_METHOD"], _path(environ), environ.get("QUERY_STRING", ""), headers, body))


def _refused(problem: Problem) -> Response:
    refused = refusal(problem)
    return Response(refused.status, refused.body, refused.media_type, {VERSION_HEADER: VERSION})


def _path(environ: dict[str, Any]) -> str:
    """Return the path as it was sent, for so it was signed.

    WSGI tells it unquoted; how it was quoted stands only in what many servers add. Where they add nothing, or their
    address was written anew before this service, it is quoted as the platform does it.
    """
    unquoted = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    for name in ("RAW_URI", "REQUEST_URI"):
        sent = str(environ.get(name, "")).partition("?")[0]
        if sent.startswith("/") and sent.isascii() and unquote_to_bytes(sent) == unquoted:
            return sent
    return quote(unquoted, safe=UNQUOTED_IN_PATH)


def _read(stream: Any, length: int) -> bytes | None:
    if length <= BODY_BYTES_MAX:
        return bytes(stream.read(length))
    left = min(length, DRAINED_BYTES_MAX)
    while left > 0 and (piece := stream.read(min(READ_BYTES, left))):
        left -= len(piece)
    return None


def _headers(response: Response) -> list[tuple[str, str]]:
    told = [("content-length", str(len(response.body)))] if response.status != HTTPStatus.NO_CONTENT else []
    if response.body:
        told.append(("content-type", response.media_type))
    return [*told, *response.headers.items()]
