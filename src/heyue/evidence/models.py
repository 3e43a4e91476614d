"""Leaves: what happened, to what, when, by whom, and a salted commitment to the facts."""

import uuid6
from django.db import models


class Leaf(models.Model):
    """One leaf. ``commitment`` is SHA-256 over salt and canonical facts; salt and facts are sealed under the
    borrower's key, so that erasure and a permanent ledger live together: what is left cannot be guessed at."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    kind = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    borrower_id = models.UUIDField(null=True)
    bank_id = models.UUIDField(null=True)
    application_id = models.UUIDField(null=True)
    negotiation_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    sealed_salt = models.BinaryField()
    commitment = models.CharField(max_length=64)
    sealed_facts = models.BinaryField()

    class Meta:
        indexes = (
            models.Index(fields=["borrower_id", "id"]),
            models.Index(fields=["application_id", "id"]),
            models.Index(fields=["negotiation_id", "id"]),
        )
