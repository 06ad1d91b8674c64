"""What this room does about news: its own due times from the clocks below, hints to open pages."""

from __future__ import annotations

from core import live
from core.actors import SYSTEM
from core.bulk import update_many
from core.clock import now
from core.db import locked
from core.events import after, inside, publish
from orders.actions.record import add_record
from orders.actions.return_steps import tell
from orders.events import OrderChanged, PromiseAtRisk
from orders.models import Order, Return
from orders.return_queries import OWNER
from sla.clocks import FAR_FUTURE
from sla.events import ClocksChanged, ClocksMoved, ClockWarned
from sla.queries import open_clocks
from sla.queries.clocks import open_dues


@inside(ClocksChanged)
def keep_promised_by(event: ClocksChanged) -> None:
    """An order knows the earliest due of its running promises, in the same instant as its clocks."""
    if event.owner_kind != "order":
        return
    dues = [clock.due for clock in open_clocks("order", [event.owner_id])[event.owner_id] if clock.due]
    Order.objects.filter(pk=event.owner_id).update(promised_by=min(dues, default=None))


@inside(ClocksChanged)
def keep_refund_due(event: ClocksChanged) -> None:
    """A return is listed by the day on which its money is due."""
    if event.owner_kind == OWNER:
        dues = [clock.due for clock in open_clocks(OWNER, [event.owner_id])[event.owner_id] if clock.due]
        Return.objects.filter(pk=event.owner_id).update(due_sort=min(dues, default=FAR_FUTURE))


@inside(ClocksMoved)
def keep_all_promised_by(event: ClocksMoved) -> None:
    """The same for many orders, whose hours were changed at once."""
    if event.owner_kind == "order":
        found = open_dues("order", event.owner_ids)
        rows = [(pk, found[pk].due if pk in found else None) for pk in event.owner_ids]
        update_many(Order, rows, fields=("promised_by",))


@inside(ClockWarned)
def speak_first(event: ClockWarned) -> None:
    """A promise is about to break: a row of the record, and news for those who talk to the buyer.

    The ticker holds the order's lock.
    """
    if event.owner_kind != "order":
        return
    order = locked(Order.objects.filter(pk=event.owner_id)).first()
    if order is None:
        return
    add_record(
        order,
        actor=SYSTEM,
        verb="promise.warned",
        at=now(),
        data={"metric": event.metric, "due": event.due.isoformat()},
        for_buyer=False,
    )
    publish(PromiseAtRisk(order.pk, event.metric, event.due))
    publish(OrderChanged(order.pk, order.public_id))


@inside(ClockWarned)
def speak_of_refund(event: ClockWarned) -> None:
    """Money that may come late is told of before the buyer asks. The ticker holds the locks."""
    if event.owner_kind != OWNER:
        return
    ret = Return.objects.select_related("order").filter(pk=event.owner_id).first()
    if ret is None:
        return
    due = event.due.isoformat()
    tell(ret, "refund_at_risk", actor=SYSTEM, at=now(), metric=event.metric, due=due)
    publish(PromiseAtRisk(ret.order_id, event.metric, event.due))


@after(OrderChanged)
def redraw(event: OrderChanged) -> None:
    """Whoever has the order open looks again."""
    if event.public_id:
        payload = {"type": "topic.changed", "topic": f"order:{event.public_id}", "ids": [event.public_id]}
        live.push(live.group("order", event.public_id), payload)
