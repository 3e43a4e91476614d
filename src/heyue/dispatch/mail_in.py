"""Mails that come in: kept before they are judged, threaded by token, their sender held against the bank's domain.

A bank's reply is filed with its negotiation, its attachments washed as uploads are; a mail of ours that came back is
noted with its message; everybody else's is set aside for the desk to see, and changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from uuid import UUID

from django.db.models import QuerySet
from django.utils.html import strip_tags

from heyue import clock
from heyue.acts import note, verb
from heyue.application import proofs
from heyue.application.proofs import StoredProof
from heyue.banks import outbox
from heyue.dispatch.mail import addressed, answered
from heyue.dispatch.models import Dispatch, Mailbox, MailPaper, ReceivedMail
from heyue.engine.refusal import Refusal, words
from heyue.evidence.ledger import PLATFORM_OWNER
from heyue.vault import keyring
from heyue.vault.files import discard, load, store

FOLDER = "mails"
BYTES_MAX = 30 * 1024 * 1024
TEXT_CHARS_MAX = 20_000
LINE_CHARS_MAX = 300
PAPERS_MAX = 20
INBOX = "inbox"
Fate = ReceivedMail.Fate

WHY = {
    "stranger": words("不是给某一件的回信，或者标记不对"),
    "other-domain": words("寄信的地址不在这家银行登记的域名里"),
    "sender-unclear": words("看不出是谁寄的"),
    "too-large": words("邮件太大，只留了信头"),
    "unreadable": words("邮件打不开"),
}
"""Why a mail was set aside."""


@dataclass(frozen=True)
class Told:
    """What a mail says, read from its bytes. ``bounced`` names our message that came back."""

    senders: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    negotiation_id: UUID | None = None
    bounced: UUID | None = None
    is_bounce: bool = False
    papers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Judged:
    """A mail and what is to be done with it; washed attachments lie in the store already."""

    told: Told
    row: Dispatch | None
    fate: str
    why: str = ""
    papers: list[tuple[str, StoredProof]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def keep(raw: bytes, why: str = "") -> bool:
    """Keep a mail as it came; False where these very bytes are kept already (fetched twice).

    ``why`` sets it aside unread. It is sealed for the borrower whom it concerns, so that it is erased with the rest.
    """
    digest = hashlib.sha256(raw).hexdigest()
    if ReceivedMail.objects.filter(sha256=digest).exists():
        return False
    row = _row_of(_read(raw).negotiation_id)
    owner_id = row.borrower_id if row else PLATFORM_OWNER
    name = store(owner_id, FOLDER, raw)
    _mail, made = ReceivedMail.objects.get_or_create(
        sha256=digest,
        defaults={
            "owner_id": owner_id,
            "dispatch": row,
            "file": name,
            "why": why,
            "received_at": clock.now(),
        },
    )
    if not made:
        discard(name)
    return made


def mailbox() -> QuerySet[Mailbox]:
    """Return the one row by which the inbox is claimed."""
    Mailbox.objects.get_or_create(name=INBOX)
    return Mailbox.objects.all()


def looked(box: Mailbox) -> None:
    """Note that a look went well, so that the first failure after it waits seconds and not an hour."""
    Mailbox.objects.filter(pk=box.pk).update(tries=1)


def to_judge() -> QuerySet[ReceivedMail]:
    """Return the mails that are kept and not judged."""
    return ReceivedMail.objects.filter(fate=Fate.WAITING).order_by("received_at")


def judge(mail: ReceivedMail) -> Judged:
    """Read a kept mail and wash what is attached, outside any transaction."""
    told = _read(load(mail.owner_id, FOLDER, mail.file))
    row = _row_of(told.negotiation_id)
    if mail.why:
        return Judged(told, row, Fate.ASIDE, mail.why)
    if told.is_bounce:
        known = row is not None and told.bounced is not None
        return Judged(told, row, Fate.BOUNCE, "") if known else Judged(told, row, Fate.ASIDE, "stranger")
    why = "stranger" if row is None else _sender_at_fault(told.senders, row.bank.mail_address)
    if row is None or why:
        return Judged(told, row, Fate.ASIDE, why)
    judged = Judged(told, row, Fate.FILED)
    for name, content in told.papers:
        try:
            judged.papers.append((name, proofs.take_in(row.borrower_id, "other", name, content)))
        except Refusal as refusal:
            judged.refused.append((name, refusal.code.removeprefix("proof-")))
    return judged


@verb
def settle(mail_id: UUID, judged: Judged) -> None:
    """Write what was judged, once: a reply is filed as evidence, a bounce noted, the rest set aside."""
    mail = ReceivedMail.objects.select_for_update().get(pk=mail_id)
    if mail.fate != Fate.WAITING:
        return
    ring, told, row = keyring(mail.owner_id), judged.told, judged.row
    mail.fate, mail.why, mail.leased_until = judged.fate, judged.why, None
    mail.sealed_sender = ring.seal(", ".join(told.senders)[:LINE_CHARS_MAX], "mail-sender")
    mail.sealed_subject = ring.seal(told.subject[:LINE_CHARS_MAX], "mail-subject")
    mail.sealed_text = ring.seal(told.text[:TEXT_CHARS_MAX], "mail-text")
    mail.save()
    if row is None or mail.fate == Fate.ASIDE:
        return
    if mail.fate == Fate.BOUNCE and told.bounced:
        outbox.mark_bounced(told.bounced, row.pk)
        note(row, "mail-bounced", {"message": str(told.bounced), "mail_sha256": mail.sha256})
        return
    for name, kept in judged.papers:
        sealed = ring.seal(kept.name or name, "mail-paper-name")
        MailPaper.objects.create(
            mail=mail, sealed_name=sealed, media_type=kept.media_type, sha256=kept.sha256, file=kept.file
        )
    for name, code in judged.refused:
        MailPaper.objects.create(mail=mail, sealed_name=ring.seal(name, "mail-paper-name"), refused=code)
    note(
        row,
        "mail-filed",
        {"mail": str(mail.pk), "mail_sha256": mail.sha256, "papers": [kept.sha256 for _n, kept in judged.papers]},
    )


def _row_of(negotiation_id: UUID | None) -> Dispatch | None:
    if negotiation_id is None:
        return None
    return Dispatch.objects.select_related("bank").filter(pk=negotiation_id).first()


def _sender_at_fault(senders: tuple[str, ...], registered: str) -> str:
    """Say why a sender is not the bank: one From address, in the registered address's domain or below it."""
    if len(senders) != 1 or "@" not in senders[0]:
        return "sender-unclear"
    theirs, ours = senders[0].rpartition("@")[2].lower(), registered.rpartition("@")[2].lower()
    return "" if ours and (theirs == ours or theirs.endswith(f".{ours}")) else "other-domain"


def _read(raw: bytes) -> Told:
    """Read a mail; one that Python's reader stumbles over says nothing."""
    try:
        return _told(message_from_bytes(raw, policy=policy.default))
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError):
        return Told()


def _told(mail: EmailMessage) -> Told:
    headers = " ".join(str(v) for name in ("In-Reply-To", "References") for v in mail.get_all(name, []))
    places = " ".join(str(v) for name in ("To", "Cc", "Delivered-To", "X-Original-To") for v in mail.get_all(name, []))
    is_bounce = mail.get_content_type() == "multipart/report" and _failed(mail)
    back = answered(_returned(mail)) if is_bounce else answered(headers)
    senders = tuple(address for _name, address in getaddresses([str(v) for v in mail.get_all("From", [])]) if address)
    return Told(
        senders=senders,
        subject=str(mail.get("Subject", "")),
        text=_text(mail),
        negotiation_id=back[0] if back else addressed(places),
        bounced=back[1] if back else None,
        is_bounce=is_bounce,
        papers=() if is_bounce else tuple(_papers(mail)),
    )


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    said = str(body.get_content())
    return (strip_tags(said) if body.get_content_type() == "text/html" else said).strip()


def _papers(mail: EmailMessage) -> list[tuple[str, bytes]]:
    found = []
    for part in list(mail.iter_attachments())[:PAPERS_MAX]:
        content = part.get_payload(decode=True)
        found.append((part.get_filename() or "file", content if isinstance(content, bytes) else b""))
    return found


def _failed(mail: EmailMessage) -> bool:
    """Whether a delivery report (RFC 3464) says that delivery failed, for good; one that is late says nothing yet."""
    reports = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in reports for block in part.get_payload() if not isinstance(block, str)]
    return any(str(block.get("Action", "")).lower() == "failed" for block in blocks)


def _returned(mail: EmailMessage) -> str:
    """Return what a report brings back of ours, as text."""
    kinds = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
    return "\n".join(part.as_string() for part in mail.walk() if part.get_content_type() in kinds)
