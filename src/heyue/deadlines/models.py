"""Rows of waits."""

import uuid6
from django.db import models

from heyue.work import Leased


class Wait(Leased):
    """One wait. It is reached on the first business day after ``due_on``, exactly once."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        MET = "met"
        REACHED = "reached"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    kind = models.CharField(max_length=20)
    rule_id = models.CharField(max_length=40, blank=True, default="")
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    borrower_id = models.UUIDField(null=True)
    bank_id = models.UUIDField(null=True)
    owed_by = models.CharField(max_length=16)
    started_on = models.DateField()
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["outcome", "due_on"]),
            models.Index(fields=["subject_id", "kind"]),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["subject_id", "kind"],
                condition=models.Q(outcome="open"),
                name="one_open_wait_of_a_kind",
            ),
        )
