"""Shops that send orders in."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Forbidden, Invalid
from orders import permissions
from orders.models import Store

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")


def save_store(
    *, actor: Actor, code: str, name: str, calendar_id: int, currency: str = "USD", return_days: int = 60
) -> Store:
    """Make or change a shop. Managers only.

    `calendar_id` is the calendar that counts the working days of its promises; `return_days` how many days
    after delivery a return may be asked for. Raises Forbidden, Invalid (`code`, `currency`).
    """
    if not permissions.can_save_store(actor):
        raise Forbidden()
    if not CODE.match(code):
        raise Invalid.field("code", _("A store's code is of small letters, digits, - and _."))
    if not CURRENCY.match(currency):
        raise Invalid.field("currency", _("A currency is three capital letters, such as USD."))
    fields = {"name": name, "calendar_id": calendar_id, "currency": currency, "return_days": return_days}
    store, _made = Store.objects.update_or_create(code=code, defaults=fields)
    return store
