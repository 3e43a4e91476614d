"""What a person was told (通知), in words, and that it was read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Actor
from heyue.journey.days_said import day_said
from heyue.notices.kinds import NoticeKind, words_of
from heyue.notices.models import Notice

SHOWN_MAX = 50
DAYS = ("due",)
"""Places of a notice's words that hold a day."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice: when, what, about which row of which table, and whether it is new."""

    at: datetime
    words: str
    subject_type: str
    subject_id: UUID
    is_new: bool


def told(actor: Actor) -> list[Told]:
    """Return what this person was told, the newest first."""
    return [
        Told(
            notice.told_at,
            _(words_of(NoticeKind(notice.kind), notice.params)) % defaultdict(str, _places(notice.params)),
            notice.subject_type,
            notice.subject_id,
            notice.read_at is None,
        )
        for notice in _own(actor).order_by("-told_at", "-id")[:SHOWN_MAX]
    ]


def unread(actor: Actor) -> int:
    """Return how many notices this person has not read."""
    return _own(actor).filter(read_at__isnull=True).count()


@verb
def read_all() -> None:
    """The person has seen what was told up to now."""
    _own(current().actor).filter(read_at__isnull=True).update(read_at=clock.now())


def _places(params: dict[str, str]) -> dict[str, str]:
    """Return what fills the words, days written as the reader's language has them."""
    return {name: _day_said(said) if name in DAYS else said for name, said in params.items()}


def _day_said(said: str) -> str:
    """Return a day in words; what is no day (a sum that is due, a day that was told in words) stays as it is."""
    try:
        return day_said(date.fromisoformat(said))
    except ValueError:
        return said


def _own(actor: Actor) -> QuerySet[Notice]:
    return Notice.objects.filter(person_id=actor.person_id) if actor.person_id else Notice.objects.none()
