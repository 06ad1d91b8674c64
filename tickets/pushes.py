"""Who hears of what. The audience of each hint is chosen here, in one place; all go out after commit."""

from __future__ import annotations

from collections.abc import Iterable

from core import live
from core.events import on_commit
from core.gather import Gather
from tickets.models import MessageKind, Ticket
from tickets.queries.threads import message_by_id, wire

EVERY_INBOX = live.group("inbox", "all")
DASHBOARD = live.group("dashboard")
gathered = Gather(live.push)


def inbox_of_team(team_id: int) -> str:
    """The consoles of a team's members."""
    return live.group("inbox", team_id)


def inbox_of_person(person_id: int) -> str:
    """The consoles of one member of staff: what is theirs may belong to another team."""
    return live.group("inbox", "person", person_id)


def group_of_person(person_id: int) -> str:
    """Everything that is addressed to one person."""
    return live.group("person", person_id)


def group_of_ticket(public_id: str) -> str:
    """Whoever looks at one ticket. Hints only: what they may see they fetch under their own rights."""
    return live.group("ticket", public_id)


def group_of_others(public_id: str) -> str:
    """Staff who look at one ticket."""
    return live.group("others", public_id)


def row_written(message_id: int, stream_public_id: str, seq: int) -> None:
    """After commit, the row itself to the readers of its stream; the staff stream's group holds staff alone.

    An event's line is written anew for each reader, in their language and zone: of it goes out only that it is there.
    """

    def send() -> None:
        message = message_by_id(message_id)
        event = wire(message) if message.kind != MessageKind.EVENT else None
        payload = {"type": "stream.event", "stream": stream_public_id, "seq": seq, "event": event}
        live.push(live.stream_group(stream_public_id), payload)

    on_commit(send)


def inbox_changed(ticket: Ticket, *, also_teams: Iterable[int] = (), also_people: Iterable[int] = ()) -> None:
    """The consoles of the owning team, of the assignee, of those named, and of managers look again."""
    groups = {EVERY_INBOX, inbox_of_team(ticket.team_id)}
    groups |= {inbox_of_team(team_id) for team_id in also_teams}
    people = {*also_people, *([ticket.assignee_id] if ticket.assignee_id else [])}
    groups |= {inbox_of_person(person_id) for person_id in people}
    live.tell("inbox", [ticket.public_id], groups=sorted(groups))


def ticket_changed(ticket: Ticket) -> None:
    """Pages that show this ticket, its requester's list and its order's page look again."""
    live.tell(f"ticket:{ticket.public_id}", [ticket.public_id], groups=[group_of_ticket(ticket.public_id)])
    live.tell("me", [ticket.public_id], groups=[group_of_person(ticket.requester_id)])
    if ticket.order_id and ticket.order:
        public_id = ticket.order.public_id
        live.tell(f"order:{public_id}", [public_id], groups=[live.group("order", public_id)])


def talk_went_on(ticket: str, requester_id: int, order: str | None) -> None:
    """Something was said in a running talk: the pages around it look again, at most once a second each."""
    hints = {
        group_of_ticket(ticket): (f"ticket:{ticket}", ticket),
        group_of_person(requester_id): ("me", ticket),
    }
    if order is not None:
        hints[live.group("order", order)] = (f"order:{order}", order)
    for group_name, (topic, about) in hints.items():
        gathered.add(group_name, {"type": "topic.changed", "topic": topic, "ids": [about]})


def others_changed(ticket: Ticket) -> None:
    """Who looks at this ticket or writes on it changed: for consoles that show it."""
    live.tell(f"others:{ticket.public_id}", [ticket.public_id], groups=[group_of_others(ticket.public_id)])


def dashboard_changed(ticket: Ticket) -> None:
    """The managers' screen counts again."""
    live.tell("dashboard", [ticket.public_id], groups=[DASHBOARD])


def changed_everywhere(
    ticket: Ticket, *, also_teams: Iterable[int] = (), also_people: Iterable[int] = ()
) -> None:
    """A ticket moved: consoles, its pages and the dashboard."""
    inbox_changed(ticket, also_teams=also_teams, also_people=also_people)
    ticket_changed(ticket)
    dashboard_changed(ticket)


def many_changed(team_ids: Iterable[int], people: Iterable[int]) -> None:
    """Very many tickets moved at once: one look for each console and the dashboard, at most one a second."""
    inboxes = {EVERY_INBOX, *map(inbox_of_team, team_ids), *map(inbox_of_person, people)}

    def send() -> None:
        for group_name in sorted(inboxes):
            gathered.add(group_name, {"type": "topic.changed", "topic": "inbox", "ids": []})
        gathered.add(DASHBOARD, {"type": "topic.changed", "topic": "dashboard", "ids": []})

    on_commit(send)


def person_told(person_id: int, ticket: Ticket) -> None:
    """Something about this ticket waits for this person."""
    live.tell("me", [ticket.public_id], groups=[group_of_person(person_id)])


def presence_moved(person_id: int) -> None:
    """Their switch is another now: for each of their pages."""
    live.tell("me", ["presence"], groups=[group_of_person(person_id)])


def bulk_moved(person_id: int, job: str) -> None:
    """A change to many tickets went on: for the one who began it."""
    live.tell("me", [job], groups=[group_of_person(person_id)])
