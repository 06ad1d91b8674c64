"""What people call the fields of an order that a file's columns are matched with."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the names of `orders.imports.columns.FIELDS`; a test holds them complete.
NAMES: dict[str, str | Promise] = {
    "number": _("Order number"),
    "email": _("Buyer’s e-mail"),
    "placed_at": _("Ordered on"),
    "item": _("Product"),
    "quantity": _("Pieces"),
    "price": _("Price of one"),
    "sku": _("SKU"),
    "variant": _("Variant"),
    "line_discount": _("Discount on the line"),
    "status": _("Status"),
    "currency": _("Currency"),
    "subtotal": _("Sum of the lines"),
    "discount": _("Discount"),
    "shipping": _("Shipping"),
    "taxes": _("Taxes"),
    "total": _("Total"),
    "refunded": _("Refunded"),
    "paid_at": _("Paid on"),
    "reviewed_at": _("Reviewed on"),
    "packed_at": _("Packed on"),
    "dispatched_at": _("Dispatched on"),
    "delivered_at": _("Delivered on"),
    "cancelled_at": _("Cancelled on"),
    "updated_at": _("Last changed on"),
    "name": _("Buyer’s name"),
    "phone": _("Buyer’s telephone"),
    "payment_method": _("Way of payment"),
    "note": _("Note"),
    "ship_name": _("Recipient"),
    "ship_company": _("Recipient’s company"),
    "ship_line1": _("Street and number"),
    "ship_line2": _("Second line of the address"),
    "ship_city": _("City"),
    "ship_region": _("State or region"),
    "ship_postcode": _("Postcode"),
    "ship_country": _("Country"),
    "ship_phone": _("Recipient’s telephone"),
    "tracking_number": _("Parcel number"),
    "carrier": _("Carrier"),
}
