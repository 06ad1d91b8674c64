"""`/api/v1/…`: what staff work with: drafts, replies that can be taken back, macros, views, many at once, inboxes."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.api import CREATED, page_of
from core.db import retrying
from core.errors import Forbidden, Invalid
from tickets import api_shapes
from tickets import api_work_shapes as shapes
from tickets.actions import bulk, drafts, flags, held, macros, mentions, views
from tickets.api import KEY, body_of
from tickets.api_doors import WorkView, once
from tickets.models import Draft, HeldReply, Mention
from tickets.queries import find, kept, viewing
from tickets.queries.service import flags_for
from tickets.views.files import archive_of

KIND = OpenApiParameter("kind", str, enum=["reply", "note"])
PAGED = [OpenApiParameter("limit", OpenApiTypes.INT), OpenApiParameter("cursor", str)]


class StaffView(WorkView):
    """For staff alone; the same words for every other person."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_staff:
            raise Forbidden()


class Export(WorkView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, tags=["tickets"])
    def get(self, request: Request, number: int) -> FileResponse:
        """The thread as HTML and JSON, and the files; staff get both streams, a requester the public one."""
        return archive_of(self.actor, self.ticket(number))


class Drafts(WorkView):
    @extend_schema(parameters=[KIND], responses={200: shapes.DraftShape}, tags=["tickets"])
    def get(self, request: Request, number: int) -> Response:
        """One's own draft on this ticket; version 0 where there is none."""
        kind = request.query_params.get("kind", "reply")
        mine = Draft.objects.filter(ticket=self.ticket(number), author_id=self.actor.id, kind=kind).first()
        return Response(shapes.draft_shape(mine or Draft(kind=kind)))

    @extend_schema(request=shapes.DraftIn, responses={200: shapes.DraftShape}, tags=["tickets"])
    def put(self, request: Request, number: int) -> Response:
        """Keep what is being written; 409 `newer_draft` when another page was faster. Nothing takes it away."""
        data = body_of(shapes.DraftIn, request)
        files = data.pop("attachments", ())
        return Response(
            shapes.draft_shape(self.act(request, number, drafts.save_draft, attachment_ids=files, **data))
        )


class Send(WorkView):
    @extend_schema(
        request=shapes.SendIn, responses={202: shapes.HeldReplyShape}, parameters=[KEY], tags=["tickets"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """A reply that can be taken back for ten seconds; it goes out at once while the buyer looks on."""
        data = body_of(shapes.SendIn, request)
        files = data.pop("attachments", ())
        sent = self.act(request, number, held.send_reply, attachment_ids=files, **data)
        return Response(_held_shape(sent), status=202)


class TakeBack(WorkView):
    @extend_schema(request=None, responses={200: shapes.HeldReplyShape}, parameters=[KEY], tags=["tickets"])
    @once
    def post(self, request: Request, public_id: str) -> Response:
        """Undo: its words are a draft again. 409 `sent` when it was too late."""
        return Response(_held_shape(retrying(held.take_back, actor=self.actor, held=public_id)))


def _held_shape(sent: Any) -> dict[str, Any]:
    if isinstance(sent, HeldReply):
        at = sent.release_at.isoformat()
        return {"id": sent.public_id, "state": sent.state, "release_at": at, "seq": None}
    return {"id": None, "state": "sent", "release_at": None, "seq": sent.message.seq}


class Macros(StaffView):
    @extend_schema(
        parameters=[OpenApiParameter("q", str)], responses={200: shapes.MacroList}, tags=["macros"]
    )
    def get(self, request: Request) -> Response:
        """The macros that the caller may use, the most used first, 200 at most."""
        rows = kept.macros_for(self.actor, request.query_params.get("q", ""))[:200]
        return Response({"results": [shapes.macro_shape(row) for row in rows]})

    @extend_schema(
        request=shapes.MacroIn, responses={201: shapes.MacroShape}, parameters=[KEY], tags=["macros"]
    )
    @once
    def post(self, request: Request) -> Response:
        """Keep a macro; a manager for a team or for all."""
        row = retrying(macros.save_macro, actor=self.actor, **body_of(shapes.MacroIn, request))
        return Response(shapes.macro_shape(row), status=CREATED)


class OneMacro(StaffView):
    @extend_schema(request=shapes.MacroIn, responses={200: shapes.MacroShape}, tags=["macros"])
    def put(self, request: Request, macro: int) -> Response:
        """Say a macro anew."""
        data = body_of(shapes.MacroIn, request)
        return Response(
            shapes.macro_shape(retrying(macros.save_macro, actor=self.actor, macro=macro, **data))
        )

    @extend_schema(responses={204: None}, tags=["macros"])
    def delete(self, request: Request, macro: int) -> Response:
        """Offer it no longer."""
        retrying(macros.retire_macro, actor=self.actor, macro=macro)
        return Response(status=204)


class MacroOnTicket(StaffView):
    @extend_schema(responses={200: shapes.MacroPreviewShape}, tags=["macros"])
    def get(self, request: Request, number: int, macro: int) -> Response:
        """What a macro would say and do on this ticket; nothing is written."""
        ticket = self.ticket(number)
        seen = kept.preview_macro(self.actor, kept.access_macro(self.actor, macro), ticket)
        return Response({"body": seen.body, "lines": list(seen.lines), "missing": list(seen.missing)})


class Views(StaffView):
    @extend_schema(responses={200: shapes.SavedViewList}, tags=["views"])
    def get(self, request: Request) -> Response:
        """The caller's views, each with how many tickets it lets through, counted up to 500."""
        rows = [self._counted(view) for view in kept.views_for(self.actor)[:50]]
        return Response({"results": rows})

    def _counted(self, view: Any) -> dict[str, Any]:
        count = viewing.count_up_to(viewing.filtered(self.actor, view.filters))
        return shapes.view_shape(view, count, viewing.CAP)

    @extend_schema(
        request=shapes.ViewIn, responses={201: shapes.SavedViewShape}, parameters=[KEY], tags=["views"]
    )
    @once
    def post(self, request: Request) -> Response:
        """Keep a filter under a name."""
        row = retrying(views.save_view, actor=self.actor, **body_of(shapes.ViewIn, request))
        return Response(shapes.view_shape(row), status=CREATED)


class OneView(StaffView):
    @extend_schema(request=shapes.ViewIn, responses={200: shapes.SavedViewShape}, tags=["views"])
    def put(self, request: Request, view: int) -> Response:
        """Say a view anew."""
        data = body_of(shapes.ViewIn, request)
        return Response(shapes.view_shape(retrying(views.save_view, actor=self.actor, view=view, **data)))

    @extend_schema(responses={204: None}, tags=["views"])
    def delete(self, request: Request, view: int) -> Response:
        """Forget a view."""
        retrying(views.drop_view, actor=self.actor, view=view)
        return Response(status=204)


class ViewTickets(StaffView):
    @extend_schema(parameters=PAGED, responses={200: api_shapes.TicketPage}, tags=["views"])
    def get(self, request: Request, view: int) -> Response:
        """A page of a view's tickets in its order."""
        chosen = kept.access_view(self.actor, view)
        limit = self._limit(request)
        cursor = request.query_params.get("cursor", "")
        page = viewing.page_of_tickets(self.actor, chosen.filters, chosen.order, cursor, limit)
        here = request.build_absolute_uri()
        following = replace_query_param(here, "cursor", page.cursor) if page.cursor else None
        rows = [api_shapes.shape_of(row) for row in page.rows]
        return Response({"next": following, "previous": None, "results": rows})

    @staticmethod
    def _limit(request: Request) -> int:
        raw = request.query_params.get("limit", "")
        if raw and not (raw.isascii() and raw.isdigit() and 0 < int(raw[:9]) <= 200):
            raise Invalid.field("limit", _("Give a whole number."), code="bad_number")
        return int(raw) if raw else viewing.PAGE


class Bulk(StaffView):
    @extend_schema(request=shapes.BulkIn, responses={202: shapes.BulkShape}, parameters=[KEY], tags=["bulk"])
    @once
    def post(self, request: Request) -> Response:
        """Begin one change to many tickets; a worker carries it out."""
        job = retrying(bulk.change_many, actor=self.actor, **body_of(shapes.BulkIn, request))
        return Response(shapes.bulk_shape(job), status=202)


class OneBulk(StaffView):
    @extend_schema(responses={200: shapes.BulkShape}, tags=["bulk"])
    def get(self, request: Request, public_id: str) -> Response:
        """How far it has come, and which were not done."""
        return Response(shapes.bulk_shape(bulk.access_bulk(self.actor, public_id)))


class UndoBulk(StaffView):
    @extend_schema(request=None, responses={202: shapes.BulkShape}, parameters=[KEY], tags=["bulk"])
    @once
    def post(self, request: Request, public_id: str) -> Response:
        """Take it back where nobody changed the ticket since; the job that does so."""
        job = retrying(bulk.undo_many, actor=self.actor, job=public_id)
        return Response(shapes.bulk_shape(job), status=202)


class Search(WorkView):
    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True)],
        responses={200: shapes.FoundList},
        tags=["tickets"],
    )
    def get(self, request: Request) -> Response:
        """The caller's tickets by number, order, parcel, SKU, person or words; 20 at most, best first."""
        found = find(self.actor, request.query_params.get("q", "")[:400])
        return Response({"results": [_found_shape(one) for one in found]})


def _found_shape(one: Any) -> dict[str, Any]:
    return {
        "ticket": one.ticket.number,
        "subject": one.ticket.subject,
        "status": one.ticket.status,
        "why": one.why,
        "text": "".join(text for text, _hit in one.parts),
        "hits": [text for text, hit in one.parts if hit],
    }


class Mentions(StaffView):
    @extend_schema(parameters=PAGED, responses={200: shapes.MentionPage}, tags=["inboxes"])
    def get(self, request: Request) -> Response:
        """Where the caller was named and has not looked yet."""
        rows = Mention.objects.filter(person_id=self.actor.id, seen_at=None)
        return page_of(self, rows.select_related("ticket", "message__author"), shapes.mention_shape)


class SeeMentions(StaffView):
    @extend_schema(request=None, responses={200: shapes.SeenShape}, parameters=[KEY], tags=["inboxes"])
    @once
    def post(self, request: Request, number: int) -> Response:
        """The caller has looked: out of the inbox."""
        ticket = self.ticket(number)
        return Response({"seen": mentions.see_mentions(actor=self.actor, ticket_id=ticket.pk)})


class Flags(StaffView):
    @extend_schema(
        parameters=[OpenApiParameter("state", str), *PAGED],
        responses={200: shapes.FlagPage},
        tags=["inboxes"],
    )
    def get(self, request: Request) -> Response:
        """Replies that the caller, a lead or manager, should look at."""
        rows = flags_for(self.actor)
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return page_of(self, rows, shapes.flag_shape)


class ReviewFlag(StaffView):
    @extend_schema(
        request=shapes.ReviewIn, responses={200: shapes.FlagShape}, parameters=[KEY], tags=["inboxes"]
    )
    @once
    def post(self, request: Request, flag: int) -> Response:
        """It is fine, or its writer was talked to. Once."""
        retrying(flags.review_flag, actor=self.actor, flag=flag, **body_of(shapes.ReviewIn, request))
        return Response(shapes.flag_shape(flags_for(self.actor).get(pk=flag)))
