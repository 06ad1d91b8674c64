"""A reply in a running talk, in one step of the database (PostgreSQL): `tickets.actions.quick` says when it is used."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# Whether a talk goes on in which this person's words change nothing but the log. The room above answers for its
# chats by replacing it; without it nothing is said this way.
GOES_ON = """
CREATE OR REPLACE FUNCTION ticket_goes_on(p_ticket bigint, p_person bigint, p_staff boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT false $$;
"""
# Each statement of a volatile function sees what was committed before it began, so everything that is asked after
# the lock is asked of the rows as they are under the lock.
SAY = """
CREATE OR REPLACE FUNCTION ticket_say(
    p_stream text, p_person bigint, p_staff boolean, p_manager boolean, p_teams bigint[],
    p_body text, p_client uuid, p_digest text, p_at timestamptz)
RETURNS TABLE(message_id bigint, seq integer, ticket text, requester_id bigint, order_id text,
              person text, name text, email text, erased_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    t tickets_ticket;
    s tickets_stream;
    m bigint;
BEGIN
    SELECT tk.* INTO t FROM tickets_ticket tk JOIN tickets_stream st ON st.ticket_id = tk.id
        WHERE st.public_id = p_stream AND st.kind = 'public' FOR NO KEY UPDATE OF tk;
    IF NOT FOUND OR NOT t.chatting OR t.status <> 'open' OR t.merged_into_id IS NOT NULL OR t.is_spam THEN
        RETURN;
    END IF;
    IF p_staff THEN
        IF t.first_response_at IS NULL OR t.assignee_id IS NULL
            OR NOT (p_manager OR t.team_id = ANY(p_teams) OR t.assignee_id = p_person)
            OR EXISTS (SELECT 1 FROM tickets_escalation e WHERE e.ticket_id = t.id)
            OR EXISTS (SELECT 1 FROM sla_clock c WHERE c.owner_kind = 'ticket' AND c.owner_id = t.id
                AND c.metric IN ('first_response', 'next_response')
                AND c.state IN ('running', 'paused', 'breached')) THEN
            RETURN;
        END IF;
    ELSIF t.requester_id <> p_person
        OR EXISTS (SELECT 1 FROM orders_return r WHERE r.order_id = t.order_id AND r.state = 'asked') THEN
        RETURN;
    END IF;
    IF NOT ticket_goes_on(t.id, p_person, p_staff)
        OR EXISTS (SELECT 1 FROM tickets_draft d JOIN tickets_attachment a ON a.draft_id = d.id
            WHERE d.ticket_id = t.id AND d.author_id = p_person AND d.kind = 'reply')
        OR EXISTS (SELECT 1 FROM tickets_message x JOIN tickets_stream st ON st.id = x.stream_id
            WHERE st.public_id = p_stream AND x.author_id = p_person AND x.client_id = p_client) THEN
        RETURN;
    END IF;
    UPDATE tickets_stream st SET last_seq = st.last_seq + 1 WHERE st.public_id = p_stream RETURNING st.* INTO s;
    INSERT INTO tickets_message (stream_id, seq, author_id, author_kind, kind, verb, data, body, client_id,
        digest, channel, created_at)
    VALUES (s.id, s.last_seq, p_person, CASE WHEN p_staff THEN 'staff' ELSE 'buyer' END, 'reply',
        'message.replied', '{}', p_body, p_client, p_digest, 'chat', p_at) RETURNING id INTO m;
    UPDATE tickets_ticket tk SET last_message_at = p_at, updated_at = p_at,
        unanswered_since = CASE WHEN p_staff THEN NULL ELSE coalesce(tk.unanswered_since, p_at) END
        WHERE tk.id = t.id;
    DELETE FROM tickets_draft d WHERE d.ticket_id = t.id AND d.author_id = p_person AND d.kind = 'reply';
    RETURN QUERY SELECT m, s.last_seq, t.public_id::text, t.requester_id,
        (SELECT o.public_id::text FROM orders_order o WHERE o.id = t.order_id),
        p.public_id::text, p.name::text, p.email::text, p.erased_at
        FROM accounts_person p WHERE p.id = p_person;
END $$;
"""


def lay(apps: Any, schema_editor: Any) -> None:
    """SQLite has no functions: there every reply takes the long way."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GOES_ON)
        schema_editor.execute(SAY)


def take_away(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        arguments = "text, bigint, boolean, boolean, bigint[], text, uuid, text, timestamptz"
        schema_editor.execute(f"DROP FUNCTION IF EXISTS ticket_say({arguments})")
        schema_editor.execute("DROP FUNCTION IF EXISTS ticket_goes_on(bigint, bigint, boolean)")


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0007_rule_versions"),
        ("orders", "0001_initial"),
        ("sla", "0001_initial"),
        ("accounts", "0001_initial"),
    ]
    operations = [migrations.RunPython(lay, take_away)]
