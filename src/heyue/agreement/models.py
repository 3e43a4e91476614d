"""Rows of agreements and signatures."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.agreement.states import TABLE, State
from heyue.work import Leased


class Agreement(Stateful, Leased):
    """One agreement: the accepted offer's terms and hash, the PDF's digest, both signatures. Sums in fen."""

    TABLE = TABLE

    number = models.CharField(max_length=28, unique=True)
    negotiation = models.ForeignKey("negotiation.Negotiation", on_delete=models.PROTECT, related_name="agreements")
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="agreements")
    offer = models.OneToOneField("negotiation.Offer", on_delete=models.PROTECT, related_name="agreement")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    terms = models.JSONField()
    schedule_hash = models.CharField(max_length=64)
    waived_fen = models.BigIntegerField()
    interest_after = models.CharField(max_length=8)
    sign_by = models.DateField()
    file = models.CharField(max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    drawn_at = models.DateTimeField()
    in_force_on = models.DateField(null=True)
    collection_stopped_on = models.DateField(null=True)

    class Meta:
        ordering = ("bank__colour", "drawn_at")
        indexes = (
            models.Index(fields=["next_try_at"], condition=models.Q(state=State.DRAWING.value), name="paper_to_make"),
        )


class Signature(models.Model):
    """One side's signature over the document's digest (电子签名法 第十三条)."""

    class Side(models.TextChoices):
        BORROWER = "borrower"
        BANK = "bank"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side.choices)
    document_sha256 = models.CharField(max_length=64)
    method = models.CharField(max_length=20)
    signer = models.CharField(max_length=80, blank=True, default="")
    signed_at = models.DateTimeField()
    code = models.ForeignKey("identity.OneTimeCode", null=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("banks.InboundMessage", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["agreement", "side"], name="each_side_signs_once"),)
