"""A desk with very many tickets over a year, made by the database itself: what a bench reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from sla.models import CalendarVersion, PolicyVersion
from tests.factories import House, make_house

RARE = "zephyrine"  # said in about one message of a thousand
COMMON = "parcel"  # said in every second one

# Twenty agents of ten tickets each would be idle: one ticket in ten is live, the rest were solved over the year.
TICKETS = """
INSERT INTO tickets_ticket (id, public_id, subject, requester_id, category_id, priority, status, team_id,
    assignee_id, channel, language, due_sort, sla_state, chatting, is_spam, opened_by_staff, first_response_at,
    unanswered_since, solved_at, closed_at, last_message_at, created_at, updated_at)
SELECT n, 'bench' || lpad(n::text, 15, '0'), 'Question ' || n || ' about ' || (ARRAY['a mug','a bowl','a plate',
    'the address','a refund','the size'])[1 + n %% 6], %(first_buyer)s + n %% %(buyers)s, %(category)s,
    (ARRAY['low','normal','normal','normal','high'])[1 + n %% 5],
    CASE WHEN n %% 10 = 0 THEN (ARRAY['new','open','waiting','on_hold'])[1 + (n / 10) %% 4] ELSE 'closed' END,
    %(team)s, CASE WHEN n %% 3 = 0 THEN NULL ELSE %(agent)s END, 'web', 'en',
    CASE WHEN n %% 10 = 0 THEN at + interval '8 hours' ELSE '9999-01-01' END, 'fine', false, false, false,
    CASE WHEN n %% 40 = 0 THEN NULL ELSE at + interval '1 hour' END, CASE WHEN n %% 40 = 0 THEN at END,
    CASE WHEN n %% 10 = 0 THEN NULL ELSE at + interval '1 day' END,
    CASE WHEN n %% 10 = 0 THEN NULL ELSE at + interval '8 days' END, at, at, at
FROM (SELECT n, now() - interval '1 year' * (%(count)s - n) / %(count)s AS at
      FROM generate_series(1, %(count)s) n) made
"""
STREAMS = """
INSERT INTO tickets_stream (public_id, ticket_id, kind, last_seq, epoch, buyer_read, agent_read)
SELECT kind || lpad(t.id::text, 14, '0'), t.id, kind, CASE kind WHEN 'public' THEN 4 ELSE 1 END, 'bench', 0, 0
FROM tickets_ticket t CROSS JOIN (VALUES ('public'), ('staff')) k(kind)
"""
MESSAGES = """
INSERT INTO tickets_message (stream_id, seq, after_public, author_id, author_kind, kind, verb, data, body, digest,
    channel, created_at)
SELECT s.id, q, CASE s.kind WHEN 'staff' THEN 2 END,
    CASE WHEN s.kind = 'public' AND q %% 2 = 0 THEN t.requester_id ELSE %(agent)s END,
    CASE WHEN s.kind = 'public' AND q %% 2 = 0 THEN 'buyer' ELSE 'staff' END,
    CASE WHEN s.kind = 'staff' THEN 'note' WHEN q = 1 THEN 'event' ELSE 'reply' END,
    CASE WHEN s.kind = 'staff' THEN 'message.noted' WHEN q = 1 THEN 'ticket.opened' ELSE 'message.replied' END,
    '{}', CASE WHEN s.kind = 'public' AND q = 1 THEN '' ELSE
      'Order ' || t.id || ', line ' || q || ': the ' || w[1 + (t.id * 7 + q) %% 12] || ' is ' ||
      w[1 + (t.id * 5 + q * 3) %% 12] || ' and my ' || CASE WHEN (t.id + q) %% 2 = 0 THEN %(common)s ELSE 'basket' END
      || ' is ' || w[1 + (t.id + q) %% 12] || ' since ' || to_char(t.created_at, 'Day') ||
      CASE WHEN (t.id + q) %% 1000 = 7 THEN ' ' || %(rare)s ELSE '' END END,
    '', 'web', t.created_at + interval '1 hour' * q
FROM tickets_stream s JOIN tickets_ticket t ON t.id = s.ticket_id
CROSS JOIN LATERAL generate_series(1, s.last_seq) q
CROSS JOIN (SELECT ARRAY['late','torn','blue','small','missing','broken','wet','lost','open','wrong','heavy','gone'] w) v
ORDER BY t.id, q
"""
# Two of each ticket: open ones that tick or stand still on live tickets, kept ones on the others.
CLOCKS = """
INSERT INTO sla_clock (owner_kind, owner_id, metric, facts, policy_version_id, calendar_version_id, unit, target,
    min_target, cutoff, warn_percent, state, consumed, started_at, anchor, due, warn_at, ended_at, fire_failures,
    levels, levels_fired, breach_used)
SELECT 'ticket', t.id, metric, '{}', %(policy)s, %(calendar)s, 'desk_seconds', 14400, 0, 'close', 75,
    CASE WHEN t.status = 'closed' THEN 'met' WHEN t.status IN ('waiting', 'on_hold') THEN 'paused'
         WHEN t.due_sort < now() THEN 'breached' ELSE 'running' END, 0, t.created_at,
    CASE WHEN t.status NOT IN ('waiting', 'on_hold') THEN t.created_at END,
    CASE WHEN t.status NOT IN ('waiting', 'on_hold') THEN t.created_at + later END,
    CASE WHEN t.status NOT IN ('waiting', 'on_hold') THEN t.created_at + later * 0.75 END,
    t.closed_at, 0, '[]', 0, 0
FROM tickets_ticket t
CROSS JOIN (VALUES ('next_response', interval '8 hours'), ('resolution', interval '80 hours')) m(metric, later)
"""
BUYERS = """
INSERT INTO accounts_person (public_id, kind, name, email, company, website, member_type, language, timezone, created_at)
SELECT 'benchbuyer' || lpad(n::text, 10, '0'), 'buyer', 'Buyer ' || n, 'bench' || n || '@buyers.example', '', '',
    'retail', 'en', 'UTC', now()
FROM generate_series(1, %(buyers)s) n
"""


INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('tickets_ticket', 'tickets_stream', 'tickets_message', 'sla_clock')
    AND indexdef NOT LIKE 'CREATE UNIQUE%'
"""


@contextmanager
def _quickly(cursor: Any) -> Iterator[None]:
    """Keys are not looked up, and indexes are made at the end: what is written here is right by itself."""
    cursor.execute(INDEXES)
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    cursor.execute("SET session_replication_role = replica")
    yield
    cursor.execute("SET session_replication_role = origin; SET maintenance_work_mem = '256MB'")
    for _name, definition in indexes:
        cursor.execute(definition)
    cursor.execute("RESET maintenance_work_mem")


def fill(count: int, *, buyers: int = 20_000) -> House:
    """So many tickets of the orders desk with five messages and two clocks each, over a year, of so many buyers. PostgreSQL only."""
    house = make_house()
    facts = {"count": count, "buyers": buyers, "common": COMMON, "rare": RARE}
    with connection.cursor() as cursor:
        cursor.execute(BUYERS, facts)
        cursor.execute("SELECT min(id) FROM accounts_person WHERE public_id LIKE 'benchbuyer%'")
        facts |= {
            "first_buyer": cursor.fetchone()[0],
            "agent": house.agent.pk,
            "team": house.teams["orders"].pk,
        }
        cursor.execute("SELECT id FROM tickets_category WHERE code = 'order'")
        facts["category"] = cursor.fetchone()[0]
        facts |= {
            "policy": PolicyVersion.objects.get(policy__code="standard").pk,
            "calendar": CalendarVersion.objects.get(calendar__code="tickets-ny").pk,
        }
        with _quickly(cursor):
            for statement in (TICKETS, STREAMS, MESSAGES, CLOCKS):
                cursor.execute(statement, facts)
        cursor.execute("SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), %(count)s)", facts)
        cursor.execute("VACUUM ANALYZE")
    return house
