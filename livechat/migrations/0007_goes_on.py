"""Which talk goes on: an active chat, for its buyer and for the agent who holds it. See tickets' migration 0008."""

from __future__ import annotations

from typing import Any

from django.db import migrations

GOES_ON = """
CREATE OR REPLACE FUNCTION ticket_goes_on(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM livechat_session s WHERE s.ticket_id = p_ticket AND s.state = 'active'
        AND (NOT p_staff OR s.agent_id = p_person))
$$;
"""
NEVER = """
CREATE OR REPLACE FUNCTION ticket_goes_on(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT false $$;
"""


def _run(sql: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):
    dependencies = [("livechat", "0006_waited"), ("tickets", "0008_say")]
    operations = [migrations.RunPython(_run(GOES_ON), _run(NEVER))]
