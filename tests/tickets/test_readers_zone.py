"""An event line that names an instant says it in the zone of whoever reads: on the page, by API and over the socket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Person
from core import live
from core.actors import SYSTEM
from livechat.executor import zone_of
from livechat.pump import events_after
from tests.factories import actor, log_in, make_ticket
from tests.tickets.test_api import bearer
from tickets.actions.append import add_event
from tickets.models import Stream, Ticket

World = SimpleNamespace
LA, TOKYO = "America/Los_Angeles", "Asia/Tokyo"
DUE = "2026-11-10T20:00:00+00:00"


@pytest.fixture
def ticket(world: World) -> Ticket:
    """The buyer lives in Los Angeles, the agent in Tokyo; a promise was told in the public stream."""
    Person.objects.filter(pk=world.buyer_person.pk).update(timezone=LA)
    Person.objects.filter(pk=world.house.agent.pk).update(timezone=TOKYO)
    row = make_ticket(world.buyer_person)
    with transaction.atomic():
        add_event(row, actor=SYSTEM, verb="ticket.escalated", data={"promised_for": DUE, "words": ""})
    return row


def said(zone: str) -> str:
    """The end of an instant in words: "… PM in Los Angeles"."""
    return f"M in {zone.rpartition('/')[2].replace('_', ' ')}"


def persons(world: World) -> list[tuple[Person, str]]:
    found = Person.objects.in_bulk([world.buyer_person.pk, world.house.agent.pk])
    return [(found[world.buyer_person.pk], LA), (found[world.house.agent.pk], TOKYO)]


def test_pages_and_api(world: World, client: Client, ticket: Ticket) -> None:
    for person, zone in persons(world):
        other = LA if zone == TOKYO else TOKYO
        log_in(client, person)
        page = f"/console/t/{ticket.number}/" if zone == TOKYO else f"/tickets/{ticket.public_id}/"
        for path in (page, f"/api/v1/tickets/{ticket.number}/messages/"):
            shown = client.get(path).content.decode()
            assert said(zone) in shown and said(other) not in shown, path


def test_a_token_reads_in_its_owners_zone(world: World, client: Client, ticket: Ticket) -> None:
    key = bearer(Person.objects.get(pk=world.house.agent.pk), "tickets:read")
    shown = client.get(f"/api/v1/tickets/{ticket.number}/messages/", headers=key).content.decode()
    assert said(TOKYO) in shown


def test_the_socket_reads_it_for_each(world: World, ticket: Ticket) -> None:
    stream = Stream.objects.get(ticket=ticket, kind="public")

    def read(person: Person) -> list[dict[str, Any]]:
        who = actor(person)
        with translation.override(who.language or "en"), timezone.override(zone_of(who)):
            return events_after(stream, 0)

    for person, zone in persons(world):
        assert said(zone) in read(person)[-1]["data"]["text"]


def test_no_line_travels_that_was_written_for_another(
    world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    pushed: list[dict[str, Any]] = []
    monkeypatch.setattr(live, "push", lambda group, message: pushed.append(message))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        add_event(ticket, actor=SYSTEM, verb="ticket.escalated", data={"promised_for": DUE, "words": ""})
    rows = [one for one in pushed if one["type"] == "stream.event"]
    assert rows and all(one["event"] is None for one in rows)
