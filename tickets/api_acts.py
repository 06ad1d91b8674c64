"""`/api/v1/tickets/<number>/…`: marks, words that are amended or taken out, a hand-over. The pages' own actions."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.db import retrying
from core.errors import Invalid
from tickets import api_shapes, queries
from tickets import api_work_shapes as shapes
from tickets.actions import amending, handing, spam, tags
from tickets.api import KEY, assigned_shape, body_of
from tickets.api_doors import WorkView, once


class Tags(WorkView):
    @extend_schema(
        request=shapes.ChangeNamesIn, responses={200: shapes.TagsShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Put tags on and take others off; the tags it then has."""
        names = self.act(request, number, tags.change_tags, **body_of(shapes.ChangeNamesIn, request))
        return Response({"tags": names})


class Copies(WorkView):
    @extend_schema(
        request=shapes.ChangeNamesIn, responses={200: shapes.CopiesShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Who gets each reply by mail too."""
        names = self.act(request, number, tags.change_copies, **body_of(shapes.ChangeNamesIn, request))
        return Response({"copies": names})


class Watch(WorkView):
    @extend_schema(
        request=shapes.WatchIn, responses={200: api_shapes.TicketShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Hear of everything on a ticket, or no longer."""
        ticket = self.act(request, number, tags.set_watching, **body_of(shapes.WatchIn, request))
        return Response(api_shapes.shape_of(ticket))


class Spam(WorkView):
    @extend_schema(
        request=shapes.OnIn, responses={200: api_shapes.TicketShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Mark as spam, or say that it is none."""
        ticket = self.act(request, number, spam.set_spam, **body_of(shapes.OnIn, request))
        return Response(api_shapes.shape_of(ticket))


class HandOver(WorkView):
    @extend_schema(
        request=shapes.HandOverIn,
        responses={200: api_shapes.AssignedShape},
        parameters=[KEY],
        tags=["tickets"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Assign with a note to whoever gets it: both or neither."""
        ticket = self.act(request, number, handing.hand_over, **body_of(shapes.HandOverIn, request))
        return Response(assigned_shape(self.actor, ticket))


class Amend(WorkView):
    @extend_schema(
        request=shapes.AmendIn, responses={200: api_shapes.EventShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Say something one's own in other words; the row as it reads then."""
        data = body_of(shapes.AmendIn, request)
        stream = self.stream(self.ticket(number), data.pop("stream"))
        row = retrying(amending.amend_message, actor=self.actor, stream=stream, **data)
        return Response(queries.wire(queries.message_by_id(row.pk)))


class Redact(WorkView):
    @extend_schema(
        request=shapes.RedactIn, responses={200: shapes.RedactedShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Take a text or a file out for good, with a reason."""
        data, ticket = body_of(shapes.RedactIn, request), self.ticket(number)
        if data.get("file"):
            wanted = {"file": data["file"], "reason": data["reason"]}
            retrying(amending.redact_file, actor=self.actor, **wanted)
            return Response({"ticket": number, "redacted": True})
        text = data.get("text", "").strip()
        if "seq" not in data or (not text and not data["whole"]):
            raise Invalid.field("text", amending.say_what(), code="nothing_named")
        row = {"stream": self.stream(ticket, data["stream"]), "seq": data["seq"]}
        reason = data["reason"]
        retrying(amending.redact_message, actor=self.actor, **row, text=text, reason=reason)
        return Response({"ticket": number, "redacted": True})
