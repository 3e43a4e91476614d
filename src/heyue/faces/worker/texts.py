"""Send text messages: codes and the like as they are written, and a nudge for each notice that must not wait."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from heyue import clock
from heyue.faces.worker.each import each
from heyue.identity.reads import account, in_full
from heyue.notices import sms, text
from heyue.notices.kinds import BY_TEXT, NoticeKind
from heyue.notices.telling import to_text

NOTICES_AT_ONCE = 50


def send_texts(by: sms.Provider) -> int:
    """Send what is due through the operator's provider."""
    return each(sms.to_send(), lambda message: sms.send(message, by))


def announce() -> int:
    """Write one text message for each notice that must not wait; two workers write it once."""
    written = 0
    for notice in to_text()[:NOTICES_AT_ONCE]:
        with transaction.atomic():
            if to_text().filter(pk=notice.pk).update(texted_at=clock.now()):
                phone = in_full(account(notice.person_id)).phone
                text(notice.person_id, phone, _(BY_TEXT[NoticeKind(notice.kind)]))
                written += 1
    return written
