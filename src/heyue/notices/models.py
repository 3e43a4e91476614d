"""Rows of notices and text messages."""

import uuid6
from django.db import models

from heyue.work import Leased


class Notice(models.Model):
    """One thing a person is told in the application. ``params`` hold no personal data."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    person_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    params = models.JSONField(default=dict)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    texted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["person_id", "read_at"]),
            models.Index(fields=["texted_at", "kind"]),
        )


class TextMessage(Leased):
    """A text message to a phone (短信), sealed; sent by the worker through the operator's provider."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    owner_id = models.UUIDField()
    sealed_phone = models.BinaryField()
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    good_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["next_try_at"], condition=models.Q(sent_at__isnull=True), name="text_to_send"),)


class NoticeChoice(models.Model):
    """How a person wants to be reminded: days before, by which means, and between which hours not (Shanghai).

    Without a row the defaults of ``notices.choices`` hold.
    """

    person_id = models.UUIDField(primary_key=True)
    days_before = models.JSONField(default=list)
    in_app = models.BooleanField(default=True)
    by_text = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=False)
    sealed_mail = models.BinaryField(null=True)
    quiet_from = models.PositiveSmallIntegerField()
    quiet_until = models.PositiveSmallIntegerField()


class MailMessage(Leased):
    """An e-mail, sealed; sent by the worker through the operator's mail server."""

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    owner_id = models.UUIDField()
    sealed_address = models.BinaryField()
    sealed_subject = models.BinaryField()
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["next_try_at"], condition=models.Q(sent_at__isnull=True), name="mail_to_send"),)
