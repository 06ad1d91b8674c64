"""Page and API: who gets in, what a refusal looks like, and that the closed desk is closed at every door."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import NotFound
from livechat import actions, doors
from livechat.models import Session
from livechat.protocol import Start
from tests.livechat.world import World
from tickets.models import Message, Ticket

SUNDAY_NY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
OPENS = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CLOSED = "Chat is closed. It opens Monday 1:00 AM in New York (3:00 PM for you)."


def client(world: World, name: str | None) -> Client:
    one = Client()
    if name:
        one.force_login(world.users[name])
    return one


def as_json(one: Client, address: str, **data: Any) -> Any:
    return one.post(address, data, content_type="application/json")


@pytest.fixture
def chat(world: World) -> Session:
    return actions.open_chat(
        actor=world.actor("ana"), team="orderhelp", order=world.order("ana"), body="Where is it?"
    )


def test_a_form_starts_a_chat_once(world: World) -> None:
    order = world.order("ana").public_id
    form = {"team": "orderhelp", "order": order, "body": "Where is it?", "client_id": str(uuid.uuid4())}
    first = client(world, "ana").post("/live/start/", form)
    again = client(world, "ana").post("/live/start/", form)
    ticket = Ticket.objects.get()
    assert (first.status_code, first["Location"]) == (302, f"/tickets/{ticket.public_id}/")
    assert again["Location"] == first["Location"]
    assert Session.objects.count() == 1


def test_htmx_is_led_to_the_ticket(world: World) -> None:
    form = {"team": "orderhelp", "order": world.order("ana").public_id, "body": "Where is it?"}
    answer = client(world, "ana").post("/live/start/", form, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/tickets/{Ticket.objects.get().public_id}/")


def test_the_words_that_a_closed_desk_kept_become_a_ticket(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(SUNDAY_NY)
    ana = client(world, "ana")
    form = {"team": "presales", "body": "Is it cotton?", "client_id": str(uuid.uuid4())}
    assert ana.post("/live/start/", form).status_code == 409
    kept = {"client_id": form["client_id"], "category": "product", "order": "", "subject": "Is it cotton?"}
    answer = ana.post("/tickets/new/", {**kept, "body": form["body"]})
    ticket = Ticket.objects.get()
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, f"/tickets/{ticket.public_id}/")
    assert Message.objects.get(kind="reply").body == "Is it cotton?"


def test_a_closed_desk_is_closed_at_every_door(world: World, clock: Callable[[datetime], None]) -> None:
    clock(SUNDAY_NY)
    ana = client(world, "ana")
    form = {"team": "presales", "body": "Is it <b>cotton</b>?", "client_id": str(uuid.uuid4())}
    page = ana.post("/live/start/", form)
    text = page.content.decode()
    assert page.status_code == 409
    assert CLOSED in text
    assert "Is it &lt;b&gt;cotton&lt;/b&gt;?" in text
    assert 'action="/tickets/new/"' in text
    assert form["client_id"] in text
    assert 'value="Is it &lt;b&gt;cotton&lt;/b&gt;?"' in text
    assert "Answered by " in text
    fragment = ana.post("/live/start/", form, headers={"HX-Request": "true"}).content.decode()
    assert CLOSED in fragment
    assert "<html" not in fragment

    api = as_json(ana, "/api/v1/chats/", **form)
    assert api.status_code == 409
    assert api.json() == {"code": "closed", "message": CLOSED, "opens_at": OPENS.isoformat()}

    start = Start(str(uuid.uuid4()), "presales", "x", "", "", "")
    with pytest.raises(Exception, match="Chat is closed") as caught:
        doors.start(world.actor("ana"), start)
    assert caught.value.code == "closed"  # type: ignore[attr-defined]
    assert Session.objects.count() == Ticket.objects.count() == 0


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"body": ""}, 400, "empty"),
        ({"body": "x" * 8001}, 400, "too_long"),
        ({"order": ""}, 400, "order_required"),
        ({"order": "a" * 20}, 404, "not_found"),
        ({"team": "nope"}, 400, "unknown_team"),
    ],
)
def test_a_refused_form_keeps_its_words(world: World, change: dict[str, str], status: int, code: str) -> None:
    form = {"team": "orderhelp", "order": world.order("ana").public_id, "body": "Keep these words", **change}
    page = client(world, "ana").post("/live/start/", form)
    assert page.status_code == status
    assert f'data-error-code="{code}"' in page.content.decode()
    assert form["body"] in page.content.decode()
    api = as_json(client(world, "ana"), "/api/v1/chats/", **form)
    assert (api.status_code, api.json()["code"]) == (status, code)
    assert Session.objects.count() == 0


def test_an_open_chat_is_led_to(world: World, chat: Session) -> None:
    form = {"team": "orderhelp", "order": world.order("ana").public_id, "body": "Again"}
    page = client(world, "ana").post("/live/start/", form)
    assert page.status_code == 409
    assert f'href="/tickets/{chat.ticket.public_id}/"' in page.content.decode()


def test_a_foreign_order_looks_like_none(world: World) -> None:
    body = {"team": "orderhelp", "body": "x"}
    foreign = as_json(client(world, "ana"), "/api/v1/chats/", order=world.order("eve").public_id, **body)
    missing = as_json(client(world, "ana"), "/api/v1/chats/", order="b" * 20, **body)
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    with pytest.raises(NotFound):
        doors.order_of(world.actor("ana"), world.order("eve").public_id)


WHO = {
    # address: {who: status}; ana owns the chat, lin works at its desk, cy at another
    "GET /api/v1/chats/": {None: 401, "ana": 200, "eve": 200, "lin": 200, "cy": 200, "max": 200},
    "GET /api/v1/chats/{id}/": {None: 401, "ana": 200, "eve": 404, "lin": 200, "cy": 404, "max": 200},
    "GET /api/v1/chats/{id}/messages/": {
        None: 401,
        "ana": 200,
        "eve": 404,
        "lin": 200,
        "cy": 404,
        "max": 200,
    },
    "GET /api/v1/chats/{id}/messages/?stream=staff": {
        None: 401,
        "ana": 404,
        "eve": 404,
        "lin": 200,
        "max": 200,
    },
    "POST /api/v1/chats/{id}/messages/": {
        None: 401,
        "eve": 404,
        "cy": 404,
        "ana": 201,
        "lin": 201,
        "max": 201,
    },
    "POST /api/v1/chats/{id}/accept/": {None: 401, "ana": 403, "eve": 404, "cy": 404, "lin": 200, "bo": 409},
    "POST /api/v1/chats/{id}/end/": {None: 401, "eve": 404, "cy": 404, "lin": 403, "ana": 200},
    "POST /live/{id}/accept/": {None: 401, "ana": 404, "eve": 404, "cy": 404, "lin": 302, "bo": 409},
    "POST /live/{id}/end/": {None: 401, "eve": 404, "cy": 404, "lin": 403, "ana": 302},
    "POST /live/start/": {None: 401},
    "GET /live/start/": {None: 405, "ana": 405},
    "GET /api/v1/service-hours/": {None: 200, "ana": 200, "lin": 200},
}


@pytest.mark.parametrize("door", WHO)
def test_who_gets_in(world: World, chat: Session, door: str) -> None:
    method, address = door.split()
    for name, status in WHO[door].items():
        url = address.format(id=chat.public_id)
        one = client(world, name)
        answer = one.get(url) if method == "GET" else as_json(one, url, body=f"hello from {name}")
        assert answer.status_code == status, (door, name, answer.content[:300])
        if "{id}" in address:
            other = address.format(id="z" * 20)
            missing = one.get(other) if method == "GET" else as_json(one, other, body="x")
            assert missing.status_code == (401 if name is None else 404), (door, name)


def test_refusals_change_nothing(world: World, chat: Session) -> None:
    before = Message.objects.count()
    for name in (None, "eve", "cy"):
        for step in ("accept", "end", "messages"):
            as_json(client(world, name), f"/api/v1/chats/{chat.public_id}/{step}/", body="x")
    chat.refresh_from_db()
    assert (chat.state, Message.objects.count()) == ("waiting", before)


def test_messages_over_http_are_those_of_the_socket(world: World, chat: Session) -> None:
    address = f"/api/v1/chats/{chat.public_id}/messages/"
    key = str(uuid.uuid4())
    first = as_json(client(world, "ana"), address, body="And when?", client_id=key).json()
    again = as_json(client(world, "ana"), address, body="And when?", client_id=key).json()
    assert (first["seq"], first["dup"], again["seq"], again["dup"]) == (4, False, 4, True)
    clash = as_json(client(world, "ana"), address, body="Other", client_id=key)
    assert (clash.status_code, clash.json()["code"]) == (409, "idempotency_conflict")
    batch = client(world, "ana").get(address + "?after=2&limit=1").json()
    assert ([e["seq"] for e in batch["events"]], batch["head"], batch["more"]) == ([3], 4, True)
    assert batch["events"][0]["data"]["text"] == "Ana is waiting for Order help"
    assert client(world, "ana").get(address + "?after=-1").json()["fields"]["after"]


def test_an_idempotency_key_answers_once(world: World) -> None:
    body = {"team": "orderhelp", "order": world.order("ana").public_id, "body": "x"}
    ana = client(world, "ana")
    first = ana.post(
        "/api/v1/chats/", body, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    again = ana.post(
        "/api/v1/chats/", body, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again["Idempotent-Replay"] == "true"
    assert Session.objects.count() == 1


def test_a_token_needs_its_scope(world: World, chat: Session) -> None:
    from accounts.tokens import issue_token

    secret = issue_token(user=world.users["ana"], scopes=["chats:read"])
    headers = {"Authorization": f"Token {secret}"}
    assert Client().get("/api/v1/chats/", headers=headers).status_code == 200
    refused = Client().post(
        "/api/v1/chats/", {"team": "orderhelp", "body": "x"}, content_type="application/json", headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")


def test_the_cost_of_the_list_does_not_grow_with_its_rows(world: World) -> None:
    boss = client(world, "max")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert boss.get("/api/v1/chats/").status_code == 200
        return len(asked)

    actions.open_chat(actor=world.actor("ana"), team="orderhelp", order=world.order("ana"), body="x")
    cost()
    with_one = cost()
    actions.open_chat(actor=world.actor("eve"), team="orderhelp", order=world.order("eve"), body="x")
    rows = boss.get("/api/v1/chats/").json()["results"]
    assert [(row["place"], row["state"]) for row in rows] == [(2, "waiting"), (1, "waiting")]
    assert cost() == with_one <= 7


def test_service_hours_say_now_and_the_week_in_the_readers_zone(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(SUNDAY_NY)
    shown = client(world, "ana").get("/api/v1/service-hours/").json()
    assert shown["timezone"] == "Asia/Tokyo"
    desks = {desk["team"]: desk for desk in shown["results"]}
    always, nights = desks["orderhelp"], desks["presales"]
    assert (always["open"], always["accepting"], always["closes_at"], always["needs_order"]) == (
        True,
        True,
        None,
        True,
    )
    assert (nights["open"], nights["accepting"], nights["timezone"]) == (False, False, "America/New_York")
    assert datetime.fromisoformat(nights["opens_at"]) == OPENS
    monday = nights["week"][0]
    assert (monday["day"], len(nights["week"])) == ("2026-11-23", 7)
    assert monday["windows"][0]["start"] == "2026-11-23T15:00:00+09:00"
    berlin = Client().get("/api/v1/service-hours/?zone=Europe/Berlin").json()
    assert berlin["timezone"] == "Europe/Berlin"
    wrong = Client().get("/api/v1/service-hours/?zone=Mars/Base")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["zone"])


def test_the_console_is_led_to_its_conversation(world: World, chat: Session) -> None:
    answer = client(world, "lin").post(f"/live/{chat.public_id}/accept/")
    assert answer["Location"] == f"/console/t/{chat.ticket_id}/"
    lost = client(world, "bo").post(f"/live/{chat.public_id}/accept/")
    assert "Lin has accepted this chat." in lost.content.decode()
