"""What of an application its bank is shown, fixed with the form; of earlier forms, what the bank declares today."""

from django.db import migrations, models


def keep_what_is_declared(apps, schema_editor):
    forms = apps.get_model("dispatch", "Dispatch").objects
    for bank in apps.get_model("banks", "Bank").objects.exclude(needs={}):
        forms.filter(bank=bank).update(needs=bank.needs)


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_receipt_by_telephone"), ("banks", "0006_channels_and_mail")]

    operations = [
        migrations.AddField("dispatch", "needs", models.JSONField(default=dict)),
        migrations.RunPython(keep_what_is_declared, migrations.RunPython.noop),
    ]
