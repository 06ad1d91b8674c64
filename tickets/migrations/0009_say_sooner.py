"""`ticket_say` in fewer steps, and updates of a talk's rows that touch no index (PostgreSQL).

What every message changes on its ticket stands in no index any more, so that the row is written in place; the list of
a requester's tickets is found by the requester and sorted. Pages keep some room for that. The index on a message's
stream is the beginning of another one.
"""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Whether a talk goes on in which this person's words change nothing but the log: a row, or none. The room above
# answers for its chats by replacing it; without it nothing is said this way. A set, since PostgreSQL makes that a
# part of the query that asks.
TALKS = """
CREATE OR REPLACE FUNCTION ticket_talks(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$ SELECT 1 WHERE false $$;
"""
# Each statement of a volatile function sees what was committed before it began, so everything that is asked after
# the lock is asked of the rows as they are under the lock. The lock's own statement reads the ticket anew when it had
# to wait.
SAY = """
CREATE OR REPLACE FUNCTION ticket_say(
    p_stream text, p_person bigint, p_staff boolean, p_manager boolean, p_teams bigint[],
    p_body text, p_client uuid, p_digest text, p_at timestamptz)
RETURNS TABLE(message_id bigint, seq integer, ticket text, requester_id bigint, order_id text,
              person text, name text, email text, erased_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    t record;
    has_draft boolean;
BEGIN
    SELECT tk.id, tk.public_id, tk.requester_id, tk.order_id, tk.unanswered_since,
        st.id AS stream_id, st.last_seq + 1 AS seq, o.public_id AS order_public_id,
        p.public_id AS person, p.name, p.email, p.erased_at,
        tk.chatting AND tk.status = 'open' AND tk.merged_into_id IS NULL AND NOT tk.is_spam AND CASE
            WHEN p_staff THEN tk.first_response_at IS NOT NULL AND tk.assignee_id IS NOT NULL
                AND (p_manager OR tk.team_id = ANY(p_teams) OR tk.assignee_id = p_person)
            ELSE tk.requester_id = p_person END AS fits
        INTO t FROM tickets_stream st JOIN tickets_ticket tk ON tk.id = st.ticket_id
        JOIN accounts_person p ON p.id = p_person LEFT JOIN orders_order o ON o.id = tk.order_id
        WHERE st.public_id = p_stream AND st.kind = 'public' FOR NO KEY UPDATE OF tk, st;
    IF t.fits IS NOT TRUE THEN
        RETURN;
    END IF;
    -- What was said before under this id is found by the constraint itself, whatever the planner knows of the table.
    INSERT INTO tickets_message (stream_id, seq, author_id, author_kind, kind, verb, data, body, client_id,
        digest, channel, created_at)
    SELECT t.stream_id, t.seq, p_person, CASE WHEN p_staff THEN 'staff' ELSE 'buyer' END, 'reply',
        'message.replied', '{}', p_body, p_client, p_digest, 'chat', p_at
        WHERE EXISTS (SELECT 1 FROM ticket_talks(t.id, p_person, p_staff))
        AND CASE WHEN p_staff THEN
            NOT EXISTS (SELECT 1 FROM tickets_escalation e WHERE e.ticket_id = t.id)
            AND NOT EXISTS (SELECT 1 FROM sla_clock c WHERE c.owner_kind = 'ticket' AND c.owner_id = t.id
                AND c.metric IN ('first_response', 'next_response')
                AND c.state IN ('running', 'paused', 'breached'))
            ELSE NOT EXISTS (SELECT 1 FROM orders_return r WHERE r.order_id = t.order_id AND r.state = 'asked')
            END
        AND NOT EXISTS (SELECT 1 FROM tickets_draft d JOIN tickets_attachment a ON a.draft_id = d.id
            WHERE d.ticket_id = t.id AND d.author_id = p_person AND d.kind = 'reply')
        ON CONFLICT (stream_id, author_id, client_id) DO NOTHING
        RETURNING id, EXISTS (SELECT 1 FROM tickets_draft d
            WHERE d.ticket_id = t.id AND d.author_id = p_person AND d.kind = 'reply') INTO message_id, has_draft;
    IF message_id IS NULL THEN
        RETURN;
    END IF;
    UPDATE tickets_stream st SET last_seq = t.seq WHERE st.id = t.stream_id;
    UPDATE tickets_ticket tk SET last_message_at = p_at, updated_at = p_at,
        unanswered_since = CASE WHEN NOT p_staff THEN coalesce(t.unanswered_since, p_at) END
        WHERE tk.id = t.id;
    IF has_draft THEN
        DELETE FROM tickets_draft d WHERE d.ticket_id = t.id AND d.author_id = p_person AND d.kind = 'reply';
    END IF;
    seq := t.seq;
    ticket := t.public_id;
    requester_id := t.requester_id;
    order_id := t.order_public_id;
    person := t.person;
    name := t.name;
    email := t.email;
    erased_at := t.erased_at;
    RETURN NEXT;
END $$;
"""
ROOM = {"tickets_ticket": 85, "tickets_stream": 70}  # per cent of a page that new rows may fill


def lay(apps: Any, schema_editor: Any) -> None:
    """SQLite has no functions: there every reply takes the long way."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TALKS)
        schema_editor.execute(SAY)
        for table, share in ROOM.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {share})")


def take_away(apps: Any, schema_editor: Any) -> None:
    """Nothing is said this way until 0008 is laid anew."""
    if schema_editor.connection.vendor == "postgresql":
        arguments = "text, bigint, boolean, boolean, bigint[], text, uuid, text, timestamptz"
        schema_editor.execute(f"DROP FUNCTION IF EXISTS ticket_say({arguments})")
        schema_editor.execute("DROP FUNCTION IF EXISTS ticket_talks(bigint, bigint, boolean)")
        for table in ROOM:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class AlterFieldHere(migrations.AlterField):
    """On PostgreSQL alone: SQLite would write the whole table anew for an index that hardly matters there."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0008_say")]
    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_requester"),
        AlterFieldHere(
            model_name="message",
            name="stream",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="tickets.stream",
            ),
        ),
        migrations.RunPython(lay, take_away),
    ]
