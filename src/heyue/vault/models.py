"""Data keys, each wrapped by the operator's key-encryption key."""

from django.db import models


class DataKey(models.Model):
    """The key of one owner (a person's UUID); deleting the row is erasure of all that it sealed."""

    owner_id = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()
