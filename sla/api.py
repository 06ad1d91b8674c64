"""`/api/v1/clocks/`: promises and their due times, as the dashboards show them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import Page, View
from sla import owners, queries
from sla.models import OPEN_STATES, Clock, ClockState, Metric, Unit
from sla.receipts import receipt


class ClockFilter(serializers.Serializer[Any]):
    """What a list of clocks may be narrowed to."""

    state = serializers.ChoiceField(
        choices=["open", *ClockState.values], required=False, help_text="`open`: running, paused or breached."
    )
    metric = serializers.ChoiceField(choices=Metric.choices, required=False)
    owner_kind = serializers.CharField(max_length=20, required=False, help_text="`ticket`, `order`, …")
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)
    cursor = serializers.CharField(required=False)


class ClockOwner(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()


class ClockShape(serializers.Serializer[Any]):
    """One promise. Instants are UTC; `target` and `min_target` are in `unit`, `consumed` in desk seconds."""

    id = serializers.IntegerField()
    owner = ClockOwner()
    metric = serializers.ChoiceField(choices=Metric.choices)
    state = serializers.ChoiceField(choices=ClockState.choices)
    unit = serializers.ChoiceField(choices=Unit.choices)
    target = serializers.IntegerField()
    min_target = serializers.IntegerField()
    consumed = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    due = serializers.DateTimeField(allow_null=True, help_text="Null while paused.")
    warn_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(
        allow_null=True, help_text="The due that passed, not when it was seen."
    )
    ended_at = serializers.DateTimeField(allow_null=True)
    policy = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(help_text="Of the desk's calendar.")


class ClockPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ClockShape(many=True)


class ReceiptLine(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class Receipt(serializers.Serializer[Any]):
    clock = ClockShape()
    zone = serializers.CharField()
    lines = ReceiptLine(many=True)


def shape(rows: list[Clock]) -> list[dict[str, Any]]:
    """Clocks as the contract writes them; their owners are asked for once for each kind."""
    labels = owners.describe((clock.owner_kind, clock.owner_id) for clock in rows)
    return [_shape_one(clock, labels.get((clock.owner_kind, clock.owner_id))) for clock in rows]


def _shape_one(clock: Clock, label: owners.OwnerLabel | None) -> dict[str, Any]:
    label = label or owners.OwnerLabel("")
    policy = clock.policy_version.policy.name if clock.policy_version else None
    plain = {name: getattr(clock, name) for name in PLAIN}
    return {
        "id": clock.pk,
        "owner": {"kind": clock.owner_kind, "title": label.title, "url": label.url},
        **plain,
        "policy": policy,
        "timezone": clock.calendar_version.spec["timezone"],
    }


PLAIN = (
    "metric",
    "state",
    "unit",
    "target",
    "min_target",
    "consumed",
    "started_at",
    "due",
    "warn_at",
    "breached_at",
    "ended_at",
)


class ClockList(View):
    """The clocks of all owners that the caller may see."""

    scopes = {"GET": "clocks:read"}

    @extend_schema(operation_id="clocks_list", parameters=[ClockFilter], responses=ClockPage, tags=["clocks"])
    def get(self, request: Request) -> Response:
        """A page of clocks, newest first, by state, metric and kind of owner."""
        asked = ClockFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = _narrowed(queries.visible_clocks(self.actor), asked.validated_data)
        pager = Page()
        page: list[Clock] | None = pager.paginate_queryset(rows, request, view=self)
        return pager.get_paginated_response(shape(list(page or [])))


def _narrowed(rows: Any, asked: dict[str, Any]) -> Any:
    if state := asked.get("state"):
        rows = rows.filter(state__in=OPEN_STATES if state == "open" else [state])
    return rows.filter(**{name: asked[name] for name in ("metric", "owner_kind") if name in asked})


class ClockRead(View):
    """One clock."""

    scopes = {"GET": "clocks:read"}

    @extend_schema(operation_id="clocks_read", responses=ClockShape, tags=["clocks"])
    def get(self, request: Request, clock_id: int) -> Response:
        """A clock whose owner the caller may see; 404 otherwise."""
        return Response(shape([queries.access_clock(self.actor, clock_id)])[0])


class ClockReceipt(View):
    """Why a clock is due when it is."""

    scopes = {"GET": "clocks:read"}
    zone = OpenApiParameter("zone", str, description="The reader's time zone; the caller's own if left out.")

    @extend_schema(operation_id="clocks_receipt", parameters=[zone], responses=Receipt, tags=["clocks"])
    def get(self, request: Request, clock_id: int) -> Response:
        """The steps from the start to the due time, in words, in the desk's zone and the reader's."""
        clock = queries.access_clock(self.actor, clock_id)
        zone = request.query_params.get("zone") or self.actor.timezone
        lines = [{"at": line.at, "text": line.text} for line in receipt(clock, zone=zone)]
        return Response({"clock": shape([clock])[0], "zone": zone, "lines": lines})
