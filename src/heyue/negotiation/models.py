"""Rows of negotiations, offers, questions and calls."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.negotiation.states import TABLE


class Negotiation(Stateful):
    """The matter with one bank; what is said in it stands in its offers, questions and calls.

    ``told`` is what the bank answered on the telephone alone, by the borrower's word: ``offered`` or ``refused``.
    """

    TABLE = TABLE

    dispatch = models.OneToOneField("dispatch.Dispatch", on_delete=models.PROTECT, related_name="negotiation")
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="negotiations")
    debt = models.OneToOneField("application.Debt", on_delete=models.PROTECT, related_name="negotiation")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField()
    officer_name = models.CharField(max_length=40, blank=True, default="")
    officer_number = models.CharField(max_length=20, blank=True, default="")
    offer = models.ForeignKey("Offer", null=True, on_delete=models.PROTECT, related_name="+")
    refusal = models.JSONField(null=True)
    chased_on = models.DateField(null=True)
    complain_from = models.DateField(null=True)
    told = models.CharField(max_length=24, blank=True, default="")
    told_on = models.DateField(null=True)

    class Meta:
        ordering = ("bank__colour",)


class Offer(models.Model):
    """One set of terms put forward by one side; it never changes, so its ``hash`` never does. Sums in fen.

    ``note`` are the words that came with it, ``answer`` what the bank said when it refused a counter-offer.
    """

    class By(models.TextChoices):
        BANK = "bank"
        BORROWER = "borrower"

    class Fate(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REPLACED = "replaced"
        REFUSED = "refused"
        EXPIRED = "expired"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    negotiation = models.ForeignKey(Negotiation, on_delete=models.PROTECT, related_name="offers")
    borrower_id = models.UUIDField()
    by = models.CharField(max_length=8, choices=By.choices)
    bank_ref = models.CharField(max_length=80, blank=True, default="")
    terms = models.JSONField()
    hash = models.CharField(max_length=64)
    waived_fen = models.BigIntegerField()
    interest_after = models.CharField(max_length=8, default="waived")
    valid_until = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    fate = models.CharField(max_length=8, choices=Fate.choices, default=Fate.OPEN)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("made_at", "id")


class Question(models.Model):
    """A bank's question and the borrower's answer, both sealed; ``wants_answer`` False: a message that asks nothing.

    ``paper`` is the kind of proof (``application.proofs.KINDS``) that it asks for, empty where it names none.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    negotiation = models.ForeignKey(Negotiation, on_delete=models.PROTECT, related_name="questions")
    borrower_id = models.UUIDField()
    bank_ref = models.CharField(max_length=80, blank=True, default="")
    sealed_question = models.BinaryField()
    sealed_answer = models.BinaryField(null=True)
    wants_answer = models.BooleanField(default=True)
    paper = models.CharField(max_length=24, blank=True, default="")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")

    @property
    def is_open(self) -> bool:
        """Whether it waits for the borrower's answer."""
        return self.wants_answer and self.answered_at is None


class Call(models.Model):
    """A call of the borrower to the bank, as the borrower noted it (通话记录), before the bank's receipt too."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.PROTECT, related_name="calls")
    borrower_id = models.UUIDField()
    called_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=24)
    promised_on = models.DateField(null=True)
    sealed_staff = models.BinaryField(null=True)
    sealed_notes = models.BinaryField(null=True)
    recording = models.CharField(max_length=200, blank=True, default="")
    recording_type = models.CharField(max_length=40, blank=True, default="")
    recording_bytes = models.PositiveIntegerField(default=0)
    recording_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("called_at", "id")
