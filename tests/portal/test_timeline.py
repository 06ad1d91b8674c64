"""One list of everything about an order, and the words of its promises."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from core.actors import SYSTEM
from core.clock import now
from helpdesk.portal import order_page
from helpdesk.portal.timeline import timeline_of
from orders.models import OrderStatus
from sla.actions import meet_clock, start_clock
from sla.models import Metric
from sla.queries import clocks_of
from tests.factories import actor, make_buyer, make_house, make_order, make_ticket
from tests.portal.conftest import Scene


def promise(order, metric=Metric.DISPATCH, at=None):  # type: ignore[no-untyped-def]
    with transaction.atomic():
        return start_clock(
            actor=SYSTEM,
            owner=("order", order.pk),
            metric=metric,
            facts={},
            calendar_id=order.store.calendar_id,
            at=at or now(),
        )


def test_promises_ahead_stand_above_today(scene: Scene) -> None:
    clock = promise(scene.order)
    line = timeline_of(actor(scene.buyer), scene.order)
    assert {item.title for item in line.ahead} == {"Dispatched", f"Answer to ticket #{scene.ticket.number}"}
    assert [item.at for item in line.ahead] == sorted((item.at for item in line.ahead), reverse=True)
    assert any(item.url == f"/tickets/{scene.ticket.public_id}/" for item in line.behind)
    assert clock is not None
    shown = order_page.headline(scene.order, order_page.open_promise(clocks_of("order", scene.order.pk)))
    assert shown.startswith("Dispatched by ")


def test_a_kept_promise_says_so(scene: Scene) -> None:
    promise(scene.order, at=now() - timedelta(hours=1))
    with transaction.atomic():
        meet_clock(actor=SYSTEM, owner=("order", scene.order.pk), metric=Metric.DISPATCH, at=now())
    line = timeline_of(actor(scene.buyer), scene.order)
    kept = next(item for item in line.behind if item.kind == "pro")
    assert (kept.state, kept.chip) == ("kept", "Promise kept")


def test_a_broken_promise_is_not_hidden(scene: Scene) -> None:
    late = promise(scene.order, at=now() - timedelta(days=20))
    assert order_page.headline(scene.order, late).startswith("Late: promised by ")
    page = scene.client.get(f"/orders/{scene.order.public_id}/").content.decode()
    assert "chip late" in page


def test_another_persons_ticket_on_the_order_is_not_listed(scene: Scene) -> None:
    theirs = make_ticket(make_buyer("Else"), subject="hidden from Ana")
    theirs.order = scene.order
    theirs.save(update_fields=["order"])
    line = timeline_of(actor(scene.buyer), scene.order)
    assert all("hidden" not in item.title for item in [*line.ahead, *line.behind])


def test_steps_say_where_it_stands(db: None) -> None:
    make_house()
    buyer = make_buyer()
    states = {
        OrderStatus.AWAITING_PAYMENT: ["now", "todo", "todo", "todo", "todo"],
        OrderStatus.UNDER_REVIEW: ["done", "now", "todo", "todo", "todo"],
        OrderStatus.AWAITING_SHIPPING: ["done", "done", "now", "todo", "todo"],
        OrderStatus.AWAITING_DELIVERY: ["done", "done", "done", "now", "todo"],
        OrderStatus.DELIVERED: ["done"] * 5,
    }
    for status, wanted in states.items():
        order = make_order(buyer, status=status)
        assert [step.state for step in order_page.steps(order, None)] == wanted, status
    ended = order_page.steps(make_order(buyer, status=OrderStatus.CANCELLED, cancelled_at=now()), None)
    assert ended[-1].label == "Cancelled"
