"""The only writers of this room, one function for each thing that a person or a feed can do."""

from orders.actions.cancel import cancel_order
from orders.actions.promises import keep_telling
from orders.actions.record import add_record, add_steps, erase_details
from orders.actions.shipments import add_scan, add_shipment
from orders.actions.stores import save_store
from orders.actions.upsert import Upserted, upsert_order

__all__ = [
    "Upserted",
    "add_record",
    "add_scan",
    "add_shipment",
    "add_steps",
    "cancel_order",
    "erase_details",
    "keep_telling",
    "save_store",
    "upsert_order",
]
