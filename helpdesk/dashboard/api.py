"""JSON door of the dashboard: the same numbers by the same query."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import View
from core.clock import now
from helpdesk.dashboard.queries import Now, check_manager, now_at


class NowOut(serializers.Serializer[Any]):
    """What goes on at `at`. Waits in seconds; `due` counts within 1, 4 and 24 hours."""

    at = serializers.DateTimeField()
    waiting = serializers.IntegerField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    longest_wait = serializers.IntegerField()
    agents_on = serializers.IntegerField()
    agents = serializers.IntegerField()
    places_taken = serializers.IntegerField()
    places = serializers.IntegerField()
    open = serializers.IntegerField()
    states = serializers.DictField(child=serializers.IntegerField(), help_text="fine, warned, late, paused")
    due = serializers.DictField(child=serializers.IntegerField(), help_text="due1, due4, due24")
    promises = serializers.IntegerField()
    promises_warned = serializers.IntegerField()
    promises_broken = serializers.IntegerField()
    parcels = serializers.IntegerField()
    by_metric = serializers.DictField(
        child=serializers.IntegerField(), help_text="dispatch, delivery, refund"
    )
    escalations = serializers.IntegerField()
    escalations_late = serializers.IntegerField()
    asked = serializers.IntegerField(help_text="Identity checks and privacy requests that run.")
    asked_late = serializers.IntegerField()
    asked_by_metric = serializers.DictField(child=serializers.IntegerField())


class NowView(View):
    """What is going on, for managers; the dashboard's own numbers."""

    scopes = {"GET": "clocks:read"}

    @extend_schema(
        operation_id="reports_now",
        responses={
            200: NowOut,
            401: OpenApiResponse(description="not_signed_in"),
            403: OpenApiResponse(description="forbidden: managers only"),
        },
    )
    def get(self, request: Request) -> Response:
        check_manager(self.actor)
        found: Now = now_at(now())
        return Response(NowOut(found).data)
