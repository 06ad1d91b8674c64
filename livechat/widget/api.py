"""JSON doors of the widget: a visitor comes, is vouched for, writes. Nothing here reads a cookie."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.limits import slow_down
from core.api import CREATED, View
from core.db import retrying
from core.errors import Closed, Invalid, NotSignedIn
from livechat import limits
from livechat.actions import end_chat
from livechat.queries import open_session_of
from livechat.widget import access, actions, queries
from livechat.widget import api_shapes as shapes
from livechat.widget.auth import VisitorAlone
from livechat.widget.models import Visitor, WidgetSite
from sla.queries import read_zone
from tickets import actions as tickets
from tickets.models import LIVE_STATUSES
from tickets.permissions import may_be_rated
from tickets.queries.threads import file_shape
from tickets.views.files import send_file

# Uses of one door by one network address in ten minutes.
NEW_VISITORS, NEW_TICKETS, IDENTITIES, TRADES, FILES = 30, 10, 60, 300, 60
REFUSED: dict[int, Any] = {
    400: OpenApiResponse(description="invalid: `fields` says where"),
    401: OpenApiResponse(description="not_signed_in: this token or access is over"),
    404: OpenApiResponse(description="not_found: no such site, or it is switched off"),
    429: OpenApiResponse(description="too_fast"),
}
TAGS = ["widget"]


class Door(View):
    """A door on one site."""

    authentication_classes = [VisitorAlone]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not hasattr(self, (request.method or "").lower()):
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)

    def site(self) -> WidgetSite:
        return queries.site_by_key(self.kwargs["key"])

    @property
    def http(self) -> HttpRequest:
        return self.request._request  # type: ignore[no-any-return,attr-defined]

    @property
    def visitor(self) -> Visitor:
        """Whose access this is. NotSignedIn for another site's."""
        found = self.request.auth
        if not isinstance(found, Visitor) or found.site.key != self.kwargs["key"]:
            raise NotSignedIn()
        return found

    def read(self, shape: Any) -> dict[str, Any]:
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def talk(self, status: int = 200, ticket: str = "", **more: Any) -> Response:
        """The conversation, as it is now."""
        found = queries.talk_of(self.visitor, ticket)
        shape = {**queries.talk_shape(self.visitor, found), **more}
        return Response(shapes.TalkOut(shape).data, status=status)


def _granted(visitor: Visitor, token: str | None) -> dict[str, Any]:
    return {
        "token": token,
        "access": access.issue(visitor),
        "expires_in": int(access.ACCESS_LIFE.total_seconds()),
        "person": visitor.person.public_id,
        "name": visitor.name,
        "email": visitor.email,
        "identified": visitor.identified_at is not None,
    }


class DeskView(Door):
    open_to_visitors = ("GET",)

    @extend_schema(parameters=[shapes.ZONE], responses={200: shapes.SiteOut, **REFUSED}, tags=TAGS, auth=[])
    def get(self, request: Request, key: str) -> Response:
        """A shop's desk: open or not, its week in a zone, and when a ticket would be answered."""
        site, zone = self.site(), read_zone(request.query_params.get("zone") or "UTC").key
        shape = {"name": site.name, "identity_required": site.identity_required}
        return Response(shapes.SiteOut({**shape, **queries.desk_of(site, zone)}).data)


class VisitorsView(Door):
    open_to_visitors = ("POST",)

    @extend_schema(request=shapes.BeginIn, responses={201: shapes.GrantOut, **REFUSED}, tags=TAGS, auth=[])
    def post(self, request: Request, key: str) -> Response:
        """A browser that is new: its token, once, and access for 15 minutes."""
        site, said = self.site(), self.read(shapes.BeginIn)
        slow_down(self.http, "widget-visitor", NEW_VISITORS)
        language = get_language() or "en"
        visitor, token = retrying(actions.begin, site=site, language=language, timezone=said["timezone"])
        return Response(shapes.GrantOut(_granted(visitor, token)).data, status=CREATED)


class AccessView(Door):
    open_to_visitors = ("POST",)

    @extend_schema(request=shapes.TokenIn, responses={200: shapes.GrantOut, **REFUSED}, tags=TAGS, auth=[])
    def post(self, request: Request, key: str) -> Response:
        """Trade a visitor's token for access."""
        site, said = self.site(), self.read(shapes.TokenIn)
        slow_down(self.http, "widget-access", TRADES)
        visitor = access.visitor_by_token(site, said["token"])
        if visitor is None:
            raise NotSignedIn()
        actions.seen(visitor)
        return Response(shapes.GrantOut(_granted(visitor, None)).data)


class IdentifyView(Door):
    open_to_visitors = ("POST",)

    @extend_schema(
        request=shapes.IdentityIn,
        responses={200: shapes.GrantOut, **REFUSED, 403: OpenApiResponse(description="bad_identity, `why`")},
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Request, key: str) -> Response:
        """The shop's server vouches for this browser: a new token; the old one and its accesses end."""
        site, said = self.site(), self.read(shapes.IdentityIn)
        slow_down(self.http, "widget-identify", IDENTITIES)
        visitor, token = retrying(
            actions.identify,
            site=site,
            visitor=access.visitor_by_token(site, said["token"]),
            identity=said["identity"],
            language=get_language() or "en",
            timezone=said["timezone"],
        )
        return Response(shapes.GrantOut(_granted(visitor, token)).data)


class ResetView(Door):
    open_to_visitors = ("POST",)

    @extend_schema(request=shapes.TokenIn, responses={204: None, **REFUSED}, tags=TAGS, auth=[])
    def post(self, request: Request, key: str) -> Response:
        """Signed out of the shop: this token ends. One that is unknown has ended already."""
        visitor = access.visitor_by_token(self.site(), self.read(shapes.TokenIn)["token"])
        if visitor is not None:
            retrying(actions.reset, visitor=visitor)
        return Response(status=204)


class TalkView(Door):
    @extend_schema(responses={200: shapes.TalkOut, **REFUSED}, tags=TAGS)
    def get(self, request: Request, key: str) -> Response:
        """The newest conversation of this visitor; not_found before there is one."""
        return self.talk()


class ChatsView(Door):
    @extend_schema(
        request=shapes.TalkIn,
        responses={
            201: shapes.TalkOut,
            **REFUSED,
            403: OpenApiResponse(description="identity_required"),
            409: OpenApiResponse(description="closed (`opens_at`, `promised`), queue_full, already_open"),
        },
        tags=TAGS,
    )
    def post(self, request: Request, key: str) -> Response:
        """First words to the desk."""
        said, visitor = self.read(shapes.TalkIn), self.visitor
        address = get_adapter().get_client_ip(self.http)
        limits.check_address(address)
        said.pop("attachment_ids")
        try:
            session = retrying(actions.start_chat, visitor=visitor, **said)
            limits.count_address(address)
        except Closed as closed:
            quote = queries.desk_of(self.site(), "UTC")
            closed.extra |= {"promised": quote["promised"], "zone": quote["promised_zone"]}
            raise
        return self.talk(CREATED, session.ticket.public_id)


class TicketsView(Door):
    @extend_schema(
        request=shapes.TalkIn,
        responses={201: shapes.TalkOut, **REFUSED, 403: OpenApiResponse(description="identity_required")},
        tags=TAGS,
    )
    def post(self, request: Request, key: str) -> Response:
        """The same words as a ticket, with its promised time."""
        said, visitor = self.read(shapes.TalkIn), self.visitor
        slow_down(self.http, "widget-ticket", NEW_TICKETS)
        ticket = retrying(actions.leave_ticket, visitor=visitor, **said)
        return self.talk(CREATED, ticket.public_id)


class MessagesView(Door):
    @extend_schema(request=shapes.ReplyIn, responses={201: shapes.TalkOut, **REFUSED}, tags=TAGS)
    def post(self, request: Request, key: str) -> Response:
        """More words, or files, in a conversation."""
        said, visitor = self.read(shapes.ReplyIn), self.visitor
        found = queries.talk_of(visitor, said["ticket"])
        retrying(
            tickets.post_message,
            actor=self.actor,
            ticket=found.public_id,
            kind="reply",
            body=said["body"],
            client_id=said["client_id"],
            attachment_ids=said["attachment_ids"],
            channel="chat" if found.chatting else "web",
        )
        return self.talk(CREATED, found.public_id)


class EndView(Door):
    @extend_schema(request=shapes.WhichIn, responses={200: shapes.TalkOut, **REFUSED}, tags=TAGS)
    def post(self, request: Request, key: str) -> Response:
        """The visitor ends the talk; ended already, nothing changes."""
        found = queries.talk_of(self.visitor, self.read(shapes.WhichIn)["ticket"])
        session = open_session_of(found)
        if session is not None:
            retrying(end_chat, actor=self.actor, session=session.public_id)
        return self.talk(ticket=found.public_id)


class MarkView(Door):
    @extend_schema(
        request=shapes.ScoreIn, responses={200: shapes.TalkOut, **REFUSED, 409: OpenApiResponse()}, tags=TAGS
    )
    def post(self, request: Request, key: str) -> Response:
        """Solved; and with a score, how it was. A chat that is over is rated as it stands."""
        said = self.read(shapes.ScoreIn)
        found = queries.talk_of(self.visitor, said["ticket"])
        which = found.public_id
        if found.status in LIVE_STATUSES and not (said["score"] and may_be_rated(found)):
            retrying(tickets.set_status, actor=self.actor, ticket=which, status="solved")
        if said["score"]:
            words = said["words"]
            retrying(tickets.rate_ticket, actor=self.actor, ticket=which, score=said["score"], words=words)
        return self.talk(ticket=which)


class ContextView(Door):
    @extend_schema(request=shapes.ContextIn, responses={204: None, **REFUSED}, tags=TAGS)
    def post(self, request: Request, key: str) -> Response:
        """Where the visitor is by now, for the agent."""
        visitor = self.visitor
        actions.note_context(visitor=visitor, context=self.read(shapes.ContextIn)["context"])
        return Response(status=204)


class FilesView(Door):
    parser_classes = [MultiPartParser]

    @extend_schema(
        request=shapes.FileIn,
        responses={201: shapes.FileOut, **REFUSED, 413: OpenApiResponse(description="too_large")},
        tags=TAGS,
    )
    def post(self, request: Request, key: str) -> Response:
        """Keep one file (`file`) until it is sent with a message."""
        visitor, sent = self.visitor, request.FILES.get("file")
        if sent is None:
            raise Invalid.field("attachments", _("Choose a file."), code="no_file")
        slow_down(self.http, f"widget-file:{visitor.pk}", FILES)
        row = tickets.store_attachment(actor=self.actor, upload=sent)
        return Response(shapes.FileOut(file_shape(row)).data, status=CREATED)


class FileView(Door):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **REFUSED}, tags=TAGS)
    def get(self, request: Request, key: str, public_id: str) -> HttpResponseBase:
        """A file of one's own conversation."""
        assert self.visitor
        return send_file(self.http, self.actor, public_id)
