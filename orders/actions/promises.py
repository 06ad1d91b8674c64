"""An order's promises as clocks: dispatch from the payment on, delivery from the dispatch on.

How long each may take is the matching policy's, in working days of the store's calendar. The caller holds
the order's lock.

A promise is started only while its due lies ahead. Orders often arrive with a past: a file of last year's,
a shop that joins with running orders. Their promises were the shop's own business then; starting them
would break them all in the same second and open a ticket on each.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.actors import Actor
from core.events import publish
from orders.actions.record import add_record
from orders.events import OrderChanged, PromiseEnded
from orders.models import Order, OrderRecord
from orders.new_dates import NewDate
from orders.rules import CANCELLABLE, OVER
from sla.actions import cancel_clocks, meet_clock, start_clock
from sla.models import Clock, ClockState, Metric
from sla.queries import quote

ON_THE_WAY = (Metric.DISPATCH.value, Metric.DELIVERY.value)
LOOK_BACK = (7, 14, 30, 60, 120, 240, 480)  # days: how far back a promise might still be due in the future


def facts_of(order: Order) -> dict[str, str]:
    """What policies match on an order: its store, the channel "order", its buyer's member type."""
    return {"store": order.store.code, "channel": "order", "member_type": order.person.member_type}


class Horizon:
    """Tells which promises are still worth starting at one instant, cheaply for thousands of old orders.

    A later start has a later due, so it is enough to know, for each kind of promise, one start that is
    already past its due: all before it are too.
    """

    def __init__(self, at: datetime, *, start_late: bool = False) -> None:
        self.at = at
        self.start_late = start_late
        self._past: dict[tuple[object, ...], datetime] = {}

    def worth_starting(self, order: Order, metric: str, since: datetime) -> bool:
        """Whether a promise made at `since` is due after this instant."""
        if self.start_late:
            return True
        facts, calendar_id = facts_of(order), order.store.calendar_id
        kind = (*facts.values(), calendar_id, metric)
        if kind not in self._past:
            self._past[kind] = self._known_past(facts, calendar_id, metric)
        if since <= self._past[kind]:
            return False
        offer = quote(facts=facts, calendar_id=calendar_id, metric=metric, at=since)
        return offer is not None and offer.due > self.at

    def _known_past(self, facts: dict[str, str], calendar_id: int, metric: str) -> datetime:
        for days in LOOK_BACK:
            start = self.at - timedelta(days=days)
            offer = quote(facts=facts, calendar_id=calendar_id, metric=metric, at=start)
            if offer is None or offer.due <= self.at:
                return start
        return self.at - timedelta(days=3650)


def settle_promises(
    *,
    actor: Actor,
    order: Order,
    horizon: Horizon,
    was_paid: bool = False,
    was_sent: bool = False,
    fresh: bool,
) -> None:
    """Bring the clocks in line with where the order is. `fresh`: just created, so that it has none yet.

    `was_paid`, `was_sent`: what was known before, so that a promise is started once.
    """
    sent = order.dispatched_at or order.delivered_at
    owner = ("order", order.pk)
    if order.status in OVER:
        if not fresh:
            at = order.cancelled_at or horizon.at
            reason = f"order.{order.status}"
            # Money that was agreed on is owed also where the order is over.
            ended = cancel_clocks(
                actor=actor, owner=owner, at=min(at, horizon.at), metrics=ON_THE_WAY, reason=reason
            )
            for clock in ended:
                _tell_end(order, clock)
        return
    if sent is None:
        if order.paid_at and not was_paid and order.status in CANCELLABLE:
            _start(actor, order, Metric.DISPATCH, order.paid_at, horizon)
        return
    if not fresh and not was_sent:
        _tell_end(
            order,
            meet_clock(actor=actor, owner=owner, metric=Metric.DISPATCH, at=sent, reason="order.dispatched"),
        )
    if order.delivered_at is not None:
        if not fresh:
            at = order.delivered_at
            _tell_end(
                order,
                meet_clock(actor=actor, owner=owner, metric=Metric.DELIVERY, at=at, reason="order.delivered"),
            )
    elif not was_sent:
        _start(actor, order, Metric.DELIVERY, sent, horizon)


def _start(actor: Actor, order: Order, metric: str, since: datetime, horizon: Horizon) -> None:
    if not horizon.worth_starting(order, metric, since):
        return
    start_clock(
        actor=actor,
        owner=("order", order.pk),
        metric=metric,
        facts=facts_of(order),
        calendar_id=order.store.calendar_id,
        at=since,
    )


def move_promise(
    order: Order, *, actor: Actor, metric: str, due: datetime, at: datetime, reason: str
) -> datetime | None:
    """A promise is due at another instant (UTC, ahead) from now on, for a reason (a code); the due that it had.

    The old clock ends as it stands, so that a breach stays a breach; the new one warns anew. Under the order's lock.
    """
    owner, old = ("order", order.pk), None
    for clock in cancel_clocks(actor=actor, owner=owner, at=at, metrics=[metric], reason=reason):
        old = clock.due
        _tell_end(order, clock)
    start_clock(
        actor=actor,
        owner=owner,
        metric=metric,
        facts=facts_of(order),
        calendar_id=order.store.calendar_id,
        at=at,
        due=due,
        reason=reason,
    )
    return old


ENDS = {ClockState.MET.value: "kept", ClockState.LATE.value: "late", ClockState.CANCELLED.value: "cancelled"}


def _tell_end(order: Order, clock: Clock | None) -> None:
    """News for those who warned the buyer; a promise that never came near its date ends without a word."""
    if clock is not None and clock.warned_at is not None and clock.ended_at is not None:
        publish(PromiseEnded(order.pk, clock.metric, clock.pk, ENDS[clock.state], clock.ended_at))


def keep_telling(
    order: Order, *, actor: Actor, clock: Clock, told: NewDate, at: datetime, ticket: str, turn: int
) -> OrderRecord:
    """Keep in the record that the buyer was told a new date of a promise, and where: `ticket` is a public id.

    `turn` counts how often, from 1. The caller holds the order's lock and has told the buyer in the same
    transaction.
    """
    data = {
        "metric": clock.metric,
        "due": clock.due.isoformat() if clock.due else None,
        "new_due": told.due.isoformat(),
        "basis": told.basis,
        "holds": told.holds,
        "ticket": ticket,
        "turn": turn,
    }
    row = add_record(order, actor=actor, verb="promise.told", at=at, data=data)
    publish(OrderChanged(order.pk, order.public_id))
    return row
