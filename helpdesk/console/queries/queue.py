"""The queue: chats that wait, one's own work, the team's, what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.actors import Actor
from helpdesk.console.queries.clocks import state_of
from helpdesk.console.queries.named import Named, named_for
from livechat.limits import WRAP_UP
from livechat.models import QUEUED_STATES, Session, SessionState
from livechat.queries import sessions_for_console
from sla.models import ClockState
from sla.queries import Hand, open_hands
from tickets import queries as tickets
from tickets.queries import Line

SHOWN = 50
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket as the queue shows it. `clock`: the one that is due next; `state`: ok, warn, late, paused, none."""

    ticket: Line
    state: str
    clock: Hand | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A chat that one may accept: nobody has, or it is being handed over. `state` is that of its pick-up clock;
    `asked`: oneself is asked to take it, until then; `of`: its agent, while it is handed over."""

    session: Session
    state: str
    asked: bool = False

    @property
    def since(self) -> datetime:
        """Since when it waits: in the queue, or to be handed over."""
        return self.session.handed_at or self.session.queued_at

    @property
    def other(self) -> str:
        """Who else is asked to take it."""
        asked = self.session.offered_to
        return "" if self.asked or asked is None else asked.display_name

    @property
    def of(self) -> str:
        agent = self.session.agent
        return agent.display_name if agent else ""


@dataclass(frozen=True, slots=True)
class Held:
    """One's own chats: those that go on, and those that are still to be written up, until then."""

    session: Session

    @property
    def wraps_until(self) -> datetime | None:
        is_over = self.session.state == SessionState.WRAPUP and self.session.ended_at
        return self.session.ended_at + WRAP_UP if is_over and self.session.ended_at else None


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the queue; `more`: there are further ones than are shown."""

    code: str
    title: str
    rows: list[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class QueueShown:
    """All that stands in the left pane. `waiting`: chats that one may accept; `talking`: one's own."""

    waiting: list[Waiting]
    talking: list[Held]
    sections: list[Section]
    named: list[Named]
    most: int = SHOWN

    @property
    def next_most(self) -> int:
        """How many of each list to ask for next; 0 when search is the better way."""
        return self.most + SHOWN if self.most < MOST_SHOWN else 0

    @property
    def mine(self) -> int:
        """One's own tickets and chats, as far as they are shown."""
        return len(self.sections[0].rows) + len(self.talking)

    @property
    def asked(self) -> int:
        return len(self.sections[2].rows)


def queue_shown(actor: Actor, most: int = SHOWN) -> QueueShown:
    """The queue by what is due next, at most `most` of each list: six queries, however many tickets there are."""
    most = max(SHOWN, min(most, MOST_SHOWN))
    sessions = sessions_for_console(actor)
    talks = {session.ticket_id for session in sessions}
    found = tickets.queue(actor, most + 1 + len(talks))
    # A conversation stands once: a chat is under Live as long as it lasts.
    lists = [[ticket for ticket in rows if ticket.pk not in talks] for rows in (found.mine, found.team)]
    lists.append(found.escalated)
    waiting = queued_for(sessions, actor)
    hands = open_hands(
        {
            "ticket": {ticket.pk for rows in lists[:2] for ticket in rows},
            "escalation": found.asked.values(),
            "chat": [session.pk for session in waiting],
        }
    )
    # What a specialist was asked is due by the question's own clock.
    asked = {pk: hands["escalation"].get(question, []) for pk, question in found.asked.items()}
    titles = (("mine", _("Mine")), ("team", _("Team")), ("escalated", _("Escalated")))
    return QueueShown(
        waiting=waiting_of(waiting, hands["chat"], actor),
        talking=talking_of(sessions, actor),
        sections=[
            Section(code, title, [row_of(ticket, by) for ticket in rows[:most]], len(rows) > most)
            for (code, title), rows, by in zip(
                titles, lists, (hands["ticket"], hands["ticket"], asked), strict=True
            )
        ],
        named=named_for(actor),
        most=most,
    )


def queued_for(sessions: list[Session], actor: Actor) -> list[Session]:
    """The chats of these that one may accept."""
    return [one for one in sessions if one.state in QUEUED_STATES or _is_handed_to(one, actor)]


def waiting_of(rows: list[Session], clocks: dict[int, list[Hand]], actor: Actor) -> list[Waiting]:
    """The chats that one may accept, each with the state of its pick-up clock."""
    states = {pk: state_of(mine[0]) for pk, mine in clocks.items()}
    return [Waiting(one, states.get(one.pk, "ok"), one.offered_to_id == actor.id) for one in rows]


def _is_handed_to(session: Session, actor: Actor) -> bool:
    going_on = session.state == SessionState.ACTIVE and session.agent_id != actor.id
    return going_on and (session.offered_to_id == actor.id or session.to_team_id in actor.team_ids)


def talking_of(sessions: list[Session], actor: Actor) -> list[Held]:
    """One's own chats, those to be written up last."""
    mine = (SessionState.ACTIVE, SessionState.WRAPUP)
    rows = [Held(one) for one in sessions if one.state in mine and one.agent_id == actor.id]
    return sorted(rows, key=lambda one: one.session.state == SessionState.WRAPUP)


def row_of(ticket: Line, clocks: dict[int, list[Hand]]) -> Row:
    """The shape is that of the clock beside it."""
    ticking = [c for c in clocks.get(ticket.pk, ()) if c.state != ClockState.PAUSED and c.due]
    if ticking:
        return Row(ticket, state_of(ticking[0]), ticking[0])
    return Row(ticket, "paused" if clocks.get(ticket.pk) else "none", None)
