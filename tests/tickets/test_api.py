"""`/api/v1/tickets/`: works, 404 for a stranger, 403, bad input, replays, budgets."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person, User
from accounts.tokens import issue_token
from tests.factories import log_in, make_buyer, make_order, make_ticket
from tickets import actions
from tickets.models import Message, Satisfaction, Ticket

World = SimpleNamespace
LIST = "/api/v1/tickets/"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def url(ticket: Ticket, part: str = "") -> str:
    return f"{LIST}{ticket.number}/{part}"


def post(client: Client, path: str, data: dict[str, Any], **headers: str) -> Any:
    return client.post(path, json.dumps(data), content_type="application/json", headers=headers)


def bearer(person: Person, *scopes: str) -> dict[str, str]:
    return {
        "Authorization": f"Token {issue_token(user=User.objects.get(person=person), scopes=list(scopes))}"
    }


def opening(**fields: Any) -> dict[str, Any]:
    return {"category": "order", "subject": "Where is it?", "body": "I wonder.", "order": "us:2041", **fields}


def test_opening_and_reading(world: World, client: Client) -> None:
    log_in(client, world.buyer_person)
    made = post(client, LIST, opening())
    assert made.status_code == 201
    shape = made.json()
    assert (shape["status"], shape["team"], shape["order"]["number"]) == ("new", "orders", "2041")
    assert shape["due"] == (world.now + timedelta(hours=4)).isoformat()
    assert [stream["kind"] for stream in shape["streams"]] == ["public"]
    again = client.get(f"{LIST}{shape['number']}/")
    assert again.json() == shape
    log_in(client, world.house.agent)
    kinds = [stream["kind"] for stream in client.get(f"{LIST}{shape['number']}/").json()["streams"]]
    assert kinds == ["public", "staff"]


def test_a_machine_opens_for_a_person(world: World, client: Client) -> None:
    key = bearer(world.house.agent, "tickets:write", "tickets:read")
    made = post(client, LIST, opening(requester=world.buyer_person.public_id, priority="high"), **key)
    assert made.status_code == 201
    assert made.json()["channel"] == "api"
    assert made.json()["requester"]["name"] == "Ana Ruiz"
    assert post(client, LIST, opening(), **key).json()["fields"].keys() == {"requester"}


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"body": ""}, 400, "body"),
        ({"body": "x" * 8001}, 400, "body"),
        ({"body": None}, 400, "body"),
        ({"subject": " "}, 400, "subject"),
        ({"category": "nonsense"}, 400, "category"),
        ({"client_id": "7"}, 400, "client_id"),
        ({"attachments": ["x"]}, 400, "attachments"),
        ({"priority": "mighty"}, 400, "priority"),
        ({"priority": "urgent"}, 403, None),
        ({"order": "us:9999"}, 404, None),
        ({"order": "nowhere:2041"}, 404, None),
    ],
)
def test_bad_openings_say_what_and_open_nothing(
    world: World, client: Client, fields: dict[str, Any], status: int, named: str | None
) -> None:
    log_in(client, world.buyer_person)
    refused = post(client, LIST, opening(**fields))
    assert refused.status_code == status
    assert {"code", "message"} <= refused.json().keys()
    assert (list(refused.json().get("fields", {})) or [None]) == [named]
    assert not Ticket.objects.exists()


def test_a_foreign_order_is_not_found(world: World, client: Client) -> None:
    foreign = make_order(world.other_person)
    log_in(client, world.buyer_person)
    assert post(client, LIST, opening(order=f"us:{foreign.number}")).status_code == 404


def test_hostile_words_stay_words(world: World, client: Client) -> None:
    log_in(client, world.buyer_person)
    body = '<script>alert("x")</script> 👩‍👩‍👧 مرحبا שלום'
    made = post(client, LIST, opening(body=body)).json()
    events = client.get(f"{LIST}{made['number']}/messages/").json()["results"]
    assert events[-1]["data"]["body"] == body


def test_visitors_and_strangers(world: World, client: Client, ticket: Ticket) -> None:
    doors = ["", "messages/", "assign/", "status/", "priority/", "escalate/", "satisfaction/"]
    assert client.get(LIST).status_code == 401
    assert [post(client, url(ticket, door), {}).status_code for door in doors[1:]] == [401] * 6
    bodies = {
        "messages/": {"body": "x"},
        "assign/": {"assignee": None},
        "status/": {"status": "solved"},
        "priority/": {"priority": "high"},
        "escalate/": escalation(world),
        "satisfaction/": {"score": 5},
    }
    for person in (world.other_person, world.house.other_agent):
        log_in(client, person)
        assert client.get(url(ticket)).status_code == 404
        assert client.get(url(ticket, "messages/")).status_code == 404
        assert {post(client, url(ticket, door), body).status_code for door, body in bodies.items()} == {404}
        assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}99999999999999999999999/").status_code == 404
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority) == ("new", "normal")


def escalation(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "question": "Does the mug survive a dishwasher?",
        "checked": "The sheet is silent.",
        "to_team": "specialists",
        "promised_for": (world.now + timedelta(hours=5)).isoformat(),
        **fields,
    }


def test_what_a_requester_may_not_do(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    refused = {
        "messages/": {"kind": "note", "body": "x"},
        "assign/": {"assignee": None},
        "status/": {"status": "waiting"},
        "priority/": {"priority": "high"},
        "escalate/": escalation(world),
    }
    for door, body in refused.items():
        answer = post(client, url(ticket, door), body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), door
    assert client.get(url(ticket, "messages/?stream=staff")).status_code == 404
    assert Message.objects.count() == 2


def test_scopes_of_a_token(world: World, client: Client, ticket: Ticket) -> None:
    read, write = bearer(world.house.agent, "tickets:read"), bearer(world.house.agent, "tickets:write")
    assert client.get(LIST, headers=read).status_code == 200
    assert post(client, url(ticket, "messages/"), {"body": "x"}, **read).json()["code"] == "scope"
    assert post(client, url(ticket, "messages/"), {"body": "It left today."}, **write).status_code == 201
    assert client.get(url(ticket), headers=write).status_code == 403
    assert client.get(LIST, headers={"Authorization": "Token wrong"}).status_code == 401


def test_messages_in_ranges(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)
    for n in range(4):
        post(client, url(ticket, "messages/"), {"body": f"It left today, {n}."})
    post(client, url(ticket, "messages/"), {"body": "secret", "kind": "note"})
    page = client.get(url(ticket, "messages/?after=2&limit=3")).json()
    assert [event["seq"] for event in page["results"]] == [3, 4, 5]
    assert (page["more"], page["head"]) == (True, 6)
    staff = client.get(url(ticket, "messages/?stream=staff")).json()
    assert "secret" in [event["data"]["body"] for event in staff["results"]]
    for bad in ("?after=x", "?limit=-1", "?stream=all"):
        assert client.get(url(ticket, f"messages/{bad}")).status_code == 400
    log_in(client, world.buyer_person)
    assert "secret" not in client.get(url(ticket, "messages/")).content.decode()


def test_a_replayed_message_by_client_id(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    data = {"body": "Hello?", "client_id": str(uuid.uuid4())}
    first, again = (post(client, url(ticket, "messages/"), data) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    clash = post(client, url(ticket, "messages/"), {**data, "body": "Other words"})
    assert (clash.status_code, clash.json()["code"]) == (409, "idempotency_conflict")


def test_an_idempotency_key_answers_once(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    key = {"Idempotency-Key": "form-1"}
    first, again = (post(client, LIST, opening(), **key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert Ticket.objects.count() == 2
    clash = post(client, LIST, opening(body="Other words"), **key)
    assert (clash.status_code, clash.json()["code"]) == (409, "idempotency_conflict")
    said = [
        post(client, url(ticket, "messages/"), {"body": "x"}, **{"Idempotency-Key": "m"}) for _ in range(2)
    ]
    assert said[0].json() == said[1].json()
    bad = [post(client, LIST, opening(body=body), **{"Idempotency-Key": "b"}) for body in ("", "Better")]
    assert [answer.status_code for answer in bad] == [
        400,
        201,
    ]  # a refusal frees the key: mend it and send again


def test_the_desk_works(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)
    to = {"assignee": world.house.agent2.public_id}
    assert post(client, url(ticket, "assign/"), to).json()["assignee"]["name"] == "Tom Reed"
    ranked = post(client, url(ticket, "priority/"), {"priority": "urgent"}).json()
    assert ranked["due"] == (world.now + timedelta(hours=1)).isoformat()
    asked = post(client, url(ticket, "escalate/"), escalation(world))
    assert asked.status_code == 201
    assert asked.json()["to_team"] == "specialists"
    assert post(client, url(ticket, "escalate/"), escalation(world)).json()["code"] == "already_escalated"
    solve = {"status": "solved"}
    assert post(client, url(ticket, "status/"), solve).json()["code"] == "open_escalation"
    actions.return_escalation(actor=world.specialist, ticket=ticket.public_id, words="No need.")
    assert post(client, url(ticket, "status/"), {**solve, "sure": True}).json()["status"] == "solved"
    assert post(client, url(ticket, "satisfaction/"), {"score": 5}).status_code == 403
    log_in(client, world.buyer_person)
    assert post(client, url(ticket, "satisfaction/"), {"score": 9}).json()["fields"].keys() == {"score"}
    assert post(client, url(ticket, "satisfaction/"), {"score": 4, "words": "fine"}).status_code == 201
    assert post(client, url(ticket, "satisfaction/"), {"score": 4, "words": "fine"}).status_code == 201
    Satisfaction.objects.update(at=world.now - timedelta(hours=25))
    assert post(client, url(ticket, "satisfaction/"), {"score": 3}).json()["code"] == "already_rated"
    assert Satisfaction.objects.get().score == 4


@pytest.mark.parametrize(
    ("door", "body", "named"),
    [
        ("assign/", {"assignee": "nobody"}, "assignee"),
        ("assign/", {"assignee": None, "team": "nowhere"}, "team"),
        ("assign/", {}, "assignee"),
        ("status/", {"status": "new"}, "status"),
        ("priority/", {"priority": "x"}, "priority"),
        ("messages/", {"body": "x", "kind": "event"}, "kind"),
        ("messages/", {"body": "x" * 8001}, "body"),
        ("messages/", {"body": "\x00 "}, "body"),
        ("escalate/", {"question": "short", "checked": "x", "to_team": "specialists", "promised_for": "2099-01-01T00:00Z"}, "question"),
        ("escalate/", {"question": "x" * 30, "checked": "x", "to_team": "specialists", "promised_for": "soon"}, "promised_for"),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(
    world: World, client: Client, ticket: Ticket, door: str, body: dict[str, Any], named: str
) -> None:
    log_in(client, world.house.agent)
    refused = post(client, url(ticket, door), body)
    assert refused.status_code == 400
    assert list(refused.json()["fields"]) == [named]
    assert Message.objects.count() == 2


def test_bad_json_is_told(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)
    bad = client.post(url(ticket, "messages/"), "{not json", content_type="application/json")
    assert bad.status_code == 400
    assert {"code", "message"} <= bad.json().keys()


def test_ten_megabytes_of_words_are_too_large(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)
    refused = post(client, url(ticket, "messages/"), {"body": "x" * 10_000_000})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert Message.objects.count() == 2


def test_filters(world: World, client: Client, ticket: Ticket) -> None:
    second = make_ticket(world.buyer_person)
    actions.take_ticket(actor=world.agent, ticket=second.public_id)
    actions.set_priority(actor=world.agent, ticket=second.public_id, priority="urgent")
    log_in(client, world.house.agent)

    def found(query: str) -> list[int]:
        return [one["number"] for one in client.get(f"{LIST}?{query}").json()["results"]]

    both, one, two = [second.number, ticket.number], [ticket.number], [second.number]
    assert found("") == both
    assert found("status=new,open") == both
    assert found("status=solved") == []
    assert found("priority=urgent") == two
    assert found("assignee=me") == two
    assert found("assignee=none") == one
    assert found(f"assignee={world.house.agent.public_id}") == two
    assert found("order=us:2041") == found("order=2041") == one
    assert found("team=orders") == both
    assert found("team=logistics") == []
    bad = client.get(f"{LIST}?status=fresh")
    assert (bad.status_code, list(bad.json()["fields"])) == (400, ["status"])


def test_pages_by_cursor_within_a_budget(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    made = [make_ticket(make_buyer(), order=None).number for _ in range(7)]
    log_in(client, world.house.agent)
    seen: list[int] = []
    address = f"{LIST}?limit=3"
    while address:
        with django_assert_max_num_queries(5):
            page = client.get(address).json()
        seen += [one["number"] for one in page["results"]]
        address = page["next"]
    assert seen == sorted(made, reverse=True)


def test_one_ticket_and_its_messages_within_a_budget(
    world: World, client: Client, ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body=str(n))
    log_in(client, world.house.agent)
    with django_assert_max_num_queries(6):
        client.get(url(ticket))
    with django_assert_max_num_queries(8):
        client.get(url(ticket, "messages/"))
