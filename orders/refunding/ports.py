"""The port that refunds go out by, its ways, and which one an order's goes."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from orders.models import Order, Refund

MANUAL, SHOPIFY = "manual", "shopify"


class RefundRefused(Exception):
    """The other side said no, and would say so again: a person must look. Nothing was paid."""


class RefundUnclear(Exception):
    """No answer, or none that can be trusted: it may have been paid. The same refund is sent again, same key."""


class RefundPort(Protocol):
    """Pays one refund back to the account that paid the order; safe to call again with the same refund."""

    @property
    def name(self) -> str:
        """As a refund keeps it."""
        ...

    def send(self, refund: Refund) -> str:
        """The other side's reference once it is paid; "" where a person pays and confirms.

        The refund comes with its order and store. No transaction is open. Raises RefundRefused, RefundUnclear.
        """
        ...


class ManualPort:
    """A person pays it where the payment came in, and confirms with the payment's reference."""

    name = MANUAL

    def send(self, refund: Refund) -> str:
        return ""


def port_for(order: Order) -> RefundPort:
    """Orders that came from the connected Shopify shop are refunded there, all others by hand."""
    if settings.SHOPIFY_SHOP and settings.SHOPIFY_TOKEN:
        mine = not settings.SHOPIFY_STORE or order.store.code == settings.SHOPIFY_STORE
        if mine and order.source.startswith("shopify"):
            return port_called(SHOPIFY)
    return ManualPort()


def port_called(name: str) -> RefundPort:
    """A port by the name that a refund keeps."""
    if name == SHOPIFY:
        from orders.refunding.shopify import ShopifyPort

        return ShopifyPort.from_settings()
    return ManualPort()
