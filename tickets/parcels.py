"""Parcels that are late or stuck: news of orders become outbox rows, the worker says them on a ticket."""

from __future__ import annotations

from typing import Any

from core import outbox
from core.db import retrying
from core.events import inside
from orders import watch
from orders.events import ParcelLate, ParcelMoving
from tickets.actions import parcels


@inside(ParcelLate)
def note_late(event: ParcelLate) -> None:
    """The buyer or the desk hears of it, once for each finding."""
    if event.then in (watch.BUYER, watch.NOTE):
        payload = {"order": event.order_id, "finding": event.finding_id}
        outbox.enqueue("ticket.parcel_late", payload, key=f"parcel.late:{event.finding_id}")


@inside(ParcelMoving)
def note_moving(event: ParcelMoving) -> None:
    """It moves, arrived, or does not matter any more."""
    payload = {"order": event.order_id, "finding": event.finding_id}
    outbox.enqueue("ticket.parcel_moving", payload, key=f"parcel.moving:{event.finding_id}")


@outbox.handler("ticket.parcel_late")
def say_late(payload: dict[str, Any]) -> None:
    """In words, on the order's ticket."""
    retrying(parcels.tell_of_parcels, order_id=payload["order"])


@outbox.handler("ticket.parcel_moving")
def say_moving(payload: dict[str, Any]) -> None:
    """A line where it was told."""
    retrying(parcels.end_parcel, order_id=payload["order"], finding_id=payload["finding"])
