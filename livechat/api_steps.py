"""JSON doors for a chat's steps: the same actions as the pages' and the socket's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import set_chat_places, set_presence
from accounts.models import Presence
from core.api import View
from core.db import retrying
from core.errors import Forbidden, NotFound
from livechat import actions, agents, doors
from livechat.api import REFUSALS, ChatOut
from livechat.models import Session

_Fields = serializers.Serializer[Any]
_STEP_ANSWERS = {200: ChatOut, **REFUSALS, 403: OpenApiResponse(), 409: OpenApiResponse()}


class NothingIn(_Fields):
    """A step that needs no words."""


class TransferIn(_Fields):
    to_agent = serializers.CharField(required=False, default="", help_text="A colleague's id.", max_length=40)
    to_team = serializers.CharField(required=False, default="", help_text="Or a team's code.", max_length=50)
    words = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="What they should know: a note."
    )


class WrapUpIn(_Fields):
    note = serializers.CharField(required=False, allow_blank=True, default="", help_text="Among staff.")
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)
    solve = serializers.BooleanField(required=False, default=False)


class AgainIn(_Fields):
    body = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    client_id = serializers.UUIDField(required=False)


class _Step(View):
    """A step of a chat; the same again changes nothing."""

    scopes = {"POST": "chats:write"}
    step: Callable[..., Session]
    words: type[_Fields] = NothingIn

    def post(self, request: Request, chat: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        shape = self.words(data=request.data)
        shape.is_valid(raise_exception=True)
        said = dict(shape.validated_data)
        session = retrying(type(self).step, actor=self.actor, session=chat, **said)
        return Response(ChatOut(doors.chat_shape(self.actor, session)).data)


def _door(name: str, step: Callable[..., Session], words: type[_Fields] = NothingIn) -> type[_Step]:
    """A step's view, with its words in the contract."""
    asked = None if words is NothingIn else words
    about = extend_schema(
        operation_id=f"chats_{name}", request=asked, responses=_STEP_ANSWERS, tags=["chats"]
    )

    def post(self: _Step, request: Request, chat: str) -> Response:
        return _Step.post(self, request, chat)

    parts = {"step": staticmethod(step), "words": words, "post": about(post)}
    return type(f"{name.title().replace('_', '')}View", (_Step,), parts)


DeclineView = _door("decline", actions.decline_chat)
TransferView = _door("transfer", actions.transfer_chat, TransferIn)
CallBackView = _door("call_back", actions.cancel_transfer)
JoinView = _door("join", actions.join_chat)
LeaveView = _door("leave", actions.leave_chat)
TakeOverView = _door("take_over", actions.take_over)
WrapUpView = _door("wrap_up", actions.finish_wrap_up, WrapUpIn)
AgainView = _door("again", actions.chat_again, AgainIn)
TranscriptView = _door("transcript", actions.mail_transcript)


class PlacesIn(_Fields):
    switch = serializers.ChoiceField(choices=Presence.Switch.choices, required=False)
    places = serializers.IntegerField(required=False, help_text="Chats at once, up to the most.")
    auto_accept = serializers.BooleanField(required=False)


class PlacesOut(_Fields):
    switch = serializers.CharField()
    places = serializers.IntegerField()
    most = serializers.IntegerField(help_text="What a manager allows.")
    taken = serializers.IntegerField()
    auto_accept = serializers.BooleanField()


class PresenceView(View):
    """One's own presence in chat. Reading it, or writing nothing, is no sign of life."""

    scopes = {"GET": "chats:read", "POST": "chats:write"}

    @extend_schema(operation_id="presence_read", responses={200: PlacesOut, **REFUSALS}, tags=["chats"])
    def get(self, request: Request) -> Response:
        self._check_staff()
        return self._answer()

    @extend_schema(request=PlacesIn, responses={200: PlacesOut, **REFUSALS}, tags=["chats"])
    def post(self, request: Request) -> Response:
        self._check_staff()
        shape = PlacesIn(data=request.data)
        shape.is_valid(raise_exception=True)
        asked = dict(shape.validated_data)
        switch = asked.pop("switch", None)
        if asked:
            retrying(set_chat_places, actor=self.actor, **asked)
        if switch:
            retrying(set_presence, actor=self.actor, switch=switch)
        return self._answer()

    def _check_staff(self) -> None:
        if not self.actor.is_known:
            raise NotFound()
        if not self.actor.is_staff:
            raise Forbidden()

    def _answer(self) -> Response:
        return Response(PlacesOut(agents.places_of(self.actor.id or 0)).data)
