"""Chats that were open before deadlines were kept are looked at by the next round."""

from django.db import migrations
from django.db.models import F


def set_deadlines(apps, schema_editor):
    rows = apps.get_model("livechat", "Session").objects
    rows.filter(state__in=["waiting", "active"], deadline_at=None).update(
        deadline_at=F("queued_at"), deadline="look"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("livechat", "0002_life"),
    ]

    operations = [
        migrations.RunPython(set_deadlines, migrations.RunPython.noop),
    ]
