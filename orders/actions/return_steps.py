"""What every step of a return shares: its row in the order's record, the news, the promise. Under both locks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.actors import Actor
from core.errors import Forbidden
from core.events import publish
from orders import permissions
from orders.actions.promises import facts_of
from orders.actions.record import add_record
from orders.events import OrderChanged, ReturnStepped
from orders.models import Return
from orders.return_queries import OWNER, access_return
from orders.return_rules import check_step
from sla.actions import cancel_clocks, meet_clock, start_clock
from sla.models import Metric

INSIDE = frozenset({"refusal_proposed", "refusal_declined", "refund_failed"})  # steps that buyers do not read


def for_review(actor: Actor, public_id: str, step: str) -> Return:
    """The return with its locks, for a reviewer, in a state that the step may start from.

    Raises NotFound, Forbidden, Conflict (`return_state`).
    """
    ret = access_return(actor, public_id, lock=True)
    if not permissions.can_review_return(actor, ret.order):
        raise Forbidden()
    check_step(ret, step)
    return ret


def keep(ret: Return, at: datetime, *fields: str) -> None:
    """Write these fields and when."""
    ret.updated_at = at
    ret.save(update_fields=[*fields, "updated_at"])


def tell(
    ret: Return,
    step: str,
    *,
    actor: Actor,
    at: datetime,
    text: Mapping[str, Any] | None = None,
    **data: Any,
) -> None:
    """One row of the order's record, and news for those who talk to the buyer.

    `data` names no person; `text` holds words, which may be erased.
    """
    row = add_record(
        ret.order,
        actor=actor,
        verb=f"return.{step}",
        at=at,
        data={"return": ret.public_id, "number": ret.number, **data},
        text={key: value for key, value in (text or {}).items() if value} or None,
        for_buyer=step not in INSIDE,
    )
    publish(ReturnStepped(ret.order_id, ret.pk, step, row.seq))
    publish(OrderChanged(ret.order_id, ret.order.public_id))


def promise_refund(ret: Return, *, actor: Actor, at: datetime) -> None:
    """The goods are here and checked: from now on the money is owed by a day."""
    start_clock(
        actor=actor,
        owner=(OWNER, ret.pk),
        metric=Metric.REFUND,
        facts=facts_of(ret.order),
        calendar_id=ret.order.store.calendar_id,
        at=at,
    )


def keep_promise(ret: Return, *, actor: Actor, at: datetime) -> None:
    """The money is back."""
    meet_clock(actor=actor, owner=(OWNER, ret.pk), metric=Metric.REFUND, at=at, reason="return.refunded")


def drop_promise(ret: Return, *, actor: Actor, at: datetime, reason: str) -> None:
    """No money is owed any more."""
    cancel_clocks(actor=actor, owner=(OWNER, ret.pk), at=at, reason=reason)
