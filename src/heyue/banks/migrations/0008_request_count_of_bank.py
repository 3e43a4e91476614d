import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('banks', '0007_worker_indexes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='requestcount',
            name='bank',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='request_count', serialize=False, to='banks.bank'),
        ),
    ]
