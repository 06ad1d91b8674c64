"""JSON doors of streams: what the socket does, over HTTP, by the same actions. For clients whose socket fails.

A read with `wait` is answered on the first news (`livechat.holding`); one that nobody holds says when to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import live
from core.api import CREATED, View, as_desk_error
from core.clock import now
from core.db import retrying
from core.errors import Invalid, NotFound, TooFast
from livechat import doors, joining, protocol
from livechat.api import REFUSALS, EventOut
from livechat.holding import WAIT_MOST, held_of
from livechat.limits import for_sends
from livechat.protocol import SYNC_LIMIT, TYPING_TTL, Send
from livechat.pump import events_after
from livechat.widget import auth
from tickets import actions as ticket_actions
from tickets import queries as tickets
from tickets.api_shapes import Sure
from tickets.models import Stream

SCOPES = {"GET": "chats:read", "POST": "chats:write"}
STREAMS_MOST = 20
TOPICS_MOST = 20
AGAIN_IN_MS = 2000  # where nobody holds a request
_Fields = serializers.Serializer[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a client holds a stream."""

    id: str
    after: int
    epoch: str | None


class AskedIn(_Fields):
    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=SYNC_LIMIT, default=SYNC_LIMIT)
    wait = serializers.IntegerField(min_value=0, max_value=int(WAIT_MOST), default=0)
    epoch = serializers.CharField(required=False, allow_null=True, default=None, max_length=40)


class ReadOut(_Fields):
    buyer = serializers.IntegerField()
    agent = serializers.IntegerField()


class StreamOut(_Fields):
    id = serializers.CharField()
    head = serializers.IntegerField()
    epoch = serializers.CharField()
    state = serializers.CharField(help_text="Of the chat on it; `none` without one.")
    read = ReadOut()
    reset = serializers.ChoiceField(choices=["epoch", "too_old"], allow_null=True)
    events = EventOut(many=True)
    more = serializers.BooleanField()


class OneStreamOut(StreamOut):
    again_in_ms = serializers.IntegerField(help_text="0: ask again at once.")


class ChangedOut(_Fields):
    topic = serializers.CharField()
    ids = serializers.ListField(child=serializers.CharField())


class NewsOut(_Fields):
    server_time = serializers.DateTimeField()
    again_in_ms = serializers.IntegerField(help_text="0: ask again at once.")
    streams = StreamOut(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    changed = ChangedOut(many=True)


class SaidIn(_Fields):
    client_id = serializers.UUIDField(help_text="The same again gives the stored row.")
    body = serializers.CharField(allow_blank=True, trim_whitespace=False)
    kind = serializers.ChoiceField(choices=["reply", "note"], default="reply")
    files = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, default=list)
    sure = Sure()


class AckOut(_Fields):
    id = serializers.CharField()
    stream = serializers.CharField()
    seq = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    dup = serializers.BooleanField()


class MarkIn(_Fields):
    seq = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class MarkOut(_Fields):
    stream = serializers.CharField()
    who = serializers.ChoiceField(choices=["buyer", "agent"])
    seq = serializers.IntegerField()


class TypingIn(_Fields):
    on = serializers.BooleanField(default=True)


def read_shape(serializer: type[_Fields], data: Any) -> dict[str, Any]:
    """What was asked, checked. Raises Invalid with its fields."""
    shape = serializer(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


class StreamDoor(View):
    """A door whose refusals also say whether the same may be sent again, as the socket's nacks do."""

    authentication_classes = auth.SHARED
    scopes = SCOPES

    def handle_exception(self, exc: Exception) -> Response:
        response: Response = super().handle_exception(exc)
        error = as_desk_error(exc)
        if error is not None and isinstance(response.data, dict):
            response.data = {"retryable": error.retryable, "retry_after_ms": None, **response.data}
        return response

    def look(
        self, places: list[Place], topics: list[str], limit: int
    ) -> tuple[list[Any], joining.Joined, int]:
        """The streams as they stand, with what comes after each place; and when to ask again."""
        found = joining.look_up(self.actor, [place.id for place in places], topics)
        shapes = [
            _stream_shape(found.rows[one.id], one, found.states, limit)
            for one in places
            if one.id in found.rows
        ]
        is_news = len(shapes) < len(places) or any(one["events"] or one["reset"] for one in shapes)
        return shapes, found, self._hold(places, found, is_news)

    def _hold(self, places: list[Place], found: joining.Joined, is_news: bool) -> int:
        held = held_of(self.request)
        if held is None:
            return 0 if is_news else AGAIN_IN_MS
        if is_news or held.has_waited:
            return 0
        user_id = self.actor.user_id
        cursors = {place.id: place.after for place in places}
        held.wait_for(person=self.actor.key, user_id=user_id, cursors=cursors, topics=found.topics)
        return 0 if held.is_waiting else AGAIN_IN_MS


def _stream_shape(row: Stream, place: Place, states: dict[str, str], limit: int) -> dict[str, Any]:
    reset = joining.reset_of(row, place.after, place.epoch)
    events = [] if reset else events_after(row, place.after, limit)
    reached = events[-1]["seq"] if events else place.after
    info = joining.info_of(row, states)
    head = max(row.last_seq, reached) if not reset else row.last_seq
    return {
        **info,
        "head": head,
        "reset": reset or None,
        "events": events,
        "more": bool(events) and reached < head,
    }


class NewsView(StreamDoor):
    """All streams and topics of a tab in one request."""

    @extend_schema(
        operation_id="live_events",
        parameters=[
            OpenApiParameter(
                "at", str, many=True, description="`stream:after` or `stream:after:epoch`, at most 20."
            ),
            OpenApiParameter("topic", str, many=True, description="A topic of the socket, at most 20."),
            OpenApiParameter("wait", int, description="Seconds to wait for news, at most 25."),
            OpenApiParameter("limit", int),
        ],
        responses={200: NewsOut, **REFUSALS},
        tags=["streams"],
    )
    def get(self, request: Request) -> Response:
        asked = read_shape(AskedIn, request.query_params)
        places = _places(request.query_params.getlist("at"))
        topics = _topics(request.query_params.getlist("topic"))
        doors.is_here(self.actor)
        shapes, found, again = self.look(places, topics, asked["limit"])
        held = held_of(request)
        changed = held.changed if held else {}
        return Response(
            {
                "server_time": now(),
                "again_in_ms": again,
                "streams": shapes,
                "missing": [place.id for place in places if place.id not in found.rows],
                "changed": [
                    {"topic": name, "ids": ids} for name, ids in changed.items() if name in found.topics
                ],
            }
        )


class EventsView(StreamDoor):
    @extend_schema(
        operation_id="stream_events",
        parameters=[AskedIn],
        responses={200: OneStreamOut, **REFUSALS},
        tags=["streams"],
    )
    def get(self, request: Request, stream: str) -> Response:
        asked = read_shape(AskedIn, request.query_params)
        place = Place(stream, asked["after"], asked["epoch"])
        tickets.access_stream(self.actor, stream)
        doors.is_here(self.actor)
        shapes, _found, again = self.look([place], [], asked["limit"])
        if not shapes:
            raise NotFound()
        return Response({**shapes[0], "again_in_ms": again})


class SayView(StreamDoor):
    @extend_schema(
        operation_id="stream_say", request=SaidIn, responses={201: AckOut, **REFUSALS}, tags=["streams"]
    )
    def post(self, request: Request, stream: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        said = read_shape(SaidIn, request.data)
        wait = for_sends(self.actor.key, is_staff=self.actor.is_staff).take()
        if wait:
            raise TooFast(retry_after_ms=wait)
        key = str(said["client_id"])
        words = Send(key, stream, said["kind"], said["body"], tuple(said["files"]), said["sure"])
        sent = doors.say_on_stream(self.actor, words)
        shape = {"id": key, "stream": stream, "seq": sent.seq, "dup": sent.dup}
        return Response({**shape, "created_at": sent.created_at}, status=CREATED)


class MarkView(StreamDoor):
    @extend_schema(
        operation_id="stream_read", request=MarkIn, responses={200: MarkOut, **REFUSALS}, tags=["streams"]
    )
    def post(self, request: Request, stream: str) -> Response:
        seq = read_shape(MarkIn, request.data)["seq"]
        mark = retrying(ticket_actions.mark_read, actor=self.actor, stream=stream, seq=seq)
        return Response({"stream": mark.stream, "who": mark.who, "seq": mark.seq})


class TypingView(StreamDoor):
    """To those who read the stream now, and nowhere else."""

    @extend_schema(
        operation_id="stream_typing", request=TypingIn, responses={204: None, **REFUSALS}, tags=["streams"]
    )
    def post(self, request: Request, stream: str) -> Response:
        on = read_shape(TypingIn, request.data)["on"]
        row = tickets.access_stream(self.actor, stream)
        who = doors.writer_of(self.actor)
        payload = {"type": "stream.typing", "stream": stream, "who": who, "sender": "", "on": on}
        live.push(live.stream_group(row.public_id), {**payload, "ttl": TYPING_TTL})
        return Response(status=204)


def _bad(name: str) -> Invalid:
    return Invalid.field(name, _("The field %(name)s is missing or not as it must be.") % {"name": name})


def _places(raw: list[str]) -> list[Place]:
    if len(raw) > STREAMS_MOST:
        raise _bad("at")
    return list({place.id: place for place in map(_place, raw)}.values())


def _place(raw: str) -> Place:
    name, _colon, rest = raw.partition(":")
    after, _colon, epoch = rest.partition(":")
    if not protocol.is_name(name) or not (after.isascii() and after.isdigit() and len(after) < 10):
        raise _bad("at")
    return Place(name, int(after), epoch[:40] or None)


def _topics(raw: list[str]) -> list[str]:
    if len(raw) > TOPICS_MOST or not all(map(protocol.is_topic, raw)):
        raise _bad("topic")
    return list(dict.fromkeys(raw))
