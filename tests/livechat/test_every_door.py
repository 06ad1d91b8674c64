"""The desk's hours at every door: nothing starts and nobody is accepted when it is closed, whoever asks and how."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from core.actors import SYSTEM
from core.errors import DeskError
from livechat import actions, doors, protocol
from livechat.models import Session
from livechat.protocol import Send, Start
from sla.actions import close_desk
from tests.livechat.desk_time import Clock, T, ask, lines, minutes, row, set_holiday
from tests.livechat.test_closing import CALENDAR_DAYS, NIGHTS_TO_FRIDAY
from tests.livechat.world import World, streams
from tickets.models import Message, Ticket

# --- when it is closed -----------------------------------------------------------------------------------------
MONDAY_2AM = T - minutes(240)
FRIDAY_2AM = MONDAY_2AM + timedelta(days=4)
TONIGHT, TOMORROW = T + minutes(15 * 60), T + minutes(19 * 60)  # Monday 21:00, Tuesday 01:00


def closed(clock: Clock) -> datetime:
    clock(MONDAY_2AM - timedelta(days=1))
    return MONDAY_2AM - minutes(60)


def holiday(clock: Clock) -> datetime:
    clock(MONDAY_2AM)
    set_holiday("presales-ny", date(2026, 11, 23))
    return TOMORROW


def last_five_minutes(clock: Clock) -> datetime:
    clock(T - minutes(5))
    return TONIGHT


def closed_now(clock: Clock) -> datetime:
    clock(MONDAY_2AM)
    until = T + minutes(16 * 60)
    close_desk(actor=SYSTEM, code="presales-ny", until=until, notice_minutes=0, reason="Fire drill")
    return until


def friday_by_days(clock: Clock) -> datetime:
    clock(FRIDAY_2AM)
    set_holiday("presales-ny", windows=CALENDAR_DAYS)
    return MONDAY_2AM - minutes(60) + timedelta(days=7)


def monday_by_nights(clock: Clock) -> datetime:
    clock(MONDAY_2AM)
    set_holiday("presales-ny", windows=NIGHTS_TO_FRIDAY)
    return TONIGHT


WHEN: list[Callable[[Clock], datetime]] = [
    closed,
    holiday,
    last_five_minutes,
    closed_now,
    friday_by_days,
    monday_by_nights,
]


# --- who asks, and how -------------------------------------------------------------------------------------------
def signed_in(world: World, name: str) -> Client:
    one = Client()
    one.force_login(world.users[name])
    return one


def refused(action: Callable[[], Any]) -> dict[str, Any]:
    """What a socket is answered."""
    with pytest.raises(DeskError) as caught:
        action()
    return protocol.nack("x", caught.value)


def by_page(world: World) -> dict[str, Any]:
    form = {"team": "presales", "body": "Is it cotton?"}
    answer = signed_in(world, "ana").post("/live/start/", form)
    assert answer.status_code == 409
    error = answer.context["error"]
    assert str(error.message) in answer.content.decode()
    return error.as_dict()  # type: ignore[no-any-return]


def by_fragment(world: World) -> dict[str, Any]:
    form = {"team": "presales", "body": "Is it cotton?"}
    answer = signed_in(world, "ana").post("/live/start/", form, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    return answer.context["error"].as_dict()  # type: ignore[no-any-return]


def by_api(world: World) -> dict[str, Any]:
    said = {"team": "presales", "body": "Is it cotton?"}
    answer = signed_in(world, "ana").post("/api/v1/chats/", said, content_type="application/json")
    assert answer.status_code == 409
    return answer.json()  # type: ignore[no-any-return]


def by_socket(world: World) -> dict[str, Any]:
    start = Start(str(uuid.uuid4()), "presales", "Is it cotton?", "", "", "")
    return refused(lambda: doors.start(world.actor("ana"), start))


def by_action(world: World) -> dict[str, Any]:
    """As the demo and commands do."""
    return refused(lambda: ask(world))


@pytest.mark.parametrize("door", [by_page, by_fragment, by_api, by_socket, by_action])
@pytest.mark.parametrize("when", WHEN)
def test_no_chat_starts_when_the_desk_is_closed(
    world: World,
    clock: Clock,
    when: Callable[[Clock], datetime],
    door: Callable[[World], dict[str, Any]],
) -> None:
    opens_at = when(clock)
    told = door(world)
    assert told["code"] == "closed"
    assert "Chat is closed. It opens " in told["message"]
    assert datetime.fromisoformat(told["opens_at"]) == opens_at
    assert Session.objects.count() == Ticket.objects.count() == Message.objects.count() == 0


# --- accepting after closing ---------------------------------------------------------------------------------
def accept_by_console(world: World, chat: Session) -> str:
    answer = signed_in(world, "lin").post(f"/live/{chat.public_id}/accept/")
    assert answer.status_code == 409
    return answer.content.decode()


def accept_by_api(world: World, chat: Session) -> str:
    answer = signed_in(world, "lin").post(f"/api/v1/chats/{chat.public_id}/accept/")
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")
    assert datetime.fromisoformat(answer.json()["opens_at"]) == TONIGHT
    return str(answer.json()["message"])


def accept_by_action(world: World, chat: Session) -> str:
    return str(
        refused(lambda: actions.accept_chat(actor=world.actor("lin"), session=chat.public_id))["message"]
    )


@pytest.mark.parametrize("door", [accept_by_console, accept_by_api, accept_by_action])
def test_nobody_is_accepted_after_closing_at_any_door(
    world: World, clock: Clock, door: Callable[[World, Session], str]
) -> None:
    clock(T - minutes(20))
    chat = ask(world)
    clock(T + minutes(1))
    assert f"The chat goes on as ticket #{chat.ticket_id}." in door(world, chat)
    assert (row(chat).state, row(chat).agent_id) == ("ticket", None)
    assert lines(chat) == ["chat.waiting", "chat.ended"]


def reply_by_page(world: World, chat: Session) -> None:
    signed_in(world, "lin").post(f"/t/{chat.ticket.public_id}/reply/", {"body": "Yes, it is."})


def reply_by_api(world: World, chat: Session) -> None:
    answer = signed_in(world, "lin").post(
        f"/api/v1/chats/{chat.public_id}/messages/", {"body": "Yes, it is."}, content_type="application/json"
    )
    assert answer.status_code == 201


def reply_by_socket(world: World, chat: Session) -> None:
    stream = streams(chat.ticket)["public"]
    doors.say_on_stream(world.actor("lin"), Send(str(uuid.uuid4()), stream, "reply", "Yes, it is.", ()))


@pytest.mark.parametrize("late, state", [(-1, "active"), (1, "ticket")])
@pytest.mark.parametrize("door", [reply_by_page, reply_by_api, reply_by_socket])
def test_a_reply_accepts_until_closing_and_is_kept_after_it(
    world: World, clock: Clock, door: Callable[[World, Session], None], late: float, state: str
) -> None:
    clock(T - minutes(20))
    chat = ask(world)
    clock(T + minutes(late))
    door(world, chat)
    assert row(chat).state == state
    assert Message.objects.filter(body="Yes, it is.").count() == 1


def test_the_clock_of_the_last_window_before_a_weekend(world: World, clock: Clock) -> None:
    """Thursday 23:30, a Friday without hours: the next opening is Monday 01:00, at every door the same."""
    clock(datetime(2026, 12, 4, 4, 30, tzinfo=UTC))
    told = {door(world)["message"] for door in (by_page, by_fragment, by_api, by_socket, by_action)}
    assert told == {"Chat is closed. It opens Monday 1:00 AM in New York (3:00 PM for you)."}
