"""JSON doors of this room."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import issue_live_ticket
from accounts.models import User
from core.api import View
from core.errors import Forbidden


class LiveTicketOut(serializers.Serializer[dict[str, str]]):
    ticket = serializers.CharField(help_text="Single use, good for 60 seconds.")
    user = serializers.CharField(help_text="The person's public id; the browser keys its outbox by it.")


class LiveTicketView(View):
    """The pass for the socket: needs a session and its CSRF token, never a token of a machine."""

    @extend_schema(request=None, responses={200: LiveTicketOut, 401: OpenApiResponse()}, tags=["live"])
    def post(self, request: Request) -> Response:
        user = request.user
        key = request.session.session_key
        if request.auth is not None or not key or not isinstance(user, User) or user.person is None:
            raise Forbidden()
        secret = issue_live_ticket(user=user, session_key=key)
        return Response({"ticket": secret, "user": user.person.public_id})
