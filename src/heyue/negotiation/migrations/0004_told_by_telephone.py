"""Calls belong to the form, so that they are kept before the receipt; what was answered on the telephone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_receipt_by_telephone"), ("negotiation", "0003_offer_declined")]

    operations = [
        migrations.RenameField("call", "negotiation", "dispatch"),
        migrations.AlterField(
            "call",
            "dispatch",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="dispatch.dispatch"
            ),
        ),
        migrations.AddField("negotiation", "told", models.CharField(blank=True, default="", max_length=24)),
        migrations.AddField("negotiation", "told_on", models.DateField(null=True)),
    ]
