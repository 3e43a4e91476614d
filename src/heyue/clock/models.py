"""One row that holds the demo's business clock."""

from django.db import models


class BusinessClock(models.Model):
    """The held clock: it stood at ``held_at`` when the machine's clock read ``moved_at``."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    held_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_business_clock"),)
