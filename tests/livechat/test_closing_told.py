"""What both sides read of a closing: above the chat, in its log, and by mail for whoever left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from core import outbox
from livechat import actions
from tests.livechat.desk_time import Clock, T, accept, ask, minutes, round_at, row
from tests.livechat.world import World


def page(world: World, name: str, path: str) -> str:
    one = Client()
    one.force_login(world.users[name])
    return one.get(path).content.decode()


def test_both_sides_read_when_it_closes(world: World, clock: Clock) -> None:
    clock(T - minutes(20))
    chat = accept(world, ask(world))
    strip, head = f"/tickets/{chat.ticket.public_id}/strip/", f"/console/t/{chat.ticket_id}/head/"
    assert "closes at" not in page(world, "ana", strip) + page(world, "lin", head)
    round_at(clock, T - minutes(10), world)
    told = page(world, "ana", strip)
    assert "You are chatting with Lin" in told
    assert "This chat closes at 6:00 AM in New York (8:00 PM for you)" in told
    assert "This chat closes at 6:00 AM in New York<" in page(world, "lin", head).replace("</p>", "<")
    assert "This chat closes at 6:00 AM in New York (8:00 PM for you)" in page(
        world, "ana", f"/tickets/{chat.ticket.public_id}/"
    )
    clock(T + minutes(1))
    assert "This chat ends at 6:15 AM in New York (8:15 PM for you)" in page(world, "ana", strip)


def test_who_waited_reads_the_ticket_and_its_time(world: World, clock: Clock, mailoutbox: list[Any]) -> None:
    clock(T - minutes(20))
    chat = ask(world)
    strip = f"/tickets/{chat.ticket.public_id}/strip/"
    round_at(clock, T - minutes(9), world)
    told = page(world, "ana", strip)
    assert "You are next in the queue" in told
    assert "This chat closes at 6:00 AM in New York (8:00 PM for you)" in told
    round_at(clock, T, world)
    told = page(world, "ana", strip)
    link = f'Your chat is <a href="/tickets/{chat.ticket.public_id}/">ticket #{chat.ticket_id}</a> now.'
    assert link in told
    assert "Answer by Tue 24 Nov, 11:40 AM" in told
    outbox.run_due()
    outbox.run_due()
    [mail] = mailoutbox
    assert mail.to == ["ana@mail.example"]
    assert (
        f"The desk has closed. This chat is ticket #{chat.ticket_id} now, answered by Monday 9:40 PM"
        in mail.body
    )
    assert f"/tickets/{chat.ticket.public_id}/" in mail.body


def test_a_chat_that_people_ended_sends_no_mail(world: World, clock: Clock, mailoutbox: list[Any]) -> None:
    clock(T - minutes(20))
    chat = ask(world)
    actions.end_chat(actor=world.actor("ana"), session=chat.public_id)
    clock(T + timedelta(minutes=1))
    outbox.run_due()
    assert (row(chat).state, mailoutbox) == ("ticket", [])
