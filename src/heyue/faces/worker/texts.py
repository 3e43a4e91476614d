"""Send text messages: codes and the like as they are written, and a nudge for each notice that must not wait."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.moves import PLATFORM
from heyue.execution import reminders
from heyue.faces.worker.each import each, where
from heyue.identity.reads import account, in_full, in_the_language_of
from heyue.journey import perform
from heyue.notices import mail, sms, text
from heyue.notices.choices import choices
from heyue.notices.kinds import BY_TEXT, NoticeKind
from heyue.notices.models import Notice
from heyue.notices.telling import to_text

NOTICES_LOOKED_AT = 500
log = logging.getLogger("heyue.worker")


def send_texts(by: sms.Provider) -> int:
    """Send what is due through the operator's provider."""
    return each(sms.to_send(), lambda message: sms.send(message, by))


def send_mails() -> int:
    """Send the e-mails that are due through the operator's mail server."""
    return each(mail.to_send(), mail.send)


def remind() -> int:
    """Write the reminders of due days that have come; one that fails is tried again in the next round."""
    written = 0
    for instalment_id, days in reminders.due_now():
        try:
            written += bool(perform(PLATFORM, reminders.remind, instalment_id=instalment_id, days_before=days))
        except Exception as error:
            log.warning("reminder of %s: %s", instalment_id, where(error))
    return written


def announce() -> int:
    """Write one text message for each notice that must not wait; two workers write it once.

    In the hours in which the person wants quiet it waits until they are over. One that fails keeps no other waiting.
    """
    written = 0
    waiting = list(to_text()[:NOTICES_LOOKED_AT])
    chosen = choices({notice.person_id for notice in waiting})
    for notice in waiting:
        if chosen[notice.person_id].is_quiet(clock.now()):
            continue
        try:
            written += _announced(notice)
        except Exception as error:
            log.warning("notice %s: %s", notice.pk, where(error))
    return written


def _announced(notice: Notice) -> int:
    with transaction.atomic():
        if not to_text().filter(pk=notice.pk).update(texted_at=clock.now()):
            return 0
        person = account(notice.person_id)
        with in_the_language_of(person):
            text(notice.person_id, in_full(person).phone, _(BY_TEXT[NoticeKind(notice.kind)]))
    return 1
