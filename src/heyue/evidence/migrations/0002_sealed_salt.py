from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(
            model_name='leaf',
            old_name='salt',
            new_name='sealed_salt',
        ),
    ]
