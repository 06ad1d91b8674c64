"""JSON doors of late parcels: what waits, and what a store calls late."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import View, page_of
from core.db import retrying
from core.errors import Forbidden
from orders.actions import save_parcel_rules
from orders.api import READ, WRITE
from orders.carriers import link_of, name_for
from orders.models import ParcelFinding, Store
from orders.queries import access_store, visible_stores
from orders.watch import KINDS, THEN
from orders.watch_queries import Sieve, rules_of, sieved_findings

_Shape = serializers.Serializer[Any]
CODE = OpenApiParameter("store", str, "path", description="The store's code.")


class LateParcelOut(_Shape):
    """A parcel that is late or stuck. `told_at`: when buyer or desk heard of it, on `ticket` (its id)."""

    order = serializers.CharField(help_text="`store:number`.")
    tracking_number = serializers.CharField()
    carrier = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS)
    status = serializers.CharField()
    since = serializers.DateTimeField()
    found_at = serializers.DateTimeField()
    then = serializers.ChoiceField(choices=THEN)
    told_at = serializers.DateTimeField(allow_null=True)
    ticket = serializers.CharField(allow_blank=True)
    cleared_at = serializers.DateTimeField(allow_null=True)
    cleared_by = serializers.ChoiceField(choices=["", "scan", "delivered", "order", "rules"])


class LateParcelPage(_Shape):
    results = LateParcelOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ParcelRuleShape(_Shape):
    """`after`: hours for `unscanned`, days for the others; 0 for what is a cause by itself."""

    after = serializers.IntegerField(required=False)
    then = serializers.ChoiceField(choices=THEN, required=False)


class ParcelRulesIn(_Shape):
    """By kind; what is left out is as delivered. `carriers`: days without a scan, by the carrier's code."""

    kinds = serializers.DictField(child=ParcelRuleShape(), required=False, default=dict)
    carriers = serializers.DictField(child=serializers.IntegerField(), required=False, default=dict)
    version = serializers.IntegerField(
        required=False, help_text="As it was read: 409 when there is a newer one."
    )


class ParcelRulesOut(_Shape):
    store = serializers.CharField()
    version = serializers.IntegerField(help_text="0: nobody has changed them.")
    kinds = serializers.DictField(child=ParcelRuleShape())
    carriers = serializers.DictField(child=serializers.IntegerField())
    scans_since = serializers.DateTimeField(allow_null=True)


class ParcelRulesList(_Shape):
    results = ParcelRulesOut(many=True)


class LateParcels(View):
    """Parcels that are late or stuck, in the stores that the caller works for."""

    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="late_parcels_list",
        tags=["orders"],
        parameters=[
            OpenApiParameter("kind", str, enum=KINDS),
            OpenApiParameter("store", str),
            OpenApiParameter("over", bool, description="Those that are over, the newest first."),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses={200: LateParcelPage, 401: READ[401], 403: WRITE[403]},
    )
    def get(self, request: Request) -> Response:
        if not self.actor.is_staff:
            raise Forbidden()
        asked = request.query_params
        over = asked.get("over", "").lower() in ("1", "true")
        sieve = Sieve(kind=asked.get("kind", ""), store=asked.get("store", ""), over=over)
        ordering = ("-cleared_at", "-id") if over else ("found_at", "id")
        return page_of(self, sieved_findings(self.actor, sieve), late_parcel, ordering=ordering)


class RulesList(View):
    """What each store calls a late parcel."""

    scopes = {"GET": "policies:read"}

    @extend_schema(
        operation_id="parcel_rules_list",
        tags=["orders"],
        responses={200: ParcelRulesList, 401: READ[401], 403: WRITE[403]},
    )
    def get(self, request: Request) -> Response:
        check(self)
        return Response({"results": [rules_out(store) for store in visible_stores(self.actor)]})


class RulesDetail(View):
    """One store's rules."""

    scopes = {"GET": "policies:read", "PUT": "policies:write"}

    @extend_schema(
        tags=["orders"], parameters=[CODE], responses={200: ParcelRulesOut, **READ, 403: WRITE[403]}
    )
    def get(self, request: Request, store: str) -> Response:
        check(self)
        return Response(rules_out(access_store(self.actor, store)))

    @extend_schema(
        tags=["orders"],
        parameters=[CODE],
        request=ParcelRulesIn,
        responses={
            200: ParcelRulesOut,
            **WRITE,
            409: OpenApiResponse(description="newer_version: somebody saved meanwhile"),
        },
    )
    def put(self, request: Request, store: str) -> Response:
        check(self)
        asked = ParcelRulesIn(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        spec = {"kinds": told["kinds"], "carriers": told["carriers"]}
        retrying(
            save_parcel_rules, actor=self.actor, store=store, spec=spec, expected_version=told.get("version")
        )
        return Response(rules_out(access_store(self.actor, store)))


def check(view: View) -> None:
    """Rules are the managers'. Raises Forbidden."""
    if not view.actor.is_manager:
        raise Forbidden()


def rules_out(store: Store) -> dict[str, Any]:
    """A store's rules as JSON."""
    rules = rules_of(store.pk)
    return {"store": store.code, "version": rules.version, **rules.spec(), "scans_since": store.scans_since}


def late_parcel(row: ParcelFinding) -> dict[str, Any]:
    """A finding as JSON; its order, store and parcel loaded."""
    return {
        "order": f"{row.store.code}:{row.order.number}",
        "tracking_number": row.shipment.tracking_number,
        "carrier": name_for(row.shipment),
        "url": link_of(row.shipment),
        **{name: getattr(row, name) for name in ("kind", "status", "since", "found_at", "then")},
        **{name: getattr(row, name) for name in ("told_at", "ticket", "cleared_at", "cleared_by")},
    }
