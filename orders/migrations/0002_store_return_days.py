from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="store",
            name="return_days",
            field=models.PositiveSmallIntegerField(default=60),
        ),
    ]
