"""What every step of a proposed change shares: its row in the order's record, the news, the promises it touches.

Under the order's lock.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from core.actors import Actor
from core.events import publish
from orders.actions.promises import facts_of, move_promise
from orders.actions.record import add_record
from orders.changes.models import ChangeProposal
from orders.changes.rules import end_of
from orders.events import ChangeStepped, OrderChanged
from orders.models import Order
from sla.actions import meet_clock, start_clock
from sla.models import Metric

INSIDE = frozenset({"refund_failed"})  # steps that buyers do not read
FACTS = ("amount", "currency", "date", "promise")
AGREED = "change.later"  # why a promise's date moved


def tell(
    row: ChangeProposal, step: str, actor: Actor, at: datetime, *, text: dict[str, Any], **data: Any
) -> None:
    """One row of the order's record, and news for those who talk to the buyer. `text` may be erased."""
    facts = {name: row.details[name] for name in FACTS if name in row.details}
    kept = add_record(
        row.order,
        actor=actor,
        verb=f"change.{step}",
        at=at,
        data={"proposal": row.public_id, "kind": row.kind, **facts, **data},
        text={name: value for name, value in text.items() if value} or None,
        for_buyer=step not in INSIDE,
    )
    publish(ChangeStepped(row.order_id, row.pk, step, kept.seq))
    publish(OrderChanged(row.order_id, row.order.public_id))


def move_date(row: ChangeProposal, *, actor: Actor, at: datetime) -> None:
    """The promise that ticks is due at the end of the agreed day from now on; the record says from when to when."""
    metric = str(row.details["promise"])
    due = end_of(row.order, date.fromisoformat(row.details["date"]))
    old = move_promise(row.order, actor=actor, metric=metric, due=due, at=at, reason=AGREED)
    data = {"metric": metric, "from": old.isoformat() if old else None, "to": due.isoformat()}
    add_record(
        row.order,
        actor=actor,
        verb="promise.moved",
        at=at,
        data={**data, "proposal": row.public_id},
        text={"reason": row.words},
    )


def promise_refund(order: Order, *, actor: Actor, at: datetime) -> None:
    """Money that was agreed on is owed by a day, as after a return."""
    start_clock(
        actor=actor,
        owner=("order", order.pk),
        metric=Metric.REFUND,
        facts=facts_of(order),
        calendar_id=order.store.calendar_id,
        at=at,
    )


def keep_refund_promise(order: Order, *, actor: Actor, at: datetime) -> None:
    """It is back. Where the buyer had been warned of it, they hear that it is over by the refund's own words."""
    meet_clock(actor=actor, owner=("order", order.pk), metric=Metric.REFUND, at=at, reason="change.refunded")
