"""Pages travel compressed; streams and what is compressed already do not.

A page holds secrets beside words that a stranger could choose, which is what BREACH measures by length. Django's
own gzip pads each answer by a random length, and the form tokens in it are masked anew each time
(docs/decisions/0022).
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSIBLE = ("text/", "application/json", "application/problem+json", "application/manifest+json", "image/svg")


class PageCompression(GZipMiddleware):
    """Gzip for texts of any length worth it, never for an event stream, which must not wait for more."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the answer where that helps."""
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)
