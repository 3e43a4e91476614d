"""Rows of people, consents and one-time codes."""

import uuid6
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from heyue.engine.moves import Role


class PersonManager(BaseUserManager["Person"]):
    """Finds a person by the login name (staff) or the hash of the phone number (borrowers)."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(login=username)


class Person(AbstractBaseUser):
    """One who signs in. Staff have a login name and a password, borrowers a phone number and codes.

    ``login`` of a borrower is the keyed hash of the phone number: no readable number stands in a session.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Role])
    login = models.CharField(max_length=80, unique=True)
    display_name = models.CharField(max_length=40, blank=True, default="")
    staff_number = models.CharField(max_length=20, blank=True, default="")
    bank = models.ForeignKey("banks.Bank", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sealed_phone = models.BinaryField(null=True)
    sealed_name = models.BinaryField(null=True)
    sealed_id_number = models.BinaryField(null=True)
    id_number_hash = models.CharField(max_length=64, null=True, unique=True)
    privacy_read_at = models.DateTimeField(null=True)
    large_text = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True, default="")
    theme = models.CharField(max_length=8, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "login"
    objects = PersonManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(role=Role.OFFICER.value) | models.Q(bank__isnull=False),
                name="an_officer_has_a_bank",
            ),
        )


class Consent(models.Model):
    """A borrower's consent (授权同意) for one purpose and one bank; withdrawn by a date, never deleted.

    Source: 个人信息保护法 第二十八、二十九条 (separate consent for sensitive data).
    """

    class Purpose(models.TextChoices):
        ACCOUNTS = "accounts"
        APPLICATION = "application"
        HEALTH = "health"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    borrower = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["borrower", "bank", "purpose"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_consent",
            ),
        )


class Assistance(models.Model):
    """That somebody helps a borrower (帮手), openly: asked for by the borrower, accepted by the helper's own code.

    It ends with its last day or when either ends it. ``sealed_name`` and ``sealed_phone`` are the borrower's words of
    the helper, under the borrower's key.
    """

    class Scope(models.TextChoices):
        SEE = "see"
        FILL = "fill"
        MESSAGES = "messages"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    borrower = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    helper = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    sealed_name = models.BinaryField()
    sealed_phone = models.BinaryField()
    phone_hash = models.CharField(max_length=64, db_index=True)
    scopes = models.JSONField()
    ends_on = models.DateField()
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["borrower", "phone_hash"],
                condition=models.Q(ended_at__isnull=True),
                name="one_standing_help_of_a_phone",
            ),
        )


class ErasureRequest(models.Model):
    """A borrower's wish that all be erased (删除请求), open until it is taken back or carried out.

    Source: 个人信息保护法 第四十七条.
    """

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    borrower = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["borrower"],
                condition=models.Q(taken_back_at__isnull=True, done_at__isnull=True),
                name="one_open_erasure_request",
            ),
        )


class OneTimeCode(models.Model):
    """A six-digit code sent to a phone: its keyed hash, what it is for, and how often it was tried."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign-in"
        SIGN_DOCUMENT = "sign-document"
        CHANGE_PHONE = "change-phone"
        HELP = "help"
        OPEN_LINK = "open-link"
        SEAL_BY_MAIL = "seal-by-mail"

    id = models.UUIDField(primary_key=True, default=uuid6.uuid7, editable=False)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    phone_hash = models.CharField(max_length=64, db_index=True)
    bound_to = models.CharField(max_length=80, blank=True, default="")
    code_hash = models.CharField(max_length=64)
    asked_from = models.CharField(max_length=64, db_index=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class WrongPassword(models.Model):
    """One wrong password of a staff login: keyed hashes of the login name and the address, and when."""

    login_hash = models.CharField(max_length=64)
    asked_from = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["login_hash", "at"]),)
