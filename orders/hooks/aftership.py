"""AfterShip's messages: where a parcel is, with all its checkpoints so far.

The body is {"event": "tracking_update", "event_id", "ts", "msg": the tracking}; a checkpoint's time without an
offset is taken as UTC.
"""

from __future__ import annotations

from datetime import date, datetime

from core.errors import Invalid
from orders.carriers import name_of_slug
from orders.data import ScanData, ShipmentData
from orders.hooks.reading import Json, Told, day, moment, need, need_moment, part, parts, text, web_address

CODE = "aftership"
SIGNATURE = ("aftership-hmac-sha256", "as-signature-hmac-sha256")
TOPIC = ""  # stands in the body
DELIVERY = ""
TOPICS = frozenset({"tracking_update"})
TAGS = {
    "Pending": "pending",
    "InfoReceived": "info_received",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AttemptFail": "attempt_failed",
    "Delivered": "delivered",
    "AvailableForPickup": "ready_for_pickup",
    "Exception": "exception",
    "Expired": "expired",
}
# What the tag leaves open.
SUBTAGS = {
    "Exception_004": "customs",
    "Exception_010": "returning",
    "Exception_011": "returned",
    "Exception_012": "damaged",
    "Exception_013": "lost",
}
NOT_LEFT = frozenset({"pending", "info_received"})


def read(topic: str, data: Json) -> Told:
    """What a message says. Raises Invalid."""
    told = part(data, "msg")
    number = "".join(need(told, "tracking_number").split())
    back = told.get("return_to_sender") is True
    scans = tuple(dict.fromkeys(_scan(one, back=back) for one in parts(told, "checkpoints")))
    left = [scan.at for scan in scans if scan.status not in NOT_LEFT]
    there = [scan.at for scan in scans if scan.status == "delivered"]
    status = _status(told, back=back)
    parcel = ShipmentData(
        tracking_number=number,
        carrier=name_of_slug(text(told, "slug")),
        url=web_address(text(told, "courier_tracking_link")),
        status=status,
        dispatched_at=min(left, default=None) or _picked_up(told),
        delivered_at=min(there, default=None) or (_delivered(told) if status == "delivered" else None),
        scans=scans,
        expected_on=_expected(told),
    )
    return Told(key=number, number=text(told, "order_number"), parcel=parcel)


def _status(data: Json, *, back: bool) -> str:
    """The status of a tracking or a checkpoint; what goes back to its sender is never delivered to its buyer."""
    status = SUBTAGS.get(text(data, "subtag")) or TAGS.get(text(data, "tag"), "in_transit")
    return "returned" if back and status == "delivered" else status


def _expected(told: Json) -> date | None:
    """The carrier's or AfterShip's newest guess of the day."""
    newest = part(told, "latest_estimated_delivery")
    guess = part(told, "aftership_estimated_delivery_date")
    named = (
        *(newest.get("datetime_max"), newest.get("datetime")),
        *(told.get("expected_delivery"), guess.get("estimated_delivery_date")),
    )
    return next((found for raw in named if (found := day(raw))), None)


def _scan(data: Json, *, back: bool = False) -> ScanData:
    status = _status(data, back=back)
    place = text(data, "location") or ", ".join(
        filter(None, (text(data, name) for name in ("city", "state", "country_name")))
    )
    words = text(data, "message", "subtag_message", "tag") or status
    return ScanData(need_moment(data, "checkpoint_time", "created_at"), status, words[:300], place[:150])


def _picked_up(told: Json) -> datetime | None:
    return _soft(told, "shipment_pickup_date")


def _delivered(told: Json) -> datetime | None:
    return _soft(told, "shipment_delivery_date") or moment(told, "last_updated_at", "updated_at")


def _soft(told: Json, name: str) -> datetime | None:
    """A day without a time is no instant: it is left out."""
    try:
        return moment(told, name)
    except Invalid:
        return None
