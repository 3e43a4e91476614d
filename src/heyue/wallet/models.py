"""Rows of account links, cards, statements and account activity."""

import uuid6
from django.conf import settings
from django.db import models

from heyue import clock
from heyue.acts import Stateful
from heyue.wallet.states import FILE_TABLE, TABLE, FileState, State
from heyue.work import Leased

FOLDER = "statements"
"""Where statement files lie in the file store; and the purposes for which parts of them are sealed."""
NAME, READING, COLUMNS = "statement-name", "statement-reading", "statement-columns"


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
        indexes = (
            models.Index(fields=["state", "next_try_at"], name="feed_to_read"),
            models.Index(fields=["state", "synced_on"], name="feed_of_yesterday"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["borrower", "bank"],
                condition=~models.Q(state=State.UNBOUND.value),
                name="one_standing_link",
            ),
        )


class Card(models.Model):
    """A card as its bank, a statement or its holder tells it: a token and the last four digits, never the number (C3
    is not kept).

    Sums are fen as of ``as_of``; ``terms`` and ``opening`` are the inputs of ``heyue interest``. A card of a bank's
    feed has a ``link``; ``listed`` is False when the bank's last answer left it out. An own card has none: it stands
    on ``stated_on``, the day of its statement or of what was typed, and the engine counts on from there.
    """

    class Source(models.TextChoices):
        FEED = "feed"
        STATEMENT = "statement"
        HAND = "hand"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    link = models.ForeignKey(AccountLink, null=True, on_delete=models.PROTECT, related_name="cards")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.FEED)
    stated_on = models.DateField(null=True)
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
        indexes = (models.Index(fields=["as_of"], condition=models.Q(link__isnull=True), name="own_card_to_count"),)
        constraints = (
            models.UniqueConstraint(fields=["link", "token"], name="one_card_of_a_link"),
            models.UniqueConstraint(
                fields=["borrower", "bank", "last4"],
                condition=models.Q(link__isnull=True),
                name="one_own_card_of_a_number",
            ),
        )

    @property
    def is_own(self) -> bool:
        """Whether the borrower brought it, by a statement or by hand; else its bank's feed tells it."""
        return self.source != self.Source.FEED


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
    statement_on = models.DateField(null=True)
    """The statement file's day that it came with; None of a feed, or of a payment that was typed."""

    class Meta:
        ordering = ("-date", "-seq")
        constraints = (models.UniqueConstraint(fields=["card", "seq"], name="one_event_of_a_seq"),)


class StatementFile(Stateful, Leased):
    """A statement file (账单文件) as it was sent in, and what was read in it: a draft until it is put into the wallet.

    The bytes lie sealed in the file store until ``keep_until``; ``sealed_reading`` is what the reader found with the
    borrower's corrections (JSON). ``mark`` is a keyed hash of the bytes: the same file twice is recognised.
    """

    TABLE = FILE_TABLE

    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_name = models.BinaryField()
    mark = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    file = models.CharField(max_length=200, blank=True, default="")
    sealed_reading = models.BinaryField(null=True)
    problem = models.CharField(max_length=40, blank=True, default="")
    card = models.ForeignKey(Card, null=True, on_delete=models.SET_NULL, related_name="files")
    statement_on = models.DateField(null=True)
    sent_at = models.DateTimeField(default=clock.now)
    keep_until = models.DateField()

    class Meta:
        ordering = ("-sent_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["borrower", "mark"],
                condition=~models.Q(state=FileState.THROWN_AWAY.value),
                name="one_draft_of_a_file",
            ),
        )


class RememberedColumns(models.Model):
    """What the columns of one shape of file are, as one borrower said; used for that borrower's next file alike.

    ``shape`` is a keyed hash of the fingerprint of the file's headings: the table tells nobody who banks where.
    """

    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    shape = models.CharField(max_length=64)
    sealed_mapping = models.BinaryField()
    said_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["borrower", "shape"], name="one_mapping_of_a_shape"),)
