"""eBay's orders report: a row for the order when it has several items, then a row for each item.

Days stand without an hour and amounts with their sign; blank lines above and two lines of thanks below.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.data import ZERO, LineData, OrderData, ShipmentData
from orders.imports.cells import currency_in
from orders.imports.results import Bad
from orders.imports.tabular import Cells, Format, address_of, each_line, mail_or_stand_in
from orders.models import OrderStatus

CODE = "ebay_orders"
COLUMNS = {
    "number": "Order Number",
    "name": "Buyer Name",
    "email": "Buyer Email",
    "note": "Buyer Note",
    "ship_name": "Ship To Name",
    "ship_phone": "Ship To Phone",
    "ship_line1": "Ship To Address 1",
    "ship_line2": "Ship To Address 2",
    "ship_city": "Ship To City",
    "ship_region": "Ship To State",
    "ship_postcode": "Ship To Zip",
    "ship_country": "Ship To Country",
    "item": "Item Title",
    "sku": "Custom Label",
    "variant": "Variation Details",
    "quantity": "Quantity",
    "price": "Sold For",
    "shipping": "Shipping And Handling",
    "seller_tax": "Seller Collected Tax",
    "ebay_tax": "eBay Collected Tax",
    "total": "Total Price",
    "payment_method": "Payment Method",
    "placed_at": "Sale Date",
    "paid_at": "Paid On Date",
    "dispatched_at": "Shipped On Date",
    "tracking_number": "Tracking Number",
}
REQUIRED = ("number", "item", "quantity", "price", "total", "placed_at")
REPORTED = {
    **{name: name for name in ("number", "email", "note", "placed_at", "paid_at", "dispatched_at", "total")},
    "currency": "total",
    "subtotal": "price",
    "shipping": "shipping",
    "taxes": "seller_tax",
    **{f"lines.{name}": name for name in ("sku", "variant", "quantity", "price")},
    "lines.name": "item",
    "payment_method": "payment_method",
    **{f"shipping_address.{name}": f"ship_{name}" for name in ("name", "line1", "city", "postcode", "phone")},
}


def is_no_order(cells: Cells) -> bool:
    """The lines below the table: how many records there are, and whose they are."""
    return not cells.text("item") and not cells.text("total") and not cells.text("placed_at")


def build(group: list[Cells]) -> OrderData:
    """The order of its rows. Raises Bad."""
    first = group[0]
    placed_at = first.moment("placed_at")
    if placed_at is None:
        raise Bad(first.column("placed_at"), _("The time of the order is missing."))
    items = [cells for cells in group if cells.text("item")]
    if not items:
        raise Bad(first.column("item"), _("The item has no name."))
    lines = each_line(items, _line)
    whole = [first] if first.text("total") else group  # the order's own row knows the sums
    shipping = sum((cells.money("shipping") for cells in whole), ZERO)
    taxes = sum((cells.money("seller_tax") + cells.money("ebay_tax") for cells in whole), ZERO)
    paid_at, sent_at = first.moment("paid_at"), first.moment("dispatched_at")
    return OrderData(
        number=first.text("number"),
        email=mail_or_stand_in(first, "ebay"),
        name=first.text("name"),
        note=first.text("note"),
        placed_at=placed_at,
        paid_at=paid_at,
        dispatched_at=sent_at,
        status=_status(paid_at is not None, sent_at is not None),
        currency=currency_in(first.text("total")) or first.context.currency,
        lines=lines,
        subtotal=sum((line.price * line.quantity for line in lines), ZERO),
        shipping=shipping,
        taxes=taxes,
        total=sum((cells.money("total") for cells in whole), ZERO),
        payment_method=first.text("payment_method"),
        shipping_address=address_of(first),
        shipments=_parcels(group),
        source=CODE,
    )


def _status(paid: bool, sent: bool) -> str:
    if sent:
        return OrderStatus.AWAITING_DELIVERY
    return OrderStatus.AWAITING_SHIPPING if paid else OrderStatus.AWAITING_PAYMENT


def _line(cells: Cells) -> LineData:
    return LineData(
        name=cells.text("item"),
        sku=cells.text("sku"),
        variant=cells.text("variant").strip("[]"),
        quantity=cells.pieces("quantity"),
        price=cells.money("price"),  # of one piece
    )


def _parcels(group: list[Cells]) -> tuple[ShipmentData, ...]:
    found: dict[str, ShipmentData] = {}
    for cells in group:
        for number in cells.text("tracking_number").replace(",", " ").split():
            found.setdefault(number, ShipmentData(number, dispatched_at=cells.moment("dispatched_at")))
    return tuple(found.values())


FORMAT = Format(CODE, COLUMNS, REQUIRED, build, REPORTED, is_no_order)
