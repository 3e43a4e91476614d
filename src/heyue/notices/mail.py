"""E-mail (邮件): written in the act, sealed, sent by the worker one row at a time, each at least once."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from heyue import clock
from heyue.notices.models import MailMessage
from heyue.vault import keyring


def is_offered() -> bool:
    """Whether the operator has a mail server, so that reminders can go by e-mail."""
    return bool(settings.HEYUE_MAIL)


def mail(owner_id: UUID, address: str, subject: str, text: str) -> MailMessage:
    """Queue an e-mail."""
    ring = keyring(owner_id)
    return MailMessage.objects.create(
        owner_id=owner_id,
        sealed_address=ring.seal(address, "mail"),
        sealed_subject=ring.seal(subject, "mail-subject"),
        sealed_text=ring.seal(text, "mail-text"),
        written_at=clock.now(),
    )


def to_send() -> QuerySet[MailMessage]:
    """Return what is still to be sent, nothing where the operator has no mail server."""
    unsent = MailMessage.objects.filter(sent_at__isnull=True)
    return unsent if is_offered() else unsent.none()


def send(message: MailMessage) -> None:
    """Send one e-mail and note when. Raises what the mail server's refusal raises (``smtplib``, ``OSError``)."""
    ring = keyring(message.owner_id)
    if settings.HEYUE_MAIL_LEAVES:
        EmailMessage(
            ring.open_text(message.sealed_subject, "mail-subject"),
            ring.open_text(message.sealed_text, "mail-text"),
            to=[ring.open_text(message.sealed_address, "mail")],
            headers={"Message-ID": f"<{message.pk}@heyue>"},
        ).send()
    MailMessage.objects.filter(pk=message.pk).update(sent_at=clock.now(), leased_until=None)
