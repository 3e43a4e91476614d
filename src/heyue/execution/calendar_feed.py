"""The due days for a calendar programme (.ics, RFC 5545): an address that can be closed, content that says little.

Who finds the address on another's phone learns a bank's one-character seal and a period: no sum, no name, no debt.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted
from heyue.evidence import Subject, append
from heyue.execution.models import CalendarFeed, Instalment
from heyue.execution.reads import is_paid
from heyue.notices.choices import choice
from heyue.vault import hold, keyed_hash, keyring

TOKEN_BYTES = 24
REFRESH = timedelta(hours=12)
PURPOSE = "calendar-feed"


@dataclass(frozen=True, slots=True)
class Address:
    """The open feed's address, and the same as a calendar programme subscribes to it."""

    url: str
    webcal: str


@verb
def open_feed() -> None:
    """Open a new address; the one before is closed, so that whoever had it reads no more."""
    actor = current().actor
    if actor.role is not Role.BORROWER or actor.person_id is None:
        raise NotPermitted()
    hold(actor.person_id)  # two taps at once open one after the other
    close_feed()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = CalendarFeed.objects.create(
        borrower_id=actor.person_id,
        token_hash=keyed_hash(token, PURPOSE),
        sealed_token=keyring(actor.person_id).seal(token, PURPOSE),
        opened_at=clock.now(),
    )
    _leaf(row, "opened")


@verb
def close_feed() -> None:
    """Close the open address, if there is one."""
    close_feed_of(current().actor.me)


def close_feed_of(borrower_id: UUID) -> None:
    """Close a borrower's open address within the open act, whoever acts."""
    for row in CalendarFeed.objects.select_for_update().filter(borrower_id=borrower_id, closed_at__isnull=True):
        row.closed_at = clock.now()
        row.save(update_fields=["closed_at"])
        _leaf(row, "closed")


def address(actor: Actor) -> Address | None:
    """Return the borrower's open address, None where there is none."""
    row = CalendarFeed.objects.filter(borrower_id=actor.me, closed_at__isnull=True).first()
    if row is None or actor.role is not Role.BORROWER:
        return None
    token = keyring(row.borrower_id).open_text(row.sealed_token, PURPOSE)
    url = f"{settings.HEYUE_PUBLIC_URL}/ics/{token}.ics"
    return Address(url, "webcal" + url[len(urlsplit(url).scheme) :])


def content(token: str) -> bytes:
    """Return the calendar at an address. Raises ``NotFound`` for one that was never open or is closed."""
    row = CalendarFeed.objects.filter(token_hash=keyed_hash(token, PURPOSE), closed_at__isnull=True).first()
    if row is None:
        raise NotFound()
    made = Calendar()
    made.add("prodid", "-//heyue//due days//ZH")
    made.add("version", "2.0")
    made.add("x-wr-calname", _("和约还款日"))
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", REFRESH)
    days = choice(row.borrower_id).days_before
    for one in _instalments(row.borrower_id):
        made.add_component(_event(one, days))
    return bytes(made.to_ical())


def _instalments(borrower_id: UUID) -> list[Instalment]:
    rows = Instalment.objects.filter(borrower_id=borrower_id).select_related("plan__bank")
    return list(rows.order_by("due_on", "period"))


def _event(one: Instalment, days_before: tuple[int, ...]) -> Event:
    paid = is_paid(one)
    what = _("先付") if one.period == 0 else _("第%(n)s期") % {"n": one.period}
    event = Event()
    event.add("uid", f"{one.pk}@{urlsplit(settings.HEYUE_PUBLIC_URL).hostname}")
    event.add("dtstamp", one.state_since or clock.now())
    event.add("dtstart", one.due_on)
    event.add("dtend", one.due_on + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    said = _("已还：%(seal)s %(what)s") if paid else _("还款日：%(seal)s %(what)s")
    event.add("summary", said % {"seal": one.plan.bank.seal, "what": what})
    event.add("url", f"{settings.HEYUE_PUBLIC_URL}/plan/{one.plan_id}")
    for days in () if paid else days_before:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _("有一笔要还，登录看看"))
        # An all-day event begins at midnight; the bell rings at nine in the morning.
        alarm.add("trigger", timedelta(hours=9) - timedelta(days=days))
        event.add_component(alarm)
    return event


def _leaf(row: CalendarFeed, what: str) -> None:
    append(f"calendar-feed.{what}", Subject("calendar-feed", row.pk, borrower_id=row.borrower_id), current().actor)
