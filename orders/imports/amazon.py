"""Amazon's all-orders report: tab-separated, one row for each item, no word of who the buyer is.

Item amounts are of all pieces of a row. In the United States, Canada and Mexico the tax comes on top of them,
everywhere else it is in them (as the report's own sums show).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from orders.data import CENT, ZERO, LineData, OrderData
from orders.imports.results import Bad
from orders.imports.tabular import Cells, Format, address_of, each_line, mail_or_stand_in
from orders.models import OrderStatus

CODE = "amazon_orders"
COLUMNS = {
    "number": "amazon-order-id",
    "placed_at": "purchase-date",
    "updated_at": "last-updated-date",
    "status": "order-status",
    "item": "product-name",
    "sku": "sku",
    "item_status": "item-status",
    "quantity": "quantity",
    "currency": "currency",
    "price": "item-price",
    "tax": "item-tax",
    "shipping": "shipping-price",
    "shipping_tax": "shipping-tax",
    "wrap": "gift-wrap-price",
    "wrap_tax": "gift-wrap-tax",
    "promotion": "item-promotion-discount",
    "ship_promotion": "ship-promotion-discount",
    "ship_city": "ship-city",
    "ship_region": "ship-state",
    "ship_postcode": "ship-postal-code",
    "ship_country": "ship-country",
    "email": "buyer-email",
    "name": "buyer-name",
}
REQUIRED = ("number", "placed_at", "status", "item", "quantity", "price")
REPORTED = {
    **{name: name for name in ("number", "email", "placed_at", "updated_at", "status", "currency")},
    "shipping": "shipping",
    "total": "price",
    "subtotal": "price",
    "discount": "promotion",
    "taxes": "tax",
    "lines.name": "item",
    "lines.sku": "sku",
    "lines.quantity": "quantity",
    "lines.price": "price",
    **{f"shipping_address.{name}": f"ship_{name}" for name in ("city", "region", "postcode", "country")},
}
TAX_ON_TOP = ("USD", "CAD", "MXN")
STATUSES = {
    "pending": OrderStatus.AWAITING_PAYMENT,
    "unshipped": OrderStatus.AWAITING_SHIPPING,
    "partiallyshipped": OrderStatus.AWAITING_SHIPPING,
    "shipping": OrderStatus.AWAITING_SHIPPING,
    "shipped": OrderStatus.AWAITING_DELIVERY,
    "shipped delivered to buyer": OrderStatus.DELIVERED,
    "complete": OrderStatus.DELIVERED,
    "shipped returned to seller": OrderStatus.RETURNED,
    "shipped returning to seller": OrderStatus.AWAITING_DELIVERY,
    "cancelled": OrderStatus.CANCELLED,
    "canceled": OrderStatus.CANCELLED,
}


def build(group: list[Cells]) -> OrderData:
    """The order of its rows. Raises Bad."""
    first = group[0]
    placed_at = first.moment("placed_at")
    if placed_at is None:
        raise Bad(first.column("placed_at"), _("The time of the order is missing."))
    status = _status(first)
    currency = next((cells.text("currency") for cells in group if cells.text("currency")), "")
    lines = each_line(_kept(group), lambda cells: _line(cells, status))
    sums = {name: sum((cells.money(name) for cells in group), ZERO) for name in _SUMS}
    taxes = sums["tax"] + sums["shipping_tax"] + sums["wrap_tax"]
    off = sums["promotion"] + sums["ship_promotion"]
    currency = currency or first.context.currency  # orders that wait for payment name none
    on_top = taxes if currency in TAX_ON_TOP else ZERO
    return OrderData(
        number=first.text("number"),
        email=mail_or_stand_in(first, "amazon"),
        name=first.text("name"),
        placed_at=placed_at,
        updated_at=first.moment("updated_at"),
        status=status,
        currency=currency,
        lines=lines,
        subtotal=sums["price"],
        discount=off,
        shipping=sums["shipping"] + sums["wrap"],
        taxes=taxes,
        total=max(ZERO, sums["price"] + sums["shipping"] + sums["wrap"] + on_top - off),
        shipping_address=address_of(first),
        source=CODE,
    )


_SUMS = ("price", "tax", "shipping", "shipping_tax", "wrap", "wrap_tax", "promotion", "ship_promotion")


def _status(first: Cells) -> str:
    said = first.text("status")
    words = " ".join(said.lower().replace("-", " ").split())
    if words in STATUSES:
        return STATUSES[words]
    if words.startswith("shipped "):
        return OrderStatus.AWAITING_DELIVERY  # picked up, out for delivery, lost in transit: still on its way
    raise Bad(
        first.column("status"), _("“%(given)s” is no state of an order that is known.") % {"given": said[:40]}
    )


def _kept(group: list[Cells]) -> list[Cells]:
    """The rows that are lines: those taken out of the order have no pieces, unless all of it was."""
    return [cells for cells in group if cells.text("quantity") not in ("0", "")] or group


def _line(cells: Cells, status: str) -> LineData:
    count = cells.pieces("quantity", least=0 if status == OrderStatus.CANCELLED else 1) or 1
    price, off = each_and_off(cells.money("price"), count)
    return LineData(
        name=cells.text("item") or cells.text("sku"),
        sku=cells.text("sku")[:100],
        quantity=count,
        price=price,
        discount=off,
    )


def each_and_off(total: Decimal, count: int) -> tuple[Decimal, Decimal]:
    """The price of one piece and what is taken off the line so that its sum is exactly `total`."""
    each = (total / count).quantize(CENT, ROUND_CEILING)
    return each, each * count - total


FORMAT = Format(CODE, COLUMNS, REQUIRED, build, REPORTED)
