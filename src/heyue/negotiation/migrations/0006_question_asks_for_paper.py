"""A question may name the kind of proof that it asks for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("negotiation", "0005_message_without_question")]

    operations = [
        migrations.AddField("question", "paper", models.CharField(blank=True, default="", max_length=24)),
    ]
