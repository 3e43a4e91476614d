"""Live progress: short server-sent events that say "look again"; the page's polling stands in where they cannot be.

A stream holds one of the server's few threads, so it is short, and only so many are held at once; one above that is
answered and closed at once, and the browser comes back after ``retry``. See docs/decisions/0012.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue.application import reads as applications
from heyue.engine.moves import Actor
from heyue.faces.sessions import actor_of, borrower_only
from heyue.journey.pulse import pulse

STREAMS_HELD_MAX = 2
"""For each process: half of the threads that it has (``cli.serve``), so that pages are always answered."""
HELD_SECONDS = 15.0
LOOK_EVERY_SECONDS = 1.0
COME_BACK_MS = 2_000
COME_BACK_BUSY_MS = 6_000

_held = BoundedSemaphore(STREAMS_HELD_MAX)


@never_cache
def stream(request: HttpRequest, application_id: UUID) -> HttpResponseBase:
    """Stream to who is signed in; 204 tells a browser whose session ended to ask no more, without a sign-in page."""
    return _stream(request, application_id) if actor_of(request) else HttpResponse(status=204)


@borrower_only  # type: ignore[arg-type]  # a stream is no HttpResponse, and nothing here asks it to be one
def _stream(request: HttpRequest, application_id: UUID) -> HttpResponseBase:
    """Stream a nudge for each change of one application; ``seen`` or ``Last-Event-ID`` is the newest one known."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    applications.application(actor, application_id)
    seen = request.headers.get("Last-Event-ID") or request.GET.get("seen", "")
    response = StreamingHttpResponse(_events(actor, application_id, seen), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"
    return response


def _events(actor: Actor, application_id: UUID, seen: str) -> Iterator[bytes]:
    """Yield what has changed, then hold on for a while if a place is free."""
    if not _held.acquire(blocking=False):
        yield f"retry: {COME_BACK_BUSY_MS}\n\n".encode()
        yield _nudge(actor, application_id, seen)[0]
        return
    try:
        yield f"retry: {COME_BACK_MS}\n\n".encode()
        until = time.monotonic() + HELD_SECONDS
        while True:
            said, seen = _nudge(actor, application_id, seen)
            yield said
            if time.monotonic() >= until:
                return
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        _held.release()


def _nudge(actor: Actor, application_id: UUID, seen: str) -> tuple[bytes, str]:
    """Return the event that something has changed, or a comment that keeps the line open, and what is known now."""
    now = pulse(actor, application_id)
    if now == seen:
        return b": nothing new\n\n", seen
    return f"id: {now}\nevent: news\ndata: {now}\n\n".encode(), now


urls = [path("progress/<uuid:application_id>/stream", stream, name="progress-stream")]
