"""`/api/v1/tickets/`: the same actions as the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.queries import access_person
from core.actors import Actor
from core.api import CREATED, View, page_of
from core.clock import now
from core.db import retrying
from core.errors import Invalid, NotFound
from orders.models import Order
from orders.queries import access_order
from tickets import actions, queries
from tickets import api_shapes as shapes
from tickets.actions.people import absence_of
from tickets.filters import TicketFilter
from tickets.models import Stream, Ticket
from tickets.permissions import stream_kinds

READ, WRITE = "tickets:read", "tickets:write"
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A write is done once for it."
)
LISTED = [
    OpenApiParameter("status", str, many=True, explode=False),
    OpenApiParameter("priority", str, many=True, explode=False),
    OpenApiParameter("team", str),
    OpenApiParameter("assignee", str, description="A public id, `me` or `none`."),
    OpenApiParameter("order", str, description="`store:number`, or the number alone."),
    OpenApiParameter("limit", OpenApiTypes.INT),
    OpenApiParameter("cursor", str),
]


def body_of(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The checked body; refusals name the field."""
    read = shape(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def order_named(actor: Actor, name: str) -> Order | None:
    """An order by `store:number` or number; None for blank, NotFound for another's."""
    if not name.strip():
        return None
    store, colon, number = name.strip().rpartition(":")
    return access_order(actor, store=store or None, number=number if colon else name)


class TicketView(View):
    """What all doors of tickets share."""

    scopes = {"GET": READ, "POST": WRITE}

    def ticket(self, number: int) -> Ticket:
        return queries.access_ticket_by_number(self.actor, number)

    def act(self, request: Request, number: int, action: Any, **arguments: Any) -> Any:
        """Call an action on the ticket with this number."""
        public_id = self.ticket(number).public_id
        return retrying(action, actor=self.actor, ticket=public_id, **arguments)


class TicketList(TicketView):
    @extend_schema(
        operation_id="tickets_list", parameters=LISTED, responses={200: shapes.TicketPage}, tags=["tickets"]
    )
    def get(self, request: Request) -> Response:
        """Tickets that the caller sees, the newest first."""
        narrowed = TicketFilter(
            request.query_params, queryset=queries.visible_tickets(self.actor), request=request._request
        )
        return page_of(self, narrowed.qs, shapes.shape_of)

    @extend_schema(
        request=shapes.OpenIn, responses={201: shapes.TicketDetailShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request) -> Response:
        """Open a ticket; the same `client_id` or Idempotency-Key gives the first one."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        data = body_of(shapes.OpenIn, request)
        asker = data.pop("requester", "")
        ticket = retrying(
            actions.open_ticket,
            actor=self.actor,
            order=order_named(self.actor, data.pop("order", "")),
            requester=access_person(self.actor, asker) if asker else None,
            attachment_ids=data.pop("attachments", ()),
            channel="api" if request.auth else "web",
            **data,
        )
        return Response(detail(self.actor, ticket), status=CREATED)


class TicketDetail(TicketView):
    @extend_schema(responses={200: shapes.TicketDetailShape}, tags=["tickets"])
    def get(self, request: Request, number: int) -> Response:
        """One ticket with its streams; a requester gets the public one alone."""
        return Response(detail(self.actor, self.ticket(number)))


def detail(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """A ticket and the streams that this actor reads."""
    streams = queries.streams_of(actor, ticket)
    rows = [
        {"id": row.public_id, "kind": kind, "head": row.last_seq} for kind, row in sorted(streams.items())
    ]
    return {**shapes.shape_of(ticket), "streams": rows}


class Messages(TicketView):
    @extend_schema(
        parameters=[
            OpenApiParameter("stream", str, enum=["public", "staff"]),
            OpenApiParameter("after", OpenApiTypes.INT, description="Rows with a greater seq."),
            OpenApiParameter("limit", OpenApiTypes.INT, description="At most 200."),
        ],
        responses={200: shapes.MessagesShape},
        tags=["tickets"],
    )
    def get(self, request: Request, number: int) -> Response:
        """A range of a stream in order."""
        stream = self._stream(self.ticket(number), request.query_params.get("stream", "public"))
        after, limit = self._number(request, "after", 0), self._number(request, "limit", 50)
        rows = queries.messages_after(stream, after, limit)
        last = rows[-1].seq if rows else after
        return Response(
            {
                "stream": stream.public_id,
                "head": max(stream.last_seq, last if rows else 0),
                "more": bool(rows) and last < stream.last_seq,
                "results": [queries.wire(row) for row in rows],
            }
        )

    @extend_schema(
        request=shapes.MessageIn, responses={201: shapes.EventShape, 200: shapes.EventShape}, parameters=[KEY],
        tags=["tickets"],
    )  # fmt: skip
    def post(self, request: Request, number: int) -> Response:
        """Say something; a `client_id` that was used before answers 200 with the row that it wrote."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        data = body_of(shapes.MessageIn, request)
        posted = self.act(
            request,
            number,
            actions.post_message,
            attachment_ids=data.pop("attachments", ()),
            channel="api" if request.auth else "web",
            **data,
        )
        event = queries.wire(queries.message_by_id(posted.message.pk))
        return Response(event, status=200 if posted.dup else CREATED)

    def _stream(self, ticket: Ticket, kind: str) -> Stream:
        if kind not in Stream.Kind.values:
            raise Invalid.field("stream", _("A stream is public or staff."), code="unknown_stream")
        if kind not in stream_kinds(self.actor):
            raise NotFound()
        return queries.streams_of(self.actor, ticket)[kind]

    @staticmethod
    def _number(request: Request, name: str, default: int) -> int:
        raw = request.query_params.get(name, "")
        if raw and not (raw.isascii() and raw.isdigit() and len(raw) < 10):
            raise Invalid.field(name, _("Give a whole number."), code="bad_number")
        return int(raw) if raw else default


def assigned_shape(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """A ticket after it was given to somebody, with what speaks against it in words."""
    absent = absence_of(ticket.assignee, now()) if ticket.assignee_id != actor.id else ""
    return {**shapes.shape_of(ticket), "warnings": [absent] if absent else []}


class Assign(TicketView):
    @extend_schema(
        request=shapes.AssignIn, responses={200: shapes.AssignedShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request, number: int) -> Response:
        """Give a ticket to a person or nobody, and to a team."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        row = self.act(request, number, actions.assign_ticket, **body_of(shapes.AssignIn, request))
        return Response(assigned_shape(self.actor, row))


class SetStatus(TicketView):
    @extend_schema(
        request=shapes.StatusIn, responses={200: shapes.TicketShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request, number: int) -> Response:
        """Move a ticket; a requester solves and reopens."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        return Response(
            shapes.shape_of(
                self.act(request, number, actions.set_status, **body_of(shapes.StatusIn, request))
            )
        )


class SetPriority(TicketView):
    @extend_schema(
        request=shapes.PriorityIn, responses={200: shapes.TicketShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request, number: int) -> Response:
        """Rank a ticket; its promises follow."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        return Response(
            shapes.shape_of(
                self.act(request, number, actions.set_priority, **body_of(shapes.PriorityIn, request))
            )
        )


class Escalate(TicketView):
    @extend_schema(
        request=shapes.EscalateIn, responses={201: shapes.EscalationShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request, number: int) -> Response:
        """Ask specialists; the buyer is told the promised time in the same step."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        row = self.act(request, number, actions.escalate_ticket, **body_of(shapes.EscalateIn, request))
        return Response(shapes.escalation_shape(row), status=CREATED)


class Rate(TicketView):
    @extend_schema(
        request=shapes.RatingIn, responses={201: shapes.RatingShape}, parameters=[KEY], tags=["tickets"]
    )
    def post(self, request: Request, number: int) -> Response:
        """The requester's mark, once, after it is solved."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        mark = self.act(request, number, actions.rate_ticket, **body_of(shapes.RatingIn, request))
        shape = {
            "ticket": mark.ticket_id,
            "score": mark.score,
            "words": mark.words,
            "at": mark.at.isoformat(),
        }
        return Response(shape, status=CREATED)
