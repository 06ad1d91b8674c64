"""What page, API and socket share: from what came in to the action, and from a chat to its JSON."""

from __future__ import annotations

from typing import Any

from accounts import actions as accounts
from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import Invalid, NotFound
from livechat import actions, limits, queries
from livechat.models import OPEN_STATES, Session
from livechat.protocol import Send, Start
from orders.models import Order
from orders.queries import access_order
from sla import queries as sla
from tickets import actions as ticket_actions
from tickets import queries as tickets
from tickets.models import Stream

_STREAM_OF = {"reply": Stream.Kind.PUBLIC, "note": Stream.Kind.STAFF}


def order_of(actor: Actor, public_id: str) -> Order | None:
    """The actor's order by its public id; None for a blank one, NotFound for another's."""
    return access_order(actor, public_id) if public_id else None


def open_chat(actor: Actor, *, order: str = "", address: str = "", **arguments: Any) -> Session:
    """`open_chat` with the order named by its public id, tried again after a deadlock.

    `address` is the network's; from one address so many chats begin, and no more: TooFast.
    """
    if not actor.is_known:
        order = ""  # whoever is not signed in is told so first, whatever the order
    limits.check_address(address)
    began = now()
    session: Session = retrying(actions.open_chat, actor=actor, order=order_of(actor, order), **arguments)
    if session.queued_at >= began:  # and not the first one again
        limits.count_address(address)
    return session


def say_on_stream(actor: Actor, op: Send) -> Any:
    """A message over the socket: to the stream that its kind belongs to. Returns what `post_message` does."""
    if op.kind == "reply" and not op.files:
        said = retrying(
            ticket_actions.say_at_once, actor=actor, stream=op.stream, body=op.body, client_id=op.id
        )
        if said is not None:
            return said
    stream = tickets.access_stream(actor, op.stream)
    if stream.kind != _STREAM_OF[op.kind]:
        raise Invalid.field(
            "stream", "A reply goes to the public stream, a note to the staff's.", code="wrong_stream"
        )
    return retrying(
        ticket_actions.post_message,
        actor=actor,
        ticket=stream.ticket.public_id,
        kind=op.kind,
        body=op.body,
        client_id=op.id,
        attachment_ids=op.files,
        channel="chat" if stream.ticket.chatting else "web",
        sure=op.sure,
    )


def start(actor: Actor, op: Start, address: str = "") -> dict[str, Any]:
    """A chat that is asked for over the socket; what its ack carries."""
    session = open_chat(
        actor,
        address=address,
        order=op.order,
        team=op.team,
        body=op.body,
        subject=op.subject,
        category=op.category,
        client_id=op.id,
    )
    stream = stream_of(actor, session)
    return {
        "session": session.public_id,
        "ticket": session.ticket.public_id,
        "stream": stream.public_id,
        "epoch": stream.epoch,
        "head": stream.last_seq,
        "state": session.state,
    }


def states_of(streams: list[Stream]) -> dict[str, str]:
    """By stream: the state of the chat on its ticket, "none" where there is no open one."""
    found = queries.states_of([stream.ticket_id for stream in streams]) if streams else {}
    return {stream.public_id: found.get(stream.ticket_id, "none") for stream in streams}


def stream_of(actor: Actor, session: Session, kind: str = "public") -> Stream:
    """A stream of an accessed chat; NotFound for one that the actor does not read."""
    stream = tickets.streams_of(actor, session.ticket).get(kind)
    if stream is None:
        raise NotFound()
    return stream


def sign_of_life(actor: Actor, session: Session) -> None:
    """Who reads a chat over HTTP is there, as who listens on a socket. An ended chat asks nobody."""
    if session.state in OPEN_STATES:
        is_here(actor)


def is_here(actor: Actor) -> None:
    """Who asks for news is there, as who listens on a socket."""
    retrying(accounts.heartbeat if actor.is_staff else actions.buyer_is_here, actor=actor)


def writer_of(actor: Actor) -> dict[str, Any]:
    """Who types, as the others are told."""
    public_id = Person.objects.filter(pk=actor.id).values_list("public_id", flat=True).first()
    return {"id": public_id, "name": actor.name, "kind": "staff" if actor.is_staff else "buyer"}


def chat_shape(actor: Actor, session: Session, waits: queries.Waits | None = None) -> dict[str, Any]:
    """A chat as the API writes it; a buyer reads nothing of whom it is offered to and of who writes it up."""
    place = queries.place_in_queue(session)
    asked = session.offered_to if actor.is_staff else None
    stream = next(one for one in session.ticket.streams.all() if one.kind == Stream.Kind.PUBLIC)
    return {
        "id": session.public_id,
        "state": session.state if actor.is_staff else queries.seen_as(session.state),
        "team": session.team.code,
        "ticket": session.ticket.public_id,
        "stream": stream.public_id,
        "head": stream.last_seq,
        "order": session.ticket.order.public_id if session.ticket.order else None,
        "requester": session.requester.public_id,
        "agent": session.agent.display_name if session.agent else None,
        "place": place,
        "about_minutes": (waits or queries.Waits()).about_minutes(session, place),
        "offered_to": asked.display_name if asked else None,
        "offer_until": session.offer_until if asked else None,
        "to_team": session.to_team.code if session.to_team and actor.is_staff else None,
        "queued_at": session.queued_at,
        "accepted_at": session.accepted_at,
        "ended_at": session.ended_at,
        "closes_at": session.closes_at,
    }


def desk_shape(team: Any, zone: str) -> dict[str, Any]:
    """A desk's hours: now, and the week in the reader's zone."""
    at = now()
    state = queries.desk_state(team, at)
    return {
        "team": team.code,
        "name": team.name,
        "needs_order": team.needs_order,
        "open": state.open,
        "accepting": state.accepting,
        "closes_at": state.closes_at,
        "opens_at": state.opens_at,
        "timezone": state.zone,
        "week": [
            {"day": day.day, "windows": [{"start": start, "end": end} for start, end in day.windows]}
            for day in sla.week(team.calendar_id, at, zone)
        ],
    }
