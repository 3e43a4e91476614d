"""One signed line to the other side: requests, answers judged by their kind, limits on what is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from heyue.gateway.problems import URN
from heyue.gateway.signing import Signer
from heyue.gateway.values import can_be_kept

ANSWER_BYTES_MAX = 8 * 1024 * 1024
RETRY_AFTER_MAX = timedelta(hours=1)
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
S = TypeVar("S", bound=BaseModel)


class Unreachable(Exception):
    """The other side could not be asked now: no connection, 408, 429, 5xx or an answer that is none. Ask again later.

    ``retry_after`` is how long it asked to be left alone, at most an hour.
    """

    def __init__(self, why: str, status: int | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after = retry_after


class Refused(Exception):
    """The other side's answer is final; ``code`` is that of its problem, or the status where it gave none."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        code = str(problem.get("type", "")).removeprefix(URN)
        self.code = code if _CODE.fullmatch(code) else str(status)
        super().__init__(self.code)
        self.status = status
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer: its status, its JSON (empty where there was none) and its bytes."""

    status: int
    body: dict[str, Any]
    content: bytes = b""


class Line:
    """Speaks to one address. ``now`` gives wire time; ``timeout`` is in seconds for each step of a request."""

    def __init__(
        self,
        base_url: str,
        signer: Signer,
        timeout: float,
        *,
        now: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._signer = signer
        self._now = now
        self._http = httpx.Client(timeout=timeout, trust_env=False, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post(self, path: str, body: bytes, key: str, content_type: str) -> Answer:
        """Post a body under its Idempotency-Key, with a fresh signature.

        Raises ``Refused`` when the answer is final, ``Unreachable`` when the same may be tried again.
        """
        return self.ask("POST", path, body, {"content-type": content_type, "idempotency-key": key})

    def fate(self, negotiation_id: str, event_id: str) -> dict[str, Any]:
        """Return what became of an event there: ``state`` waiting, taken or refused, and ``problem``."""
        return self.ask("GET", f"/v1/negotiations/{part(negotiation_id)}/events/{part(event_id)}").body

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        binary: bool = False,
    ) -> Answer:
        """Send one signed request; a ``binary`` answer is returned as bytes only. Raises like ``post``."""
        sent = dict(headers or {})
        if "idempotency-key" in sent:
            # As Standard Webhooks names them; what they say is signed under their older names.
            sent |= {"webhook-id": sent["idempotency-key"], "webhook-timestamp": str(int(self._now().timestamp()))}
        request = self._http.build_request(method, self._base + path, content=body or None, headers=sent)
        self._signer.sign(request, self._now())
        try:
            response = self._http.send(request, stream=True)
            try:
                content = _limited(response)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if binary and response.is_success:
            return Answer(response.status_code, {}, content)
        return _judged(response, content)


def read(model: type[S], answer: Answer) -> S:
    """Read an answer in its shape; one that is not of it may be mended there, so it is asked again later."""
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        places = "; ".join("/" + "/".join(map(str, one["loc"])) for one in error.errors()[:5])
        raise Unreachable(f"the answer is not of its shape at {places}", answer.status) from None


def part(text: str) -> str:
    """Write one part of a path."""
    return quote(text, safe="")


def _limited(response: httpx.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > ANSWER_BYTES_MAX:
            raise Unreachable("the answer is too large", response.status_code)
    return bytes(content)


def _judged(response: httpx.Response, content: bytes) -> Answer:
    status = response.status_code
    if status in (408, 429) or status >= 500 or status < 200:
        raise Unreachable(f"HTTP {status}", status, _retry_after(response))
    try:
        told = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        told = None
    if not can_be_kept(told):
        told = None
    if 200 <= status < 300:
        if not isinstance(told, dict):
            raise Unreachable("the answer is no JSON object", status)
        return Answer(status, told, content)
    raise Refused(status, told if isinstance(told, dict) else {})


def _retry_after(response: httpx.Response) -> timedelta | None:
    """Read the seconds of ``Retry-After``; its other form, a date, is left to our own back-off."""
    told = response.headers.get("retry-after", "").strip()
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        return None
    return min(timedelta(seconds=int(told)), RETRY_AFTER_MAX)
