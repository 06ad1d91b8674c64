"""What livechat tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatWaiting:
    """A chat stands in its desk's queue."""

    session_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class ChatAccepted:
    session_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class ChatEnded:
    """`state`: ended, or ticket when nobody had come and the words go on as a ticket."""

    session_id: int
    ticket_id: int
    state: str


@dataclass(frozen=True, slots=True)
class ChatTold:
    """Both sides were told something that time brought: the desk closes, nobody is free, a line is cut."""

    session_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class ChatOffered:
    """Somebody is asked to take a chat, and has half a minute."""

    session_id: int
    ticket_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class PlaceFree:
    """An agent wrote a chat up: there is room for another one."""

    session_id: int
    ticket_id: int
