"""Rows of a bank's own work: notes and ticks on a case, templates, who handles what, drafts for a second officer."""

import uuid6
from django.conf import settings
from django.db import models

from heyue.acts import Stateful
from heyue.casework.states import POLICY_TABLE, TABLE
from heyue.evidence import Subject


class CaseNote(models.Model):
    """An internal note (内部备注) of the bank on one case, sealed with the borrower's key and never shown outside."""

    class Kind(models.TextChoices):
        NOTE = "note"
        CALL = "call"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    borrower_id = models.UUIDField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NOTE)
    token = models.UUIDField(unique=True)
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("written_at", "id")


class CaseTick(models.Model):
    """That an officer has checked one thing of the list (核对清单) on a case."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=16)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dispatch", "item"], name="ticked_once"),)


class OfferTemplate(models.Model):
    """Terms that a bank offers often (条件模板). ``terms``: periods, method, rate and its name, and ratios of the
    debt for the down payment and of what can be waived (decimal strings), so that they fit any debt."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    terms = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=["bank", "name"], name="one_template_of_a_name"),)


class MessageTemplate(models.Model):
    """Words that a bank's officers send often (留言模板); places like ``{案件号}`` are filled for each case."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    text = models.CharField(max_length=500)
    wants_answer = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=["bank", "name"], name="one_message_template_of_a_name"),)


class BulkRun(models.Model):
    """One act on many cases (批量办理), each done for itself. ``id`` is its form's, so that it is begun once;
    ``digest`` is of what the form said. ``bank`` is None for the platform's desk.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=12)
    sealed_values = models.BinaryField()
    digest = models.CharField(max_length=64)
    begun_at = models.DateTimeField()


class BulkItem(models.Model):
    """One case of it, and what became of it; ``message`` (a message id, with ``params``) says why it was not done."""

    class Fate(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        UNCHANGED = "unchanged"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.PROTECT, related_name="+")
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.WAITING)
    message = models.CharField(max_length=300, blank=True, default="")
    params = models.JSONField(default=dict)

    class Meta:
        ordering = ("dispatch__number",)
        constraints = (models.UniqueConstraint(fields=["run", "dispatch"], name="a_case_once_in_a_run"),)


class Duty(models.Model):
    """What an officer is given: kinds of hardship that he or she knows best, and whether anything for now."""

    officer = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.CASCADE, related_name="+")
    kinds = models.JSONField(default=list)
    is_away = models.BooleanField(default=False)
    last_given_at = models.DateTimeField(null=True)


class OfferDraft(Stateful):
    """An answer over the bank's limit, kept until a second officer decides (待复核). It never changes.

    ``put`` are the terms as ``negotiation.terms.Put`` has them; ``over`` says which limits it passes.
    """

    TABLE = TABLE

    class Kind(models.TextChoices):
        OFFER = "offer"
        ACCEPT = "accept"
        COUNTER = "counter"

    negotiation = models.ForeignKey("negotiation.Negotiation", on_delete=models.PROTECT, related_name="+")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    put = models.JSONField()
    counter_id = models.UUIDField(null=True)
    ref = models.CharField(max_length=80)
    over = models.JSONField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=200, blank=True, default="")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ("sent_at", "id")
        constraints = (models.UniqueConstraint(fields=["bank", "ref"], name="one_draft_of_a_form"),)

    def subject(self) -> Subject:
        """Leave the negotiation out of the leaf: its borrower reads that timeline, and this is the bank's own."""
        return Subject(self.TABLE.name, self.pk, bank_id=self.bank_id)


class PolicyDraft(Stateful):
    """A change of a bank's policy (政策草稿): its menu and limits, from which day, and who decided.

    Once approved it is a ``banks.BankPolicy`` of its own; what stood before stays for the days that it stood.
    """

    TABLE = POLICY_TABLE

    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    menu = models.JSONField()
    limits = models.JSONField()
    effective_from = models.DateField()
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=200, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["bank"],
                condition=models.Q(state__in=["draft", "awaiting-approval"]),
                name="one_policy_in_the_making",
            ),
        )
