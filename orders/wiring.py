"""What this room registers with the rooms below: the owner of promises, the topic of an order's page."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import live
from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from orders.models import Order, Return
from orders.queries import access_order, visible_orders
from orders.return_queries import OWNER, visible_returns
from sla import owners, reasons
from sla.owners import OwnerLabel


def _lock(order_id: int, *, skip_locked: bool = False) -> bool:
    return locked(Order.objects.filter(pk=order_id), skip_locked=skip_locked).first() is not None


def _lock_many(order_ids: list[int]) -> set[int]:
    rows = locked(Order.objects.filter(pk__in=order_ids).order_by("pk"), skip_locked=True)
    return set(rows.values_list("pk", flat=True))


def _visible(actor: Actor) -> Q:
    return Q(owner_id__in=visible_orders(actor).values("pk"))


def _describe(ids: list[int]) -> dict[int, OwnerLabel]:
    rows = Order.objects.filter(pk__in=ids).values_list("pk", "number", "public_id")
    return {pk: OwnerLabel(f"#{number}", f"/orders/{public_id}/") for pk, number, public_id in rows}


def _groups(actor: Actor, public_id: str) -> list[str] | None:
    try:
        access_order(actor, public_id)
    except NotFound:
        return None
    return [live.group("order", public_id)]


owners.register("order", lock=_lock, visible_to=_visible, describe=_describe, lock_many=_lock_many)
live.register_topic("order", _groups)


# Returns --------------------------------------------------------------------------------------------------


def _lock_return(return_id: int, *, skip_locked: bool = False) -> bool:
    """The order first, then the return."""
    order_id = Return.objects.filter(pk=return_id).values_list("order_id", flat=True).first()
    if order_id is None or not _lock(order_id, skip_locked=skip_locked):
        return False
    return locked(Return.objects.filter(pk=return_id), skip_locked=skip_locked).first() is not None


def _visible_return(actor: Actor) -> Q:
    return Q(owner_id__in=visible_returns(actor).values("pk"))


def _describe_returns(ids: list[int]) -> dict[int, OwnerLabel]:
    rows = Return.objects.filter(pk__in=ids).values_list("pk", "order__number", "number", "public_id")
    return {
        pk: OwnerLabel(f"#{order}-R{number}", f"/returns/{public_id}/")
        for pk, order, number, public_id in rows
    }


owners.register(OWNER, lock=_lock_return, visible_to=_visible_return, describe=_describe_returns)
reasons.register(
    {
        "order.dispatched": _("the order was handed to the carrier"),
        "order.delivered": _("the order arrived"),
        "order.cancelled": _("the order was cancelled"),
        "order.returned": _("the order was returned"),
        "change.later": _("a later date, agreed with the buyer"),
        "change.refunded": _("the money went back"),
    }
)
