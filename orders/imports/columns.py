"""Our own format, and any other file whose columns somebody has matched with its fields.

The own one is the mapping in which each field is called by its name; others are guessed from what shops write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from orders.data import ZERO, LineData, OrderData, ShipmentData
from orders.imports.cells import Context
from orders.imports.lines import Source, Unreadable
from orders.imports.results import Bad, Found, Reject
from orders.imports.tabular import Cells, Format, address_of, each_line, named
from orders.models import OrderStatus

OWN, MAPPED = "helpdesk_orders", "mapped"
ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone")
SUMS = ("subtotal", "discount", "shipping", "taxes", "total", "refunded")
MOMENTS = (
    "paid_at",
    "reviewed_at",
    "packed_at",
    "dispatched_at",
    "delivered_at",
    "cancelled_at",
    "updated_at",
)
TEXTS = ("name", "phone", "payment_method", "note")
FIELDS = (
    *("number", "email", "placed_at", "item", "quantity", "price", "sku", "variant", "line_discount"),
    *("status", "currency", *SUMS, *MOMENTS, *TEXTS),
    *(f"ship_{name}" for name in ADDRESS),
    *("tracking_number", "carrier"),
)
REQUIRED = ("number", "email", "placed_at", "item", "quantity", "price")
# What else shops call a field, in the form of `named`.
ALSO = {
    "number": "order number, order no, order id, order, order name, order #, number, ordernumber, orderid",
    "email": "e mail, email address, customer email, buyer email, billing email, e mail address, mail",
    "placed_at": "date, order date, created at, created, placed, purchase date, date created, ordered at",
    "item": "product, product name, item name, title, line item, lineitem name, item title, description",
    "quantity": "qty, count, pieces, amount of items, lineitem quantity, units",
    "price": "unit price, item price, price each, item cost, lineitem price",
    "sku": "item sku, product code, article, lineitem sku, article number",
    "variant": "variation, option, size",
    "total": "order total, grand total, total price, amount",
    "shipping": "shipping cost, shipping price, postage, shipping total",
    "taxes": "tax, vat, order tax, total tax",
    "discount": "discount amount, order discount, discount total",
    "refunded": "refunded amount, refund",
    "status": "order status, state",
    "currency": "currency code, order currency",
    "paid_at": "paid, paid on, date paid, payment date",
    "dispatched_at": "shipped, shipped at, ship date, shipped on, dispatched, dispatch date, fulfilled at",
    "delivered_at": "delivered, delivery date, delivered on",
    "cancelled_at": "cancelled, canceled, canceled at, cancelled on",
    "updated_at": "updated, last updated, modified, date modified, last modified",
    "name": "customer name, buyer name, customer, buyer, billing name",
    "phone": "customer phone, billing phone, mobile, telephone",
    "payment_method": "payment, payment type",
    "note": "notes, customer note, comment, remarks",
    "ship_name": "shipping name, recipient, ship to, ship to name",
    "ship_line1": "shipping address, address, address 1, shipping address 1, street, shipping street",
    "ship_line2": "address 2, shipping address 2",
    "ship_city": "shipping city, city, town",
    "ship_region": "shipping province, shipping state, state/province, province, region",
    "ship_postcode": "shipping zip, zip, postcode, postal code, shipping postcode, zip code",
    "ship_country": "shipping country, country",
    "tracking_number": "tracking, tracking no, tracking code",
    "carrier": "shipping carrier, courier",
}
REPORTED = {
    **{
        name: name for name in ("number", "email", "placed_at", "status", "currency", *SUMS, *MOMENTS, *TEXTS)
    },
    **{f"lines.{name}": name for name in ("sku", "variant", "quantity", "price")},
    "lines.name": "item",
    "lines.discount": "line_discount",
    **{f"shipping_address.{name}": f"ship_{name}" for name in ADDRESS},
}


def guess(header: list[str]) -> dict[str, str]:
    """Which column of a header is probably which field: field to column, each column once."""
    free = {named(name): name.strip() for name in reversed(header) if name.strip()}
    found: dict[str, str] = {}
    for name in FIELDS:
        if column := free.pop(named(name), ""):
            found[name] = column
    for name, others in ALSO.items():
        if name not in found:
            column = next((free.pop(other) for other in others.split(", ") if other in free), "")
            found |= {name: column} if column else {}
    return found


def check_mapping(mapping: Mapping[str, str], header: list[str]) -> None:
    """Refuse a mapping that names unknown fields or columns, or lacks what an order needs. Raises Unreadable."""
    there = {named(name) for name in header}
    unknown = [name for name in mapping if name not in FIELDS]
    if unknown:
        raise Unreadable(
            _("These are no fields of an order: %(names)s.") % {"names": ", ".join(unknown)[:200]}
        )
    absent = [column for column in mapping.values() if named(column) not in there]
    if absent:
        raise Unreadable(_("The file has no such columns: %(names)s.") % {"names": ", ".join(absent)[:200]})
    lacking = [name for name in REQUIRED if not mapping.get(name)]
    if lacking:
        raise Unreadable(_("Say which columns these are: %(names)s.") % {"names": ", ".join(lacking)})


def build(group: list[Cells]) -> OrderData:
    """The order of its rows: what concerns all of it stands on the first. Raises Bad."""
    first = group[0]
    placed_at = first.moment("placed_at")
    if placed_at is None:
        raise Bad(first.column("placed_at"), _("The time of the order is missing."))
    lines = each_line(group, _line)
    sums = {name: first.money(name) for name in SUMS}
    worth = sum((line.price * line.quantity - line.discount for line in lines), ZERO)
    if not first.text("subtotal"):
        sums["subtotal"] = max(ZERO, worth)
    if not first.text("total"):
        rest = sums["shipping"] + sums["taxes"] - sums["discount"]
        sums["total"] = max(ZERO, sums["subtotal"] + rest)
    told: dict[str, Any] = {
        **sums,
        **{name: first.text(name) for name in TEXTS},
        **{name: first.moment(name) for name in MOMENTS},
    }
    return OrderData(
        number=first.text("number"),
        email=first.text("email"),
        placed_at=placed_at,
        lines=lines,
        status=_status(first),
        currency=first.text("currency").upper() or first.context.currency,
        shipping_address=address_of(first),
        shipments=_parcels(group),
        source=OWN,
        **told,
    )


def _status(first: Cells) -> str:
    """A status that we know by its name, or what the times mean."""
    said = first.text("status").lower().replace(" ", "_").replace("-", "_")
    if not said or said in OrderStatus.values:
        return said
    if said in SHOPS_SAY:
        return SHOPS_SAY[said]
    words = _("“%(given)s” is no state of an order that is known.") % {"given": first.text("status")[:40]}
    raise Bad(first.column("status"), words)


SHOPS_SAY = {
    **dict.fromkeys(("pending", "unpaid", "pending_payment"), OrderStatus.AWAITING_PAYMENT),
    **dict.fromkeys(("on_hold", "authorized", "review"), OrderStatus.UNDER_REVIEW),
    **dict.fromkeys(("paid", "processing", "unshipped", "open"), OrderStatus.AWAITING_SHIPPING),
    **dict.fromkeys(("shipped", "fulfilled", "dispatched", "in_transit"), OrderStatus.AWAITING_DELIVERY),
    **dict.fromkeys(("completed", "complete"), OrderStatus.DELIVERED),
    **dict.fromkeys(("canceled", "voided", "refunded"), OrderStatus.CANCELLED),
}


def _line(cells: Cells) -> LineData:
    cells.need("price", _("The price is missing."))
    return LineData(
        name=cells.need("item", _("The item has no name.")),
        quantity=cells.pieces("quantity"),
        price=cells.money("price"),
        sku=cells.text("sku"),
        variant=cells.text("variant"),
        discount=cells.money("line_discount"),
    )


def _parcels(group: list[Cells]) -> tuple[ShipmentData, ...]:
    found: dict[str, ShipmentData] = {}
    for cells in group:
        if number := cells.text("tracking_number"):
            sent = cells.moment("dispatched_at")
            found.setdefault(number, ShipmentData(number, cells.text("carrier"), dispatched_at=sent))
    return tuple(found.values())


class Mapped:
    """The reader for files whose columns somebody has matched; the mapping comes with the context."""

    CODE = MAPPED

    def recognises(self, header: list[str]) -> bool:
        """Never by itself: a guess is shown to a person first."""
        return False

    def read(self, source: Source, context: Context | None = None) -> Iterator[Found | Reject]:
        """The orders of the file. Raises Unreadable."""
        context = context or Context()
        mapping = {name: column for name, column in context.mapping.items() if column}
        check_mapping(mapping, list(mapping.values()))
        form = Format(MAPPED, mapping, tuple(mapping), build, REPORTED)
        return form.read(source, context)


FORMAT = Format(OWN, {name: name for name in FIELDS}, REQUIRED, build, REPORTED)
