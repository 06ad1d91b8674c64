from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_finding_carrier")]

    operations = [migrations.AddField("import", "moved_at", models.DateTimeField(null=True))]
