"""What: stores, orders, parcels and the record that cannot be edited."""

from orders.addresses.models import SavedAddress
from orders.anchor_models import RecordAnchor
from orders.changes.models import ChangeProposal
from orders.hooks.models import IncomingHook, OrderKey
from orders.models.imports import Import, ImportRow
from orders.models.order import MONEY, Address, Order, OrderLine, OrderStatus, Store
from orders.models.parcels import Shipment, TrackingEvent
from orders.models.records import OrderRecord, OrderRecordDetail
from orders.models.returns import Refund, Return, ReturnLine, ReturnPhoto
from orders.models.watch import ParcelFinding, ParcelRules
from orders.security_models import SecurityMark

__all__ = [
    "MONEY",
    "Address",
    "ChangeProposal",
    "Import",
    "ImportRow",
    "IncomingHook",
    "Order",
    "OrderKey",
    "OrderLine",
    "OrderRecord",
    "OrderRecordDetail",
    "OrderStatus",
    "ParcelFinding",
    "ParcelRules",
    "RecordAnchor",
    "Refund",
    "Return",
    "ReturnLine",
    "ReturnPhoto",
    "SavedAddress",
    "SecurityMark",
    "Shipment",
    "Store",
    "TrackingEvent",
]
