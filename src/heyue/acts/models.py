"""What every row with a state table has."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import uuid6
from django.db import models

from heyue.engine.moves import StateTable
from heyue.evidence import Subject


class Stateful(models.Model):
    """A row whose state follows ``TABLE`` and is written by ``heyue.acts.move`` alone."""

    TABLE: ClassVar[StateTable]

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    state = models.CharField(max_length=24)
    state_since = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def subject(self) -> Subject:
        """Return what the row is in the ledger, with the matter it belongs to."""
        return Subject(
            type=self.TABLE.name,
            id=self.pk,
            borrower_id=self._owner("borrower_id"),
            bank_id=self._owner("bank_id"),
            application_id=self.pk if self.TABLE.name == "application" else self._owner("application_id"),
            negotiation_id=self.pk if self.TABLE.name == "negotiation" else self._owner("negotiation_id"),
        )

    def _owner(self, name: str) -> UUID | None:
        return getattr(self, name, None)
