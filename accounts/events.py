"""What accounts tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A log-in was ended by its person: its sockets close."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """A member of staff switched on or off, or holds another number of chats."""

    person_id: int


@dataclass(frozen=True, slots=True)
class StaffDeactivated:
    """A manager ended somebody's access: what they hold goes on to others."""

    person_id: int
