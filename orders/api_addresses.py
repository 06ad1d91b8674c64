"""JSON doors of a buyer's addresses, and of the address that an order goes to."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View
from core.db import retrying
from orders import actions
from orders.addresses.queries import access_address, addresses_of
from orders.api import READ, REF, WRITE, find, whole
from orders.api_shapes import OrderOut
from orders.data import ADDRESS_FIELDS

_Shape = serializers.Serializer[Any]
SCOPES = {"GET": "orders:read", "POST": "orders:write", "PUT": "orders:write", "DELETE": "orders:write"}
HINT = "Latin letters; `not_latin` names the fields with a hint."


class _Fields(_Shape):
    """Shape alone: what belongs to an address is said by the action, in the same words at every door."""

    name = serializers.CharField(required=False, allow_blank=True, default="")
    company = serializers.CharField(required=False, allow_blank=True, default="")
    line1 = serializers.CharField(required=False, allow_blank=True, default="", help_text=HINT)
    line2 = serializers.CharField(required=False, allow_blank=True, default="")
    city = serializers.CharField(required=False, allow_blank=True, default="")
    region = serializers.CharField(required=False, allow_blank=True, default="")
    postcode = serializers.CharField(required=False, allow_blank=True, default="")
    country = serializers.CharField(required=False, allow_blank=True, default="")
    phone = serializers.CharField(required=False, allow_blank=True, default="")


class KeptIn(_Fields):
    default = serializers.BooleanField(required=False, default=False)


class MovedIn(_Fields):
    keep = serializers.BooleanField(required=False, default=False, help_text="In the address book too.")


class KeptOut(_Fields):
    id = serializers.CharField(source="public_id")
    default = serializers.BooleanField(source="is_default")


class KeptPage(_Shape):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = KeptOut(many=True)


def _given(shape: type[_Shape], request: Request, extra: str) -> tuple[dict[str, str], bool]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    typed = form.validated_data
    return {name: typed[name] for name in ADDRESS_FIELDS}, typed[extra]


class Addresses(View):
    """One's own address book."""

    scopes = SCOPES

    @extend_schema(tags=["orders"], responses={200: KeptPage, 401: READ[401]})
    def get(self, request: Request) -> Response:
        """The default first; all of them, 20 at most."""
        rows = [KeptOut(row).data for row in addresses_of(self.actor)]
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(
        tags=["orders"],
        request=KeptIn,
        responses={201: KeptOut, **WRITE, 409: OpenApiResponse(description="too_many")},
    )
    def post(self, request: Request) -> Response:
        """Keep one more; the very same again is kept once."""
        fields, default = _given(KeptIn, request, "default")
        row = retrying(actions.save_address, actor=self.actor, fields=fields, default=default)
        return Response(KeptOut(row).data, status=CREATED)


class AddressDetail(View):
    """One of them."""

    scopes = SCOPES

    @extend_schema(tags=["orders"], request=KeptIn, responses={200: KeptOut, **WRITE})
    def put(self, request: Request, public_id: str) -> Response:
        """Written anew; orders keep what they were sent to."""
        access_address(self.actor, public_id)
        fields, default = _given(KeptIn, request, "default")
        row = retrying(
            actions.save_address, actor=self.actor, fields=fields, public_id=public_id, default=default
        )
        return Response(KeptOut(row).data)

    @extend_schema(tags=["orders"], request=None, responses={204: None, **READ})
    def delete(self, request: Request, public_id: str) -> Response:
        retrying(actions.remove_address, actor=self.actor, public_id=public_id)
        return Response(status=204)


class OrderAddress(View):
    """Where an order goes."""

    scopes = {"PUT": "orders:write"}

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=MovedIn,
        responses={
            200: OrderOut,
            **WRITE,
            409: OpenApiResponse(description="address_fixed: the reason and `instead`"),
        },
    )
    def put(self, request: Request, ref: str) -> Response:
        """Its buyer alone (403 `ask_the_buyer` for staff, who propose it), until the parcel has left."""
        fields, keep = _given(MovedIn, request, "keep")
        order = find(self, ref)
        retrying(actions.change_address, actor=self.actor, order_id=order.pk, fields=fields, keep=keep)
        return Response(whole(self, f"{order.store.code}:{order.number}"))
