"""JSON doors: chats and service hours. The socket's operations over HTTP, by the same actions."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.queries import chat_teams
from core.api import CREATED, View, page_of
from core.db import retrying
from livechat import actions, doors, queries
from livechat.executor import zone_of
from livechat.holding import held_of
from livechat.models import SessionState
from livechat.pump import events_after
from livechat.widget import auth
from sla.queries import read_zone
from tickets import actions as ticket_actions
from tickets.api_shapes import Sure

SCOPES = {"GET": "chats:read", "POST": "chats:write"}
REFUSALS = {
    400: OpenApiResponse(description="invalid: `fields` says where"),
    401: OpenApiResponse(description="not_signed_in"),
    404: OpenApiResponse(description="not_found: missing, or not yours to see"),
}
_ChatFields = serializers.Serializer[Any]


class ChatIn(_ChatFields):
    """What starts a chat. Lengths and emptiness of `body` are the action's rule, at every door the same."""

    team = serializers.CharField(help_text=_("The desk's code."), max_length=50)
    body = serializers.CharField(allow_blank=True, trim_whitespace=False)
    order = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    subject = serializers.CharField(required=False, allow_blank=True, default="")
    category = serializers.CharField(required=False, allow_blank=True, default="", max_length=50)
    client_id = serializers.UUIDField(required=False, help_text=_("The same again gives the first chat."))


class ChatOut(_ChatFields):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=SessionState.choices)
    team = serializers.CharField()
    ticket = serializers.CharField(help_text=_("Its ticket, which outlives the chat."))
    stream = serializers.CharField(help_text=_("The public stream, for the socket."))
    head = serializers.IntegerField(help_text=_("The stream's last seq."))
    order = serializers.CharField(allow_null=True)
    requester = serializers.CharField()
    agent = serializers.CharField(allow_null=True)
    place = serializers.IntegerField(allow_null=True, help_text=_("In the queue, from 1."))
    about_minutes = serializers.IntegerField(
        allow_null=True, help_text="Until somebody comes, from what it took lately; null: not known."
    )
    offered_to = serializers.CharField(allow_null=True, help_text="For staff: who is asked to take it.")
    offer_until = serializers.DateTimeField(allow_null=True)
    to_team = serializers.CharField(allow_null=True, help_text="For staff: the team it waits for.")
    queued_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Its desk's closing; a talk may go on for 15 minutes.")
    )


class ChatPage(_ChatFields):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ChatOut(many=True)


class ChatMessageIn(_ChatFields):
    body = serializers.CharField(allow_blank=True, trim_whitespace=False)
    kind = serializers.ChoiceField(choices=["reply", "note"], default="reply")
    client_id = serializers.UUIDField(required=False)
    sure = Sure()


class EventOut(_ChatFields):
    """An event as the socket sends it (`ev`)."""

    op = serializers.CharField()
    stream = serializers.CharField()
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    author = serializers.DictField()
    id = serializers.CharField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]


class MessageOut(_ChatFields):
    seq = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    dup = serializers.BooleanField(help_text=_("It was stored before; nothing was written."))


class BatchOut(_ChatFields):
    stream = serializers.CharField()
    events = EventOut(many=True)
    head = serializers.IntegerField()
    more = serializers.BooleanField()


class RangeIn(_ChatFields):
    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=200)
    stream = serializers.ChoiceField(choices=["public", "staff"], default="public")


class WindowOut(_ChatFields):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class DayOut(_ChatFields):
    day = serializers.DateField()
    windows = WindowOut(many=True)


class DeskOut(_ChatFields):
    team = serializers.CharField()
    name = serializers.CharField()
    needs_order = serializers.BooleanField()
    open = serializers.BooleanField()
    accepting = serializers.BooleanField(help_text=_("False from five minutes before closing."))
    closes_at = serializers.DateTimeField(allow_null=True)
    opens_at = serializers.DateTimeField(allow_null=True)
    timezone = serializers.CharField(help_text=_("The desk's own."))
    week = DayOut(many=True)


class HoursOut(_ChatFields):
    timezone = serializers.CharField(help_text=_("The zone that the week is written in."))
    results = DeskOut(many=True)


def _read(serializer: type[_ChatFields], data: Any) -> dict[str, Any]:
    shape = serializer(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


class ChatsView(View):
    scopes = SCOPES

    @extend_schema(operation_id="chats_list", responses={200: ChatPage, **REFUSALS}, tags=["chats"])
    def get(self, request: Request) -> Response:
        rows, waits = queries.for_shapes(queries.visible_sessions(self.actor)), queries.Waits()
        return page_of(self, rows, lambda row: ChatOut(doors.chat_shape(self.actor, row, waits)).data)

    @extend_schema(
        request=ChatIn,
        responses={
            201: ChatOut,
            **REFUSALS,
            409: OpenApiResponse(
                description="closed (with `opens_at`), queue_full, already_open (with `session`)"
            ),
            429: OpenApiResponse(description="too_fast"),
        },
        tags=["chats"],
    )
    def post(self, request: Request) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        address = get_adapter().get_client_ip(request._request)
        session = doors.open_chat(self.actor, address=address, **_read(ChatIn, request.data))
        return Response(ChatOut(doors.chat_shape(self.actor, session)).data, status=CREATED)


class ChatView(View):
    authentication_classes = auth.SHARED
    scopes = SCOPES

    @extend_schema(responses={200: ChatOut, **REFUSALS}, tags=["chats"])
    def get(self, request: Request, chat: str) -> Response:
        session = queries.access_session(self.actor, chat)
        return Response(ChatOut(doors.chat_shape(self.actor, session)).data)


class MessagesView(View):
    authentication_classes = auth.SHARED
    scopes = SCOPES

    @extend_schema(
        parameters=[
            OpenApiParameter("after", int),
            OpenApiParameter("limit", int),
            OpenApiParameter("stream", str, enum=["public", "staff"]),
            OpenApiParameter("wait", int, description="Seconds to wait for the first, at most 25."),
        ],
        responses={200: BatchOut, **REFUSALS},
        tags=["chats"],
    )
    def get(self, request: Request, chat: str) -> Response:
        asked = _read(RangeIn, request.query_params)
        session = queries.access_session(self.actor, chat)
        stream = doors.stream_of(self.actor, session, asked["stream"])
        doors.sign_of_life(self.actor, session)
        events = events_after(stream, asked["after"], asked["limit"])
        reached = events[-1]["seq"] if events else asked["after"]
        head = max(stream.last_seq, reached)
        more = bool(events) and reached < head
        held = held_of(request)
        if held is not None and not events:
            cursors = {stream.public_id: asked["after"]}
            held.wait_for(person=self.actor.key, user_id=self.actor.user_id, cursors=cursors, topics={})
        return Response({"stream": stream.public_id, "events": events, "head": head, "more": more})

    @extend_schema(request=ChatMessageIn, responses={201: MessageOut, **REFUSALS}, tags=["chats"])
    def post(self, request: Request, chat: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        said = _read(ChatMessageIn, request.data)
        session = queries.access_session(self.actor, chat)
        channel = "chat" if session.ticket.chatting else "api"
        posted = retrying(
            ticket_actions.post_message,
            actor=self.actor,
            ticket=session.ticket.public_id,
            channel=channel,
            **said,
        )
        shape = {"seq": posted.message.seq, "created_at": posted.message.created_at, "dup": posted.dup}
        return Response(MessageOut(shape).data, status=CREATED)


class _Step(View):
    """A step of a chat: the same again changes nothing."""

    scopes = {"POST": "chats:write"}
    step: Any = None

    @extend_schema(
        request=None,
        responses={200: ChatOut, **REFUSALS, 403: OpenApiResponse(), 409: OpenApiResponse()},
        tags=["chats"],
    )
    def post(self, request: Request, chat: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        session = retrying(type(self).step, actor=self.actor, session=chat)
        return Response(ChatOut(doors.chat_shape(self.actor, session)).data)


class AcceptView(_Step):
    step = staticmethod(actions.accept_chat)


class EndView(_Step):
    step = staticmethod(actions.end_chat)


class ServiceHoursView(View):
    open_to_visitors = ("GET",)

    @extend_schema(
        parameters=[
            OpenApiParameter("zone", str, description="IANA zone of the week; default: the caller's own.")
        ],
        responses={200: HoursOut, 400: OpenApiResponse()},
        tags=["service-hours"],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params.get("zone", "")
        own = zone_of(self.actor).key if self.actor.is_known else timezone.get_current_timezone_name()
        zone = read_zone(asked).key if asked else own
        desks = [doors.desk_shape(team, zone) for team in chat_teams()]
        return Response(HoursOut({"timezone": zone, "results": desks}).data)
