"""The first page weighs little: all that a phone fetches to see it, compressed as it is sent."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db
BYTES_MAX = 120_000


def sent(path: str) -> int:
    """How many bytes of one static file go over the wire."""
    found = finders.find(path.removeprefix("/static/"))
    assert isinstance(found, str), path
    content = Path(found).read_bytes()
    return min(len(content), len(gzip.compress(content, 9)))


def test_the_first_page_with_everything_weighs_at_most_120_kb() -> None:
    response = Client().get("/signin", HTTP_ACCEPT_ENCODING="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(response.content).decode()
    linked = re.findall(r'(?:href|src)="(/static/[^"?#]+)"', html)
    assert len(linked) >= 5
    whole = len(response.content) + sum(sent(path) for path in set(linked))
    assert whole <= BYTES_MAX, f"{whole} bytes: the page {len(response.content)}, " + ", ".join(
        f"{path} {sent(path)}" for path in sorted(set(linked), key=sent, reverse=True)
    )


def test_a_stream_is_never_held_back_to_be_compressed() -> None:
    from django.http import StreamingHttpResponse
    from django.test import RequestFactory

    from heyue.faces.compression import PageCompression

    stream = StreamingHttpResponse([b"data: x\n\n" * 100], content_type="text/event-stream")
    request = RequestFactory().get("/", HTTP_ACCEPT_ENCODING="gzip")
    answered = PageCompression(lambda _: stream)(request)
    assert not answered.has_header("Content-Encoding")


def test_a_page_is_never_sent_in_the_same_length_twice() -> None:
    lengths = {len(Client().get("/signin", HTTP_ACCEPT_ENCODING="gzip").content) for _ in range(12)}
    assert len(lengths) > 1, "the random padding that hides the length of what is compressed (BREACH)"
