"""Views: filters with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Invalid
from tickets.actions.shared import check_mine, clean_name, whose
from tickets.models import SavedView
from tickets.queries.kept import access_view
from tickets.queries.viewing import ORDERS, clean_filters


def save_view(
    *,
    actor: Actor,
    view: int | None = None,
    name: str,
    filters: Mapping[str, Any],
    order: str = "due",
    shared: str = "me",
    team: str = "",
) -> SavedView:
    """Keep a filter under a name, for oneself, a team or everybody (the last two by a manager).

    Raises Invalid (fields name, filters, order, shared, team), Forbidden, NotFound for another's.
    """
    if order not in ORDERS:
        raise Invalid.field("order", _("There is no such order."), code="unknown_order")
    with transaction.atomic():
        row = access_view(actor, view, lock=True) if view else SavedView()
        if view:
            check_mine(actor, row)
        row.owner_id, row.team = whose(actor, shared, team)
        row.name, row.filters, row.order = clean_name(name), clean_filters(filters), order
        row.updated_at = now()
        row.save()
    return row


def drop_view(*, actor: Actor, view: int) -> None:
    """Forget a view: one's own, or a shared one by a manager."""
    with transaction.atomic():
        row = access_view(actor, view, lock=True)
        check_mine(actor, row)
        row.delete()
