"""Who sends messages: each source names its headers, its topics and its reader."""

from __future__ import annotations

from types import ModuleType

from orders.hooks import aftership, shopify, woocommerce

SOURCES: dict[str, ModuleType] = {module.CODE: module for module in (shopify, woocommerce, aftership)}
