"""What each actor may see of banks: their public facts, who signs with which key, what is stuck on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet

from heyue import clock
from heyue.banks.models import Bank, BankKey, BankPolicy, InboundMessage, OutboundMessage
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.gateway import signing
from heyue.gateway.signing import Signer
from heyue.gateway.targets import Allowed
from heyue.rows import Prepared

DESK = (Role.OPERATOR, Role.REVIEWER)


def banks(actor: Actor) -> QuerySet[Bank]:
    """Return the banks that took part: everybody may know them; a bank's own people see their bank only."""
    everyone = Bank.objects.order_by("colour", "name")
    if actor.role not in (Role.BANK, Role.OFFICER):
        return everyone
    return everyone.filter(pk=actor.bank_id) if actor.bank_id else everyone.none()


def bank(actor: Actor, bank_id: UUID) -> Bank:
    """Return one bank. Raises ``NotFound``."""
    found = banks(actor).filter(pk=bank_id).first()
    if found is None:
        raise NotFound()
    return found


def menu(bank_id: UUID, day: date) -> dict[str, Any] | None:
    """Return the menu (contract.md section 4 ``policy``) that a bank has on this day, None where it has none."""
    policy = policies_on(day).filter(bank_id=bank_id).first()
    return policy.menu if policy else None


def policies_on(day: date) -> QuerySet[BankPolicy]:
    """Return the policies in effect on a day, the latest first."""
    not_over = Q(effective_to__isnull=True) | Q(effective_to__gte=day)
    return BankPolicy.objects.filter(not_over, effective_from__lte=day).order_by("-effective_from", "-id")


@dataclass(frozen=True, slots=True)
class Signatory:
    """The bank behind a key, as far as the gateway's door must know it."""

    id: UUID
    slug: str
    scopes: list[str]
    requests_per_minute: int
    key: signing.PublicKey
    counted_minute: int | None
    counted: int | None

    def requests_in(self, minute: int) -> int:
        """How many requests of a minute were counted when the key was looked up; others may be under way."""
        return (self.counted or 0) if minute == self.counted_minute else 0


def signatory(keyid: str) -> Signatory | None:
    """Return who signs with the key of this name, None where there is none or it is retired. One query."""
    found = _SIGNATORY.first(keyid)
    if found is None:
        return None
    bank_id, slug, scopes, requests_per_minute, public_key, retired_at, minute, used = found
    if retired_at and retired_at <= clock.machine_now():
        return None
    key = signing.public_key_of(bytes(public_key))
    return Signatory(bank_id, slug, scopes, requests_per_minute, key, minute, used)


def _key_named(keyid: str) -> QuerySet[BankKey, tuple[Any, ...]]:
    told = ("bank_id", "bank__slug", "bank__scopes", "bank__requests_per_minute", "public_key", "retired_at")
    counted = ("bank__request_count__minute", "bank__request_count__used")
    return BankKey.objects.filter(keyid=keyid).values_list(*told, *counted)


_SIGNATORY = Prepared(_key_named, str)


def in_use() -> Q:
    """Return which keys of banks count now: those without an end, and those that are to end later."""
    return Q(retired_at__isnull=True) | Q(retired_at__gt=clock.machine_now())


def targets_allowed() -> Allowed:
    """Return where banks' addresses may lead besides the internet. Raises ``ImproperlyConfigured``."""
    try:
        return Allowed.read(settings.HEYUE_BANK_ADDRESSES)
    except ValueError as error:
        raise ImproperlyConfigured(f"HEYUE_BANK_ADDRESSES: {error}") from error


def platform_signer() -> Signer:
    """Return the platform's own key. Raises ``ImproperlyConfigured`` when there is none."""
    try:
        return Signer.read(settings.HEYUE_SIGNING_KEY)
    except ValueError as error:
        raise ImproperlyConfigured(
            "HEYUE_SIGNING_KEY must be keyid=base64 of an Ed25519 private key's raw 32 bytes; banks are asked with it."
        ) from error


def platform_keys() -> list[Signer]:
    """Return the platform's keys as banks should know them: the one in use, then the one that is to follow it."""
    following = settings.HEYUE_SIGNING_KEY_NEXT
    try:
        return [platform_signer(), *([Signer.read(following)] if following else [])]
    except ValueError as error:
        raise ImproperlyConfigured("HEYUE_SIGNING_KEY_NEXT must be written like HEYUE_SIGNING_KEY.") from error


def stuck_messages(actor: Actor) -> QuerySet[OutboundMessage]:
    """Return for the desk what has not reached its bank (tried in vain, refused, dead) or was judged and refused there,
    the oldest first."""
    if actor.role not in DESK:
        return OutboundMessage.objects.none()
    waiting = Q(delivery=OutboundMessage.State.WAITING) & ~Q(last_error="")
    final = Q(delivery__in=[OutboundMessage.State.DEAD, OutboundMessage.State.REFUSED])
    judged = Q(fate=OutboundMessage.Fate.REFUSED)
    return OutboundMessage.objects.filter(waiting | final | judged).select_related("bank").order_by("queued_at")


def troubled_inbound(actor: Actor) -> QuerySet[InboundMessage]:
    """Return for the desk what came from a bank and had no effect: refused, or still waiting, the newest first."""
    if actor.role not in DESK:
        return InboundMessage.objects.none()
    no_effect = [InboundMessage.State.REFUSED, InboundMessage.State.WAITING]
    return InboundMessage.objects.filter(judgement__in=no_effect).select_related("bank").order_by("-stored_at")
