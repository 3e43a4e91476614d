"""By which channel (渠道) a bank is reached: per bank, per negotiation, and when its machine is down for long.

The desk chooses with a reason that the ledger keeps; the operator's record CHANNEL-FAILOVER says after how many
hours of vain tries the clock lets a negotiation go by e-mail instead. Going back is the desk's to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from heyue import clock
from heyue.acts import current, note, verb
from heyue.acts.scope import locked
from heyue.banks import outbox
from heyue.banks.models import Bank
from heyue.dispatch.models import Dispatch, MailLink, MailPaper, ReceivedMail
from heyue.dispatch.reads import is_stopped, out, visible
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.policy.load import rule
from heyue.vault import Keyring, keyring
from heyue.vault.files import load

DESK = (Role.REVIEWER, Role.OPERATOR)
REASON_CHARS_MAX = 200
API_DOWN = "api-down"


@verb
def choose_for_bank(bank_id: UUID, channel: str, mail_address: str, reason: str) -> None:
    """Choose how a bank is reached, and its registered address. For the operator.

    Raises ``Refusal``: ``channel``, ``mail-address``, ``reason-missing``.
    """
    if current().actor.role is not Role.OPERATOR:
        raise NotPermitted()
    bank = Bank.objects.select_for_update().filter(pk=bank_id).first()
    if bank is None:
        raise NotFound()
    address = _address(mail_address)
    said = _reason(reason)
    bank.mail_address = address
    _check(bank, channel)
    before, bank.channel = bank.channel, channel
    bank.save(update_fields=["channel", "mail_address"])
    facts: dict[str, object] = {"from": before, "to": channel, "reason": said}
    append("bank.channel-chosen", Subject("bank", bank.pk, bank_id=bank.pk), current().actor, facts)


@verb
def choose(dispatch_id: UUID, channel: str, reason: str) -> None:
    """Choose how one negotiation goes on from here: what waits goes by it, and by e-mail the application too.

    For the reviewer and the operator. Raises ``Refusal``: ``channel``, ``mail-address``, ``reason-missing``.
    """
    if current().actor.role not in DESK:
        raise NotPermitted()
    row = _locked(dispatch_id)
    _check(row.bank, channel)
    _change(row, channel, _reason(reason))


@verb
def fail_over(dispatch_id: UUID) -> None:
    """The bank's machine took nothing for the operator's hours: go on by e-mail. For the clock, once."""
    if current().actor.role is not Role.CLOCK:
        raise NotPermitted()
    row = _locked(dispatch_id)
    if channel_of(row) == Bank.Channel.API and row.bank.mail_address:
        _change(row, Bank.Channel.EMAIL, API_DOWN)


def hindrance(row: Dispatch, channel: str) -> Refusal | None:
    """Return why a negotiation cannot go by this channel, None where it can or does already."""
    return None if channel_of(row) == channel else _missing(row.bank, channel)


def channel_of(row: Dispatch) -> str:
    """Return the channel by which this negotiation goes now."""
    return row.channel or row.bank.channel


def leads_to_bank(row: Dispatch) -> bool:
    """Whether a message gets to the bank by the channel of this negotiation; by telephone none does."""
    places = {Bank.Channel.API: row.bank.base_url, Bank.Channel.EMAIL: row.bank.mail_address}
    return bool(places.get(Bank.Channel(channel_of(row))))


def to_fail_over() -> list[UUID]:
    """Return the negotiations of banks whose machine took nothing for the operator's hours and that have a mailbox."""
    hours = int(rule("CHANNEL-FAILOVER", clock.today()).value)
    stuck = outbox.down_since(clock.machine_now() - timedelta(hours=hours)).exclude(bank__mail_address="")
    return list(dict.fromkeys(pk for pk in stuck.values_list("negotiation_id", flat=True) if pk))


def numbered(actor: Actor, number: str) -> Dispatch | None:
    """Return the form of this number, for the desk."""
    return _desk(actor).filter(number__iexact=number.strip()).first()


def running(actor: Actor) -> QuerySet[Dispatch]:
    """Return the forms that are on their way or with their bank, for the desk, the newest first."""
    return out(_desk(actor)).order_by("-queued_at", "-id")


def chosen(actor: Actor) -> QuerySet[Dispatch]:
    """Return the negotiations that go by a channel of their own, for the desk."""
    return _desk(actor).exclude(channel="").order_by("-queued_at")


def mails(actor: Actor) -> QuerySet[ReceivedMail]:
    """Return what came by mail, the newest first: for the desk all of it, for a borrower the replies."""
    rows = ReceivedMail.objects.select_related("dispatch__bank").order_by("-received_at", "-id")
    if actor.role is Role.BORROWER:
        return rows.filter(fate=ReceivedMail.Fate.FILED, dispatch__borrower_id=actor.me)
    return rows if actor.role in DESK else rows.none()


def mails_of(actor: Actor, negotiation_id: UUID) -> QuerySet[ReceivedMail]:
    """Return a bank's replies in one negotiation, the newest first, for those who may see mails."""
    return mails(actor).filter(dispatch_id=negotiation_id, fate=ReceivedMail.Fate.FILED)


def mail(actor: Actor, mail_id: UUID) -> ReceivedMail:
    """Return one mail. Raises ``NotFound``."""
    found = mails(actor).filter(pk=mail_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail that came in, opened: from whom, about what, and what it says."""

    row: ReceivedMail
    sender: str
    subject: str
    text: str


def opened(rows: Iterable[ReceivedMail]) -> list[Opened]:
    """Open mails that the caller may see: one key query for each owner among them."""
    found = list(rows)
    rings = {owner: keyring(owner) for owner in {row.owner_id for row in found}}
    return [_opened(rings[row.owner_id], row) for row in found]


def _opened(ring: Keyring, row: ReceivedMail) -> Opened:
    return Opened(
        row,
        ring.open_text(row.sealed_sender, "mail-sender"),
        ring.open_text(row.sealed_subject, "mail-subject"),
        ring.open_text(row.sealed_text, "mail-text"),
    )


def papers(row: ReceivedMail) -> list[tuple[MailPaper, str]]:
    """Return the attachments of a mail that the caller may see, with their names."""
    ring = keyring(row.owner_id)
    return [(paper, ring.open_text(paper.sealed_name, "mail-paper-name")) for paper in row.papers.order_by("id")]


def paper(actor: Actor, mail_id: UUID, paper_id: UUID) -> tuple[str, bytes]:
    """Return media type and content of a kept attachment. Raises ``NotFound``."""
    row = mail(actor, mail_id)
    found = row.papers.filter(pk=paper_id).exclude(file="").first()
    if found is None:
        raise NotFound()
    return found.media_type, load(row.owner_id, "proofs", found.file)


def _desk(actor: Actor) -> QuerySet[Dispatch]:
    rows = visible(actor)
    return rows if actor.role in DESK else rows.none()


def _locked(dispatch_id: UUID) -> Dispatch:
    row = locked(Dispatch.objects.select_related("bank"), dispatch_id)
    if is_stopped(row):
        raise NotFound()
    return row


def _change(row: Dispatch, channel: str, reason: str) -> None:
    before, row.channel = channel_of(row), channel
    row.save(update_fields=["channel"])
    outbox.reroute(row.pk, channel)
    if channel != Bank.Channel.EMAIL:
        now = clock.machine_now()
        MailLink.objects.filter(dispatch=row, expires_at__gt=now).update(expires_at=now)
    note(row, "channel-chosen", {"from": before, "to": channel, "reason": reason})


def _check(bank: Bank, channel: str) -> None:
    missing = _missing(bank, channel)
    if missing:
        raise missing


def _missing(bank: Bank, channel: str) -> Refusal | None:
    if channel not in Bank.Channel.values or (channel == Bank.Channel.API and not bank.base_url):
        return Refusal("channel", words("这家银行没有这个渠道。"), field="channel", status=422)
    if channel == Bank.Channel.EMAIL and not bank.mail_address:
        return Refusal("mail-address", words("先登记这家银行的邮箱。"), field="mail_address", status=422)
    return None


def _address(typed: str) -> str:
    address = typed.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError as error:
        message = words("邮箱写成 name@bank.com 这样。")
        raise Refusal("mail-address", message, field="mail_address", status=422) from error
    return address


def _reason(typed: str) -> str:
    reason = typed.strip()
    if not reason:
        raise Refusal("reason-missing", words("写明为什么换。"), field="reason", status=422)
    return reason[:REASON_CHARS_MAX]
