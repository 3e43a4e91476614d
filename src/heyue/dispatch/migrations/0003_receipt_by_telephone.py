"""Why a form counts as received where the bank signed no receipt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0002_channels_and_mail")]

    operations = [
        migrations.AddField("dispatch", "receipt_ground", models.CharField(blank=True, default="", max_length=16)),
    ]
