"""Data keys, each wrapped by the operator's key-encryption key."""

from django.db import models


class DataKey(models.Model):
    """The key of one owner (a person's UUID); deleting the row is erasure of all that it sealed."""

    owner_id = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()


class ErasedOwner(models.Model):
    """That an owner's data key was deleted, so that no new one is made and readers say 已删除 instead of failing."""

    owner_id = models.UUIDField(primary_key=True)
    erased_at = models.DateTimeField()
