"""A shop at ten on a Tuesday in New York, where time stands still, and its manager's browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from sla.drafts import draft_of
from sla.models import Calendar
from tests.access.world import undone
from tests.factories import House, log_in, make_house

TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
TICKETS = "/rules/calendars/tickets-ny/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """The shop, written once for a module inside of a transaction that never commits."""
    with django_db_blocker.unblock(), time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        yield make_house()
        transaction.set_rollback(True)


@pytest.fixture
def db(built: House) -> Iterator[None]:
    """The database as it was built; what a test writes is taken back after it. Stands in for the plain `db`."""
    with undone():
        yield


@pytest.fixture
def house(built: House, db: None) -> House:
    """The shop, for one test; its people anew, so that a test may change them."""
    for person in (built.manager, built.admin, built.agent):
        person.refresh_from_db()
    return built


@pytest.fixture
def manager(house: House) -> Client:
    """The manager's browser; it asks for parts as htmx does unless told otherwise."""
    return log_in(Client(headers=HTMX), house.manager)


Form = dict[str, Any]


def form_of(client: Client, address: str = TICKETS, **changes: Any) -> Form:
    """What the page's form would send as it stands, with some of its fields changed."""
    context = client.get(address, headers={"HX-Request": ""}).context
    sheet = context["sheet"]
    form: Form = {
        "name": sheet.name,
        "timezone": sheet.timezone,
        "code": sheet.code,
        "country": sheet.country,
        "based_on": context.get("based_on", ""),
        "w_day": [row.day for row in sheet.windows],
        "w_start": [row.start for row in sheet.windows],
        "w_end": [row.end for row in sheet.windows],
        "h_day": [row.day for row in sheet.holidays],
        "h_name": [row.name for row in sheet.holidays],
        "s_day": [row.day for row in sheet.special],
        "s_name": [row.name for row in sheet.special],
        "s_hours": [row.hours for row in sheet.special],
    }
    return {**form, **changes}


def with_window(form: Form, day: int, start: str, end: str) -> Form:
    """One window more."""
    added = {"w_day": day, "w_start": start, "w_end": end}
    return {**form, **{name: [*form[name], value] for name, value in added.items()}}


def saved(code: str = "tickets-ny") -> Any:
    """The calendar as it is saved."""
    return draft_of(Calendar.objects.get(code=code))


def slot(body: str, place: str) -> str:
    """What stands in the slot of a row or field."""
    return body.partition(f'id="{place}-err"')[2].partition("</p>")[0].replace("&#x27;", "'")
