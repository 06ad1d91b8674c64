"""Parcels that are late or stuck: seen, kept in the order's record, told once, and over with the next scan.

A parcel knows when it may next be late (`look_at`); news of it set that to now. The worker looks at what is
due by an index, so its work grows with what happened and with what ran out, never with how many parcels there
are. The order's lock is taken first, as for every news of a parcel.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked, retrying
from core.errors import Conflict, Forbidden
from core.events import publish
from orders import permissions, watch
from orders.actions.record import add_record
from orders.carriers import CARRIERS, name_for
from orders.events import OrderChanged, ParcelLate, ParcelMoving
from orders.models import Order, OrderRecord, ParcelFinding, ParcelRules, Shipment, Store
from orders.queries import access_store
from orders.watch_queries import is_over, news_of, promised_on, rules_of

log = logging.getLogger(__name__)
AGAIN = "order.parcel_rules"  # look at a store's parcels again
BATCH = 2000
LATER = timedelta(hours=1)  # a parcel that cannot be looked at stops nothing


def watch_parcels(order: Order, at: datetime) -> None:
    """There is news of an order's parcels: the worker looks at them. The caller holds the order's lock."""
    fresh = Q(delivered_at=None, dispatched_at__gte=at - watch.OLDEST)
    rows = Shipment.objects.filter(order=order).filter(fresh | Q(look_at__isnull=False) | _LATE)
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        Shipment.objects.filter(pk__in=ids).update(look_at=at)


_LATE = Q(findings__isnull=False, findings__cleared_at=None)


def first_look(parcel: Any, at: datetime) -> datetime | None:
    """When a parcel that comes in is first looked at: at once, and never for one that is history."""
    sent = parcel.dispatched_at
    return at if parcel.delivered_at is None and sent is not None and sent >= at - watch.OLDEST else None


# The worker's round ------------------------------------------------------------------------------------------


def look_at_due(limit: int = 100) -> int:
    """Look at the parcels whose time has come; how many were looked at. One bad row stops nothing."""
    due = Shipment.objects.filter(look_at__lte=now()).order_by("look_at", "pk")
    looked = 0
    for pk, order_id, seen in list(due.values_list("pk", "order_id", "look_at")[:limit]):
        try:
            looked += retrying(look_at_parcel, shipment_id=pk, order_id=order_id, due=seen)
        except Exception:
            log.exception("the parcel %s could not be looked at", pk)
            Shipment.objects.filter(pk=pk, look_at=seen).update(look_at=now() + LATER)
    return looked


def look_at_parcel(*, shipment_id: int, order_id: int, due: datetime) -> bool:
    """Look at one parcel whose time `due` has come: what is new is kept and told, what is over is cleared.

    False where somebody else has the order or was here before.
    """
    with transaction.atomic():
        rows = Order.objects.filter(pk=order_id).select_related("store__calendar", "person")
        order = locked(rows, skip_locked=True).first()
        parcel = Shipment.objects.filter(pk=shipment_id, look_at=due).first() if order else None
        if order is None or parcel is None:
            return False
        at = now()
        days = promised_on([order.pk]) if parcel.expected_on else {}
        news = news_of(parcel, order, order.store, days.get(order.pk))
        _hear(order.store, news, at)
        rules = rules_of(order.store_id)
        look = watch.look_at(news, rules, at)
        _settle(order, parcel, look, rules, at)
        Shipment.objects.filter(pk=parcel.pk).update(look_at=look.again_at)
        return True


def _hear(store: Store, news: watch.News, at: datetime) -> None:
    """From the first scan on a store's silence means something."""
    if store.scans_since is None and any(scan.status not in watch.NOT_SEEN for scan in news.scans):
        Store.objects.filter(pk=store.pk, scans_since=None).update(scans_since=at)


def _settle(order: Order, parcel: Shipment, look: watch.Look, rules: watch.Rules, at: datetime) -> None:
    known = {row.kind: row for row in ParcelFinding.objects.filter(shipment=parcel, cleared_at=None)}
    seen = {found.kind: found for found in look.found}
    new = [found for kind, found in seen.items() if kind not in known]
    over = [row for kind, row in known.items() if kind not in seen]
    if not new and not over:
        return
    for row in over:
        _clear(order, parcel, row, rules, at)
    for found in new:
        _find(order, parcel, found, rules, at)
    order.parcels_late = ParcelFinding.objects.filter(order=order, cleared_at=None).count()
    order.save(update_fields=["parcels_late"])
    publish(OrderChanged(order.pk, order.public_id))


def _find(order: Order, parcel: Shipment, found: watch.Found, rules: watch.Rules, at: datetime) -> None:
    then = rules.kinds[found.kind].then
    row = ParcelFinding.objects.create(
        shipment=parcel,
        order=order,
        store=order.store,
        kind=found.kind,
        carrier=name_for(parcel)[:60],
        status=found.status,
        since=found.since,
        found_at=at,
        then=then,
        version=rules.version,
    )
    data = {**_facts(row, parcel), "since": found.since.isoformat(), "then": then}
    add_record(order, actor=SYSTEM, verb="parcel.late", at=at, data=data, for_buyer=then == watch.BUYER)
    publish(ParcelLate(order.pk, row.pk, row.kind, then))


def _clear(order: Order, parcel: Shipment, row: ParcelFinding, rules: watch.Rules, at: datetime) -> None:
    row.cleared_at, row.cleared_by = at, _why_over(order, parcel, row, rules)
    row.save(update_fields=["cleared_at", "cleared_by"])
    data = {**_facts(row, parcel), "by": row.cleared_by}
    told = row.then == watch.BUYER
    add_record(order, actor=SYSTEM, verb="parcel.moving", at=at, data=data, for_buyer=told)
    publish(ParcelMoving(order.pk, row.pk, row.kind, row.cleared_by))


def _why_over(order: Order, parcel: Shipment, row: ParcelFinding, rules: watch.Rules) -> str:
    if parcel.delivered_at:
        return "delivered"
    if is_over(order):
        return "order"
    return "rules" if rules.version != row.version else "scan"


def _facts(row: ParcelFinding, parcel: Shipment) -> dict[str, Any]:
    return {
        "finding": row.pk,
        "kind": row.kind,
        "status": row.status,
        "tracking_number": parcel.tracking_number,
    }


# What was said about it ------------------------------------------------------------------------------------


def keep_parcel_telling(
    order: Order, found: Sequence[ParcelFinding], *, actor: Actor, ticket: str, at: datetime, buyer: bool
) -> OrderRecord:
    """Keep that the buyer was told of these findings on a ticket (its public id), or that staff noted them there.

    The caller holds the order's lock and has said it in the same transaction.
    """
    ParcelFinding.objects.filter(pk__in=[row.pk for row in found]).update(told_at=at, ticket=ticket)
    data = {
        "findings": [row.pk for row in found],
        "kinds": [row.kind for row in found],
        "tracking_numbers": sorted({row.shipment.tracking_number for row in found}),
        "ticket": ticket,
    }
    verb = "parcel.told" if buyer else "parcel.noted"
    row = add_record(order, actor=actor, verb=verb, at=at, data=data, for_buyer=buyer)
    publish(OrderChanged(order.pk, order.public_id))
    return row


# Rules -----------------------------------------------------------------------------------------------------


def save_parcel_rules(
    *, actor: Actor, store: str, spec: Any, expected_version: int | None = None
) -> ParcelRules:
    """A new version of what a store calls late; the same words write nothing. Its parcels are looked at again.

    Raises NotFound, Forbidden, Invalid (fields as in `orders.watch.check_rules`), Conflict `newer_version` where
    somebody saved since `expected_version`.
    """
    found = access_store(actor, store)
    if not permissions.can_save_store(actor):
        raise Forbidden()
    rules = watch.check_rules(spec, CARRIERS)
    with transaction.atomic():
        row = locked(Store.objects.filter(pk=found.pk)).get()
        newest = ParcelRules.objects.filter(store=row).order_by("-version").first()
        version = newest.version if newest else 0
        if expected_version is not None and expected_version != version:
            raise Conflict(
                _("Somebody saved these rules meanwhile: look at them first."), code="newer_version"
            )
        if newest is not None and newest.rules == rules.spec():
            return newest
        saved = ParcelRules.objects.create(
            store=row, version=version + 1, rules=rules.spec(), saved_at=now(), saved_by_id=actor.id
        )
        outbox.enqueue(AGAIN, {"store": row.pk, "after": 0}, key=f"{AGAIN}:{row.pk}:{saved.version}:0")
        return saved


def look_again(*, store_id: int, after: int) -> None:
    """Have a batch of a store's parcels under watch looked at under its new rules, then the next batch."""
    at = now()
    found_too = Shipment.objects.filter(order__store_id=store_id, pk__gt=after).filter(
        Q(look_at__isnull=False) | _LATE | Q(delivered_at=None, dispatched_at__gte=at - watch.OLDEST)
    )
    ids = list(found_too.order_by("pk").values_list("pk", flat=True).distinct()[:BATCH])
    if not ids:
        return
    with transaction.atomic():
        Shipment.objects.filter(pk__in=ids).update(look_at=at)
        if len(ids) == BATCH:
            outbox.enqueue(AGAIN, {"store": store_id, "after": ids[-1]})
