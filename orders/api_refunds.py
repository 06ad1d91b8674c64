"""JSON doors of refunds: those of returns, and those that the buyer agreed to."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import View
from core.db import retrying
from orders import actions
from orders.api import READ, REF, WRITE, find
from orders.api_returns import RefundOut
from orders.api_returns import refund as refund_out
from orders.return_queries import access_refund

_Shape = serializers.Serializer[Any]
STATE = OpenApiResponse(description="refund_state: the step does not fit the state")


class PaidIn(_Shape):
    reference = serializers.CharField(max_length=100)


class RefundPage(_Shape):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RefundOut(many=True)


class OrderRefunds(View):
    """Money back on an order."""

    scopes = {"GET": "orders:read"}

    @extend_schema(tags=["returns"], parameters=[REF], responses={200: RefundPage, **READ})
    def get(self, request: Request, ref: str) -> Response:
        """Of returns and agreed on, oldest first; all of them."""
        rows = [refund_out(one) for one in find(self, ref).refunds.all()]
        return Response({"next": None, "previous": None, "results": rows})


class RefundConfirm(View):
    """A refund was paid by hand."""

    scopes = {"POST": "orders:write"}

    @extend_schema(tags=["returns"], request=PaidIn, responses={200: RefundOut, **WRITE, 409: STATE})
    def post(self, request: Request, public_id: str) -> Response:
        """Its reference; confirmed already: nothing happens."""
        given = PaidIn(data=request.data)
        given.is_valid(raise_exception=True)
        reference = given.validated_data["reference"]
        retrying(actions.mark_refunded, actor=self.actor, refund=public_id, reference=reference)
        return Response(refund_out(access_refund(self.actor, public_id)))


class RefundRetry(View):
    """A refund that the shop's own system refused or did not answer is sent once more, with the same key."""

    scopes = {"POST": "orders:write"}

    @extend_schema(tags=["returns"], request=None, responses={200: RefundOut, **WRITE, 409: STATE})
    def post(self, request: Request, public_id: str) -> Response:
        retrying(actions.retry_refund, actor=self.actor, refund=public_id)
        return Response(refund_out(access_refund(self.actor, public_id)))
