"""What this room holds about a person: orders with addresses, parcels and returns, and the steps of their record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import privacy
from core.privacy import Held, Part
from orders.actions.privacy import erase_orders
from orders.models import (
    Address,
    IncomingHook,
    Order,
    OrderLine,
    OrderRecord,
    Refund,
    Return,
    ReturnLine,
    ReturnPhoto,
    SavedAddress,
    Shipment,
    TrackingEvent,
)

FIELDS = (
    *("public_id", "number", "status", "currency", "subtotal", "discount", "shipping", "taxes", "total"),
    *("refunded", "payment_method", "email", "phone", "note", "placed_at", "paid_at", "reviewed_at"),
    *("packed_at", "dispatched_at", "delivered_at", "cancelled_at"),
)
LINE = ("sku", "name", "variant", "quantity", "price", "discount")
ADDRESS = ("kind", "name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone")
PARCEL = ("carrier", "tracking_number", "url", "status", "dispatched_at", "delivered_at")
RETURN = (
    "number",
    "state",
    "question",
    "refusal",
    "refusal_words",
    "applied_at",
    "decided_at",
    "received_at",
    "ended_at",
)
RETURN_LINE = (
    "sku",
    "name",
    "variant",
    "quantity",
    "worth",
    "reason",
    "words",
    "arrived",
    "condition",
    "finding",
)
REFUND = ("amount", "currency", "words", "state", "ordered_at", "sent_at", "done_at")
PROPOSAL = ("kind", "state", "words", "details", "answer_words", "proposed_at", "answer_by", "ended_at")
SCAN = ("at", "status", "description", "place")


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    mine = {"order__person_id": person_id}
    return [
        Held(_("Orders"), Order.objects.filter(person_id=person_id).count()),
        Held(_("Addresses"), Address.objects.filter(**mine).count()),
        Held(_("Kept addresses"), SavedAddress.objects.filter(person_id=person_id).count()),
        Held(_("Parcels"), Shipment.objects.filter(**mine).count()),
        Held(_("Returns"), Return.objects.filter(**mine).count()),
        Held(_("Photographs of returns"), ReturnPhoto.objects.filter(**mine).count()),
        Held(
            _("Messages of shops’ systems"),
            IncomingHook.objects.filter(**mine).exclude(body=b"").count(),
        ),
        Held(_("Steps in the orders’ record"), OrderRecord.objects.filter(**mine, for_buyer=True).count()),
    ]


def export(person_id: int) -> Part:
    """Each order whole: money, lines, addresses, parcels, and of the record what concerns the buyer."""
    orders = Order.objects.filter(person_id=person_id).select_related("store").order_by("placed_at", "pk")
    photos = ReturnPhoto.objects.filter(order__person_id=person_id).order_by("pk")
    files = tuple((f"returns/{photo.pk}-{photo.name}", photo.file) for photo in photos)
    kept = SavedAddress.objects.filter(person_id=person_id).values("is_default", *ADDRESS[1:])
    return Part({"orders": [_order(order) for order in orders], "addresses": list(kept)}, files)


def _order(order: Order) -> dict[str, Any]:
    mine = {"order": order}
    record = OrderRecord.objects.filter(**mine, for_buyer=True).select_related("detail").order_by("seq")
    return {
        "store": order.store.name,
        **{name: getattr(order, name) for name in FIELDS},
        "lines": list(OrderLine.objects.filter(**mine).order_by("position").values(*LINE)),
        "addresses": list(Address.objects.filter(**mine).order_by("kind").values(*ADDRESS)),
        "parcels": [_parcel(parcel) for parcel in Shipment.objects.filter(**mine).order_by("pk")],
        "questions_of_the_shop": list(order.proposals.values(*PROPOSAL)),
        "returns": [_return(ret) for ret in Return.objects.filter(**mine).order_by("number")],
        "refunds_agreed_on": list(Refund.objects.filter(**mine, ret=None).order_by("pk").values(*REFUND)),
        "record": [_step(row) for row in record],
    }


def _return(ret: Return) -> dict[str, Any]:
    return {
        **{name: getattr(ret, name) for name in RETURN},
        "lines": list(ReturnLine.objects.filter(ret=ret).order_by("position").values(*RETURN_LINE)),
        "refunds": list(Refund.objects.filter(ret=ret).order_by("pk").values(*REFUND)),
    }


def _parcel(parcel: Shipment) -> dict[str, Any]:
    scans = TrackingEvent.objects.filter(shipment=parcel).order_by("at", "pk")
    return {**{name: getattr(parcel, name) for name in PARCEL}, "scans": list(scans.values(*SCAN))}


def _step(row: OrderRecord) -> dict[str, Any]:
    words = row.detail.text if hasattr(row, "detail") and row.verb != "order.changed" else {}
    return {"at": row.at, "verb": row.verb, "data": row.data, "words": words}


privacy.register("orders", held=held, export=export, erase=erase_orders)
