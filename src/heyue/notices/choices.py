"""How a person is reminded (提醒方式): defaults, quiet hours, and who must not be disturbed just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from heyue import clock
from heyue.clock.business import SHANGHAI
from heyue.notices.models import NoticeChoice
from heyue.policy.load import rule
from heyue.vault import keyring

DAYS_BEFORE = (7, 3, 1, 0)
"""What can be chosen."""
DEFAULT_DAYS = (3, 1)


@dataclass(frozen=True, slots=True)
class Choice:
    """One person's choice; ``quiet_from`` and ``quiet_until`` are hours in Shanghai, equal where none is quiet."""

    days_before: tuple[int, ...]
    in_app: bool
    by_text: bool
    by_mail: bool
    quiet_from: int
    quiet_until: int

    def is_quiet(self, at: datetime) -> bool:
        """Whether the person must not be disturbed at this instant; the hours may run past midnight."""
        hour = at.astimezone(SHANGHAI).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


def default() -> Choice:
    """Return what holds for who has chosen nothing; its quiet hours are those in which nobody may collect."""
    quiet = rule("COLLECT-TIME", clock.today()).value
    return Choice(DEFAULT_DAYS, True, True, False, _hour(quiet["quiet_from"]), _hour(quiet["quiet_until"]))


def choices(person_ids: set[UUID]) -> dict[UUID, Choice]:
    """Return what each of these persons chose, the default for the others. One query."""
    usual = default()
    found = {row.person_id: _choice(row) for row in NoticeChoice.objects.filter(person_id__in=person_ids)}
    return {person_id: found.get(person_id, usual) for person_id in person_ids}


def choice(person_id: UUID) -> Choice:
    """Return what one person chose, the default for who has chosen nothing."""
    return choices({person_id})[person_id]


def mail_address(person_id: UUID) -> str:
    """Return the address of a person's reminders, empty where none was given."""
    row = NoticeChoice.objects.filter(person_id=person_id).first()
    return keyring(person_id).open_text(row.sealed_mail, "mail") if row and row.sealed_mail else ""


def keep(person_id: UUID, made: Choice, address: str) -> None:
    """Write a person's choice, in the caller's transaction."""
    NoticeChoice.objects.update_or_create(
        person_id=person_id,
        defaults={
            "days_before": list(made.days_before),
            "in_app": made.in_app,
            "by_text": made.by_text,
            "by_mail": made.by_mail,
            "sealed_mail": keyring(person_id).seal(address, "mail") if address else None,
            "quiet_from": made.quiet_from,
            "quiet_until": made.quiet_until,
        },
    )


def _choice(row: NoticeChoice) -> Choice:
    days = tuple(day for day in DAYS_BEFORE if day in row.days_before)
    return Choice(days, row.in_app, row.by_text, row.by_mail, row.quiet_from, row.quiet_until)


def _hour(text: str) -> int:
    return int(text.partition(":")[0])
