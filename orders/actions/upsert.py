"""An order as a feed tells it: created, updated, or nothing new. Every feed ends here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction

from accounts.actions import guests_for
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden
from core.events import publish
from orders import events, permissions, rules
from orders.actions import parts
from orders.actions.build import (
    PLAIN_FIELDS,
    STEP_VERBS,
    address_steps,
    create_orders,
    money_facts,
    tell_news,
)
from orders.actions.privacy import unnamed
from orders.actions.promises import Horizon, settle_promises
from orders.actions.record import add_steps
from orders.actions.security import mark_repeats
from orders.actions.watching import watch_parcels
from orders.data import OrderData, clean, digest_of, step_times
from orders.models import Order, OrderStatus, Store
from orders.record import Step

Outcome = Literal["created", "updated", "unchanged"]
NOTICED_FIELDS = {
    OrderStatus.AWAITING_DELIVERY: "dispatched_at",
    OrderStatus.DELIVERED: "delivered_at",
    OrderStatus.CANCELLED: "cancelled_at",
}


@dataclass(frozen=True, slots=True)
class Upserted:
    """The order and what became of it: created, updated or unchanged."""

    order: Order
    outcome: Outcome


def upsert_order(*, actor: Actor, store: Store, data: OrderData, start_late: bool = False) -> Upserted:
    """Create or update one order from a feed's words, in one transaction under the order's lock.

    The same words again write nothing; an update older than what is known (`updated_at`) changes nothing, and a
    file that tells no times only adds to what a feed with times has told (of two files, the last one counts);
    the status moves along `rules.PATHS` only. Steps land in the record at their true times, promises are
    started, met and cancelled; one that would be broken already is not started unless `start_late`.
    Raises Forbidden, Invalid (fields as in `orders.data.clean`), Conflict (`status_path`).
    """
    if not permissions.can_feed_store(actor, store):
        raise Forbidden()
    at = now()
    data = clean(data, currency=store.currency, at=at)
    horizon = Horizon(at, start_late=start_late)
    with transaction.atomic():
        order = find_locked(store, data.number)
        if order is None:
            order = _create(actor, store, (data, digest_of(data)), horizon)
            if order is not None:
                mark_repeats(actor=actor, order=order, at=at)
                return Upserted(order, "created")
            order = find_locked(store, data.number)
            assert order is not None  # somebody inserted it a moment ago
        outcome = change_order(actor=actor, order=order, data=data, horizon=horizon)
        if outcome == "updated":
            mark_repeats(actor=actor, order=order, at=at)
        return Upserted(order, outcome)


def find_locked(store: Store, number: str) -> Order | None:
    """The store's order of this number under its lock, with its person and store."""
    rows = Order.objects.filter(store=store, number=number).select_related("person", "store__calendar")
    return locked(rows).first()


def _create(actor: Actor, store: Store, one: tuple[OrderData, str], horizon: Horizon) -> Order | None:
    """The new order; None when another transaction was faster."""
    try:
        with transaction.atomic():
            return create_orders(actor=actor, store=store, batch=[one], at=horizon.at, horizon=horizon)[0]
    except IntegrityError:
        if not Order.objects.filter(store=store, number=one[0].number).exists():
            raise
        return None


def change_order(
    *, actor: Actor, order: Order, data: OrderData, horizon: Horizon, digest: str = ""
) -> Outcome:
    """Bring an order that exists in line with clean data; the caller holds its lock in a transaction."""
    if order.person.erased_at is not None:
        data = unnamed(data)
    known = order.source_updated_at
    newer = data.updated_at is not None and (known is None or data.updated_at > known)
    if known and data.updated_at and data.updated_at < known:
        return "unchanged"
    digest = digest or digest_of(data)
    if digest == order.source_digest:
        if newer:  # the same words at a later time: what was said in between is older than these
            Order.objects.filter(pk=order.pk).update(source_updated_at=data.updated_at)
        return "unchanged"
    source, adds = (digest, data.source), parts.is_of_no_time(order, data)
    if adds:
        source, data = (order.source_digest, order.source), parts.only_what_is_new(order, data)
    data = parts.with_known_parcels(order, data)
    before = {name: getattr(order, name) for name in ("status", "refunded", *PLAIN_FIELDS, *STEP_VERBS)}
    _take_over(actor, order, data, horizon.at)
    changed, words = parts.sync(order, data)
    changed += [name for name in PLAIN_FIELDS if name != "refunded" and getattr(order, name) != before[name]]
    steps = [*_steps(order, before, data, horizon.at), *parts.new_parcels(order, data)]
    if adds and not (steps or changed):
        return "unchanged"
    steps.sort(key=lambda step: step.at)
    if "shipping_address" in changed:
        steps += address_steps(data, data.updated_at or horizon.at)
    if changed:
        steps.append(_change_step(changed, before, words, data.updated_at or horizon.at))
    if newer:
        order.source_updated_at = data.updated_at
    (order.source_digest, order.source), order.updated_at = source, horizon.at
    order.save(update_fields=_WRITTEN)
    add_steps(order, steps, actor=actor)
    settle_promises(
        actor=actor,
        order=order,
        horizon=horizon,
        was_paid=before["paid_at"] is not None,
        was_sent=before["dispatched_at"] is not None,
        fresh=False,
    )
    if order.dispatched_at:
        watch_parcels(order, horizon.at)
    publish(events.OrderChanged(order.pk, order.public_id))
    tell_news(order, horizon.at, before=before)
    return "updated"


_WRITTEN = [
    *("status", "person", *PLAIN_FIELDS, *STEP_VERBS),
    *("source", "source_digest", "source_updated_at", "updated_at"),
]


def _take_over(actor: Actor, order: Order, data: OrderData, at: datetime) -> None:
    """Set the row's fields. What the feed does not know of is kept; money given back never grows less."""
    status = rules.next_status(order.status, rules.status_of(data))
    if data.email != order.email.lower():
        order.person = guests_for(actor=actor, names={data.email: data.name})[data.email]
    refunded = max(order.refunded, data.refunded)
    for name in PLAIN_FIELDS:
        setattr(order, name, getattr(data, name))
    order.refunded = refunded
    for name, moment in step_times(data).items():
        if moment is not None:
            setattr(order, name, moment)
    field = NOTICED_FIELDS.get(OrderStatus(status))
    if status != order.status and field and getattr(order, field) is None:
        setattr(order, field, data.updated_at or at)  # it moved, and nobody said when: when it was told
    order.status = status


def _steps(order: Order, before: dict[str, Any], data: OrderData, at: datetime) -> list[Step]:
    """The record's rows for what is new: each step at its own time."""
    told = data.updated_at or at
    said = step_times(data)
    steps = []
    for name, verb in STEP_VERBS.items():
        moment = getattr(order, name)
        if before[name] is None and moment is not None:
            facts: dict[str, Any] = money_facts(order.total, order.currency) if name == "paid_at" else {}
            steps.append(Step(verb, moment, facts if said[name] else {**facts, "noticed": True}))
        elif moment != before[name]:
            facts = {"step": verb, "from": before[name].isoformat(), "to": moment.isoformat()}
            steps.append(Step("order.step_corrected", told, facts))
    if order.refunded > before["refunded"]:
        facts = money_facts(order.refunded - before["refunded"], order.currency)
        steps.append(
            Step("order.refunded", told, {**facts, "refunded": f"{order.refunded:.2f}", "noticed": True})
        )
    verbs = {step.verb for step in steps}
    if order.status != before["status"] and not verbs & _STATUS_VERBS.get(
        OrderStatus(order.status), frozenset()
    ):
        moved = {"from": before["status"], "to": order.status}
        verb = "order.returned" if order.status == OrderStatus.RETURNED else "order.status_changed"
        steps.append(Step(verb, told, moved))
    return steps


_STATUS_VERBS = {
    OrderStatus.UNDER_REVIEW: frozenset({"order.paid"}),
    OrderStatus.AWAITING_SHIPPING: frozenset({"order.paid", "order.reviewed"}),
    OrderStatus.AWAITING_DELIVERY: frozenset({"order.dispatched"}),
    OrderStatus.DELIVERED: frozenset({"order.delivered"}),
    OrderStatus.CANCELLED: frozenset({"order.cancelled"}),
}


def _change_step(changed: list[str], before: dict[str, Any], words: dict[str, Any], at: datetime) -> Step:
    """One row for corrections; what stood there before goes to the detail, since it may name a person."""
    was = {name: str(before[name]) for name in changed if name in before}
    text = {"before": {**was, **words}}
    return Step("order.changed", at, {"fields": changed}, text, for_buyer=changed != ["note"])
