"""Promises on orders that come near their date: the shop speaks first, and the same ticket tells how it ends.

News of orders and clocks become outbox rows in the same transaction; the worker carries them out. Each of
them may run twice, and a process that dies in between leaves nothing half told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import outbox
from core.db import retrying
from core.events import inside
from orders.events import PromiseAtRisk, PromiseEnded
from sla.events import ClockBreached
from tickets.actions import promises


@inside(PromiseAtRisk)
def warn(event: PromiseAtRisk) -> None:
    """The shop opens a ticket before the buyer has to ask; once for each promise."""
    payload = {"order": event.order_id, "metric": event.metric, "due": event.due.isoformat()}
    outbox.enqueue(
        "ticket.promise_at_risk",
        payload,
        key=f"promise:{event.order_id}:{event.metric}:{event.due.isoformat()}",
    )


@inside(ClockBreached)
def note_missed(event: ClockBreached) -> None:
    """What was warned of has happened: the ticket says so."""
    if event.owner_kind == "order":
        payload = {"order": event.owner_id, "metric": event.metric, "due": event.due.isoformat()}
        outbox.enqueue("ticket.promise_missed", payload, key=f"promise.missed:{event.clock_id}")


@inside(PromiseEnded)
def note_end(event: PromiseEnded) -> None:
    """Shipped, delivered or cancelled after a warning: the buyer hears of it on the same ticket."""
    payload = {
        "order": event.order_id,
        "metric": event.metric,
        "clock": event.clock_id,
        "how": event.how,
        "at": event.at.isoformat(),
    }
    outbox.enqueue("ticket.promise_ended", payload, key=f"promise.ended:{event.clock_id}")


@outbox.handler("ticket.promise_at_risk")
def speak_first(payload: dict[str, Any]) -> None:
    """One ticket on the order, in the shop's name, with the new date."""
    retrying(promises.warn_of_promise, order_id=payload["order"], metric=payload["metric"])


@outbox.handler("ticket.promise_missed")
def say_missed(payload: dict[str, Any]) -> None:
    """A line on it when the promise is really missed."""
    due = datetime.fromisoformat(payload["due"])
    retrying(promises.miss_promise, order_id=payload["order"], metric=payload["metric"], due=due)


@outbox.handler("ticket.promise_date_passed")
def tell_again(payload: dict[str, Any]) -> None:
    """The date that the buyer was told has passed too."""
    told_for = datetime.fromisoformat(payload["told_for"])
    retrying(promises.pass_told_date, order_id=payload["order"], metric=payload["metric"], told_for=told_for)


@outbox.handler("ticket.promise_ended")
def say_how_it_ended(payload: dict[str, Any]) -> None:
    """It was met or fell away."""
    retrying(
        promises.end_promise,
        order_id=payload["order"],
        metric=payload["metric"],
        clock_id=payload["clock"],
        how=payload["how"],
        at=datetime.fromisoformat(payload["at"]),
    )
