"""Rows of dispatches, the short-lived grants by which a bank fetches proofs, and what goes and comes by e-mail."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.banks.models import Bank
from heyue.banks.needs import Needs
from heyue.dispatch.states import TABLE, State
from heyue.work import Leased


class Dispatch(Stateful, Leased):
    """One bank's form on its way. Its id is the negotiation's id in the protocol.

    ``channel`` is the one chosen for this negotiation; empty: its bank's. ``receipt_ground`` says why it counts as
    received where the bank signed no receipt: ``telephone``, as the borrower noted it. ``needs`` is what of the
    application its bank is shown (``banks.needs``), fixed when it was sent on.
    """

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
    receipt_ground = models.CharField(max_length=16, blank=True, default="")
    receipt = models.ForeignKey("banks.InboundMessage", null=True, on_delete=models.PROTECT, related_name="+")
    standstill = models.CharField(max_length=10, default="asked")
    standstill_until = models.DateField(null=True)
    standstill_reason = models.CharField(max_length=200, blank=True, default="")
    channel = models.CharField(max_length=8, choices=Bank.Channel.choices, blank=True, default="")
    needs = models.JSONField(default=dict)

    class Meta:
        ordering = ("bank__colour",)
        indexes = (
            models.Index(fields=["next_try_at"], condition=models.Q(state=State.QUEUED.value), name="form_to_make"),
        )

    @property
    def negotiation_id(self) -> object:
        """The negotiation that this form opens carries the same id."""
        return self.pk

    @property
    def shown(self) -> Needs:
        """What of the application its bank is shown."""
        return Needs.model_validate(self.needs)

    @property
    def is_by_telephone(self) -> bool:
        """Whether the bank is reached by telephone alone."""
        return (self.channel or self.bank.channel) == Bank.Channel.PHONE


class ProofGrant(models.Model):
    """A bank may fetch one proof until ``expires_at``; each fetch is recorded as a look."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="grants")
    proof = models.ForeignKey("application.Proof", on_delete=models.CASCADE, related_name="grants")
    bank_id = models.UUIDField()
    expires_at = models.DateTimeField()


class MailLink(models.Model):
    """The link in one mail to a bank: it opens one negotiation until ``expires_at`` (machine time).

    The mail holds its keyed token (``mail_links.token_of``); no secret of it is kept here. A mail that is sent again
    carries the same link.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="links")
    message_id = models.UUIDField(unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class Mailbox(Leased):
    """The place where replies come in; one row, so that one worker at a time looks there."""

    name = models.CharField(max_length=20, primary_key=True)


class ReceivedMail(Leased):
    """A mail that came in, kept sealed as it came (``file``) before it was judged; the same bytes are kept once.

    Filed: a bank's reply, with the negotiation that it answers. Bounce: one of ours came back. Aside: everybody
    else's, with ``why``.
    """

    class Fate(models.TextChoices):
        WAITING = "waiting"
        FILED = "filed"
        BOUNCE = "bounce"
        ASIDE = "aside"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    owner_id = models.UUIDField()
    dispatch = models.ForeignKey(Dispatch, null=True, on_delete=models.PROTECT, related_name="mails")
    file = models.CharField(max_length=200)
    fate = models.CharField(max_length=8, choices=Fate.choices, default=Fate.WAITING)
    why = models.CharField(max_length=40, blank=True, default="")
    sealed_sender = models.BinaryField(null=True)
    sealed_subject = models.BinaryField(null=True)
    sealed_text = models.BinaryField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["fate", "next_try_at"]),)


class MailPaper(models.Model):
    """An attachment of a filed mail, washed as uploads are; ``refused`` says why one was not kept (no file then)."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    mail = models.ForeignKey(ReceivedMail, on_delete=models.CASCADE, related_name="papers")
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=40, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    file = models.CharField(max_length=200, blank=True, default="")
    refused = models.CharField(max_length=40, blank=True, default="")
