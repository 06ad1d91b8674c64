"""Doors for signed messages of shops' systems: no session, no token, the signature over the raw body decides.

Wrong signature, unknown store and a store without a secret get one answer, so that nobody learns which stores there
are. What is signed is kept and answered at once; a job takes it in.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import SYSTEM
from core.api import View
from core.db import retrying
from core.errors import DeskError, Invalid, NotSignedIn, TooFast, TooLarge
from orders.actions.hooks import Message, keep_hook
from orders.hooks import signatures
from orders.hooks.reading import load, text
from orders.hooks.sources import SOURCES
from orders.models import Store

MOST_BYTES = 2_000_000
WITHIN = 60  # seconds
MOST_WRONG = 120  # refused signatures of one address in that time, before it is told to wait
MOST_KEPT = 60_000  # messages of one store and source in that time
TOLD_IN = 10
_untold: dict[str, int] = {}  # messages that this process kept since it told last, by key
_counting = threading.Lock()
KEPT_HEADERS = re.compile(r"x-shopify-|x-wc-|aftership-|as-|content-type\Z|user-agent\Z")
PING = re.compile(rb"webhook_id=\d{1,18}\Z")


class AnyBody(BaseParser):
    """The body is read raw; nothing parses it at the door."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


ANSWER = inline_serializer(
    "HookKept",
    {
        "id": serializers.CharField(),
        "state": serializers.ChoiceField(choices=["queued", "ignored", "duplicate"]),
    },
)


class HookDoor(View):
    """A message of a shop's system."""

    authentication_classes = ()
    parser_classes = (AnyBody,)
    open_to_visitors = ("POST",)
    source = ""

    def take(self, request: Request, store: str) -> Response:
        """Check size and signature over the raw body, keep it, answer."""
        body = _raw(request)
        if not self._is_signed(request, store, body):
            _slow_down(f"hooks:wrong:{request.META.get('REMOTE_ADDR', '')}", MOST_WRONG)
            raise NotSignedIn(_("The signature does not fit."))
        row = Store.objects.filter(code=store).first()
        if row is None:
            raise NotSignedIn(_("The signature does not fit."))
        if not body:
            raise Invalid(_("The message is empty."), code="empty")
        _count(f"hooks:kept:{self.source}:{store}")
        message = _message(self.source, request, body)
        hook, new = retrying(keep_hook, actor=SYSTEM, store=row, message=message)
        return Response({"id": hook.public_id, "state": hook.state if new else "duplicate"})

    def _is_signed(self, request: Request, store: str, body: bytes) -> bool:
        given = next(filter(None, (request.headers.get(name) for name in SOURCES[self.source].SIGNATURE)), "")
        return signatures.is_signed(body, given, signatures.secrets_of(self.source, store))


def _raw(request: Request) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise TooLarge()
    try:
        body: bytes = request._request.body
    except OSError:
        raise Invalid(_("The message broke off."), code="broken_off") from None
    if len(body) > MOST_BYTES:
        raise TooLarge()
    return body


def _message(source: str, request: Request, body: bytes) -> Message:
    module = SOURCES[source]
    topic, delivery = request.headers.get(module.TOPIC, ""), request.headers.get(module.DELIVERY, "")
    if source == "aftership":
        topic, delivery = _in_body(body)
    kept = {
        name.lower(): value[:200].replace("\x00", "")
        for name, value in request.headers.items()
        if KEPT_HEADERS.match(name.lower()) and "hmac" not in name.lower() and "signature" not in name.lower()
    }
    return Message(source, topic.strip(), delivery.strip(), body, kept)


def _in_body(body: bytes) -> tuple[str, str]:
    """AfterShip names event and delivery in the body; a body that cannot be read fails later, with its words."""
    try:
        data = load(body)
    except DeskError:
        return "tracking_update", ""
    return text(data, "event") or "tracking_update", text(data, "event_id")


def _count(key: str) -> None:
    """Count a message that is kept. Each process tells the others in tens: the limit is far, the way there costs."""
    with _counting:
        _untold[key] = _untold.get(key, 0) + 1
        if _untold[key] < TOLD_IN:
            return
        del _untold[key]
    _slow_down(key, MOST_KEPT, TOLD_IN)


def _slow_down(key: str, most: int, by: int = 1) -> None:
    cache.add(key, 0, WITHIN)
    try:
        count = cache.incr(key, by)
    except ValueError:  # it ran out between the two steps
        count = by
    if count > most:
        raise TooFast(retry_after_ms=WITHIN * 1000)


def _described(source: str, header: str) -> Any:
    return extend_schema(
        operation_id=f"hooks_{source}",
        tags=["hooks"],
        request=OpenApiTypes.OBJECT,
        parameters=[
            OpenApiParameter("store", str, "path"),
            OpenApiParameter(
                header, str, "header", description=lazy("base64 of HMAC-SHA256 over the raw body.")
            ),
        ],
        responses={
            200: ANSWER,
            400: OpenApiResponse(description="empty"),
            401: OpenApiResponse(description="not_signed_in: wrong signature, or a store that is not known"),
            413: OpenApiResponse(description="too_large: above 2 MB"),
            429: OpenApiResponse(description="too_fast"),
        },
    )


class ShopifyHook(HookDoor):
    """Orders, dispatches, scans and refunds of a Shopify shop."""

    source = "shopify"

    @_described("shopify", "X-Shopify-Hmac-Sha256")
    def post(self, request: Request, store: str) -> Response:
        return self.take(request, store)


class WooHook(HookDoor):
    """Orders of a WooCommerce shop."""

    source = "woocommerce"

    @_described("woocommerce", "X-WC-Webhook-Signature")
    def post(self, request: Request, store: str) -> Response:
        """A new subscription is tried with an unsigned number; it is answered and nothing is kept."""
        if "X-WC-Webhook-Signature" not in request.headers and PING.match(_raw(request)):
            return Response({"id": "", "state": "ignored"})
        return self.take(request, store)


class AfterShipHook(HookDoor):
    """Where parcels are, by AfterShip."""

    source = "aftership"

    @_described("aftership", "aftership-hmac-sha256")
    def post(self, request: Request, store: str) -> Response:
        return self.take(request, store)
