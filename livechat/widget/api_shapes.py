"""What goes in and out of the widget's doors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from livechat.api import DeskOut

ZONE = OpenApiParameter("zone", str, description="IANA zone that the week is written in; default UTC.")
_Fields = serializers.Serializer[Any]


class BeginIn(_Fields):
    timezone = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)


class TokenIn(_Fields):
    token = serializers.CharField(allow_blank=True, default="", max_length=200)


class IdentityIn(_Fields):
    token = serializers.CharField(allow_blank=True, default="", max_length=200)
    identity = serializers.CharField(max_length=4096, help_text="A JWT (HS256) of the shop's server.")
    timezone = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)


class GrantOut(_Fields):
    token = serializers.CharField(allow_null=True, help_text="Told once; null where it stays as it is.")
    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
    person = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    identified = serializers.BooleanField()


class SiteOut(_Fields):
    name = serializers.CharField()
    identity_required = serializers.BooleanField()
    desk = DeskOut()
    promised = serializers.DateTimeField(allow_null=True)
    promised_zone = serializers.CharField()


class TalkIn(_Fields):
    """First words. `context` is what the page says of itself; name and e-mail are labels."""

    body = serializers.CharField(allow_blank=True, trim_whitespace=False)
    client_id = serializers.UUIDField()
    context = serializers.JSONField(required=False, default=dict)  # type: ignore[assignment]
    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    email = serializers.CharField(required=False, allow_blank=True, default="", max_length=254)
    attachment_ids = serializers.ListField(child=serializers.CharField(max_length=40), default=list)


class ReplyIn(_Fields):
    ticket = serializers.CharField(max_length=40)
    body = serializers.CharField(allow_blank=True, trim_whitespace=False, default="")
    client_id = serializers.UUIDField()
    attachment_ids = serializers.ListField(child=serializers.CharField(max_length=40), default=list)


class WhichIn(_Fields):
    ticket = serializers.CharField(max_length=40)


class ScoreIn(_Fields):
    ticket = serializers.CharField(max_length=40)
    score = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=5)
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class ContextIn(_Fields):
    context = serializers.JSONField()  # type: ignore[assignment]


class FileIn(_Fields):
    file = serializers.FileField()


class FileOut(_Fields):
    id = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()
    url = serializers.CharField()


class TalkOut(_Fields):
    ticket = serializers.CharField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["open", "solved"])
    stream = serializers.CharField()
    epoch = serializers.CharField()
    head = serializers.IntegerField()
    read = serializers.IntegerField()
    session = serializers.CharField(allow_null=True)
    state = serializers.CharField(help_text="Of its chat; `ticket` where there is none.")
    place = serializers.IntegerField(allow_null=True)
    about_minutes = serializers.IntegerField(
        allow_null=True,
        help_text="Until somebody comes, by the waits of others; null where that is not known.",
    )
    agent = serializers.CharField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    promised = serializers.DateTimeField(allow_null=True)
    can_write = serializers.BooleanField()
    can_rate = serializers.BooleanField(
        help_text="Solved, or a chat that is over and to which somebody had come."
    )
    score = serializers.IntegerField(allow_null=True)
