"""A shop with very many orders over a year, made by the database itself: what a bench reads. PostgreSQL only."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts.models import Person
from tests.deskworld import BUYERS
from tests.factories import House, make_house, make_person, make_store

COMMON = "SKU-COMMON"  # on every fifth line
RARE = "SKU-RARE"  # on one line of ten thousand
WHOLESALE = 100  # one order of so many is the wholesaler's

# The newest hundredth is under way, one of a hundred before it was cancelled or came back; every tenth is the small store's.
ORDERS = """
INSERT INTO orders_order (id, public_id, store_id, number, person_id, status, currency, subtotal, discount, shipping,
    taxes, total, refunded, payment_method, email, phone, note, placed_at, paid_at, dispatched_at, delivered_at,
    source, source_digest, record_head, parcels_late, created_at, updated_at)
SELECT n, 'benchorder' || lpad(n::text, 10, '0'), CASE WHEN n %% 10 = 0 THEN %(small)s ELSE %(store)s END,
    'B' || n, CASE WHEN n %% %(wholesale)s = 0 THEN %(wholesaler)s ELSE %(first_buyer)s + n %% %(buyers)s END,
    CASE WHEN n > %(count)s * 0.99 THEN (ARRAY['awaiting_payment','under_review','awaiting_shipping',
         'awaiting_delivery'])[1 + n %% 4] WHEN n %% 97 = 1 THEN 'cancelled' WHEN n %% 89 = 2 THEN 'returned'
         ELSE 'delivered' END,
    'USD', 40, 0, 5, 0, 45, 0, 'card', 'bench' || (1 + n %% %(buyers)s) || '@buyers.example',
    '+1 415 ' || lpad((n %% %(buyers)s)::text, 7, '0'), '', at, at, at + interval '1 day', at + interval '5 days',
    'bench', md5(n::text), 0, 0, at, at
FROM (SELECT n, now() - interval '1 year' * (%(count)s - n) / %(count)s AS at
      FROM generate_series(1, %(count)s) n) made
"""
LINES = """
INSERT INTO orders_orderline (order_id, position, sku, name, variant, quantity, price, discount)
SELECT o.id, p, CASE WHEN p = 1 AND o.id %% 5 < 2 THEN %(common)s WHEN p = 2 AND o.id %% 5000 = 7 THEN %(rare)s
    ELSE 'SKU-' || (o.id * 7 + p) %% 5000 END, 'Mug number ' || (o.id * 7 + p) %% 5000, 'blue', 1 + p, 20, 0
FROM orders_order o CROSS JOIN generate_series(1, 2) p ORDER BY o.id, p
"""
PARCELS = """
INSERT INTO orders_shipment (order_id, carrier, tracking_number, url, status, dispatched_at, delivered_at)
SELECT id, 'UPS', '1ZBENCH' || lpad(id::text, 11, '0'), '', 'delivered', dispatched_at, delivered_at
FROM orders_order WHERE status NOT IN ('awaiting_payment', 'under_review', 'awaiting_shipping', 'cancelled')
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('orders_order', 'orders_orderline', 'orders_shipment') AND indexdef NOT LIKE 'CREATE UNIQUE%'
"""


def fill(count: int, *, buyers: int = 0) -> tuple[House, Person]:
    """So many orders of two lines and one parcel; a buyer has about five, a wholesaler one of each hundred."""
    house = make_house()
    wholesaler = make_person("buyer", "Whole Sale", "whole@buyers.example")
    buyers = buyers or count // 5
    facts: dict[str, Any] = {"count": count, "buyers": buyers, "common": COMMON, "rare": RARE}
    facts |= {"wholesale": WHOLESALE, "wholesaler": wholesaler.pk}
    facts |= {"store": house.store.pk, "small": make_store("small").pk}
    with connection.cursor() as cursor:
        cursor.execute(BUYERS, facts)
        cursor.execute("SELECT min(id) FROM accounts_person WHERE public_id LIKE 'benchbuyer%'")
        facts["first_buyer"] = cursor.fetchone()[0]
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET session_replication_role = replica")
        for statement in (ORDERS, LINES, PARCELS):
            cursor.execute(statement, facts)
        cursor.execute("SET session_replication_role = origin; SET maintenance_work_mem = '256MB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SELECT setval(pg_get_serial_sequence('orders_order', 'id'), %(count)s)", facts)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM ANALYZE")
    return house, wholesaler
