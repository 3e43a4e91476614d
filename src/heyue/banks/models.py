"""Rows of banks, their keys and policies, and the messages between them and the platform."""

import uuid6
from django.db import models

from heyue.work import Leased

REQUESTS_PER_MINUTE = 2_400
"""What a bank may ask of the gateway unless its row says otherwise: forty requests a second."""


def all_scopes() -> list[str]:
    """Return what a bank may do unless told otherwise: everything the gateway offers."""
    return list(Bank.Scope.values)


class Bank(models.Model):
    """One issuing bank; ``base_url`` is where its side of the gateway listens, ``mail_address`` its mailbox.

    ``needs`` is what of an application it declares that it needs (``banks.needs``); empty: all of it.
    """

    class Channel(models.TextChoices):
        API = "api"
        EMAIL = "email"
        PHONE = "phone"

    class Scope(models.TextChoices):
        """What a bank may call at the gateway."""

        EVENTS = "events"
        NEGOTIATIONS = "negotiations"
        PROOFS = "proofs"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=40)
    short_name = models.CharField(max_length=10)
    seal = models.CharField(max_length=1)
    colour = models.PositiveSmallIntegerField(default=1)
    hotline = models.CharField(max_length=20)
    hotline_hours = models.CharField(max_length=80, blank=True, default="")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.API)
    base_url = models.URLField(blank=True, default="")
    mail_address = models.EmailField(blank=True, default="")
    pay_instructions = models.TextField(blank=True, default="")
    joined_on = models.DateField()
    scopes = models.JSONField(default=all_scopes)
    requests_per_minute = models.PositiveIntegerField(default=REQUESTS_PER_MINUTE)
    needs = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("colour", "name")

    def __str__(self) -> str:
        return self.name


class BankKey(models.Model):
    """A bank's public key: raw 32 bytes of Ed25519, or 64 of SM2. Several may stand at once while one is replaced."""

    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="keys")
    keyid = models.CharField(max_length=80, unique=True)
    public_key = models.BinaryField()
    retired_at = models.DateTimeField(null=True, blank=True)


class BankPolicy(models.Model):
    """A bank's menu (contract.md section 4 ``policy``), dated. Practice of a bank is grade C.

    ``limits`` is what one of its officers may grant alone (``banks.limits``); empty: everything.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="policies")
    menu = models.JSONField()
    breach = models.JSONField(default=dict)
    limits = models.JSONField(default=dict)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    grade = models.CharField(max_length=1, default="C")


class SandboxControl(Leased):
    """Where a sandbox bank's business clock is moved, and the day that it was last moved to (demo only)."""

    bank = models.OneToOneField(Bank, on_delete=models.CASCADE, related_name="sandbox")
    url = models.URLField()
    token = models.CharField(max_length=100)
    told_on = models.DateField(null=True)


class OutboundMessage(Leased):
    """A message to a bank, written in the transaction of the act that sends it (outbox 发件箱).

    ``sequence`` 0 is the application, events count from 1. Refused: the bank's answer is final. Dead: 72 hours
    of tries went by (死信); the desk may have it tried again.
    Taken back: it is not to be sent any more. ``fate`` is what the bank, having stored an event,
    judged of it; it is asked for until ``ask_until``. ``channel`` is its negotiation's own; empty: as its bank's.
    ``went_by`` is the channel on which it was stored or refused, whatever its negotiation goes by since.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        REFUSED = "refused"
        DEAD = "dead"
        TAKEN_BACK = "taken-back"

    class Fate(models.TextChoices):
        TAKEN = "taken"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    negotiation_id = models.UUIDField(null=True)
    borrower_id = models.UUIDField(null=True)
    sequence = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=60)
    path = models.CharField(max_length=200)
    channel = models.CharField(max_length=8, choices=Bank.Channel.choices, blank=True, default="")
    went_by = models.CharField(max_length=8, choices=Bank.Channel.choices, blank=True, default="")
    sealed_body = models.BinaryField()
    delivery = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    queued_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    fate = models.CharField(max_length=10, choices=Fate.choices, blank=True, default="")
    fate_problem = models.JSONField(null=True)
    ask_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["delivery", "next_try_at"]),
            # Nearly every row is delivered and judged: what is still to be asked for stands apart from them.
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(delivery="delivered", fate="") & ~models.Q(kind="application"),
                name="fate_to_ask",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["negotiation_id", "sequence"],
                condition=models.Q(negotiation_id__isnull=False),
                name="one_outbound_sequence",
            ),
        )


class InboundMessage(Leased):
    """What a bank sent, as it came: raw bytes and signature headers, kept before it is judged (收件箱).

    ``sequence`` 0 is a message that could not be placed: it is refused and keeps no other waiting.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    sealed_body = models.BinaryField()
    signature_headers = models.JSONField()
    negotiation_id = models.UUIDField(null=True)
    borrower_id = models.UUIDField(null=True)
    sequence = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=60)
    judgement = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.JSONField(null=True)
    stored_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    answer = models.JSONField()
    answer_status = models.PositiveSmallIntegerField()

    class Meta:
        indexes = (models.Index(fields=["judgement", "next_try_at"]),)
        constraints = (
            models.UniqueConstraint(fields=["bank", "idempotency_key"], name="taken_once"),
            models.UniqueConstraint(
                fields=["negotiation_id", "sequence"],
                condition=models.Q(sequence__gt=0),
                name="one_inbound_sequence",
            ),
        )


class SeenNonce(models.Model):
    """A nonce of a signed request, kept until the signature has expired (replay guard)."""

    keyid = models.CharField(max_length=80)
    nonce = models.CharField(max_length=80)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["keyid", "nonce"], name="nonce_seen_once"),)


class RequestCount(models.Model):
    """How many requests a bank made in the minute at hand (``minute``: whole minutes of the machine's time)."""

    bank = models.OneToOneField(Bank, on_delete=models.CASCADE, primary_key=True, related_name="request_count")
    minute = models.BigIntegerField()
    used = models.PositiveIntegerField()
