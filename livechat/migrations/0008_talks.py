"""Which talk goes on, as `ticket_say` asks by now: see tickets' migration 0009. What asked before goes."""

from __future__ import annotations

from typing import Any

from django.db import migrations

TALKS = """
CREATE OR REPLACE FUNCTION ticket_talks(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$
    SELECT 1 FROM livechat_session s WHERE s.ticket_id = p_ticket AND s.state = 'active'
        AND (NOT p_staff OR s.agent_id = p_person)
$$;
"""
NEVER = """
CREATE OR REPLACE FUNCTION ticket_talks(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$ SELECT 1 WHERE false $$;
"""


def _run(sql: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):
    dependencies = [("livechat", "0007_goes_on"), ("tickets", "0009_say_sooner")]
    operations = [
        migrations.RunPython(_run(TALKS), _run(NEVER)),
        migrations.RunPython(
            _run("DROP FUNCTION IF EXISTS ticket_goes_on(bigint, bigint, boolean)"), migrations.RunPython.noop
        ),
    ]
