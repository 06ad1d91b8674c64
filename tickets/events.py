"""What tickets tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TicketOpened:
    ticket_id: int


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A reply or a note was stored. `kind`: reply or note."""

    ticket_id: int
    stream_public_id: str
    seq: int
    kind: str


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A stored message reads otherwise now: amended, or something was taken out of it."""

    ticket_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """`what` names the fields: status, priority, category, team, assignee, tags, links."""

    ticket_id: int
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationRaised:
    ticket_id: int
    escalation_id: int


@dataclass(frozen=True, slots=True)
class EscalationAnswered:
    ticket_id: int
    escalation_id: int


@dataclass(frozen=True, slots=True)
class TicketRated:
    ticket_id: int
    score: int


@dataclass(frozen=True, slots=True)
class WentHome:
    """A member of staff switched off (or away) and gives everything back."""

    person_id: int
