"""Rows of plans, instalments and payments."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.execution.states import INSTALMENT_TABLE, TABLE, InstalmentState


class Plan(Stateful):
    """A running agreement. ``schedule_hash`` is the accepted offer's, to the last payment."""

    TABLE = TABLE

    agreement = models.OneToOneField("agreement.Agreement", on_delete=models.PROTECT, related_name="plan")
    negotiation = models.ForeignKey("negotiation.Negotiation", on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="plans")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    schedule_hash = models.CharField(max_length=64)
    started_on = models.DateField()
    completed_on = models.DateField(null=True)

    class Meta:
        ordering = ("bank__colour",)


class Instalment(Stateful):
    """One row of the schedule (一期). Period 0 is the down payment where there is one. Sums in fen."""

    TABLE = INSTALMENT_TABLE

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="instalments")
    borrower_id = models.UUIDField()
    bank_id = models.UUIDField()
    application_id = models.UUIDField()
    negotiation_id = models.UUIDField()
    period = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_fen = models.BigIntegerField()
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    balance_after_fen = models.BigIntegerField()
    paid_on = models.DateField(null=True)

    class Meta:
        ordering = ("due_on", "period")
        indexes = (
            models.Index(
                fields=["due_on"], condition=models.Q(state=InstalmentState.UPCOMING.value), name="instalment_to_come"
            ),
        )
        constraints = (models.UniqueConstraint(fields=["plan", "period"], name="one_row_of_a_period"),)


class Payment(models.Model):
    """A payment that a bank reported (入账). Without an instalment it is unmatched: shown, not guessed."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="payments")
    borrower_id = models.UUIDField()
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    bank_ref = models.CharField(max_length=80)
    paid_on = models.DateField()
    amount_fen = models.BigIntegerField()
    text = models.CharField(max_length=80, blank=True, default="")
    instalment = models.ForeignKey(Instalment, null=True, on_delete=models.PROTECT, related_name="payments")
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ("paid_on", "id")
        constraints = (models.UniqueConstraint(fields=["bank", "bank_ref"], name="payment_taken_once"),)


class CalendarFeed(models.Model):
    """An address at which a calendar programme reads the due days (.ics); who knows it needs no other key.

    ``token_hash`` finds it, ``sealed_token`` lets its owner read it again; one stands at a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    borrower_id = models.UUIDField()
    token_hash = models.CharField(max_length=64, unique=True)
    sealed_token = models.BinaryField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["borrower_id"], condition=models.Q(closed_at__isnull=True), name="one_open_calendar"
            ),
        )


class Reminder(models.Model):
    """That an instalment's borrower was reminded so many days before it is due."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="reminders")
    days_before = models.PositiveSmallIntegerField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["instalment", "days_before"], name="reminded_once"),)


class SaidPaid(models.Model):
    """The borrower's word that an instalment was paid, with the receipt where there is one; the bank's feed decides."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    instalment = models.OneToOneField(Instalment, on_delete=models.PROTECT, related_name="said_paid")
    borrower_id = models.UUIDField()
    bank_id = models.UUIDField()
    paid_on = models.DateField()
    said_at = models.DateTimeField()
    file = models.CharField(max_length=200, blank=True, default="")
    media_type = models.CharField(max_length=40, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")


class EarlyWarning(models.Model):
    """What the borrower told a bank before an instalment that cannot be paid as agreed. Sums in fen."""

    class Wish(models.TextChoices):
        LATER = "later"
        PART = "part"
        DEFERRAL = "deferral"
        LONGER_TERM = "longer-term"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="warnings")
    borrower_id = models.UUIDField()
    bank_id = models.UUIDField()
    period = models.PositiveSmallIntegerField()
    wish = models.CharField(max_length=12, choices=Wish.choices)
    can_pay_fen = models.BigIntegerField()
    pay_by = models.DateField(null=True)
    terms = models.JSONField(null=True)
    hash = models.CharField(max_length=64, blank=True, default="")
    sealed_words = models.BinaryField()
    warned_at = models.DateTimeField()

    class Meta:
        ordering = ("warned_at", "id")
        constraints = (models.UniqueConstraint(fields=["plan", "period"], name="warned_once_of_a_period"),)
