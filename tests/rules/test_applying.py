"""Applying hours from a date: asked for on a page, carried out by the worker, followed in the log."""

from __future__ import annotations

import pytest
from django.test import Client

from core import outbox
from sla.models import Recompute
from tests.factories import House, make_buyer, make_ticket
from tests.rules.conftest import TICKETS

APPLY, LOG = TICKETS + "apply/", TICKETS + "log/"


def test_it_is_asked_for_and_followed(house: House, manager: Client) -> None:
    make_ticket(make_buyer())
    done = manager.post(APPLY, {"from_at": "2026-11-09T09:00", "reason": "The hours were wrong"})
    assert done.headers["HX-Redirect"] == TICKETS
    row = Recompute.objects.get()
    assert row.from_at.isoformat() == "2026-11-09T14:00:00+00:00", "the desk's wall clock"
    assert row.actor_id == house.manager.pk
    log = manager.get(LOG).content.decode()
    assert "Counting anew" in log and 'hx-trigger="every 2s"' in log
    assert "The hours were wrong" in log and "Max Weber" in log
    again = manager.post(APPLY, {"from_at": "2026-11-09T09:00", "reason": "Twice"})
    assert again.status_code == 409 and "applied to this calendar already" in again.content.decode()


def test_the_log_stops_asking_when_it_is_done(house: House, manager: Client) -> None:
    make_ticket(make_buyer())
    manager.post(APPLY, {"from_at": "2026-11-09T09:00", "reason": "The hours were wrong"})
    while outbox.run_due():
        continue
    log = manager.get(LOG).content.decode()
    assert "Counted anew" in log and "hx-trigger" not in log


@pytest.mark.parametrize(
    "changes,words",
    [
        ({"from_at": "last week"}, "Give a date and a time."),
        ({"from_at": "2026-11-11T00:00"}, "must not lie ahead"),
        ({"from_at": "2026-01-01T00:00"}, "at most 90 days ago"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 300}, "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_and_kept(manager: Client, changes: dict[str, str], words: str) -> None:
    form = {"from_at": "2026-11-09T09:00", "reason": "Wrong hours", **changes}
    response = manager.post(APPLY, form)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert response.context["form"].from_at == form["from_at"]
    assert response.context["form"].reason == form["reason"]
    assert not Recompute.objects.exists()
