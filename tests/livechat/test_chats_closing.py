"""What a calendar would end if it were saved now: what the rule page tells before it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from livechat import actions, queries
from livechat.queries import ChatsClosing
from sla.worktime import WorkCalendar
from tests.livechat.world import NEW_YORK, World

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
OPEN = WorkCalendar(NEW_YORK, {"mon": [("09:00", "18:00")]})
HOLIDAY = WorkCalendar(NEW_YORK, {"mon": [("09:00", "18:00")]}, holidays=[date(2026, 11, 23)])


def test_a_holiday_would_end_the_chats_of_its_desks_alone(
    world: World, clock: Callable[[datetime], None], django_assert_num_queries: Any
) -> None:
    clock(NOON)
    for name in ("ana", "eve"):
        actions.open_chat(actor=world.actor(name), team="orderhelp", order=world.order(name), body="x")
    first = queries.waiting(world.actor("lin"))[0]
    actions.accept_chat(actor=world.actor("lin"), session=first.public_id)
    always = world.teams["orderhelp"].calendar_id
    with django_assert_num_queries(1):
        assert queries.chats_closing(calendar_id=always, calendar=HOLIDAY, at=NOON) == ChatsClosing(1, 1)
    assert queries.chats_closing(calendar_id=always, calendar=OPEN, at=NOON) == ChatsClosing(0, 0)
    nights = world.teams["presales"].calendar_id
    assert queries.chats_closing(calendar_id=nights, calendar=HOLIDAY, at=NOON) == ChatsClosing(0, 0)
