"""The security mark is set with the order that gives the cause, and cleared by a person who says why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden
from core.events import publish
from core.text import clean_body
from orders import permissions
from orders.actions.record import add_record
from orders.events import OrderChanged
from orders.models import Order, OrderLine, OrderRecord, OrderStatus, SecurityMark
from orders.queries import access_order
from orders.security import ORDERS, WITHIN, again_and_again, open_mark, product_of

WORDS_LIMIT = 500


def mark_repeats(*, actor: Actor, order: Order, at: datetime) -> SecurityMark | None:
    """Set the mark where this order is one of the same product again and again; in the caller's transaction.

    An order of long ago and one that is cancelled give no cause (a wrong size is cancelled and ordered again), nor
    does what was placed before somebody last looked. One mark at a time stands on an account.
    """
    if order.placed_at < at - WITHIN or order.status == OrderStatus.CANCELLED:
        return None
    # Two orders of one person at the same time would each count without the other.
    person = locked(Person.objects.filter(pk=order.person_id)).get()
    if SecurityMark.objects.filter(person=person, cleared_at=None).exists():
        return None
    for product, placed in _bought(order).items():
        if count := again_and_again(placed):
            return _set(actor, order, product, count)
    return None


def _bought(order: Order) -> dict[str, list[datetime]]:
    """When each product of this order was ordered by its person in the 24 hours around it."""
    mine = {product_of(line.sku, line.name) for line in order.lines.all()}
    around = (order.placed_at - WITHIN, order.placed_at + WITHIN)
    rows = OrderLine.objects.filter(order__person_id=order.person_id, order__placed_at__range=around)
    rows = rows.exclude(order__status=OrderStatus.CANCELLED)
    over = SecurityMark.objects.filter(person_id=order.person_id, product__in=mine).order_by("cleared_at")
    looked = {product: at for product, at in over.values_list("product", "cleared_at") if at is not None}
    found: dict[str, dict[int, datetime]] = defaultdict(dict)
    for pk, placed, sku, name in rows.values_list("order_id", "order__placed_at", "sku", "name"):
        product = product_of(sku, name)
        if product in mine and (product not in looked or placed > looked[product]):
            found[product][pk] = placed
    return {product: list(orders.values()) for product, orders in sorted(found.items())}


def mark_many(*, actor: Actor, orders: Sequence[Order], at: datetime) -> list[SecurityMark]:
    """The same for a batch of orders that came in together: one query where nobody bought often, three more where
    somebody did, however many. In the caller's transaction."""
    recent = [row for row in orders if row.placed_at >= at - WITHIN and row.status != OrderStatus.CANCELLED]
    often = _often(recent)
    if not often:
        return []
    list(locked(Person.objects.filter(pk__in=often).order_by("pk")))
    marked = SecurityMark.objects.filter(person_id__in=often, cleared_at=None)
    often -= set(marked.values_list("person_id", flat=True))
    newest = {row.pk: row for row in sorted(recent, key=lambda row: row.placed_at) if row.person_id in often}
    made: dict[int, SecurityMark] = {}
    for (person, product), placed in sorted(_bought_by(often, list(newest.values())).items()):
        mine = [row for pk, row in newest.items() if pk in placed]
        count = again_and_again(placed.values()) if mine and person not in made else 0
        if count:
            made[person] = _set(actor, mine[-1], product, count)
    return list(made.values())


def _often(recent: Sequence[Order]) -> set[int]:
    """Who of these orders' people has so many orders around them that a look at their lines is worth it."""
    if not recent:
        return set()
    around = _around(recent)
    rows = Order.objects.filter(person_id__in={row.person_id for row in recent}, placed_at__range=around)
    counted = rows.exclude(status=OrderStatus.CANCELLED).order_by().values_list("person_id")
    return {person for person, n in counted.annotate(n=Count("pk")) if n >= ORDERS}


def _around(orders: Sequence[Order]) -> tuple[datetime, datetime]:
    placed = [row.placed_at for row in orders]
    return min(placed) - WITHIN, max(placed) + WITHIN


def _bought_by(people: set[int], orders: Sequence[Order]) -> dict[tuple[int, str], dict[int, datetime]]:
    """When each of these people ordered each product around these orders: by order, since they were last looked at."""
    if not people:
        return {}
    rows = OrderLine.objects.filter(order__person_id__in=people, order__placed_at__range=_around(orders))
    rows = rows.exclude(order__status=OrderStatus.CANCELLED)
    over = SecurityMark.objects.filter(person_id__in=people).order_by("cleared_at")
    looked = {
        (who, product): at for who, product, at in over.values_list("person_id", "product", "cleared_at")
    }
    found: dict[tuple[int, str], dict[int, datetime]] = defaultdict(dict)
    facts = ("order__person_id", "order_id", "order__placed_at", "sku", "name")
    for person, pk, placed, sku, name in rows.values_list(*facts):
        key = (person, product_of(sku, name))
        since = looked.get(key)
        if since is None or placed > since:
            found[key][pk] = placed
    return found


def _set(actor: Actor, order: Order, product: str, count: int) -> SecurityMark:
    row = SecurityMark.objects.create(
        person_id=order.person_id, order=order, product=product, orders=count, set_at=now()
    )
    data = {"product": product, "orders": count}
    add_record(order, actor=actor, verb="order.security_marked", at=row.set_at, data=data, for_buyer=False)
    publish(OrderChanged(order.pk, order.public_id))
    return row


def clear_mark(*, actor: Actor, order_id: int, words: str) -> OrderRecord:
    """A person has looked: the mark on the account of this order's buyer goes, and the record keeps why.

    Raises NotFound, Forbidden (no staff, or an order of their own), Invalid (`words`), Conflict `not_marked`.
    """
    said = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        asked = access_order(actor, order_id=order_id)
        if not permissions.can_propose(actor, asked):
            raise Forbidden()
        mark = open_mark(actor, asked)
        if mark is None:
            raise Conflict(_("There is no security mark on this account."), code="not_marked")
        order = access_order(actor, order_id=mark.order_id, lock=True)
        at = now()
        if not SecurityMark.objects.filter(pk=mark.pk, cleared_at=None).update(
            cleared_at=at, cleared_by_id=actor.id
        ):
            raise Conflict(_("There is no security mark on this account."), code="not_marked")
        verb, text = "order.security_cleared", {"reason": said}
        row = add_record(order, actor=actor, verb=verb, at=at, text=text, for_buyer=False)
        for one in {order.pk: order, asked.pk: asked}.values():
            publish(OrderChanged(one.pk, one.public_id))
        return row
