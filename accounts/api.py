"""JSON doors of this room."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import issue_live_ticket
from core.api import View
from core.errors import Forbidden


class LiveTicketOut(serializers.Serializer[dict[str, str]]):
    ticket = serializers.CharField(help_text="Single use, good for 60 seconds.")
    user = serializers.CharField(help_text="The person's public id; the browser keys its outbox by it.")


class LiveTicketView(View):
    """The pass for the socket: needs a session and its CSRF token, never a token of a machine."""

    @extend_schema(request=None, responses={200: LiveTicketOut, 401: OpenApiResponse()}, tags=["live"])
    def post(self, request: Request) -> Response:
        if request.auth is not None or not request.session.session_key:
            raise Forbidden()
        secret = issue_live_ticket(user=request.user, session_key=request.session.session_key)
        return Response({"ticket": secret, "user": request.user.person.public_id})
