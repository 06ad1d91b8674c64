"""What livechat registers with the rooms below: whose pick-up clocks these are, and the lines of a chat's steps."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from core.actors import Actor
from core.db import locked
from livechat import words
from livechat.models import Session
from livechat.permissions import visible_to
from livechat.queries import chats_closing
from livechat.widget.words import identified
from sla import touched
from sla.owners import OwnerLabel, register
from sla.worktime import WorkCalendar
from tickets.models import Ticket
from tickets.words import register_line


def lock(owner_id: int, *, skip_locked: bool = False) -> bool:
    """The ticket, then the session: the order of every action on a chat."""
    session = Session.objects.filter(pk=owner_id).only("ticket_id").first()
    if session is None:
        return False
    ticket = locked(Ticket.objects.filter(pk=session.ticket_id), skip_locked=skip_locked)
    if not list(ticket.values_list("pk")):
        return False
    return bool(list(locked(Session.objects.filter(pk=owner_id), skip_locked=skip_locked).values_list("pk")))


def visible(actor: Actor) -> Q:
    """Clocks of the chats that this actor sees; buyers read no pick-up clocks."""
    if not (actor.is_staff or actor.is_system):
        return Q(pk__in=())
    return Q(owner_id__in=Session.objects.filter(visible_to(actor)).values("pk"))


def describe(ids: list[int]) -> dict[int, OwnerLabel]:
    """Chat with whom, and where."""
    rows = Session.objects.filter(pk__in=ids).select_related("ticket")
    return {row.pk: OwnerLabel(str(row.ticket), _console_url(row.ticket_id)) for row in rows}


def closing(calendar_id: int, calendar: WorkCalendar, at: datetime) -> dict[str, int]:
    """Chats that other hours would end."""
    found = chats_closing(calendar_id=calendar_id, calendar=calendar, at=at)
    return {"waiting": found.waiting, "active": found.active}


def _console_url(number: int) -> str:
    return f"/console/t/{number}/"


touched.register("chats", closing)
register("chat", lock=lock, visible_to=visible, describe=describe)
register_line("ticket.identified", identified)
register_line("chat.waiting", words.waiting)
register_line("chat.joined", words.joined)
register_line("chat.ended", words.ended)
register_line("chat.closing", words.closing)
register_line("chat.longer", words.longer)
register_line("chat.offered", words.offered)
register_line("chat.agent_gone", words.agent_gone)
register_line("chat.agent_lost", words.agent_lost)
register_line("chat.agent_left", words.agent_left)
register_line("chat.silent", words.silent)
register_line("chat.voice", words.joined)
register_line("chat.transferred", words.transferred)
register_line("chat.taken_over", words.taken_over)
register_line("chat.voice_left", words.voice_left)
register_line("chat.assigned", words.assigned)
register_line("chat.missed", words.missed)
register_line("chat.declined", words.declined)
register_line("chat.away", words.away)
register_line("chat.handing", words.handing)
register_line("chat.stays", words.stays)
register_line("chat.wrapped", words.wrapped)
