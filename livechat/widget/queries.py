"""What a visitor reads of a shop's desk and of their conversation, and what an agent reads of the visitor's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import now
from core.errors import NotFound
from livechat import doors
from livechat.models import Session, SessionState
from livechat.queries import Waits, open_session_of, place_in_queue
from livechat.widget import context
from livechat.widget.access import actor_of
from livechat.widget.models import Visitor, WidgetSite, WidgetTalk
from sla.models import Metric
from sla.queries import open_clocks
from tickets.actions.rules import may_write
from tickets.models import LIVE_STATUSES, Satisfaction, Stream, Ticket
from tickets.permissions import may_be_rated
from tickets.queries import access_ticket, promise_for_new, visible_tickets

ANSWERS = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)


def site_by_key(key: str) -> WidgetSite:
    """A site that is switched on; NotFound otherwise."""
    rows = WidgetSite.objects.filter(key=key, is_on=True)
    found = rows.select_related("store", "team__calendar", "category__team__calendar").first()
    if found is None:
        raise NotFound()
    return found


def desk_of(site: WidgetSite, zone: str) -> dict[str, Any]:
    """The desk's hours, the week in the visitor's zone, and by when a ticket written now is answered."""
    quote = promise_for_new(category=site.category, at=now())
    return {
        "desk": doors.desk_shape(site.team, zone),
        "promised": quote.due if quote else None,
        "promised_zone": site.category.team.calendar.timezone,
    }


def talk_of(visitor: Visitor, ticket: str = "") -> Ticket:
    """A conversation of this visitor's on this shop: the one that is named, else the newest. NotFound otherwise."""
    actor = actor_of(visitor)
    if ticket:
        found = access_ticket(actor, ticket)
        if not WidgetTalk.objects.filter(ticket=found, site__store_id=visitor.site.store_id).exists():
            raise NotFound()
        return found
    mine = visible_tickets(actor).filter(widget_talk__site__store_id=visitor.site.store_id)
    newest = mine.filter(merged_into=None, is_spam=False).order_by("-chatting", "-last_message_at", "-pk")
    first = newest.first()
    if first is None:
        raise NotFound()
    return first


def talk_shape(visitor: Visitor, ticket: Ticket) -> dict[str, Any]:
    """A conversation as the widget draws it."""
    session = open_session_of(ticket) or _last_session(ticket)
    stream = ticket.streams.get(kind=Stream.Kind.PUBLIC)
    live = ticket.status in LIVE_STATUSES
    place = place_in_queue(session) if session else None
    return {
        "ticket": ticket.public_id,
        "number": ticket.number,
        "status": "open" if live else "solved",
        "stream": stream.public_id,
        "epoch": stream.epoch,
        "head": stream.last_seq,
        "read": stream.buyer_read,
        "session": session.public_id if session else None,
        "state": session.state if session else SessionState.BECAME_TICKET.value,
        "place": place,
        "about_minutes": Waits().about_minutes(session, place) if session else None,
        "agent": session.agent.display_name if session and session.agent else None,
        "closes_at": session.closes_at if session and ticket.chatting else None,
        "promised": None if ticket.chatting else _promised(ticket),
        "can_write": may_write(actor_of(visitor), ticket, now()),
        "can_rate": may_be_rated(ticket),
        "score": Satisfaction.objects.filter(ticket=ticket).values_list("score", flat=True).first(),
    }


def _last_session(ticket: Ticket) -> Session | None:
    return Session.objects.filter(ticket=ticket).select_related("agent").order_by("-pk").first()


def _promised(ticket: Ticket) -> datetime | None:
    clocks = open_clocks("ticket", [ticket.pk])[ticket.pk]
    return next((clock.due for clock in clocks if clock.metric in ANSWERS), None)


@dataclass(frozen=True, slots=True)
class PageShown:
    """What an agent sees of a visitor: all of it is their page's or their own word, shown as text."""

    shop: str
    name: str
    email: str
    signed: bool
    lines: list[tuple[str, str, bool]]
    at: datetime


def page_shown(ticket: Ticket) -> PageShown | None:
    """Where a conversation comes from; None for one that is not from a shop's page. The ticket was accessed before."""
    talk = WidgetTalk.objects.filter(ticket=ticket).select_related("site").first()
    if talk is None:
        return None
    shown = context.lines(talk.context)
    return PageShown(talk.site.name, talk.name, talk.email, talk.signed, shown, talk.context_at)
