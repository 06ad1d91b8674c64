"""The list of late parcels, the order's mark, the rules' page, and their doors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from orders.models import Order, ParcelFinding, ParcelRules, Shipment
from orders.watch import KINDS
from orders.watch_queries import findings_of
from tests.console.conftest import Scene


@pytest.fixture
def late(scene: Scene) -> ParcelFinding:
    """A parcel of the scene's order has not moved for eight days, and its buyer was told."""
    order = scene.ticket.order
    assert order is not None
    at = now()
    parcel = Shipment.objects.create(
        order=order, tracking_number="1Z999AA10123456784", dispatched_at=at - timedelta(days=9)
    )
    Order.objects.filter(pk=order.pk).update(parcels_late=1)
    return ParcelFinding.objects.create(
        shipment=parcel, order=order, store=order.store, kind="still", carrier="UPS", status="in_transit",
        since=at - timedelta(days=8), found_at=at, then="buyer", told_at=at, ticket=scene.ticket.public_id,
    )  # fmt: skip


def text(client: Any, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return str(response.content.decode())


def test_the_list_says_what_is_wrong_and_where_it_was_told(scene: Scene, late: ParcelFinding) -> None:
    page = text(scene.agent, "/console/parcels/")
    assert "Not moving" in page and "The parcel has not moved since" in page
    assert f"told on #{scene.ticket.number}" in page and "tracknum=1Z999AA10123456784" in page
    assert "Not moving</b>" in text(scene.agent, "/console/parcels/?kind=still&carrier=UPS&store=us")
    for other in ("kind=door", "carrier=FedEx", "show=over"):
        assert "Not moving</b>" not in text(scene.agent, f"/console/parcels/?{other}"), other
    assert "Every parcel moves" not in page
    text(scene.agent, "/console/parcels/?after=never", status=404)


def test_the_order_carries_the_mark_for_staff_and_buyer(scene: Scene, late: ParcelFinding) -> None:
    assert "The parcel has not moved since" in text(scene.agent, scene.page + "context/")
    order = f"/orders/{late.order.public_id}/"
    page = text(scene.customer, order)
    assert "The parcel has not moved since" in page and "What we wrote to you" in page
    ParcelFinding.objects.update(then="note")
    assert "has not moved" not in text(scene.customer, order)
    assert "has not moved" in text(scene.agent, order)


def test_the_dashboard_counts_it_and_opens_the_rows(scene: Scene, late: ParcelFinding) -> None:
    assert "late or stuck on the way" in text(scene.manager, "/dashboard/")
    rows = text(scene.manager, "/dashboard/rows/parcels/")
    assert "1Z999AA10123456784" in rows and "Not moving" in rows


def test_the_api_lists_it(scene: Scene, late: ParcelFinding) -> None:
    found = scene.agent.get("/api/v1/late-parcels/?kind=still").json()["results"]
    assert [(one["kind"], one["carrier"], one["ticket"]) for one in found] == [
        ("still", "UPS", scene.ticket.public_id)
    ]
    assert scene.agent.get("/api/v1/late-parcels/?over=true").json()["results"] == []


def form(**other: str) -> dict[str, str]:
    given = {f"after_{kind}": "5" for kind in KINDS} | {f"then_{kind}": "mark" for kind in KINDS}
    return {**given, "op": "save", "version": "0", **other}


def test_a_manager_tries_and_saves_rules(scene: Scene, late: ParcelFinding) -> None:
    url = "/rules/parcels/us/"
    assert scene.manager.get("/rules/parcels/").headers["Location"] == url
    assert "Slower and quicker carriers" in text(scene.manager, url)
    tried = scene.manager.post(url, form(op="look")).content.decode()
    assert "What these rules would say now" in tried and not ParcelRules.objects.exists()
    saved = scene.manager.post(url, form(carrier_0="usps", days_0="12"))
    assert saved.status_code == 302
    row = ParcelRules.objects.get()
    assert row.rules["carriers"] == {"usps": 12} and row.rules["kinds"]["still"] == {
        "after": 5,
        "then": "mark",
    }
    assert "USPS: 12 days" in text(scene.manager, url)
    again = scene.manager.post(url, form(after_still="6"))
    assert again.status_code == 409 and 'value="6"' in again.content.decode()


def test_a_refused_form_keeps_what_was_typed(scene: Scene) -> None:
    refused = scene.manager.post("/rules/parcels/us/", form(after_still="999", carrier_0="usps", days_0="x"))
    page = refused.content.decode()
    assert refused.status_code == 400 and 'value="999"' in page and 'value="x"' in page
    assert "Give whole days, from 1 to 60." in page and not ParcelRules.objects.exists()


def test_rules_over_the_api(scene: Scene) -> None:
    url = "/api/v1/parcel-rules/us/"
    told = {"kinds": {"door": {"after": 1, "then": "buyer"}}, "version": 0}
    saved = scene.manager.put(url, told, content_type="application/json")
    assert saved.status_code == 200 and saved.json()["kinds"]["door"] == {"after": 1, "then": "buyer"}
    assert saved.json()["version"] == 1 and saved.json()["kinds"]["still"]["after"] == 7
    stale = scene.manager.put(url, {**told, "kinds": {}}, content_type="application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "newer_version")
    wrong = scene.manager.put(url, {"carriers": {"nobody": 3}}, content_type="application/json")
    assert wrong.status_code == 400 and "carriers.nobody" in wrong.json()["fields"]


def test_an_order_without_a_late_parcel_asks_no_more(scene: Scene, django_assert_num_queries: Any) -> None:
    order = scene.ticket.order
    assert order is not None
    with django_assert_num_queries(0):
        assert findings_of(order) == []
