"""Every read of returns and refunds. `access_return` is the only way to one: missing and hidden look alike."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from orders import permissions, queries
from orders.models import Order, Refund, Return, ReturnPhoto
from orders.queries import Entry
from sla.models import Clock
from sla.queries import clocks_of

OWNER = "return"
OLDEST_DUE = ("due_sort", "id")
RELATED = ("order__store__calendar", "order__person", "reviewer", "second_reviewer")


def visible_returns(actor: Actor) -> QuerySet[Return]:
    """The returns that this actor may see, with order, store and people; unordered."""
    return Return.objects.filter(permissions.returns_visible_to(actor)).select_related(*RELATED)


def with_parts(rows: QuerySet[Return]) -> QuerySet[Return]:
    """The same with lines, photographs and refunds: three queries more, however many."""
    refunds = Refund.objects.select_related("ordered_by", "confirmed_by")
    return rows.prefetch_related("lines", "photos", Prefetch("refunds", refunds))


def access_return(actor: Actor, public_id: str, *, lock: bool = False) -> Return:
    """A return that this actor may see. With `lock`, in a transaction: its order first, then the return itself.

    Raises NotFound.
    """
    rows = visible_returns(actor).filter(public_id=public_id)
    found = rows.first()
    if found is None:
        raise NotFound()
    if not lock:
        return found
    order = queries.access_order(actor, order_id=found.order_id, lock=True)
    again = locked(rows).first()
    if again is None:
        raise NotFound()
    again.order = order
    return again


def access_refund(actor: Actor, public_id: str) -> Refund:
    """A refund on an order that this actor may see: of a return, or one that was agreed on."""
    rows = Refund.objects.select_related("order", "ret", "proposal")
    found = rows.filter(
        public_id=public_id, order__in=queries.visible_orders(actor).order_by().values("pk")
    ).first()
    if found is None:
        raise NotFound()
    return found


def access_photo(actor: Actor, public_id: str) -> ReturnPhoto:
    """A photograph: of a visible return, or one's own that is not sent yet."""
    photo = ReturnPhoto.objects.filter(public_id=public_id).first()
    if photo is None:
        raise NotFound()
    if photo.ret_id is None:
        if actor.id is None or photo.uploader_id != actor.id:
            raise NotFound()
    elif not visible_returns(actor).filter(pk=photo.ret_id).exists():
        raise NotFound()
    return photo


def free_photos(actor: Actor, order: Order) -> QuerySet[ReturnPhoto]:
    """One's own photographs of this order that belong to no application yet."""
    return ReturnPhoto.objects.filter(order=order, uploader_id=actor.id or 0, ret=None)


def returns_of(actor: Actor, order: Order) -> list[Return]:
    """The returns of an accessed order, oldest first, with their parts."""
    rows = Return.objects.filter(order=order).select_related("reviewer", "second_reviewer")
    found = list(with_parts(rows).order_by("number"))
    for ret in found:
        ret.order = order
    return found


def steps_of(actor: Actor, ret: Return) -> list[Entry]:
    """What happened to a return, oldest first, from the order's record, as this actor may read it."""
    rows = queries.record_of(actor, ret.order)
    return [row for row in rows if row.data.get("return") == ret.public_id]


def refund_clock(ret: Return) -> Clock | None:
    """The newest promise of money back."""
    found = clocks_of(OWNER, ret.pk)
    return found[-1] if found else None
