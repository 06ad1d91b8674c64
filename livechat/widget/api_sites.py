"""JSON doors of the widget for managers: sites, and the keys that shops sign with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View, page_of
from core.db import retrying
from core.errors import Forbidden
from livechat.widget import actions
from livechat.widget.actions.sites import access_site
from livechat.widget.models import WidgetSite

READ, WRITE = "widgets:read", "widgets:write"
REFUSED: dict[int, Any] = {
    400: OpenApiResponse(description="invalid: `fields` says where"),
    401: OpenApiResponse(description="not_signed_in"),
    403: OpenApiResponse(description="forbidden: managers alone"),
    404: OpenApiResponse(description="not_found"),
}
TAGS = ["widget"]
_Fields = serializers.Serializer[Any]


class SiteIn(_Fields):
    name = serializers.CharField(allow_blank=True, max_length=200)
    store = serializers.CharField(max_length=50)
    team = serializers.CharField(max_length=50, help_text="A desk that takes chats without an order.")
    category = serializers.CharField(max_length=50, help_text="The topic of what is written.")
    origins = serializers.ListField(
        child=serializers.CharField(max_length=300), max_length=100, help_text="Such as https://shop.example"
    )
    identity_required = serializers.BooleanField(default=False)
    is_on = serializers.BooleanField(default=True)


class KeyOut(_Fields):
    kid = serializers.CharField()
    created_at = serializers.DateTimeField()


class NewKeyOut(KeyOut):
    key = serializers.CharField(help_text="Told this once. For HS256; `aud` is the site's key.")


class WidgetSiteOut(_Fields):
    key = serializers.CharField(help_text="`data-shop` of the script, and `aud` of identities.")
    name = serializers.CharField()
    store = serializers.CharField(source="store.code")
    team = serializers.CharField(source="team.code")
    category = serializers.CharField(source="category.code")
    origins = serializers.ListField(child=serializers.CharField())
    identity_required = serializers.BooleanField()
    is_on = serializers.BooleanField()
    secrets = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_secrets(self, site: WidgetSite) -> list[dict[str, Any]]:
        live = site.secrets.filter(retired_at=None).order_by("created_at", "pk")
        return [dict(KeyOut(one).data) for one in live]


class WidgetSitePage(_Fields):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WidgetSiteOut(many=True)


def _read(request: Request) -> dict[str, Any]:
    shape = SiteIn(data=request.data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


class SitesView(View):
    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(operation_id="widget_sites_list", responses={200: WidgetSitePage, **REFUSED}, tags=TAGS)
    def get(self, request: Request) -> Response:
        """All sites, newest first."""
        if not self.actor.is_manager:
            raise Forbidden()
        rows = WidgetSite.objects.select_related("store", "team", "category")
        return page_of(self, rows, lambda row: WidgetSiteOut(row).data)

    @extend_schema(request=SiteIn, responses={201: WidgetSiteOut, **REFUSED}, tags=TAGS)
    def post(self, request: Request) -> Response:
        """A new site."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        site = retrying(actions.save_site, actor=self.actor, key=None, **_read(request))
        return Response(WidgetSiteOut(site).data, status=CREATED)


class SiteView(View):
    scopes = {"GET": READ, "PUT": WRITE}

    @extend_schema(responses={200: WidgetSiteOut, **REFUSED}, tags=TAGS)
    def get(self, request: Request, key: str) -> Response:
        """One site."""
        return Response(WidgetSiteOut(access_site(self.actor, key)).data)

    @extend_schema(request=SiteIn, responses={200: WidgetSiteOut, **REFUSED}, tags=TAGS)
    def put(self, request: Request, key: str) -> Response:
        """Change a site; the same again changes nothing."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        site = retrying(actions.save_site, actor=self.actor, key=key, **_read(request))
        return Response(WidgetSiteOut(site).data)


class SecretsView(View):
    scopes = {"POST": WRITE}

    @extend_schema(
        request=None,
        responses={201: NewKeyOut, **REFUSED, 409: OpenApiResponse(description="two_live: retire one first")},
        tags=TAGS,
    )
    def post(self, request: Request, key: str) -> Response:
        """Another key for the shop's server, told in this answer alone."""
        secret, words = retrying(actions.make_secret, actor=self.actor, key=key)
        shape = {"kid": secret.kid, "created_at": secret.created_at, "key": words}
        response = Response(NewKeyOut(shape).data, status=CREATED)
        response["Cache-Control"] = "no-store"
        return response


class SecretView(View):
    scopes = {"DELETE": WRITE}

    @extend_schema(responses={204: None, **REFUSED}, tags=TAGS)
    def delete(self, request: Request, key: str, kid: str) -> Response:
        """Retire a key: what is signed with it is refused."""
        retrying(actions.retire_secret, actor=self.actor, key=key, kid=kid)
        return Response(status=204)
