"""Rows of dispatches and the short-lived grants by which a bank fetches proofs."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.dispatch.states import TABLE
from heyue.work import Leased


class Dispatch(Stateful, Leased):
    """One bank's form on its way. Its id is the negotiation's id in the protocol."""

    TABLE = TABLE

    number = models.CharField(max_length=24, unique=True)
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="dispatches")
    debt = models.OneToOneField("application.Debt", on_delete=models.PROTECT, related_name="dispatch")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField()
    form_file = models.CharField(max_length=200, blank=True, default="")
    form_sha256 = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    received_on = models.DateField(null=True)
    receipt = models.ForeignKey("banks.InboundMessage", null=True, on_delete=models.PROTECT, related_name="+")
    standstill = models.CharField(max_length=10, default="asked")
    standstill_until = models.DateField(null=True)
    standstill_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("bank__colour",)

    @property
    def negotiation_id(self) -> object:
        """The negotiation that this form opens carries the same id."""
        return self.pk


class ProofGrant(models.Model):
    """A bank may fetch one proof until ``expires_at``; each fetch is recorded as a look."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="grants")
    proof = models.ForeignKey("application.Proof", on_delete=models.CASCADE, related_name="grants")
    bank_id = models.UUIDField()
    expires_at = models.DateTimeField()
