"""Reminders of due days (还款提醒): chosen by the borrower, written by the worker, each once, outside quiet hours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.money import yuan
from heyue.engine.moves import Role
from heyue.engine.refusal import NotPermitted, Refusal, words
from heyue.execution.models import Instalment, Reminder
from heyue.execution.reads import coming, is_upcoming
from heyue.identity.reads import account, in_full, in_the_language_of
from heyue.notices import NoticeKind, tell, text
from heyue.notices.choices import DAYS_BEFORE, Choice, choice, choices, keep, mail_address
from heyue.notices.mail import is_offered, mail

MAIL_CHARS_MAX = 120
AT_ONCE_MAX = 50
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

SOON = words("【和约】有一笔还款还有%(n)s天到期，登录看看。")
TODAY = words("【和约】有一笔还款今天到期，登录看看。")
SUBJECT = words("和约：有一笔还款快到日子了")
"""Others may read the phone's screen or the mailbox: no bank, no sum."""


@verb
def choose(made: Choice, address: str = "") -> None:
    """Keep how the borrower wants to be reminded.

    Raises ``Refusal`` on the fields ``mail`` (``mail-shape``) and ``days_before`` (``no-means``: days without means).
    """
    actor = current().actor
    if actor.role is not Role.BORROWER or actor.person_id is None:
        raise NotPermitted()
    given = address.strip()
    if made.by_mail and (len(given) > MAIL_CHARS_MAX or not _ADDRESS.fullmatch(given)):
        raise Refusal("mail-shape", words("邮箱写完整，例如 name@example.com"), field="mail", status=422)
    if made.days_before and not (made.in_app or made.by_text or made.by_mail):
        raise Refusal("no-means", words("选了提前几天，还要选一种提醒的办法"), field="days_before", status=422)
    if not (0 <= made.quiet_from < 24 and 0 <= made.quiet_until < 24):
        raise Refusal("quiet-hours", words("钟点是 0 到 23"), field="quiet_from", status=422)
    days = tuple(day for day in DAYS_BEFORE if day in made.days_before)
    keep(actor.person_id, replace(made, days_before=days, by_mail=made.by_mail and is_offered()), given)


def due_now() -> list[tuple[UUID, int]]:
    """Return what is to be written now: instalment and the days before, of who may be disturbed at this hour.

    Of days that went by unwritten (a worker that was down) the nearest one counts, once.
    """
    today = clock.today()
    rows = list(coming(today, today + timedelta(days=max(DAYS_BEFORE))).prefetch_related("reminders"))
    chosen = choices({row.borrower_id for row in rows})
    found = []
    for row in rows:
        made = chosen[row.borrower_id]
        left = (row.due_on - today).days
        reached = [days for days in made.days_before if days >= left]
        if not reached or made.is_quiet(clock.now()):
            continue
        if min(reached) not in {one.days_before for one in row.reminders.all()}:
            found.append((row.pk, min(reached)))
    return found[:AT_ONCE_MAX]


@verb
def remind(instalment_id: UUID, days_before: int) -> bool:
    """Write one reminder by the means that were chosen; False where another worker wrote it, or it is paid."""
    if current().actor.role is not Role.PLATFORM:
        raise NotPermitted()
    row = Instalment.objects.select_for_update(of=("self",)).select_related("plan__bank").get(pk=instalment_id)
    if not is_upcoming(row):
        return False
    _written, fresh = Reminder.objects.get_or_create(
        instalment=row, days_before=days_before, defaults={"written_at": clock.now()}
    )
    if fresh:
        with in_the_language_of(account(row.borrower_id)):
            _tell(row, choice(row.borrower_id))
    return fresh


def _tell(row: Instalment, made: Choice) -> None:
    left = (row.due_on - current().today).days
    said = _(SOON) % {"n": left} if left > 0 else _(TODAY)
    if made.in_app:
        params = {
            "bank": row.plan.bank.name,
            "period": str(row.period),
            "amount": yuan(row.amount_fen),
            "due": row.due_on.isoformat(),
        }
        tell(row.borrower_id, NoticeKind.INSTALMENT_COMES, "plan", row.plan_id, params)
    if made.by_text:
        text(row.borrower_id, in_full(account(row.borrower_id)).phone, said)
    if made.by_mail and (address := mail_address(row.borrower_id)):
        mail(row.borrower_id, address, _(SUBJECT), said)
