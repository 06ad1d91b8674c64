"""JSON doors of orders."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED, View, page_of
from core.db import retrying
from core.errors import Forbidden, Invalid, NotFound
from orders import permissions, queries
from orders.actions import cancel_order, upsert_order
from orders.api_shapes import (
    CancelIn,
    OrderIn,
    OrderOut,
    OrderPage,
    RecordPage,
    RecordRowOut,
    UpsertOut,
    order_data,
    order_row,
    order_whole,
)
from orders.data import number_of
from orders.models import Order, OrderStatus

READ = {
    401: OpenApiResponse(description="not_signed_in"),
    404: OpenApiResponse(description="not_found: missing, or not yours to see"),
}
WRITE = {
    **READ,
    400: OpenApiResponse(description="invalid: `fields` says where"),
    403: OpenApiResponse(description="forbidden"),
}
REF = OpenApiParameter(
    "ref",
    str,
    "path",
    description=lazy("`store:number`, or the number alone (409 `ambiguous` names the stores)."),
)


def split(ref: str) -> tuple[str | None, str]:
    """`us:2001` and `2001` alike: store code or None, and the number."""
    store, colon, number = ref.partition(":")
    return (store, number) if colon else (None, ref)


class OrderList(View):
    """Orders that the caller may see, newest first."""

    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        parameters=[
            OpenApiParameter(
                "search",
                str,
                description=lazy(
                    "Number, tracking number, SKU, e-mail, telephone, name's beginning: the newest 500 of each."
                ),
            ),
            OpenApiParameter("status", str, enum=OrderStatus.values, many=True),
            OpenApiParameter("store", str),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses={200: OrderPage, 400: WRITE[400], 401: READ[401]},
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        only = Q()
        if statuses := [one for raw in asked.getlist("status") for one in raw.split(",") if one]:
            if unknown := sorted(set(statuses) - set(OrderStatus.values)):
                raise Invalid.field(
                    "status", _("“%(status)s” is no status of an order.") % {"status": unknown[0][:40]}
                )
            only &= Q(status__in=statuses)
        if store := asked.get("store"):
            only &= Q(store__in=queries.store_keys(store))
        words = asked.get("search", asked.get("q"))
        if words is None:
            rows = queries.visible_orders(self.actor).filter(only)
        else:
            rows = queries.search_orders(self.actor, words, only=only)
        return page_of(self, rows, order_row, ordering=queries.NEWEST)


class OrderDetail(View):
    """One order: read by its buyer and staff, written by shops."""

    scopes = {"GET": "orders:read", "PUT": "orders:write"}

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        responses={200: OrderOut, **READ, 409: OpenApiResponse(description="ambiguous: `stores`")},
    )
    def get(self, request: Request, ref: str) -> Response:
        return Response(whole(self, ref))

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=OrderIn,
        responses={200: UpsertOut, 201: UpsertOut, **WRITE, 409: OpenApiResponse(description="status_path")},
    )
    def put(self, request: Request, ref: str) -> Response:
        """Create or update an order from a shop; the same again changes nothing."""
        if (kept := self.idempotent(request)) is not None:
            return kept
        if not permissions.can_feed(self.actor):
            raise Forbidden()
        code, number = split(ref)
        if code is None:
            raise Invalid(
                _("Say which store the order is of: orders/{store}:{number}/."), code="store_needed"
            )
        store = queries.access_store(self.actor, code)
        shape = OrderIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = order_data(number_of(number), shape.validated_data)
        done = retrying(upsert_order, actor=self.actor, store=store, data=data)
        answer = {"outcome": done.outcome, "order": whole(self, f"{code}:{done.order.number}")}
        return Response(answer, status=CREATED if done.outcome == "created" else 200)


class OrderRecordView(View):
    """What happened to an order, oldest first; a buyer reads what concerns a buyer."""

    scopes = {"GET": "orders:read"}

    @extend_schema(tags=["orders"], parameters=[REF], responses={200: RecordPage, **READ})
    def get(self, request: Request, ref: str) -> Response:
        entries = queries.record_of(self.actor, find(self, ref))
        rows = [RecordRowOut(entry).data for entry in entries]
        return Response({"next": None, "previous": None, "results": rows})


class OrderCancel(View):
    """Calling an order off, by the rules of its status."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        tags=["orders"],
        parameters=[REF],
        request=CancelIn,
        responses={200: OrderOut, **WRITE, 409: OpenApiResponse(description="not_cancellable: `instead`")},
    )
    def post(self, request: Request, ref: str) -> Response:
        if (kept := self.idempotent(request)) is not None:
            return kept
        shape = CancelIn(data=request.data)
        shape.is_valid(raise_exception=True)
        order = find(self, ref)
        retrying(cancel_order, actor=self.actor, order_id=order.pk, reason=shape.validated_data["reason"])
        return Response(whole(self, f"{order.store.code}:{order.number}"))


def find(view: View, ref: str) -> Order:
    """The order behind `store:number` or a number."""
    store, number = split(ref)
    if not number:
        raise NotFound()
    return queries.access_order(view.actor, store=store, number=number)


def whole(view: View, ref: str) -> dict[str, Any]:
    """The order as the contract shows it; seven queries at most."""
    return order_whole(queries.load_parts(find(view, ref)), view.actor)
