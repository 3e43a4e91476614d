"""Write notices and text messages. Writing is part of the act; sending is the worker's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.notices.kinds import BY_TEXT, NoticeKind
from heyue.notices.models import Notice, TextMessage
from heyue.vault import keyring


def tell(
    person_id: UUID, kind: NoticeKind, subject_type: str, subject_id: UUID, params: dict[str, str] | None = None
) -> Notice:
    """Tell a person one thing. ``params`` fill the places of its words and hold no personal data."""
    return Notice.objects.create(
        person_id=person_id,
        kind=kind.value,
        subject_type=subject_type,
        subject_id=subject_id,
        params=params or {},
        told_at=clock.now(),
    )


def to_text() -> QuerySet[Notice]:
    """Return the notices that must also go out as a text message and have not, the oldest first."""
    kinds = [kind.value for kind in BY_TEXT]
    return Notice.objects.filter(texted_at__isnull=True, read_at__isnull=True, kind__in=kinds).order_by("told_at")


def text(owner_id: UUID, phone: str, message: str, *, good_until: datetime | None = None) -> TextMessage:
    """Queue a text message; one that is not sent by ``good_until`` is not sent at all."""
    ring = keyring(owner_id)
    return TextMessage.objects.create(
        owner_id=owner_id,
        sealed_phone=ring.seal(phone, "sms-phone"),
        sealed_text=ring.seal(message, "sms-text"),
        written_at=clock.now(),
        good_until=good_until,
    )
