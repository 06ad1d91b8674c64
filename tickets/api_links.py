"""`/api/v1/tickets/<number>/…`: how tickets hang together."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED
from core.db import retrying
from tickets import api_shapes
from tickets import api_work_shapes as shapes
from tickets.actions import linking, merging
from tickets.api import KEY, body_of, detail
from tickets.api_doors import WorkView, once
from tickets.queries.links import belongings_of, ticket_named

OTHER = OpenApiParameter("ticket", str, required=True, description="The other one: a number or a public id.")


class Links(WorkView):
    @extend_schema(responses={200: shapes.LinksShape}, tags=["tickets"])
    def get(self, request: Request, number: int) -> Response:
        """Tags, watchers, copies and ties to other tickets; for staff."""
        ticket = self.ticket(number)
        has = belongings_of(self.actor, ticket)
        ties = [
            {"role": tie.role, "ticket": tie.ticket.number, "subject": tie.ticket.subject} for tie in has.tied
        ]
        return Response(
            {
                "tags": has.tags,
                "copies": has.copies,
                "watchers": [{"id": one, "name": name} for one, name in has.watchers],
                "watching": has.watching,
                "spam": ticket.is_spam,
                "links": ties,
            }
        )


class Merge(WorkView):
    @extend_schema(parameters=[OTHER], responses={200: shapes.MergePreviewShape}, tags=["tickets"])
    def get(self, request: Request, number: int) -> Response:
        """What merging this ticket into the other would do; refuses as the merge does. Nothing is written."""
        pair = self._pair(number, request.query_params.get("ticket", ""))
        seen = merging.preview_merge(actor=self.actor, **pair)
        counted = {name: getattr(seen, name) for name in ("replies", "notes", "files", "unanswered")}
        both = {"source": seen.source.number, "target": seen.target.number}
        return Response({**both, **counted, "warnings": list(seen.warnings)})

    @extend_schema(
        request=shapes.TicketNamedIn,
        responses={200: api_shapes.TicketDetailShape},
        parameters=[KEY],
        tags=["tickets"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Merge this ticket into the other; the ticket as it is then: closed."""
        pair = self._pair(number, body_of(shapes.TicketNamedIn, request)["ticket"])
        retrying(merging.merge_tickets, actor=self.actor, **pair)
        return Response(detail(self.actor, self.ticket(number)))

    @extend_schema(responses={200: api_shapes.TicketDetailShape}, parameters=[KEY], tags=["tickets"])
    @once
    def delete(self, request: Request, number: int) -> Response:
        """Take the merge apart."""
        retrying(merging.undo_merge, actor=self.actor, source=self.ticket(number).public_id)
        return Response(detail(self.actor, self.ticket(number)))

    def _pair(self, number: int, other: Any) -> dict[str, str]:
        source = self.ticket(number).public_id
        return {"source": source, "target": ticket_named(self.actor, other, field="ticket").public_id}


class Split(WorkView):
    @extend_schema(
        request=shapes.SplitIn,
        responses={201: api_shapes.TicketDetailShape},
        parameters=[KEY],
        tags=["tickets"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Make a ticket of its own of one thing that the buyer said."""
        data, stream = body_of(shapes.SplitIn, request), self.stream(self.ticket(number), "public")
        fresh = retrying(linking.split_message, actor=self.actor, stream=stream, **data)
        return Response(detail(self.actor, fresh), status=CREATED)


class FollowUp(WorkView):
    @extend_schema(
        request=shapes.FollowUpIn,
        responses={201: api_shapes.TicketDetailShape},
        parameters=[KEY],
        tags=["tickets"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Go on from a closed ticket in a new one."""
        data = body_of(shapes.FollowUpIn, request)
        files = tuple(data.pop("attachments", ()))
        fresh = self.act(request, number, linking.follow_up, attachment_ids=files, **data)
        return Response(detail(self.actor, fresh), status=CREATED)


class Problem(WorkView):
    @extend_schema(
        request=shapes.TicketNamedIn,
        responses={200: api_shapes.TicketDetailShape},
        parameters=[KEY],
        tags=["tickets"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Say that this ticket is a case of the problem on another one."""
        return self._tie(
            request, number, linking.link_incident, body_of(shapes.TicketNamedIn, request)["ticket"]
        )

    @extend_schema(responses={200: api_shapes.TicketDetailShape}, parameters=[KEY, OTHER], tags=["tickets"])
    @once
    def delete(self, request: Request, number: int) -> Response:
        """It is no case of that problem."""
        return self._tie(request, number, linking.unlink_incident, request.query_params.get("ticket"))

    def _tie(self, request: Request, number: int, action: Any, other: Any) -> Response:
        ticket = self.ticket(number)
        problem = ticket_named(self.actor, other, field="problem").public_id
        retrying(action, actor=self.actor, ticket=ticket.public_id, problem=problem)
        return Response(detail(self.actor, self.ticket(number)))
