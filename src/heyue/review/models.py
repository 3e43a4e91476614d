"""Rows of preliminary reviews."""

from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.review.states import APPEAL_OPEN, APPEAL_TABLE, TABLE


class Review(Stateful):
    """The review of one application. ``findings`` are the automatic checks, as data, each with its place."""

    TABLE = TABLE

    application = models.OneToOneField("application.Application", on_delete=models.PROTECT, related_name="review")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    findings = models.JSONField(default=list)
    words_to_borrower = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)


class SecondLook(models.Model):
    """That another reviewer looked at a decided review again (抽查), agreed or not, and why."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="second_look")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    words = models.CharField(max_length=500, blank=True, default="")
    looked_at = models.DateTimeField()


class Appeal(Stateful):
    """The one appeal (申诉) against a rejection: the borrower's words and what another reviewer made of it, sealed.

    ``rejected_by``, ``sealed_reason`` and ``rejected_at`` are the rejection's as it was appealed against: the review
    goes on, and a later rejection may have an appeal of its own. ``findings`` are codes with set sentences.
    """

    TABLE = APPEAL_TABLE

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="appeals")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey("application.Application", on_delete=models.PROTECT, related_name="+")
    rejected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    sealed_reason = models.BinaryField()
    findings = models.JSONField(default=list)
    sealed_words = models.BinaryField()
    proofs = models.JSONField(default=list)
    made_at = models.DateTimeField()
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sealed_answer = models.BinaryField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("made_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["review"],
                condition=models.Q(state__in=[state.value for state in APPEAL_OPEN]),
                name="one_open_appeal_of_a_review",
            ),
        )
