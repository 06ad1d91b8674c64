from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [
        migrations.AddField("clock", "fire_failures", models.PositiveSmallIntegerField(default=0)),
    ]
