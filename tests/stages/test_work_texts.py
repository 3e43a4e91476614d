"""Text messages: sent once each through the provider, never past their time, a failure told without words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured

from heyue import clock
from heyue.faces.worker.texts import send_texts
from heyue.notices import sms, text
from heyue.notices.models import TextMessage

pytestmark = pytest.mark.django_db
PHONE, WORDS = "13800005678", "验证码 482913"


class Provider:
    """The operator's provider, which may fail."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.sent = list(failures), []

    def send(self, message_id: Any, phone: str, words: str) -> None:
        if self.failures:
            raise self.failures.pop()
        self.sent.append((message_id, phone, words))


def again() -> None:
    TextMessage.objects.update(next_try_at=clock.machine_now())


def test_a_message_is_sent_once() -> None:
    message, provider = text(uuid4(), PHONE, WORDS), Provider()
    send_texts(provider)
    again()
    send_texts(provider)
    assert provider.sent == [(message.pk, PHONE, WORDS)]
    assert TextMessage.objects.get().sent_at is not None


def test_a_message_that_was_not_taken_is_tried_again_under_the_same_id() -> None:
    message, provider = text(uuid4(), PHONE, WORDS), Provider(sms.NotSent("HTTP 500"))
    send_texts(provider)
    assert TextMessage.objects.get().sent_at is None
    assert PHONE not in TextMessage.objects.get().last_error
    again()
    send_texts(provider)
    assert provider.sent == [(message.pk, PHONE, WORDS)]


def test_a_message_past_its_time_is_never_sent() -> None:
    text(uuid4(), PHONE, WORDS, good_until=clock.machine_now() - timedelta(seconds=1))
    provider = Provider()
    assert send_texts(provider) == 0
    assert provider.sent == []


def test_the_demos_provider_sends_nothing_and_leaves_the_message_readable() -> None:
    text(uuid4(), PHONE, WORDS)
    send_texts(sms.DemoInbox())
    kept = TextMessage.objects.get()
    assert kept.sent_at is not None
    assert kept.sealed_text


@pytest.fixture
def http(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    settings.HEYUE_SMS_PROVIDER = "heyue.notices.sms.HttpProvider"
    settings.HEYUE_SMS_URL, settings.HEYUE_SMS_TOKEN = "https://sms.example/send", "token-1"
    posted: list[dict[str, Any]] = []

    def post(url: str, **request: Any) -> httpx.Response:
        posted.append({"url": url, **request})
        return httpx.Response(202)

    monkeypatch.setattr(sms.httpx, "post", post)
    return posted


def test_the_http_provider_posts_json_with_a_bearer_token(http: list[dict[str, Any]]) -> None:
    message = text(uuid4(), PHONE, WORDS)
    send_texts(sms.provider())
    (request,) = http
    assert request["url"] == "https://sms.example/send"
    assert request["json"] == {"id": str(message.pk), "phone": PHONE, "text": WORDS}
    assert request["headers"]["authorization"] == "Bearer token-1"
    assert request["headers"]["idempotency-key"] == str(message.pk)


@pytest.mark.parametrize("status", [302, 400, 401, 500])
def test_the_http_provider_believes_a_good_status_only(
    http: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(sms.httpx, "post", lambda *_, **__: httpx.Response(status))
    with pytest.raises(sms.NotSent):
        sms.provider().send(uuid4(), PHONE, WORDS)


def test_the_http_provider_tells_a_broken_line_without_its_words(
    http: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> httpx.Response:
        raise httpx.ConnectError(f"cannot send to {PHONE}")

    monkeypatch.setattr(sms.httpx, "post", broken)
    with pytest.raises(sms.NotSent, match=r"^ConnectError$"):
        sms.provider().send(uuid4(), PHONE, WORDS)


def test_the_http_provider_needs_its_settings(settings: Any) -> None:
    settings.HEYUE_SMS_PROVIDER = "heyue.notices.sms.HttpProvider"
    settings.HEYUE_SMS_URL = ""
    with pytest.raises(ImproperlyConfigured):
        sms.provider()
