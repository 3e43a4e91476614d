"""The ear of the kit: a small server that plays our side, keeps what it hears, and has troubles when told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

from heyue.gateway.conformance.case import Failed
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.gateway.signing import Incoming, KeyLookup, Verified, verify

BODY_BYTES_MAX = 32 * 1024 * 1024
POLL_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that came: ``wrong`` says what is amiss with its signature, empty when nothing is."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at_seconds: float
    verified: Verified | None
    wrong: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object, empty where it is none."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to one request instead of a good answer."""

    status: int = 0
    seconds: float = 0.0
    retry_after: str = ""
    hang_up: bool = False
    unless: Callable[[Heard], bool] = field(default=lambda _: False)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A line that the other side broke is no news: the case tells what it waited for."""


Answer = Callable[[Heard], tuple[int, dict[str, Any]]]


class Listener:
    """Listens until closed. ``answer`` says what a good request gets; ``public`` is the address that others know."""

    def __init__(
        self, keys: KeyLookup, now: Callable[[], datetime], answer: Answer, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.heard: list[Heard] = []
        self.troubles: deque[Trouble] = deque()
        self._keys, self._now, self._answer_of = keys, now, answer
        self._server = _Quiet((host, port), self._handler())
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self.public = self.url
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait(self, wanted: Callable[[Heard], bool], seconds: float, what: str, number: int = 1) -> list[Heard]:
        """Return what was heard and is wanted, once there are so many. Raises ``Failed`` when they do not come."""
        until = monotonic() + seconds
        while True:
            found = [one for one in list(self.heard) if wanted(one)]
            if len(found) >= number:
                return found
            if monotonic() > until:
                raise Failed(f"{seconds:g} 秒内没有等到{what}")
            sleep(POLL_SECONDS)

    def _hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Heard:
        url = self.public.rstrip("/") + path
        try:
            verified, wrong = verify(Incoming(method, url, headers, body), self._keys, self._now(), national=True), ""
        except Problem as problem:
            verified, wrong = None, f"{problem.code}: {problem.detail}"
        heard = Heard(method, path, headers, body, monotonic(), verified, wrong)
        self.heard.append(heard)
        return heard

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ear = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                length = min(int(self.headers.get("content-length") or 0), BODY_BYTES_MAX)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                heard = ear._hear(self.command, self.path, headers, body)
                trouble = ear._trouble_for(heard)
                sleep(trouble.seconds)
                if trouble.hang_up:
                    self.close_connection = True
                    return
                status, told = ear._said(heard) if not trouble.status else (trouble.status, {})
                content = json.dumps(told, ensure_ascii=False).encode()
                self.send_response(status)
                if trouble.retry_after:
                    self.send_header("retry-after", trouble.retry_after)
                self.send_header("content-type", "application/json" if status < 400 else MEDIA_TYPE)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = _take

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        return Handler

    def _trouble_for(self, heard: Heard) -> Trouble:
        if self.troubles and not self.troubles[0].unless(heard):
            return self.troubles.popleft()
        return Trouble()

    def _said(self, heard: Heard) -> tuple[int, dict[str, Any]]:
        if heard.wrong:
            problem = Problem("signature-invalid", 401, heard.wrong)
            return problem.status, as_json(problem)
        return self._answer_of(heard)
