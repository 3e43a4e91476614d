"""Rows of disputes: the dispute itself, its papers, questions to either side, and the desk's notes."""

from uuid import UUID

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.disputes.states import OPEN, TABLE
from heyue.evidence import Subject


class Dispute(Stateful):
    """One dispute about one bank's matter (``negotiation`` is its form, which carries the negotiation's id).

    Against the bank, its officers see it; against the platform they do not. ``sealed_words`` are the borrower's,
    ``sealed_reason`` is the outcome's, told to both.
    """

    TABLE = TABLE

    class Kind(models.TextChoices):
        SUM = "sum"
        PAYMENT = "payment"
        COLLECTION = "collection"
        DISCLOSURE = "disclosure"
        OTHER = "other"

    class Against(models.TextChoices):
        BANK = "bank"
        PLATFORM = "platform"

    number = models.CharField(max_length=32, unique=True)
    negotiation = models.ForeignKey("dispatch.Dispatch", on_delete=models.PROTECT, related_name="disputes")
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="+")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    against = models.CharField(max_length=10, choices=Against.choices)
    sealed_words = models.BinaryField()
    made_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sealed_reason = models.BinaryField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("made_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["negotiation", "kind", "against"],
                condition=models.Q(state__in=[state.value for state in OPEN]),
                name="one_open_dispute_of_a_kind",
            ),
        )

    def subject(self) -> Subject:
        """Leave the bank out of the leaf of a dispute with the platform: it reads its negotiation's timeline."""
        ours = self.against == self.Against.PLATFORM
        return Subject(
            self.TABLE.name,
            self.pk,
            borrower_id=self.borrower_id,
            bank_id=None if ours else self.bank_id,
            application_id=self.application_id,
            negotiation_id=None if ours else self._matter(),
        )

    def _matter(self) -> UUID:
        return self.negotiation_id


class DisputePaper(models.Model):
    """A picture or PDF that the borrower gave with a dispute, washed and sealed as proofs are.

    A health paper is for the platform, and for the bank where ``for_bank`` and the consent for it stand.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="papers")
    borrower_id = models.UUIDField()
    is_health = models.BooleanField()
    for_bank = models.BooleanField()
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("added_at", "id")


class DisputeQuestion(models.Model):
    """A question of the platform to the borrower or the bank, and its answer; both sealed.

    ``message_id`` is the message that carried it to the bank, where one did. ``position`` is the bank's.
    """

    class To(models.TextChoices):
        BORROWER = "borrower"
        BANK = "bank"

    class Position(models.TextChoices):
        """Where a bank's answer stands on what the borrower says; ``informs`` takes no position."""

        AGREES = "agrees"
        PARTLY = "partly"
        DISAGREES = "disagrees"
        INFORMS = "informs"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="questions")
    to = models.CharField(max_length=10, choices=To.choices)
    sealed_question = models.BinaryField()
    sealed_answer = models.BinaryField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    message_id = models.UUIDField(null=True)
    position = models.CharField(max_length=10, choices=Position.choices, blank=True, default="")
    answered_by = models.CharField(max_length=80, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")


class DisputeNote(models.Model):
    """A note of the platform's desk for colleagues, sealed; neither side sees it."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("written_at", "id")
