"""The platform's calls to one bank (gateway-v1 sections 1 to 4), each signed, each answer judged by its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from heyue.gateway.problems import URN
from heyue.gateway.signing import Signer
from heyue.gateway.values import can_be_kept
from heyue.gateway.wire import Activity, ActivityPage, Cards, Consent, Holder, LinkAsked, Linked

JSON_TYPE = "application/json"
ANSWER_BYTES_MAX = 8 * 1024 * 1024
PAGES_MAX = 400
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
S = TypeVar("S", bound=BaseModel)


class BankUnreachable(Exception):
    """The bank could not be asked now: no connection, 408, 429, 5xx or an answer that is none. Ask again later."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class BankRefused(Exception):
    """The bank's answer is final; ``code`` is that of its problem, or the status where it gave none."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        code = str(problem.get("type", "")).removeprefix(URN)
        self.code = code if _CODE.fullmatch(code) else str(status)
        super().__init__(self.code)
        self.status = status
        self.problem = problem


class NotOurCustomer(BankRefused):
    """The bank does not know this holder."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer: its status and its JSON, empty where there was none."""

    status: int
    body: dict[str, Any]


class BankClient:
    """Speaks to one bank. ``now`` gives wire time; ``timeout`` is in seconds for each step of a request."""

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

    def link_account(self, consent: Consent, holder: Holder, asking: str = "") -> str:
        """Ask for the holder's accounts and return the bank's reference of the link.

        ``asking`` tells one asking from the next under the same consent: a retry gets the same answer, a holder
        who became a customer meanwhile a new one. Raises ``NotOurCustomer``, ``BankRefused``,
        ``BankUnreachable``.
        """
        body = LinkAsked(consent=consent, holder=holder).model_dump_json().encode()
        key = f"{consent.id}-{sha256(asking.encode() + body).hexdigest()[:24]}"
        answer = self.post("/v1/account-links", body, key, JSON_TYPE)
        return _read(Linked, answer).link

    def cards(self, link: str) -> Cards:
        """Return the cards behind a link, with their statements, as of the bank's business day."""
        return _read(Cards, self._ask("GET", f"/v1/account-links/{_part(link)}/cards"))

    def activity(self, link: str, after: int) -> list[Activity]:
        """Return all that happened after ``after``, page by page, in order."""
        found: list[Activity] = []
        for _ in range(PAGES_MAX):
            page = _read(ActivityPage, self._ask("GET", f"/v1/account-links/{_part(link)}/activity?after={after}"))
            found += page.events
            if not page.more:
                return found
            if page.next <= after:
                raise BankUnreachable("the bank's pages do not go on")
            after = page.next
        return found

    def unlink(self, link: str) -> None:
        """Tell the bank that the consent is withdrawn; a link that it does not know any more is as good."""
        try:
            self._ask("DELETE", f"/v1/account-links/{_part(link)}")
        except BankRefused as refused:
            if refused.code != "unknown-link":
                raise

    def fate(self, negotiation_id: str, event_id: str) -> dict[str, Any]:
        """Return what became of an event at the bank: ``state`` waiting, taken or refused, and ``problem``."""
        return self._ask("GET", f"/v1/negotiations/{_part(negotiation_id)}/events/{_part(event_id)}").body

    def post(self, path: str, body: bytes, key: str, content_type: str) -> Answer:
        """Post a body under its Idempotency-Key, with a fresh signature.

        Raises ``BankRefused`` when the answer is final, ``BankUnreachable`` when the same may be tried again.
        """
        return self._ask("POST", path, body, {"content-type": content_type, "idempotency-key": key})

    def _ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        request = self._http.build_request(method, self._base + path, content=body or None, headers=headers)
        self._signer.sign(request, self._now())
        try:
            response = self._http.send(request, stream=True)
            try:
                content = _limited(response)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise BankUnreachable(type(error).__name__) from error
        return _judged(response.status_code, content)


def _limited(response: httpx.Response) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > ANSWER_BYTES_MAX:
            raise BankUnreachable("the answer is too large", response.status_code)
    return bytes(content)


def _judged(status: int, content: bytes) -> Answer:
    if status in (408, 429) or status >= 500 or status < 200:
        raise BankUnreachable(f"HTTP {status}", status)
    try:
        told = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        told = None
    if not can_be_kept(told):
        told = None
    if 200 <= status < 300:
        if not isinstance(told, dict):
            raise BankUnreachable("the answer is no JSON object", status)
        return Answer(status, told)
    problem = told if isinstance(told, dict) else {}
    if problem.get("type") == URN + "not-our-customer":
        raise NotOurCustomer(status, problem)
    raise BankRefused(status, problem)


def _read(model: type[S], answer: Answer) -> S:
    """Read an answer in its shape; one that is not of it may be mended by the bank, so it is asked again later."""
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        places = "; ".join("/" + "/".join(map(str, one["loc"])) for one in error.errors()[:5])
        raise BankUnreachable(f"the answer is not of its shape at {places}", answer.status) from None


def _part(text: str) -> str:
    return quote(text, safe="")
