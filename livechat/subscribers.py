"""What livechat does about news: its own, tickets' and accounts'."""

from __future__ import annotations

from accounts.events import PresenceChanged, SignedOut, StaffDeactivated
from core import live, outbox
from core.events import after, inside
from livechat import actions
from livechat.audience import tell_of, tell_queue_of
from livechat.events import ChatAccepted, ChatEnded, ChatOffered, ChatTold, ChatWaiting, PlaceFree
from tickets.events import MessagePosted, TicketChanged, WentHome
from tickets.models import LIVE_STATUSES, Message, MessageKind, Ticket


@inside(ChatWaiting)
def hint_of_waiting(event: ChatWaiting) -> None:
    """Consoles, pages and the dashboard look again once this is committed."""
    tell_of(event.session_id)


@inside(ChatOffered)
def hint_of_offered(event: ChatOffered) -> None:
    tell_of(event.session_id)


@inside(ChatAccepted)
def hint_of_accepted(event: ChatAccepted) -> None:
    tell_of(event.session_id)
    tell_queue_of(event.session_id)


@inside(ChatEnded)
def hint_of_ended(event: ChatEnded) -> None:
    tell_of(event.session_id)
    tell_queue_of(event.session_id)


@inside(PlaceFree)
def hint_of_free(event: PlaceFree) -> None:
    tell_of(event.session_id)


@after(ChatWaiting)
def route_waiting(event: ChatWaiting) -> None:
    """At once; the worker's round finds what is missed here."""
    actions.route()


@after(ChatEnded)
def route_after_end(event: ChatEnded) -> None:
    """An end without wrap-up frees a place."""
    actions.route()


@after(PlaceFree)
def route_to_free(event: PlaceFree) -> None:
    actions.route()


@after(PresenceChanged)
def route_to_present(event: PresenceChanged) -> None:
    """Somebody switched on."""
    actions.route()


@inside(ChatTold)
def hint_of_told(event: ChatTold) -> None:
    tell_of(event.session_id)


@inside(MessagePosted)
def join_by_first_reply(event: MessagePosted) -> None:
    """An agent who answers a waiting chat has accepted it."""
    if event.kind != MessageKind.REPLY or not _is_chatting(event.ticket_id):
        return
    row = Message.objects.select_related("author").filter(
        stream__public_id=event.stream_public_id, seq=event.seq, author_kind="staff"
    )
    message = row.first()
    if message is not None and message.author is not None:
        actions.join_by_reply(ticket_id=event.ticket_id, person=message.author, seq=event.seq)


def _is_chatting(ticket_id: int) -> bool:
    return Ticket.objects.filter(pk=ticket_id, chatting=True).exists()


@inside(TicketChanged)
def end_with_the_ticket(event: TicketChanged) -> None:
    """A solved ticket has nobody waiting on it."""
    if "status" not in event.what:
        return
    done = Ticket.objects.filter(pk=event.ticket_id, chatting=True).exclude(status__in=LIVE_STATUSES)
    if done.exists():
        actions.end_chat_of(ticket_id=event.ticket_id)


@inside(WentHome)
def chats_of_who_went_home(event: WentHome) -> None:
    """A row, since others must be asked whatever happens to this process."""
    outbox.enqueue("chat.hand_back", {"person": event.person_id})


@inside(StaffDeactivated)
def chats_of_who_was_sent_away(event: StaffDeactivated) -> None:
    outbox.enqueue("chat.hand_back", {"person": event.person_id})


@after(SignedOut)
def close_sockets(event: SignedOut) -> None:
    """Every socket of this log-in ends now; tabs of another session come back by a fresh ticket."""
    live.push(live.group("user", event.user_id), {"type": "session.closed", "user_id": event.user_id})
