"""What the newer doors of tickets share: writes that are done once, scopes for every method."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from tickets import queries
from tickets.api import READ, WRITE, TicketView
from tickets.models import Ticket

Door = Callable[..., Response]


class WorkView(TicketView):
    """A door that also replaces and deletes."""

    scopes = {"GET": READ, "POST": WRITE, "PUT": WRITE, "DELETE": WRITE}

    def stream(self, ticket: Ticket, kind: str) -> str:
        """The public id of a ticket's stream; a requester has no other than the public one."""
        found = queries.streams_of(self.actor, ticket).get(kind)
        return found.public_id if found else ""


def once(door: Door) -> Door:
    """A write whose Idempotency-Key was used before answers as it did then."""

    @wraps(door)
    def answered(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        kept = self.idempotent(request)
        return kept if kept is not None else door(self, request, *args, **kwargs)

    return answered
