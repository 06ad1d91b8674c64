"""The whole table: what every role gets at every door."""

from __future__ import annotations

from tests.access import (
    table_accounts,
    table_acts,
    table_after,
    table_api,
    table_chats,
    table_people,
    table_portal,
    table_rooms,
    table_rules,
    table_staff,
    table_widget,
    table_writing,
)
from tests.access.notation import Row

ROWS: list[Row] = [
    *table_api.ROWS,
    *table_after.ROWS,
    *table_rooms.ROWS,
    *table_chats.ROWS,
    *table_portal.ROWS,
    *table_staff.ROWS,
    *table_writing.ROWS,
    *table_acts.ROWS,
    *table_accounts.ROWS,
    *table_people.ROWS,
    *table_widget.ROWS,
    *table_rules.ROWS,
]
