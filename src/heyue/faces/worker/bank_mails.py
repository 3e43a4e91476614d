"""E-mail with banks: send what waits, fetch what came, judge it, and go by mail where a bank's machine is down.

Sent at least once, each try with the same Message-ID and link; fetched at least once, the same bytes kept once.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction

from heyue.banks import outbox
from heyue.banks.models import Bank, OutboundMessage
from heyue.dispatch import channels, mail, mail_in, mail_links
from heyue.dispatch.actions import mark_sent, take_back
from heyue.dispatch.models import Dispatch, Mailbox, ReceivedMail
from heyue.dispatch.reads import is_to_be_sent, to_be_mailed
from heyue.engine.moves import CLOCK, PLATFORM
from heyue.engine.refusal import Refusal
from heyue.faces.worker.each import NotNow, each
from heyue.journey import perform

log = logging.getLogger("heyue.worker")

LOOK_AGAIN = timedelta(seconds=30)
AT_A_TIME = 20
IMAP_SECONDS_MAX = 20
STATUS_TAKEN = 250
STATUS_GONE = 554
MAIL = Bank.Channel.EMAIL


def send_to_banks() -> int:
    """Send what waits for banks by e-mail; nothing where the operator has no mail server."""
    return each(outbox.to_mail(), _send) if settings.HEYUE_MAIL_LEAVES else 0


def _send(message: OutboundMessage) -> None:
    row = to_be_mailed(message.negotiation_id)
    if message.kind == outbox.APPLICATION and not is_to_be_sent(row.pk):
        perform(PLATFORM, take_back, dispatch_id=row.pk)
        return
    link = perform(PLATFORM, mail_links.issue, message_id=message.pk, dispatch_id=row.pk)
    try:
        mail.send(mail.compose(message, row, link))
    except mail.NotTaken as failed:
        if failed.final:
            log.warning("mail %s (%s) refused for %s", message.pk, message.kind, row.bank.slug)
            outbox.mark_refused(message.pk, failed.status or STATUS_GONE, {"title": str(failed)}, MAIL)
        else:
            outbox.mark_failed(message, str(failed), failed.status)
    else:
        _sent(message, row)


def _sent(message: OutboundMessage, row: Dispatch) -> None:
    with transaction.atomic():
        if outbox.mark_delivered(message.pk, STATUS_TAKEN, {}, MAIL) and message.kind == outbox.APPLICATION:
            # The borrower may have taken it back meanwhile: it has been sent all the same.
            with suppress(Refusal):
                perform(PLATFORM, mark_sent, dispatch_id=row.pk)


def fail_over() -> int:
    """Let negotiations go by e-mail whose bank's machine has been down for the operator's hours."""
    if not settings.HEYUE_MAIL_LEAVES:
        return 0
    due = channels.to_fail_over()[:AT_A_TIME]
    for dispatch_id in due:
        with suppress(Refusal):
            perform(CLOCK, channels.fail_over, dispatch_id=dispatch_id)
    return 0


def fetch() -> int:
    """Look into the inbox; one worker at a time, with a pause between two looks, longer after failures."""
    if not settings.HEYUE_INBOX_URL:
        return 0
    each(mail_in.mailbox(), _fetch)
    return 0


def _fetch(box: Mailbox) -> None:
    place = urlsplit(settings.HEYUE_INBOX_URL)
    if place.scheme == "folder":
        _fetch_folder(Path(unquote(place.path)))
    else:
        _fetch_imap()
    mail_in.looked(box)
    raise NotNow(LOOK_AGAIN)


def _fetch_folder(folder: Path) -> None:
    """Keep each ``.eml`` and take it away; what a crash leaves is found again and kept once."""
    for file in sorted(folder.glob("*.eml"))[:AT_A_TIME]:
        raw = file.read_bytes()
        if len(raw) > mail_in.BYTES_MAX:
            mail_in.keep(_head(raw), "too-large")
        else:
            mail_in.keep(raw)
        file.unlink()


def _fetch_imap() -> None:
    """Keep each unseen mail, then mark it as seen; the mailbox's owner says when seen mails are deleted."""
    with _imap() as box:
        for number, size in _unseen(box):
            whole = size <= mail_in.BYTES_MAX
            _status, found = box.fetch(number, "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])")
            raw = next((part[1] for part in found if isinstance(part, tuple)), b"")
            if raw:
                mail_in.keep(raw, "" if whole else "too-large")
            box.store(number, "+FLAGS", "\\Seen")


def _imap() -> imaplib.IMAP4:
    place = urlsplit(settings.HEYUE_INBOX_URL)
    host = place.hostname or ""
    box: imaplib.IMAP4
    if place.scheme == "imaps":
        secure = ssl.create_default_context()
        box = imaplib.IMAP4_SSL(host, place.port or 993, ssl_context=secure, timeout=IMAP_SECONDS_MAX)
    else:
        box = imaplib.IMAP4(host, place.port or 143, timeout=IMAP_SECONDS_MAX)
    try:
        box.login(unquote(place.username or ""), unquote(place.password or ""))
        status, _said = box.select(unquote(place.path.lstrip("/")) or "INBOX")
        if status != "OK":
            raise imaplib.IMAP4.error("no such mailbox")
    except BaseException:
        box.shutdown()
        raise
    return box


def _unseen(box: imaplib.IMAP4) -> Iterator[tuple[str, int]]:
    _status, found = box.search(None, "UNSEEN")
    for number in found[0].split()[:AT_A_TIME]:
        _status, told = box.fetch(number.decode(), "(RFC822.SIZE)")
        line = told[0] if isinstance(told[0], bytes) else b""
        digits = line.rpartition(b"RFC822.SIZE")[2].strip(b" )\r\n")
        yield number.decode(), int(digits or 0)


def _head(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0][: mail_in.LINE_CHARS_MAX * 100]


def judge_mails() -> int:
    """Judge what was kept, one by one."""
    return each(mail_in.to_judge(), _judge)


def _judge(row: ReceivedMail) -> None:
    perform(PLATFORM, mail_in.settle, mail_id=row.pk, judged=mail_in.judge(row))
