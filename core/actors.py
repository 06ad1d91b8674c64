"""Who acts. Every action takes an actor; a machine's own work is done by SYSTEM, never by None."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["visitor", "guest", "buyer", "staff", "system"]
ROLES = ("", "agent", "specialist", "manager", "admin")


@dataclass(frozen=True, slots=True)
class Actor:
    """Plain values, so that rooms below accounts need not know a person.

    kind: visitor (nobody known), guest (a person without a log-in), buyer, staff, system.
    id: the person's id. role: the highest one held by staff. scopes: of an API token, None for a session.
    only_ticket: the number of the one ticket that a signed link opened; nothing else is theirs then.
    """

    kind: Kind
    id: int | None = None
    user_id: int | None = None
    name: str = ""
    role: str = ""
    team_ids: frozenset[int] = field(default_factory=frozenset)
    team_codes: frozenset[str] = field(default_factory=frozenset)
    timezone: str = "UTC"
    language: str = "en"
    scopes: frozenset[str] | None = None
    only_ticket: int | None = None  # who came by a signed link acts on this one alone

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    @property
    def is_manager(self) -> bool:
        """Managers and admins rule; SYSTEM may do what a manager may."""
        return self.is_system or (self.is_staff and self.role in ("manager", "admin"))

    @property
    def is_specialist(self) -> bool:
        return self.is_staff and self.role == "specialist"

    @property
    def is_known(self) -> bool:
        return self.id is not None

    def has_scope(self, scope: str) -> bool:
        """A session has every scope; a token those that it was given."""
        return self.scopes is None or scope in self.scopes

    @property
    def key(self) -> str:
        """A stable name for limits and idempotency: kind and id."""
        return f"{self.kind}:{self.id or 0}"


SYSTEM = Actor(kind="system", name="System")
VISITOR = Actor(kind="visitor")
