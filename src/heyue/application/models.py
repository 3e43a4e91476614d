"""Rows of applications, the debts chosen in them, and proofs."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.application.states import TABLE, State


class Application(Stateful):
    """One application for many banks. ``sealed_answers`` is the interview as it was typed (JSON);
    on submission the sums are fixed as of ``base_date`` (基准日) in its debts."""

    TABLE = TABLE

    number = models.CharField(max_length=20, unique=True)
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sealed_answers = models.BinaryField(null=True)
    answers_version = models.PositiveIntegerField(default=0)
    answers_saved_at = models.DateTimeField(null=True)
    base_date = models.DateField(null=True)
    engine_version = models.CharField(max_length=20, blank=True, default="")
    plan_name = models.CharField(max_length=20, blank=True, default="")
    recommendation = models.JSONField(null=True)
    affordable_fen = models.BigIntegerField(null=True)
    savings_fen = models.BigIntegerField(null=True)
    declared_true_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    words_back = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["borrower"],
                condition=models.Q(state__in=[State.DRAFT.value, State.SUBMITTED.value, State.RETURNED.value]),
                name="one_application_in_the_making",
            ),
        )


class Debt(models.Model):
    """All chosen cards of one bank as one debt, with the plan asked for. Sums in fen as of the base date.

    ``structure`` lists the cards; ``asked_terms`` is the input of ``heyue schedule``, ``asked_hash`` its hash.
    ``agreed_needs`` is what the bank declared that it needs when the borrower agreed (``banks.needs``).
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="debts")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    balance_fen = models.BigIntegerField()
    waivable_fen = models.BigIntegerField()
    days_overdue = models.PositiveIntegerField()
    structure = models.JSONField()
    asked_terms = models.JSONField()
    asked_hash = models.CharField(max_length=64)
    asked_waived_fen = models.BigIntegerField()
    asked_instalment_fen = models.BigIntegerField()
    interest_after = models.CharField(max_length=8, default="waived")
    agreed_needs = models.JSONField(default=dict)

    class Meta:
        ordering = ("bank__colour",)
        constraints = (models.UniqueConstraint(fields=["application", "bank"], name="one_debt_of_a_bank"),)


class Proof(models.Model):
    """A proof (证明材料): a picture or a PDF, sealed in the file store; ``is_health`` needs its own consent.

    ``only_for`` is the bank that asked for it in a question: no other bank is shown it. None: all of the application's.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="proofs")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    is_health = models.BooleanField(default=False)
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=200)
    hints = models.JSONField(default=list)
    only_for = models.ForeignKey("banks.Bank", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("added_at",)


class Upload(models.Model):
    """A file on its way, in parts (断点续传): what has come so far lies sealed, each part in a file of its own."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="uploads")
    borrower_id = models.UUIDField()
    kind = models.CharField(max_length=24)
    sealed_name = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    came_bytes = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()

    class Meta:
        ordering = ("begun_at",)


class UploadPart(models.Model):
    """One part of a file on its way; ``offset`` is where it begins."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    offset = models.PositiveIntegerField()
    file = models.CharField(max_length=200)

    class Meta:
        ordering = ("offset",)
        constraints = (models.UniqueConstraint(fields=["upload", "offset"], name="one_part_at_an_offset"),)


class ProofLook(models.Model):
    """Somebody looked at a proof: shown to the borrower (谁看过)."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="looks")
    borrower_id = models.UUIDField()
    actor_role = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    bank_id = models.UUIDField(null=True)
    looked_at = models.DateTimeField()


class DayCount(models.Model):
    """How many applications were numbered on a day, so that numbers never clash."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)
