"""Rows of account links, cards, statements and account activity."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.wallet.states import TABLE, State
from heyue.work import Leased


class AccountLink(Stateful, Leased):
    """One borrower at one bank. The worker keeps it in step; the last sums stay with their time."""

    TABLE = TABLE

    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey("identity.Consent", on_delete=models.PROTECT, related_name="+")
    link_ref = models.CharField(max_length=80, blank=True, default="")
    activity_seq = models.PositiveIntegerField(default=0)
    synced_at = models.DateTimeField(null=True)
    synced_on = models.DateField(null=True)
    down_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["borrower", "bank"],
                condition=~models.Q(state=State.UNBOUND.value),
                name="one_standing_link",
            ),
        )


class Card(models.Model):
    """A card as its bank tells it: a token and the last four digits, never the number (C3 is not kept).

    Sums are fen as of ``as_of``; ``terms`` and ``opening`` are the inputs of ``heyue interest``. ``listed`` is
    False for a card that the bank's last answer left out.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    link = models.ForeignKey(AccountLink, on_delete=models.PROTECT, related_name="cards")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=80)
    last4 = models.CharField(max_length=4)
    product = models.CharField(max_length=40)
    currency = models.CharField(max_length=3, default="CNY")
    as_of = models.DateField()
    balance_fen = models.BigIntegerField()
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    credit_fen = models.BigIntegerField(default=0)
    accrued_fen = models.BigIntegerField()
    per_day_fen = models.BigIntegerField()
    waivable_fen = models.BigIntegerField(default=0)
    days_overdue = models.PositiveIntegerField(default=0)
    overdue_since = models.DateField(null=True)
    collection = models.CharField(max_length=10, default="active")
    terms = models.JSONField()
    opening = models.JSONField(null=True)
    listed = models.BooleanField(default=True)

    class Meta:
        ordering = ("bank__colour", "last4")
        constraints = (models.UniqueConstraint(fields=["link", "token"], name="one_card_of_a_link"),)


class Statement(models.Model):
    """A monthly statement (账单) as the bank cut it. Sums in fen."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="statements")
    date = models.DateField()
    due_date = models.DateField()
    balance_fen = models.BigIntegerField()
    minimum_payment_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    late_fee_fen = models.BigIntegerField()

    class Meta:
        ordering = ("-date",)
        constraints = (models.UniqueConstraint(fields=["card", "date"], name="one_statement_a_day"),)


class Activity(models.Model):
    """A posting event (入账) of a card. Sums in fen; ``kind`` as in ``heyue interest``."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="activity")
    seq = models.PositiveIntegerField()
    date = models.DateField()
    kind = models.CharField(max_length=16)
    amount_fen = models.BigIntegerField()
    text = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ("-date", "-seq")
        constraints = (models.UniqueConstraint(fields=["card", "seq"], name="one_event_of_a_seq"),)
