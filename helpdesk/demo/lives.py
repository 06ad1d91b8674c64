"""Orders of the demo shop: each a plan of true instants, told step by step as a shop's feed would tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.actors import SYSTEM
from helpdesk.demo.goods import GOODS, Good
from helpdesk.demo.house import HOUR, House
from helpdesk.demo.people import Buyer
from orders.actions import upsert_order
from orders.data import AddressData, LineData, OrderData, ScanData, ShipmentData
from orders.models import Order

DAY = 9 * HOUR  # of office hours
TOLD = ("paid_at", "reviewed_at", "packed_at", "dispatched_at", "delivered_at", "cancelled_at")
CARRIERS = ("DHL Express", "UPS", "USPS", "Yamato Transport")


@dataclass(slots=True)
class Plan:
    """What becomes of an order and when. Instants after the present are what would come."""

    buyer: Buyer
    store: str
    placed: datetime
    lines: tuple[LineData, ...]
    paid_at: datetime | None = None
    reviewed_at: datetime | None = None
    packed_at: datetime | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    returned_at: datetime | None = None
    scans: tuple[ScanData, ...] = ()
    carrier: str = ""
    tracking: str = ""
    note: str = ""
    number: str = ""
    pk: int = 0
    at_once: bool = False  # told in one piece when it was over: long ago
    talked_about: list[datetime] = field(default_factory=list)

    def steps(self, present: datetime) -> list[datetime]:
        """The instants at which the feed has news, in order: each with what came about since the last one."""
        ends = (
            self.paid_at or self.placed,
            self.dispatched_at,
            self.delivered_at,
            self.cancelled_at,
            self.returned_at,
        )
        news = {at for at in ends if at is not None and at <= present}
        between = [self.reviewed_at, *(scan.at for scan in self.scans[:3])]
        under_way = [at for at in between if at is not None and max(news) < at <= present]
        return sorted(news | set(under_way[-1:]))

    def status_at(self, at: datetime) -> str:
        """The status as it was at an instant."""
        for name, moment in (
            ("returned", self.returned_at),
            ("cancelled", self.cancelled_at),
            ("delivered", self.delivered_at),
            ("awaiting_delivery", self.dispatched_at),
            ("awaiting_shipping", self.reviewed_at),
            ("under_review", self.paid_at),
        ):
            if moment is not None and moment <= at:
                return name
        return "awaiting_payment"

    def as_of(self, at: datetime) -> OrderData:
        """The order as a feed tells it at an instant."""
        known = {name: moment for name in TOLD if (moment := getattr(self, name)) and moment <= at}
        subtotal = sum((line.price * line.quantity for line in self.lines), Decimal("0.00"))
        discount = sum((line.discount for line in self.lines), Decimal("0.00"))
        total = subtotal - discount
        return OrderData(
            number=self.number,
            email=self.buyer.person.email or "",
            name=self.buyer.person.name,
            placed_at=self.placed,
            lines=self.lines,
            source="demo",
            status=self.status_at(at),
            subtotal=subtotal,
            discount=discount,
            total=total,
            refunded=total if self.returned_at and self.returned_at <= at else Decimal("0.00"),
            payment_method="Visa ending 4242" if self.store == "us" else "PayPal",
            note=self.note,
            updated_at=at,
            shipping_address=self._address(),
            shipments=self._parcels(at),
            **known,
        )

    def _address(self) -> AddressData:
        place = self.buyer.place
        return AddressData(
            name=self.buyer.latin,
            company=self.buyer.person.company,
            line1=place.line1,
            city=place.city,
            region=place.region,
            postcode=place.postcode,
            country=place.country,
        )

    def _parcels(self, at: datetime) -> tuple[ShipmentData, ...]:
        if self.dispatched_at is None or self.dispatched_at > at:
            return ()
        there = self.delivered_at if self.delivered_at and self.delivered_at <= at else None
        seen = tuple(scan for scan in self.scans if scan.at <= at)
        status = "delivered" if there else "out_for_delivery" if len(seen) > 3 else "in_transit"
        return (ShipmentData(self.tracking, self.carrier, "", status, self.dispatched_at, there, seen),)


def draw_lines(house: House, count: int = 0) -> tuple[LineData, ...]:
    """One to four things of the shop."""
    rng = house.rng
    picked: list[Good] = rng.sample(GOODS, count or rng.choices((1, 2, 3, 4), (50, 30, 14, 6))[0])
    return tuple(draw_line(house, good) for good in picked)


def draw_line(house: House, good: Good, variant: str = "") -> LineData:
    """A line of this good, of a variant if one is named."""
    rng = house.rng
    quantity = rng.choices((1, 2, 3, 6), (70, 20, 6, 4))[0] if not variant else 1
    discount = (
        (good.price * quantity / 10).quantize(Decimal("0.01")) if rng.random() < 0.12 else Decimal("0.00")
    )
    return LineData(good.name, quantity, good.price, good.sku, variant or rng.choice(good.variants), discount)


def go_on_from(house: House, plan: Plan, *, dispatch: float, deliver: float) -> None:
    """Fill the steps after the payment; both spans in seconds of office hours."""
    rng = house.rng
    assert plan.paid_at is not None
    plan.reviewed_at = house.desk_time(plan.paid_at, rng.uniform(0.05, 0.3) * min(dispatch, 2 * DAY))
    plan.dispatched_at = house.desk_time(plan.paid_at, dispatch)
    plan.packed_at = house.desk_time(plan.dispatched_at, -rng.uniform(0.3, 1.2) * HOUR)
    plan.delivered_at = house.desk_time(plan.dispatched_at, deliver)
    plan.carrier = "Yamato Transport" if plan.buyer.place.country == "JP" else rng.choice(CARRIERS[:3])
    plan.tracking = _tracking(house, plan.carrier)
    plan.scans = _scans(house, plan)


def _tracking(house: House, carrier: str) -> str:
    digits = "".join(house.rng.choice("0123456789") for _n in range(20))
    return {
        "UPS": f"1Z{digits[:6]}{digits[6:16]}",
        "USPS": f"94{digits}",
        "Yamato Transport": digits[:12],
    }.get(carrier, f"JD{digits[:16]}")


def _scans(house: House, plan: Plan) -> tuple[ScanData, ...]:
    assert plan.dispatched_at
    assert plan.delivered_at
    start, way = plan.dispatched_at, plan.delivered_at - plan.dispatched_at
    origin = "Osaka, JP" if plan.store == "jp" else "Newark, NJ, US"
    place = f"{plan.buyer.place.city}, {plan.buyer.place.country}"
    told = (
        (0.01, "in_transit", "Picked up by the carrier", origin),
        (0.12, "in_transit", "Left the export hub", origin),
        (0.45, "in_transit", "Cleared customs, duties paid by the shop", place),
        (0.92, "out_for_delivery", "Out for delivery", place),
        (1.0, "delivered", "Delivered, left with the resident", place),
    )
    return tuple(ScanData(start + way * share, status, words, where) for share, status, words, where in told)


def without(plan: Plan, *steps: str) -> Plan:
    """The same plan where these steps never come."""
    blank: dict[str, Any] = dict.fromkeys(steps)
    scans = plan.scans
    if "dispatched_at" in blank:
        scans, blank["packed_at"], blank["delivered_at"] = (), None, None
    elif "delivered_at" in blank:
        scans = scans[:3]
    return replace(plan, scans=scans, **blank)


def life_of(house: House, plan: Plan) -> Iterator[datetime]:
    """An order's life: at each instant its feed tells it anew."""
    moments = plan.steps(house.present)
    for at in moments[-1:] if plan.at_once else moments:
        yield at
        told = upsert_order(actor=SYSTEM, store=house.stores[plan.store], data=plan.as_of(at))
        plan.pk = told.order.pk


def row_of(plan: Plan) -> Order:
    """The order's row as it is now."""
    return Order.objects.select_related("store", "person").get(pk=plan.pk)
