"""`/api/v1/hand-back/`: who leaves gives what they hold back to the teams."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from core.db import retrying
from tickets.actions import routing
from tickets.api import KEY, body_of
from tickets.api_doors import once
from tickets.api_work import StaffView

PERSON = OpenApiParameter("person", str, description="A public id, for managers; without it oneself.")


class HandBackIn(serializers.Serializer[Any]):
    person = serializers.CharField(required=False, help_text="A public id, for managers; without it oneself.")
    switch = serializers.ChoiceField(
        choices=["away", "off"], required=False, help_text="One's own presence, for oneself alone."
    )


class GoesBackShape(serializers.Serializer[Any]):
    team = serializers.CharField()
    count = serializers.IntegerField()
    by_rule = serializers.BooleanField(help_text="Whether the team gives them out again by itself.")


class HandBackShape(serializers.Serializer[Any]):
    results = GoesBackShape(many=True)


class HandedBackShape(serializers.Serializer[Any]):
    back = serializers.IntegerField(help_text="How many tickets went back.")


class HandBack(StaffView):
    def _me(self) -> str:
        return Person.objects.values_list("public_id", flat=True).get(pk=self.actor.id)

    @extend_schema(parameters=[PERSON], responses={200: HandBackShape}, tags=["tickets"])
    def get(self, request: Request) -> Response:
        """How many tickets would go to which team; nothing is done."""
        person = request.query_params.get("person") or self._me()
        rows = routing.preview_hand_back(actor=self.actor, person=person)
        shown = [{"team": one.team.code, "count": one.count, "by_rule": one.by_rule} for one in rows]
        return Response({"results": shown})

    @extend_schema(request=HandBackIn, responses={200: HandedBackShape}, parameters=[KEY], tags=["tickets"])
    @once
    def post(self, request: Request) -> Response:
        """Give everything back; for oneself one is off (or away) from then on, and one's chats that are still on
        wait for somebody else, before all others."""
        given = body_of(HandBackIn, request)
        if (person := given.get("person", "")) and person != self._me():
            return Response({"back": retrying(routing.hand_back, actor=self.actor, person=person)})
        return Response(
            {"back": retrying(routing.leave, actor=self.actor, switch=given.get("switch", "off"))}
        )
