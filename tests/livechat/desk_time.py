"""Moving a desk's chats through time: who is on, who is heard of, and the worker's rounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Presence
from core.actors import SYSTEM
from livechat import actions
from livechat.models import Session, SignOfLife
from sla.actions import save_calendar
from tests.livechat.world import ALWAYS, NEW_YORK, NIGHTS, World
from tickets.models import Message

T = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # Monday 06:00 in New York: the night shift ends
MONDAY = date(2026, 11, 23)
Clock = Callable[[datetime], None]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def switch_on(world: World, *names: str, at: datetime) -> None:
    """These members of staff are there at this instant."""
    for name in names:
        Presence.objects.update_or_create(
            person=world.users[name].person, defaults={"switch": "on", "last_seen": at}
        )


def heard_of(world: World, name: str, at: datetime) -> None:
    """A buyer's page gave a sign of life."""
    SignOfLife.objects.update_or_create(person=world.users[name].person, defaults={"at": at})


def ask(world: World, name: str = "ana", team: str = "presales") -> Session:
    """A buyer starts a chat."""
    order = world.order(name) if team == "orderhelp" else None
    return actions.open_chat(actor=world.actor(name), team=team, body="Is it cotton?", order=order)


def accept(world: World, session: Session, name: str = "lin") -> Session:
    return actions.accept_chat(actor=world.actor(name), session=session.public_id)


def round_at(clock: Clock, at: datetime, world: World | None = None, on: tuple[str, ...] = ("lin",)) -> int:
    """The worker's round at an instant, with these people there; how many steps it took."""
    clock(at)
    if world is not None:
        switch_on(world, *on, at=at)
    return actions.sweep()


def row(session: Session) -> Session:
    return Session.objects.select_related("ticket", "agent").get(pk=session.pk)


def lines(session: Session, prefix: str = "chat.") -> list[str]:
    """The verbs of a chat's lines, in their order."""
    rows = Message.objects.filter(stream__ticket_id=session.ticket_id, verb__startswith=prefix)
    return list(rows.order_by("stream_id", "seq").values_list("verb", flat=True))


def line(session: Session, verb: str) -> Message:
    return Message.objects.select_related("stream__ticket__requester", "author").get(
        stream__ticket_id=session.ticket_id, verb=verb
    )


def set_holiday(code: str, *days: date, **changes: Any) -> None:
    """The calendar of this world again, with holidays."""
    windows = NIGHTS if code == "presales-ny" else ALWAYS
    wanted: dict[str, Any] = {"windows": windows, "holidays": [(day, "Holiday") for day in days], **changes}
    save_calendar(actor=SYSTEM, code=code, name=code, timezone=NEW_YORK, **wanted)
