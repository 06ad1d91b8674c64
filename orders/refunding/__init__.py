"""How money goes back to the account that paid: one small port, by hand or through the shop's own system."""

from orders.refunding.ports import (
    MANUAL,
    ManualPort,
    RefundPort,
    RefundRefused,
    RefundUnclear,
    port_called,
    port_for,
)

__all__ = [
    "MANUAL",
    "ManualPort",
    "RefundPort",
    "RefundRefused",
    "RefundUnclear",
    "port_called",
    "port_for",
]
