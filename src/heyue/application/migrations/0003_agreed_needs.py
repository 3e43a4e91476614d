"""What a bank declared that it needs when the borrower agreed; of earlier consents, what it declares today."""

from django.db import migrations, models


def keep_what_is_declared(apps, schema_editor):
    debts = apps.get_model("application", "Debt").objects
    for bank in apps.get_model("banks", "Bank").objects.exclude(needs={}):
        debts.filter(bank=bank).update(agreed_needs=bank.needs)


class Migration(migrations.Migration):
    dependencies = [("application", "0002_proof_hints_and_uploads"), ("banks", "0006_channels_and_mail")]

    operations = [
        migrations.AddField("debt", "agreed_needs", models.JSONField(default=dict)),
        migrations.RunPython(keep_what_is_declared, migrations.RunPython.noop),
    ]
