"""Lines, addresses and parcels of an order that exists, brought in line with a feed. Under the order's lock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orders.actions.build import PLAIN_FIELDS, address_row, line_rows, parcel_steps, scan_row, scan_step
from orders.data import (
    ADDRESS_FIELDS,
    LINE_FIELDS,
    SHIPMENT_FIELDS,
    STEP_FIELDS,
    AddressData,
    LineData,
    OrderData,
    ShipmentData,
)
from orders.models import Address, Order, OrderLine, Shipment, TrackingEvent
from orders.record import Step

FILES = frozenset(
    {"shopify_csv", "amazon_orders", "ebay_orders", "helpdesk_orders"}
)  # sources of `OrderData`


def sync(order: Order, data: OrderData) -> tuple[list[str], dict[str, Any]]:
    """Write the lines and addresses that differ; the names of what changed, and what stood there before.

    An address that the feed does not tell stays as it is.
    """
    changed: list[str] = []
    words: dict[str, Any] = {}
    if (old := _sync_lines(order, data)) is not None:
        changed.append("lines")
        words["lines"] = old
    for kind, address in (("shipping", data.shipping_address), ("billing", data.billing_address)):
        if address is not None and (was := _sync_address(order, kind, address)) is not None:
            changed.append(f"{kind}_address")
            words[f"{kind}_address"] = was
    return changed, words


def _sync_lines(order: Order, data: OrderData) -> list[list[str]] | None:
    kept = list(OrderLine.objects.filter(order=order).order_by("position").values_list(*LINE_FIELDS))
    told = [tuple(getattr(line, name) for name in LINE_FIELDS) for line in data.lines]
    if kept == told:
        return None
    OrderLine.objects.filter(order=order).delete()
    OrderLine.objects.bulk_create(line_rows(order, data))
    return [[str(value) for value in line] for line in kept]


def _sync_address(order: Order, kind: str, address: AddressData) -> dict[str, str] | None:
    kept = Address.objects.filter(order=order, kind=kind).first()
    if kept is None:
        address_row(order, kind, address).save()
        return {}
    was = {name: getattr(kept, name) for name in ADDRESS_FIELDS}
    changed = [name for name in ADDRESS_FIELDS if was[name] != getattr(address, name)]
    if not changed or (kind == Address.Kind.SHIPPING and _is_overtaken(order, address)):
        return None
    for name in changed:
        setattr(kept, name, getattr(address, name))
    kept.save(update_fields=changed)
    return {name: was[name] for name in changed}


def _is_overtaken(order: Order, address: AddressData) -> bool:
    """Whether the feed still tells an address that was changed since with the buyer's word: theirs stands."""
    rows = order.record.filter(verb="order.changed", data__agreed=True).select_related("detail")
    told = {name: getattr(address, name) for name in ADDRESS_FIELDS}
    before = [
        row.detail.text.get("before", {}).get("shipping_address") for row in rows if hasattr(row, "detail")
    ]
    return told in before


def with_known_parcels(order: Order, data: OrderData) -> OrderData:
    """The same with the parcels that are known and not told again: the order is there when all of them are."""
    if not data.shipments:
        return data
    told = {parcel.tracking_number for parcel in data.shipments}
    rows = Shipment.objects.filter(order=order).exclude(status="cancelled").exclude(tracking_number__in=told)
    names = ("tracking_number", *SHIPMENT_FIELDS)
    others = tuple(ShipmentData(**{name: getattr(row, name) for name in names}) for row in rows)
    return replace(data, shipments=(*data.shipments, *others)) if others else data


def is_of_no_time(order: Order, data: OrderData) -> bool:
    """Whether a file without times speaks of an order of which a feed with times told: nobody knows which is newer."""
    return data.updated_at is None and order.source_updated_at is not None and data.source in FILES


def only_what_is_new(order: Order, data: OrderData) -> OrderData:
    """What such a file adds: steps, parcels and addresses that are not known yet, money given back, a later status.

    What is known stays: the file may have been made before it.
    """
    known = set(Shipment.objects.filter(order=order).values_list("tracking_number", flat=True))
    kinds = set(Address.objects.filter(order=order).values_list("kind", flat=True))
    rows = OrderLine.objects.filter(order=order).order_by("position").values(*LINE_FIELDS)
    kept: dict[str, Any] = {name: getattr(order, name) for name in PLAIN_FIELDS}
    kept |= {name: getattr(order, name) or getattr(data, name) for name in STEP_FIELDS}
    kept["refunded"] = max(order.refunded, data.refunded)
    kept |= {
        f"{kind}_address": None if kind in kinds else getattr(data, f"{kind}_address")
        for kind in Address.Kind.values
    }
    parcels = tuple(parcel for parcel in data.shipments if parcel.tracking_number not in known)
    return replace(data, lines=tuple(LineData(**row) for row in rows), shipments=parcels, **kept)


def new_parcels(order: Order, data: OrderData) -> list[Step]:
    """Write the parcels and scans that are new or moved on; the record's rows for them. None is taken away."""
    if not data.shipments:
        return []
    known = {parcel.tracking_number: parcel for parcel in Shipment.objects.filter(order=order)}
    steps: list[Step] = []
    for told in data.shipments:
        parcel = known.get(told.tracking_number)
        if parcel is None:
            parcel = Shipment.objects.create(
                order=order,
                tracking_number=told.tracking_number,
                **{name: getattr(told, name) for name in SHIPMENT_FIELDS},
            )
            at = told.dispatched_at or order.dispatched_at or order.updated_at
            steps += parcel_steps(told.tracking_number, told.carrier, at)
        else:
            _move_on(parcel, told)
        steps += new_scans(parcel, told)
    return steps


def _move_on(parcel: Shipment, told: ShipmentData) -> None:
    changed = [
        name
        for name in SHIPMENT_FIELDS
        if getattr(told, name) not in (None, "") and getattr(told, name) != getattr(parcel, name)
    ]
    for name in changed:
        setattr(parcel, name, getattr(told, name))
    if changed:
        parcel.save(update_fields=changed)


def new_scans(parcel: Shipment, told: ShipmentData) -> list[Step]:
    """Write the scans that are not known yet; the record's rows for them."""
    known = set(parcel.events.values_list("at", "status", "description"))
    fresh = [scan for scan in told.scans if (scan.at, scan.status, scan.description) not in known]
    TrackingEvent.objects.bulk_create(scan_row(parcel, scan) for scan in fresh)
    number = parcel.tracking_number
    return [scan_step(number, scan.at, scan.status, scan.description, scan.place) for scan in fresh]
