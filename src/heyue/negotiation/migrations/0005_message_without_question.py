"""A bank's words that ask nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("negotiation", "0004_told_by_telephone")]

    operations = [migrations.AddField("question", "wants_answer", models.BooleanField(default=True))]
