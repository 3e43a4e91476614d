"""The link in a mail to a bank: one negotiation, until its last day, after a code from the bank's own mailbox.

Source of the days: the operator's record MAIL-LINK-DAYS. Expiry goes by the machine's time, as codes do.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

from heyue import clock
from heyue.acts import current, note, verb
from heyue.dispatch.models import MailLink
from heyue.dispatch.reads import is_out
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.identity import codes
from heyue.policy.load import rule
from heyue.vault import keyed_hash

MAC_BYTES = 20
NAME_CHARS_MAX = 20
NUMBER_CHARS_MAX = 18


def token_of(link: MailLink) -> str:
    """Return the link's part of the address: its id and a keyed mark of it."""
    return urlsafe_b64encode(link.pk.bytes + _mark(link.pk)).decode().rstrip("=")


def opened_by(token: str) -> MailLink:
    """Return the link of a token. Raises ``NotFound`` for one that is not ours, ``link-expired`` past its time."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        link_id = UUID(bytes=raw[:16])
    except ValueError:
        raise NotFound() from None
    if not hmac.compare_digest(raw[16:], _mark(link_id)):
        raise NotFound()
    return standing(link_id)


def standing(link_id: UUID) -> MailLink:
    """Return a link that is still good. Raises ``NotFound``, ``Refusal("link-expired")``.

    A form that was stopped is shown to nobody.
    """
    link = MailLink.objects.select_related("dispatch__bank").filter(pk=link_id).first()
    if link is None or not is_out(link.dispatch) or not link.dispatch.bank.mail_address:
        raise NotFound()
    if link.expires_at <= clock.machine_now():
        raise Refusal(
            "link-expired",
            words("这个链接过期了。"),
            next_step=words("用最近一封邮件里的链接，或者回复邮件，请平台再发一封。"),
            status=410,
        )
    return link


@verb
def issue(message_id: UUID, dispatch_id: UUID) -> MailLink:
    """Return the link for one mail, made at its first try; a mail sent anew after the link's end gets it renewed."""
    now = clock.machine_now()
    days = int(rule("MAIL-LINK-DAYS", current().today).value)
    until = now + timedelta(days=days)
    link, made = MailLink.objects.get_or_create(
        message_id=message_id, defaults={"dispatch_id": dispatch_id, "made_at": now, "expires_at": until}
    )
    if not made and link.expires_at <= now:
        link.expires_at = until
        link.save(update_fields=["expires_at"])
    return link


@verb
def ask_code(link_id: UUID, asked_from: str) -> None:
    """Mail a code to the bank's registered address. Raises ``codes.ask``'s refusals and ``standing``'s."""
    link = standing(link_id)
    _send(codes.Purpose.OPEN_LINK, link, asked_from, str(link.pk))


@verb
def ask_seal_code(link_id: UUID, document_sha256: str, asked_from: str) -> None:
    """Mail the code that signs this very document for the bank."""
    link = _of_actor(link_id)
    _send(codes.Purpose.SEAL_BY_MAIL, link, asked_from, document_sha256)


@verb
def open_link(link_id: UUID, code: str, name: str, staff_number: str) -> Actor:
    """Spend the code and return the officer, who may see this one negotiation and nothing else.

    The code is bound to the link: another link's opens nothing. Raises ``codes.check``'s refusals.
    """
    link = standing(link_id)
    codes.check(codes.Purpose.OPEN_LINK, link.dispatch.bank.mail_address, code, bound_to=str(link.pk))
    actor = officer(link, name, staff_number)
    note(link.dispatch, "link-opened", {"link": str(link.pk), "officer": actor.named})
    return actor


@verb
def check_seal_code(link_id: UUID, document_sha256: str, code: str) -> UUID:
    """Spend the code over this document and return its id."""
    link = _of_actor(link_id)
    purpose = codes.Purpose.SEAL_BY_MAIL
    return codes.check(purpose, link.dispatch.bank.mail_address, code, bound_to=document_sha256).pk


def officer(link: MailLink, name: str, staff_number: str) -> Actor:
    """Return who acts through a link: for its bank, in its one negotiation, under the name that was given."""
    named = f"{name.strip()[:NAME_CHARS_MAX]} {staff_number.strip()[:NUMBER_CHARS_MAX]}"
    return Actor(Role.OFFICER, bank_id=link.dispatch.bank_id, matter=link.dispatch_id, named=named)


def _of_actor(link_id: UUID) -> MailLink:
    link = standing(link_id)
    if current().actor.matter != link.dispatch_id:
        raise NotPermitted()
    return link


def _send(purpose: codes.Purpose, link: MailLink, asked_from: str, bound_to: str) -> None:
    bank = link.dispatch.bank
    codes.ask(purpose, bank.mail_address, asked_from, owner_id=bank.pk, bound_to=bound_to, send=codes.by_mail)


def _mark(link_id: UUID) -> bytes:
    return bytes.fromhex(keyed_hash(str(link_id), "mail-link"))[:MAC_BYTES]
