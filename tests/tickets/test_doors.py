"""Every step from page, API and socket leaves the same rows: one actor, one world, one instant, two or three doors.

Each door is gone through in turn and taken back; what it wrote, in every table of tickets, clocks and outbox, is
compared row by row. Only what is new by chance (public ids) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from faq.actions import save_category
from faq.models import Article
from livechat import doors
from livechat.protocol import Send
from tests.access.world import undone
from tests.factories import log_in, make_ticket
from tickets import actions
from tickets.actions import asking, linking, merging, spam
from tickets.models import Message, Stream, Ticket

World = SimpleNamespace
KEY = "7c6f6f0e-4d7e-4b52-9a54-0d0a8f3f7a11"
CHANCE = {"public_id", "epoch"}
TABLES = [
    model
    for label in ("tickets", "sla", "core", "orders")
    for model in apps.get_app_config(label).get_models()
    if model.__name__ != "IdempotencyKey"
]
Rows = dict[str, dict[Any, dict[str, Any]]]
Fields = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One thing that is done, as each door is asked for it. Paths and fields are made of the world."""

    name: str
    page: str
    form: Callable[[World], Fields]
    api: str
    body: Callable[[World], Fields] | None = None  # the same as the form where it is left out
    who: str = "agent"
    method: str = "POST"
    before: Callable[[World], object] = lambda world: None
    socket: str = ""


def plain(**fields: Any) -> Callable[[World], Fields]:
    return lambda world: fields


def said(**fields: Any) -> Callable[[World], Fields]:
    return lambda world: {"stream": "public", "seq": 3, **fields}


def to_other(name: str, **more: Any) -> Callable[[World], Fields]:
    return lambda world: {name: str(world.other_ticket.number), **more}


def merged(world: World) -> None:
    merging.merge_tickets(
        actor=world.agent, source=world.ticket.public_id, target=world.other_ticket.public_id
    )


def closed(world: World) -> None:
    actions.set_status(actor=world.agent, ticket=world.ticket.public_id, status="closed")


def solved(world: World) -> None:
    actions.set_status(actor=world.agent, ticket=world.ticket.public_id, status="solved")


def tied(world: World) -> None:
    linking.link_incident(
        actor=world.agent, ticket=world.ticket.public_id, problem=world.other_ticket.public_id
    )


def marked(world: World) -> None:
    spam.set_spam(actor=world.agent, ticket=world.ticket.public_id, on=True)


def asked(world: World) -> None:
    actions.escalate_ticket(
        actor=world.agent,
        ticket=world.ticket.public_id,
        **{**QUESTION, "promised_for": datetime.fromisoformat(str(QUESTION["promised_for"]))},
    )


def asked_back(world: World) -> None:
    asked(world)
    asking.ask_back(actor=world.specialist, ticket=world.ticket.public_id, words="Which colour?")


def topic(world: World) -> None:
    save_category(actor=world.manager, slug="care", name="Care")


def person(name: str) -> Callable[[World], Fields]:
    return lambda world: {"assignee": getattr(world.house, name).public_id}


QUESTION = {
    "question": "Can the glaze be repaired by our workshop?",
    "checked": "The pictures and the order.",
    "to_team": "specialists",
    "promised_for": "2026-11-12T15:00:00+00:00",
}
WORDS = {"body": "It leaves today.", "client_id": KEY}
STEPS = [
    Step("reply", "reply", plain(**WORDS), "messages", plain(kind="reply", **WORDS), socket="reply"),
    Step("a buyer's reply", "reply", plain(**WORDS), "messages", plain(kind="reply", **WORDS), who="buyer", socket="reply"),
    Step("note", "note", plain(**WORDS), "messages", plain(kind="note", **WORDS), socket="note"),
    Step("status", "status", plain(status="waiting"), "status"),
    Step("solved by the buyer", "status", plain(status="solved"), "status", who="buyer"),
    Step("reopened by the buyer", "status", plain(status="open"), "status", who="buyer", before=solved),
    Step("priority", "priority", plain(priority="urgent"), "priority"),
    Step("assign", "assign", person("agent2"), "assign"),
    Step("escalate", "escalate", plain(**QUESTION), "escalate"),
    Step("accept", "escalation/accept", plain(), "escalation/accept", who="specialist", before=asked),
    Step("ask back", "escalation/ask-back", plain(words="Which?"), "escalation/ask-back", who="specialist", before=asked),
    Step("tell more", "escalation/tell", plain(words="Blue."), "escalation/tell", before=asked_back),
    Step("pass up", "escalation/pass-up", plain(words="It costs.", to_team="managers"), "escalation/pass-up", who="specialist", before=asked),
    Step("give back", "return", plain(words="Not ours."), "escalation/return", who="specialist", before=asked),
    Step("answer to the agent", "answer", plain(answer="Yes.", send_to_buyer="0", client_id=KEY), "escalation/answer", plain(answer="Yes.", send_to_buyer=False, client_id=KEY), who="specialist", before=asked),
    Step("answer to the buyer", "answer", plain(answer="Yes.", send_to_buyer="1", client_id=KEY), "escalation/answer", plain(answer="Yes.", send_to_buyer=True, client_id=KEY), who="specialist", before=asked),
    Step("article", "article", plain(title="Glaze", category="care", seq="3"), "article", plain(title="Glaze", category="care", seq=3), before=topic),
    Step("rate", "rate", plain(score="5", words="Fine"), "satisfaction", plain(score=5, words="Fine"), who="buyer", before=solved),
    Step("tags", "tags", plain(add="wrong-size,exchange"), "tags", plain(add=["wrong-size", "exchange"])),
    Step("watch", "watch", plain(on="1"), "watch", plain(on=True)),
    Step("copies", "copies", plain(add="mother@example.com"), "copies", plain(add=["mother@example.com"]), who="buyer"),
    Step("hand over", "hand-over", lambda w: {**person("agent2")(w), "words": "He waits.", "client_id": KEY}, "hand-over"),
    Step("spam", "spam", plain(on="1"), "spam", plain(on=True)),
    Step("no spam", "spam", plain(on="0"), "spam", plain(on=False), before=marked),
    Step("merge", "merge", to_other("target"), "merge", to_other("ticket")),
    Step("unmerge", "unmerge", plain(), "merge", method="DELETE", before=merged),
    Step("split", "split", lambda w: {"stream": "public", "seq": 2, "subject": "More", "category": "order", "client_id": KEY}, "split"),
    Step("follow up", "follow-up", plain(words="Again", client_id=KEY), "follow-up", plain(body="Again", client_id=KEY), before=closed),
    Step("problem", "problem", to_other("problem", on="1"), "problem", to_other("ticket")),
    Step("no problem", "problem", to_other("problem", on="0"), "problem?ticket=", method="DELETE", before=tied),
    Step("amend", "amend", said(words="It left today."), "amend", said(body="It left today.")),
    Step("redact", "redact", said(text="soon", reason="asked"), "redact"),
    Step("redact all", "redact", said(whole="1", reason="asked"), "redact", said(whole=True, reason="asked")),
]  # fmt: skip


@pytest.fixture
def scene(world: World) -> World:
    """The buyer's ticket with an answer of the agent, and another one of the same buyer."""
    world.ticket = make_ticket(world.buyer_person, order=world.order)
    world.other_ticket = make_ticket(world.buyer_person, subject="Still there?")
    actions.post_message(
        actor=world.agent, ticket=world.ticket.public_id, kind="reply", body="It leaves soon."
    )
    return world


def rows() -> Rows:
    return {
        model.__name__: {
            row["id"]: {name: value for name, value in row.items() if name not in CHANCE}
            for row in model._default_manager.values()
            if "id" in row
        }
        for model in TABLES
    }


def written(before: Rows, after: Rows) -> Rows:
    """The rows that are new or other than they were, and those that are gone, by table."""
    found = {}
    for table, now in after.items():
        was = before[table]
        moved = {key: now.get(key, {}) for key in {*was, *now} if was.get(key) != now.get(key)}
        if moved:
            found[table] = moved
    return found


def _known(text: str) -> str:
    """Ids made by chance stand in the data of events; tickets are told apart by their numbers there too."""
    for pk, slug in Article.objects.values_list("pk", "slug"):
        text = text.replace(slug, f"article-{pk}")
    for number, public_id in Ticket.objects.values_list("pk", "public_id"):
        text = text.replace(public_id, f"ticket-{number}")
    for pk, public_id in Stream.objects.values_list("pk", "public_id"):
        text = text.replace(public_id, f"stream-{pk}")
    return text


def browser(scene: World, who: str) -> Client:
    return log_in(Client(), scene.buyer_person if who == "buyer" else getattr(scene.house, who))


def by_page(scene: World, step: Step) -> None:
    client = browser(scene, step.who)
    answer = client.post(f"/t/{scene.ticket.public_id}/{step.page}/", step.form(scene))
    assert answer.status_code == 302, answer.content[:2000]


def by_api(scene: World, step: Step) -> None:
    client = browser(scene, step.who)
    part, mark, _rest = step.api.partition("?")
    path = f"/api/v1/tickets/{scene.ticket.number}/{part}/"
    if mark:
        path += f"?ticket={scene.other_ticket.number}"
    body = (step.body or step.form)(scene)
    answer = client.generic(step.method, path, json.dumps(body), content_type="application/json")
    assert answer.status_code in (200, 201), answer.content


def by_socket(scene: World, step: Step) -> None:
    kind = "public" if step.socket == "reply" else "staff"
    stream = Stream.objects.get(ticket=scene.ticket, kind=kind).public_id
    doors.say_on_stream(getattr(scene, step.who), Send(KEY, stream, step.socket, WORDS["body"], ()))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_door_leaves_the_same_rows(scene: World, step: Step) -> None:
    step.before(scene)
    ways = [by_page, by_api, *([by_socket] if step.socket else [])]
    left = []
    for way in ways:
        with transaction.atomic(), undone():
            before = rows()
            way(scene, step)
            left.append(_known(json.dumps(written(before, rows()), default=str, sort_keys=True)))
    assert "Message" in left[0], "it left no row in the timeline"
    for other in left[1:]:
        assert json.loads(other) == json.loads(left[0])


def test_the_comparison_sees_another_word(scene: World) -> None:
    """What the test above rests on: one other word is another row."""
    left = []
    for words in ("One", "Two"):
        with transaction.atomic(), undone():
            before = rows()
            by_page(scene, Step("", "note", plain(body=words), ""))
            left.append(written(before, rows())["Message"])
            assert Message.objects.filter(body=words).exists()
    assert left[0] != left[1]
