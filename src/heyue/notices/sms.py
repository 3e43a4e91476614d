"""Sending text messages (短信) through the operator's provider, one row at a time, each at least once."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from heyue import clock
from heyue.notices.models import TextMessage
from heyue.vault import keyring

SECONDS_MAX = 10.0


class NotSent(Exception):
    """The provider did not take the message; its words may hold a number, so only the kind of failure is told."""


class Provider(Protocol):
    """What sends: any class with this method, named by ``HEYUE_SMS_PROVIDER``."""

    def send(self, message_id: UUID, phone: str, text: str) -> None:
        """Send one message; ``message_id`` is the same at a repetition. Raises ``NotSent``."""


class DemoInbox:
    """The demo's provider: nothing leaves the machine, the message is read on the demo's inbox page."""

    def send(self, message_id: UUID, phone: str, text: str) -> None:
        """Send nothing."""


class HttpProvider:
    """Posts JSON to ``HEYUE_SMS_URL`` with a bearer token; the message's id is its Idempotency-Key."""

    def __init__(self) -> None:
        if not settings.HEYUE_SMS_URL or not settings.HEYUE_SMS_TOKEN:
            raise ImproperlyConfigured("HttpProvider needs HEYUE_SMS_URL and HEYUE_SMS_TOKEN.")

    def send(self, message_id: UUID, phone: str, text: str) -> None:
        """Hand one message over. Raises ``NotSent``."""
        headers = {"authorization": f"Bearer {settings.HEYUE_SMS_TOKEN}", "idempotency-key": str(message_id)}
        body = {"id": str(message_id), "phone": phone, "text": text}
        try:
            answer = httpx.post(settings.HEYUE_SMS_URL, json=body, headers=headers, timeout=SECONDS_MAX)
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__) from error
        if not answer.is_success:
            raise NotSent(f"HTTP {answer.status_code}")


def provider() -> Provider:
    """Return the operator's provider."""
    made: Provider = import_string(settings.HEYUE_SMS_PROVIDER)()
    return made


def to_send() -> QuerySet[TextMessage]:
    """Return what is still to be sent; what is past its time is never sent."""
    in_time = Q(good_until__isnull=True) | Q(good_until__gt=clock.machine_now())
    return TextMessage.objects.filter(in_time, sent_at__isnull=True)


def send(message: TextMessage, by: Provider) -> None:
    """Send one message and note when. Raises ``NotSent``."""
    ring = keyring(message.owner_id)
    by.send(
        message.pk, ring.open_text(message.sealed_phone, "sms-phone"), ring.open_text(message.sealed_text, "sms-text")
    )
    TextMessage.objects.filter(pk=message.pk).update(sent_at=clock.now(), leased_until=None)
