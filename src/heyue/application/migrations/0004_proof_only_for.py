"""A proof that one bank asked for in a question is shown to that bank alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("application", "0003_agreed_needs"), ("banks", "0008_request_count_of_bank")]

    operations = [
        migrations.AddField(
            "proof",
            "only_for",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="banks.bank"
            ),
        ),
    ]
