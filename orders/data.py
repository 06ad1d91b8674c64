"""What a feed says about an order, whatever it came from: plain frozen values, checked in one place.

Readers of files, the API and the demo build `OrderData`; `clean()` checks it, `digest_of()` tells whether
it says anything new. Money is Decimal with two places, every instant is aware.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.errors import Invalid
from orders.models import Address, Order, OrderLine, OrderStatus, Shipment, TrackingEvent

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
MOST_MONEY = Decimal("9999999999.99")
MOST_PIECES = 1_000_000
MOST_LINES = 2_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")
MAIL = re.compile(r"[a-z0-9._%+-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}\Z")


@dataclass(frozen=True, slots=True)
class LineData:
    """One line; `price` is of one piece, `discount` of the whole line."""

    name: str
    quantity: int
    price: Decimal
    sku: str = ""
    variant: str = ""
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class AddressData:
    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ScanData:
    """One event of a parcel."""

    at: datetime
    status: str
    description: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentData:
    tracking_number: str
    carrier: str = ""
    url: str = ""
    status: str = "in_transit"
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    scans: tuple[ScanData, ...] = ()
    expected_on: date | None = None  # the carrier's own guess


@dataclass(frozen=True, slots=True)
class OrderData:
    """An order as a feed tells it. A step's time that the feed does not know is None: it unsays nothing.

    `status` blank: derived from the times. `updated_at`: the feed's own time of this news, by which an
    older update never undoes a newer one. `refunded`: the sum of all refunds so far.
    """

    number: str
    email: str
    placed_at: datetime
    lines: tuple[LineData, ...]
    source: str = "api"
    name: str = ""
    phone: str = ""
    status: str = ""
    currency: str = "USD"
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    shipping: Decimal = ZERO
    taxes: Decimal = ZERO
    total: Decimal = ZERO
    refunded: Decimal = ZERO
    payment_method: str = ""
    note: str = ""
    paid_at: datetime | None = None
    reviewed_at: datetime | None = None
    packed_at: datetime | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    updated_at: datetime | None = None
    shipping_address: AddressData | None = None
    billing_address: AddressData | None = None
    shipments: tuple[ShipmentData, ...] = ()


MONEY_FIELDS = ("subtotal", "discount", "shipping", "taxes", "total", "refunded")
STEP_FIELDS = ("paid_at", "reviewed_at", "packed_at", "dispatched_at", "delivered_at", "cancelled_at")
TEXT_FIELDS = ("payment_method", "phone", "note")
ADDRESS_FIELDS = tuple(AddressData.__dataclass_fields__)
LINE_FIELDS = ("sku", "name", "variant", "quantity", "price", "discount")
SHIPMENT_FIELDS = ("carrier", "url", "status", "dispatched_at", "delivered_at")
SCAN_FIELDS = ("status", "description", "place")


def _limits(model: type, names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    fields = {field.name: getattr(field, "max_length", None) for field in model._meta.get_fields()}  # type: ignore[attr-defined]
    return tuple((name, fields[name] or 5000) for name in names)


_ORDER_LIMITS = _limits(Order, ("source", *TEXT_FIELDS))
_LINE_LIMITS = _limits(OrderLine, ("sku", "name", "variant"))
_ADDRESS_LIMITS = _limits(Address, ADDRESS_FIELDS)
_SHIPMENT_LIMITS = _limits(Shipment, ("carrier", "url", "status", "tracking_number"))
_SCAN_LIMITS = _limits(TrackingEvent, SCAN_FIELDS)


def step_times(data: OrderData) -> dict[str, datetime | None]:
    """The steps' times; those of the parcels stand in where the order's own are not told."""
    times = {name: getattr(data, name) for name in STEP_FIELDS}
    if data.shipments:
        sent = [parcel.dispatched_at for parcel in data.shipments if parcel.dispatched_at]
        there = [parcel.delivered_at for parcel in data.shipments if parcel.delivered_at]
        times["dispatched_at"] = times["dispatched_at"] or min(sent, default=None)
        if len(there) == len(data.shipments):
            times["delivered_at"] = times["delivered_at"] or max(there)
    return times


def number_of(raw: str) -> str:
    """An order's number as it is kept: without the "#" before it. Raises Invalid (`number`)."""
    number = raw.strip().removeprefix("#").strip()
    if not number:
        raise Invalid.field("number", _("The order's number is missing."), code="missing")
    if not NUMBER.match(number):
        raise Invalid.field(
            "number",
            _("“%(number)s” is no order number: letters, digits, . _ - only.") % {"number": number[:60]},
        )
    return number


def clean(data: OrderData, *, currency: str, at: datetime) -> OrderData:
    """The same order in the form that is kept: number without "#", e-mail in lower case, money with cents.

    `currency` is the store's, `at` the present. Raises Invalid that names the field, as
    `lines.0.quantity` for a field of the first line.
    """
    number, email = number_of(data.number), _email(data.email)
    if data.currency != currency:
        words = _("“%(given)s” is not this store's currency: it sells in %(currency)s.")
        raise Invalid.field("currency", words % {"given": data.currency[:20], "currency": currency})
    if data.status and data.status not in OrderStatus.values:
        raise Invalid.field(
            "status", _("“%(status)s” is no status of an order.") % {"status": data.status[:40]}
        )
    _texts(data, _ORDER_LIMITS, "")
    for name in MONEY_FIELDS:
        _money(getattr(data, name), name)
    if data.refunded > data.total:
        raise Invalid.field("refunded", _("More was refunded than the order's total."))
    _times(data, at)
    _lines(data.lines)
    _addresses_and_parcels(data)
    if (number, email) == (data.number, data.email):
        return data
    return replace(data, number=number, email=email)


def _email(raw: str) -> str:
    address = raw.strip().lower()
    if MAIL.match(address) and len(address) <= 150 and ".." not in address:
        return address  # the plain shape; the full check is ten times slower
    if not address:
        raise Invalid.field("email", _("The buyer's e-mail address is missing."), code="missing")
    try:
        validate_email(address)
    except ValidationError:
        words = _("“%(given)s” is not an e-mail address.") % {"given": address[:80]}
        raise Invalid.field("email", words) from None
    return address


def _texts(value: object, limits: tuple[tuple[str, int], ...], prefix: str) -> None:
    for name, limit in limits:
        text = getattr(value, name)
        if len(text) > limit:
            words = _("This is too long: at most %(limit)d characters fit.")
            raise Invalid.field(prefix + name, words % {"limit": limit}, code="too_long")
        if "\x00" in text:
            raise Invalid.field(prefix + name, _("There is a character here that no text holds (NUL)."))


def _money(amount: Decimal, field: str) -> None:
    if not amount.is_finite() or amount.as_tuple().exponent < -2:  # type: ignore[operator]
        words = _("“%(given)s” is not an amount of money: at most two decimal places.")
        raise Invalid.field(field, words % {"given": amount})
    if amount < 0:
        raise Invalid.field(field, _("An amount of money is not negative here."), code="negative")
    if amount > MOST_MONEY:
        raise Invalid.field(field, _("This amount is too large."))


def _times(data: OrderData, at: datetime) -> None:
    for name in ("placed_at", "updated_at", *STEP_FIELDS):
        moment = getattr(data, name)
        if moment is None:
            continue
        if moment.tzinfo is None:
            raise Invalid.field(name, _("This time has no offset from UTC."))
        if moment < EARLIEST:
            raise Invalid.field(name, _("This date lies too far back."))
    if data.placed_at > at + timedelta(days=1):
        raise Invalid.field("placed_at", _("An order cannot have been placed in the future."))


def _lines(lines: tuple[LineData, ...]) -> None:
    if not lines:
        raise Invalid.field("lines", _("An order has at least one line."), code="missing")
    if len(lines) > MOST_LINES:
        raise Invalid.field("lines", _("At most %(most)d lines fit in an order.") % {"most": MOST_LINES})
    for index, line in enumerate(lines):
        prefix = f"lines.{index}."
        if not 1 <= line.quantity <= MOST_PIECES:
            words = _("“%(given)s” is no number of pieces: at least 1.") % {"given": line.quantity}
            raise Invalid.field(prefix + "quantity", words)
        if not line.name.strip():
            raise Invalid.field(prefix + "name", _("The item has no name."), code="missing")
        _money(line.price, prefix + "price")
        _money(line.discount, prefix + "discount")
        _texts(line, _LINE_LIMITS, prefix)


def _addresses_and_parcels(data: OrderData) -> None:
    for kind in ("shipping_address", "billing_address"):
        address = getattr(data, kind)
        if address is not None:
            _texts(address, _ADDRESS_LIMITS, f"{kind}.")
    seen: set[str] = set()
    for index, parcel in enumerate(data.shipments):
        prefix = f"shipments.{index}."
        if not parcel.tracking_number.strip() or parcel.tracking_number in seen:
            raise Invalid.field(
                prefix + "tracking_number", _("Each parcel has a tracking number of its own.")
            )
        if parcel.url and not parcel.url.startswith(("https://", "http://")):
            raise Invalid.field(prefix + "url", _("This is not the address of a web page."))
        seen.add(parcel.tracking_number)
        _texts(parcel, _SHIPMENT_LIMITS, prefix)
        for scan in parcel.scans:
            _texts(scan, _SCAN_LIMITS, f"{prefix}scans.")


def digest_of(data: OrderData) -> str:
    """SHA-256 over what a clean order says, without when the feed said it and which feed it was."""
    said = [
        *(str(getattr(data, name)) for name in ("number", "email", "name", "status", "currency")),
        *(getattr(data, name) for name in TEXT_FIELDS),
        *(_cents(getattr(data, name)) for name in MONEY_FIELDS),
        *(_instant(getattr(data, name)) for name in ("placed_at", *STEP_FIELDS)),
        [[x.sku, x.name, x.variant, x.quantity, _cents(x.price), _cents(x.discount)] for x in data.lines],
        [
            a and [getattr(a, name) for name in ADDRESS_FIELDS]
            for a in (data.shipping_address, data.billing_address)
        ],
        [_parcel(parcel) for parcel in data.shipments],
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _parcel(parcel: ShipmentData) -> list[object]:
    scans = [[_instant(scan.at), scan.status, scan.description, scan.place] for scan in parcel.scans]
    times = [_instant(parcel.dispatched_at), _instant(parcel.delivered_at)]
    return [parcel.tracking_number, parcel.carrier, parcel.url, parcel.status, *times, scans]


def _cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _instant(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""
