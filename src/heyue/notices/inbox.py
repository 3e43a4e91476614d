"""The demo's inbox: text messages that nobody sends, by phone, so that a try-out can read its codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from heyue.engine.refusal import NotFound
from heyue.notices.models import MailMessage, TextMessage
from heyue.vault import keyring

MESSAGES_MAX = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One text message in clear: to which phone, what, written when (business time)."""

    phone: str
    text: str
    written_at: datetime


def messages(phone: str = "") -> list[Message]:
    """Return the newest messages of one phone, or of all and the e-mails that go nowhere else.

    Raises ``NotFound`` outside the demo.
    """
    if not settings.HEYUE_DEMO:
        raise NotFound()
    found = []
    for row in TextMessage.objects.order_by("-id")[:MESSAGES_MAX]:
        ring = keyring(row.owner_id)
        number = ring.open_text(row.sealed_phone, "sms-phone")
        if phone in ("", number):
            found.append(Message(number, ring.open_text(row.sealed_text, "sms-text"), row.written_at))
    if phone or settings.HEYUE_MAIL_LEAVES:
        return found
    for mail in MailMessage.objects.order_by("-id")[:MESSAGES_MAX]:
        ring = keyring(mail.owner_id)
        text = ring.open_text(mail.sealed_text, "mail-text")
        found.append(Message(ring.open_text(mail.sealed_address, "mail"), text, mail.written_at))
    return found
