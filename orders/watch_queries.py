"""Every read about parcels that are late or stuck."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.actors import Actor
from core.errors import NotFound
from orders import permissions, watch
from orders.carriers import carrier_of
from orders.models import Order, OrderStatus, ParcelFinding, ParcelRules, Shipment, Store
from orders.rules import OVER
from sla.models import Metric
from sla.queries import open_clocks

ENDED = frozenset({"cancelled", "delivered"})  # of a parcel
PAGE = 50


# Rules -----------------------------------------------------------------------------------------------------


def rules_of(store_id: int) -> watch.Rules:
    """What a store calls late now; the defaults where nobody has said anything. One query."""
    newest = ParcelRules.objects.filter(store_id=store_id).order_by("-version").first()
    return watch.rules_of_spec(newest.rules, newest.version) if newest else watch.Rules()


def versions_of(store: Store, most: int = 20) -> list[ParcelRules]:
    """The newest versions of a store's rules with who saved them, newest first."""
    rows = ParcelRules.objects.filter(store=store).select_related("saved_by")
    return list(rows.order_by("-version")[:most])


# One parcel ------------------------------------------------------------------------------------------------


def news_of(parcel: Shipment, order: Order, store: Store, promised_on: date | None) -> watch.News:
    """What is known of a parcel, as the sums want it. One query, none where its scans are loaded."""
    scans = sorted(parcel.events.all(), key=lambda scan: (scan.at, watch.standing(scan.status), scan.pk))
    return watch.News(
        carrier=carrier_of(parcel),
        status=parcel.status,
        dispatched_at=parcel.dispatched_at,
        scans=tuple(watch.Scan(scan.at, scan.status, scan.description) for scan in scans),
        over=bool(parcel.delivered_at) or parcel.status in ENDED or is_over(order),
        expected_on=parcel.expected_on,
        promised_on=promised_on,
        listening=store.scans_since,
    )


def is_over(order: Order) -> bool:
    """Whether nobody waits for a parcel of this order any more."""
    return order.status in OVER or order.status == OrderStatus.DELIVERED


def promised_on(order_ids: Iterable[int]) -> dict[int, date]:
    """The days by which orders are to arrive, by the calendar that counts them; only promises that run. Two queries."""
    ids = list(order_ids)
    found: dict[int, date] = {}
    for order_id, clocks in open_clocks("order", ids).items() if ids else ():
        for clock in clocks:
            if clock.metric == Metric.DELIVERY and clock.due is not None:
                zone = ZoneInfo(clock.calendar_version.calendar.timezone)
                found[order_id] = clock.due.astimezone(zone).date()
    return found


# Findings --------------------------------------------------------------------------------------------------


def findings_of(order: Order) -> list[ParcelFinding]:
    """What is wrong with an accessed order's parcels now, the oldest first. No query where nothing is."""
    if not order.parcels_late:
        return []
    rows = ParcelFinding.objects.filter(order=order, cleared_at=None).select_related("shipment")
    return list(rows.order_by("found_at", "pk"))


def visible_findings(actor: Actor) -> QuerySet[ParcelFinding]:
    """Everything that was seen in the stores that this member of staff works for; nothing for others."""
    if actor.is_system:
        return ParcelFinding.objects.all()
    codes = permissions.store_codes(actor) if actor.is_staff else frozenset()
    return ParcelFinding.objects.filter(Q() if codes is None else Q(store__code__in=codes))


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which findings a list shows; blank is any. `over`: those that are over, the newest first."""

    kind: str = ""
    store: str = ""
    carrier: str = ""
    over: bool = False


def page_of_findings(
    actor: Actor, sieve: Sieve, after: str = "", limit: int = PAGE
) -> tuple[list[ParcelFinding], str]:
    """A keyset page of what waits (the longest first) or is over, and the key of the next one ("" for none).

    Raises NotFound for a key that is none.
    """
    name = "cleared_at" if sieve.over else "found_at"
    rows = sieved_findings(actor, sieve)
    if after:
        at, pk = _key(after)
        way = "lt" if sieve.over else "gt"
        rows = rows.filter(Q(**{f"{name}__{way}": at}) | Q(**{name: at, f"pk__{way}": pk}))
    sign = "-" if sieve.over else ""
    found = list(rows.order_by(f"{sign}{name}", f"{sign}pk")[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    return found[:limit], f"{getattr(last, name).isoformat()}|{last.pk}"


def sieved_findings(actor: Actor, sieve: Sieve) -> QuerySet[ParcelFinding]:
    """What of it this actor sees, with order, person, parcel and store; unordered."""
    rows = visible_findings(actor).filter(cleared_at__isnull=not sieve.over)
    rows = rows.select_related("order__person", "shipment", "store__calendar")
    if sieve.kind:
        rows = rows.filter(kind=sieve.kind)
    if sieve.store:
        rows = rows.filter(store__code=sieve.store)
    if sieve.carrier:
        rows = rows.filter(carrier=sieve.carrier)
    return rows


def _key(text: str) -> tuple[datetime, int]:
    moment, _bar, pk = text.rpartition("|")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise NotFound() from None
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        raise NotFound()
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), int(pk)


# What other rules would say --------------------------------------------------------------------------------

MOST_TRIED = 2000


def try_rules(store: Store, rules: watch.Rules, at: datetime) -> tuple[dict[str, int], bool]:
    """How many parcels under watch these rules would call late, by kind; and whether all were looked at.

    Three queries over at most MOST_TRIED parcels.
    """
    rows = Shipment.objects.filter(order__store=store, look_at__isnull=False)
    found_too = Q(order__store=store, findings__cleared_at=None, findings__isnull=False)
    rows = (rows | Shipment.objects.filter(found_too)).distinct()
    parcels = list(rows.select_related("order").prefetch_related("events").order_by("pk")[: MOST_TRIED + 1])
    days = promised_on(parcel.order_id for parcel in parcels)
    counts = dict.fromkeys(watch.KINDS, 0)
    for parcel in parcels[:MOST_TRIED]:
        news = news_of(parcel, parcel.order, store, days.get(parcel.order_id))
        for found in watch.look_at(news, rules, at).found:
            counts[found.kind] += 1
    return counts, len(parcels) <= MOST_TRIED
