"""The JSON shapes of orders: what comes in (checked for shape only) and what goes out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.actors import Actor
from core.api import money
from core.clock import now
from orders import queries, rules
from orders.data import ZERO, AddressData, LineData, OrderData, ScanData, ShipmentData
from orders.imports import states
from orders.models import Import, ImportRow, Order, OrderStatus

_Shape = serializers.Serializer[Any]


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "example": "12.30"},
            {
                "type": "object",
                "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
                "required": ["amount"],
            },
        ]
    }
)
class MoneyIn(serializers.Field[Decimal, Any, Any, Any]):
    """`{"amount": "12.30", "currency": "USD"}`, or the amount alone as text; never a binary fraction."""

    default_error_messages = {
        "shape": _("Write money as text, such as 12.30, or as an object with “amount” and “currency”."),
        "currency": _("This amount is in another currency than the order."),
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, dict):
            root = self.root.initial_data  # type: ignore[attr-defined]
            if data.get("currency") not in (None, root.get("currency", "USD")):
                self.fail("currency")
            data = data.get("amount")
        if isinstance(data, bool | float) or not isinstance(data, str | int):
            self.fail("shape")
        inner = serializers.DecimalField(max_digits=12, decimal_places=2)
        return inner.run_validation(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


def _text(limit: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True, default="", **more)


def _time() -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, allow_null=True, default=None)


class LineIn(_Shape):
    name = serializers.CharField(max_length=300)
    quantity = serializers.IntegerField(min_value=1)
    price = MoneyIn(help_text=_("Of one piece."))
    sku = _text(100)
    variant = _text(200)
    discount = MoneyIn(required=False, default=ZERO)


class AddressIn(_Shape):
    name = _text(150)
    company = _text(150)
    line1 = _text(255)
    line2 = _text(255)
    city = _text(100)
    region = _text(100)
    postcode = _text(20)
    country = _text(60)
    phone = _text(40)


class ScanIn(_Shape):
    at = serializers.DateTimeField()
    status = serializers.CharField(max_length=20)
    description = serializers.CharField(max_length=300)
    place = _text(150)


class ShipmentIn(_Shape):
    tracking_number = serializers.CharField(max_length=60)
    carrier = _text(60)
    url = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    status = serializers.CharField(max_length=20, required=False, default="in_transit")
    dispatched_at = _time()
    delivered_at = _time()
    scans = ScanIn(many=True, required=False, default=list)


class OrderIn(_Shape):
    """An order as a shop tells it. Steps that it does not know stay as they are; lines replace those before."""

    email = serializers.EmailField()
    placed_at = serializers.DateTimeField()
    lines = LineIn(many=True, allow_empty=False)
    name = _text(150, help_text=_("The buyer's name."))
    phone = _text(40)
    status = serializers.ChoiceField(
        choices=OrderStatus.choices, required=False, allow_blank=True, default=""
    )
    currency = serializers.CharField(max_length=3, required=False, default="USD")
    subtotal = MoneyIn(required=False, default=ZERO)
    discount = MoneyIn(required=False, default=ZERO)
    shipping = MoneyIn(required=False, default=ZERO)
    taxes = MoneyIn(required=False, default=ZERO)
    total = MoneyIn()
    refunded = MoneyIn(required=False, default=ZERO)
    payment_method = _text(100)
    note = _text(5000)
    paid_at = _time()
    reviewed_at = _time()
    packed_at = _time()
    dispatched_at = _time()
    delivered_at = _time()
    cancelled_at = _time()
    updated_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text=_("The shop's own time of this news: an older update never undoes a newer one."),
    )
    shipping_address = AddressIn(required=False, allow_null=True, default=None)
    billing_address = AddressIn(required=False, allow_null=True, default=None)
    shipments = ShipmentIn(many=True, required=False, default=list)


def order_data(number: str, fields: dict[str, Any]) -> OrderData:
    """The checked shape as the values that actions take."""
    given = dict(fields)
    given["lines"] = tuple(LineData(**line) for line in given["lines"])
    for kind in ("shipping_address", "billing_address"):
        given[kind] = AddressData(**given[kind]) if given[kind] else None
    given["shipments"] = tuple(
        ShipmentData(**{**parcel, "scans": tuple(ScanData(**scan) for scan in parcel["scans"])})
        for parcel in given["shipments"]
    )
    return OrderData(number=number, source="api", **given)


class CancelIn(_Shape):
    reason = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)


# What goes out ------------------------------------------------------------------------------------------


class MoneyOut(_Shape):
    amount = serializers.CharField()
    currency = serializers.CharField()


class OrderRowOut(_Shape):
    id = serializers.CharField(help_text=_("For links; random."))
    store = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    buyer = serializers.CharField()
    email = serializers.CharField()
    total = MoneyOut()
    placed_at = serializers.DateTimeField()
    promised_by = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class TellingOut(_Shape):
    at = serializers.DateTimeField()
    due = serializers.DateTimeField(help_text="The new date; with the basis “look”, by when more is told.")
    basis = serializers.ChoiceField(choices=["review", "pack", "hand_over", "door", "moving", "look"])
    holds = serializers.BooleanField(help_text="The promised date stands.")
    ticket = serializers.CharField()
    turn = serializers.IntegerField()


class PromiseOut(_Shape):
    metric = serializers.CharField()
    title = serializers.CharField()
    due = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=["running", "at_risk", "broken", "kept", "late", "cancelled"])
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    told = TellingOut(allow_null=True)


class ChoiceOut(_Shape):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    instead = serializers.ListField(
        child=serializers.CharField(), help_text=_("Codes of the ways that are left.")
    )
    category = serializers.CharField()


class OrderOut(OrderRowOut):
    lines = serializers.ListField(child=serializers.DictField())
    money = serializers.DictField(child=MoneyOut())
    times = serializers.DictField(child=serializers.DateTimeField(allow_null=True))
    addresses = serializers.DictField(child=serializers.DictField())
    parcels = serializers.ListField(child=serializers.DictField())
    promises = PromiseOut(many=True)
    can = ChoiceOut(many=True)
    payment_method = serializers.CharField()
    note = serializers.CharField(required=False, help_text=_("For staff."))


class UpsertOut(_Shape):
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged"])
    order = OrderOut()


class RecordRowOut(_Shape):
    seq = serializers.IntegerField()
    verb = serializers.CharField()
    at = serializers.DateTimeField()
    title = serializers.CharField()
    who = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    text = serializers.DictField()
    for_buyer = serializers.BooleanField()


class _Page(_Shape):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class RecordPage(_Page):
    results = RecordRowOut(many=True)


class OrderPage(_Page):
    results = OrderRowOut(many=True)


class ImportRowOut(_Shape):
    line = serializers.IntegerField(help_text=_("Of the file, from 1."))
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    field = serializers.CharField()
    reason = serializers.CharField()


class ImportOut(_Shape):
    id = serializers.CharField()
    store = serializers.CharField()
    filename = serializers.CharField()
    format = serializers.CharField()
    state = serializers.ChoiceField(choices=states.CHOICES)
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    lines = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ImportWithRowsOut(ImportOut):
    rows = ImportRowOut(many=True, help_text=_("The rejected ones first, at most 200; all at rows/."))


class ImportPage(_Page):
    results = ImportOut(many=True)


class ImportRowPage(_Page):
    results = ImportRowOut(many=True)


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.FileField):
    """A file in a form."""


class ImportIn(_Shape):
    store = serializers.CharField(max_length=50)
    format = serializers.CharField(max_length=20, required=False, default="auto")
    file = Upload(allow_empty_file=True)


def order_row(order: Order) -> dict[str, Any]:
    """One order of a list; needs store and person."""
    return {
        "id": order.public_id,
        "store": order.store.code,
        "number": order.number,
        "status": order.status,
        "buyer": order.person.display_name,
        "email": order.email,
        "total": money(order.total, order.currency),
        "placed_at": order.placed_at,
        "promised_by": order.promised_by,
        "updated_at": order.updated_at,
    }


def order_whole(order: Order, actor: Actor) -> dict[str, Any]:
    """An order with all that hangs on it; needs its parts (`queries.with_parts`), asks once for the promises."""
    sums = ("subtotal", "discount", "shipping", "taxes", "total", "refunded")
    times = ("placed", "paid", "reviewed", "packed", "dispatched", "delivered", "cancelled")
    shape = {
        **order_row(order),
        "lines": [_line(line, order.currency) for line in order.lines.all()],
        "money": {name: money(getattr(order, name), order.currency) for name in sums},
        "times": {name: getattr(order, f"{name}_at") for name in times},
        "addresses": {a.kind: {name: getattr(a, name) for name in _ADDRESS} for a in order.addresses.all()},
        "parcels": [_parcel(parcel) for parcel in queries.parcels(order)],
        "promises": [PromiseOut(promise).data for promise in queries.promises(order, now())],
        "can": [rules.as_dict(choice) for choice in rules.what_can_be_done(order, actor)],
        "payment_method": order.payment_method,
    }
    if actor.is_staff:
        shape["note"] = order.note
    return shape


_ADDRESS = tuple(AddressData.__dataclass_fields__)


def _line(line: Any, currency: str) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "variant": line.variant,
        "quantity": line.quantity,
        "price": money(line.price, currency),
        "discount": money(line.discount, currency),
    }


def _parcel(parcel: queries.Parcel) -> dict[str, Any]:
    scans = [
        {"at": scan.at, "status": scan.status, "description": scan.description, "place": scan.place}
        for scan in parcel.scans
    ]
    names = ("tracking_number", "carrier", "link", "status", "dispatched_at", "delivered_at")
    return {**{name: getattr(parcel, name) for name in names}, "scans": scans}


def import_row(row: ImportRow) -> dict[str, Any]:
    """What became of one order of a file."""
    return {name: getattr(row, name) for name in ("line", "number", "outcome", "field", "reason")}


def import_run(run: Import) -> dict[str, Any]:
    """A file that came in."""
    counts = ("created", "updated", "unchanged", "rejected", "lines")
    return {
        "id": run.public_id,
        "store": run.store.code,
        **{
            name: getattr(run, name)
            for name in ("filename", "format", "state", *counts, "started_at", "ended_at")
        },
    }
