"""A buyer with an order and a ticket, a stranger, a visitor; a budget of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from orders.models import Order
from tests.factories import House, log_in, make_buyer, make_house, make_order, make_ticket
from tickets.models import Ticket


@dataclass(frozen=True)
class Scene:
    """Who is there and what they have."""

    house: House
    buyer: Person
    order: Order
    ticket: Ticket
    client: Client
    stranger: Client
    visitor: Client


@pytest.fixture
def scene(db: None) -> Scene:
    """Times in Manila, the desk in New York."""
    cache.clear()
    house = make_house()
    buyer = make_buyer("Ana Reyes", timezone="Asia/Manila")
    order = make_order(buyer, number="2041")
    ticket = make_ticket(buyer, order=order, subject="Can it go to the front desk?")
    return Scene(
        house=house,
        buyer=buyer,
        order=order,
        ticket=ticket,
        client=log_in(Client(), buyer),
        stranger=log_in(Client(), make_buyer("Stranger")),
        visitor=Client(),
    )


Budget = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def at_most() -> Budget:
    """`with at_most(9): …` fails with the queries when there are more."""

    @contextmanager
    def budget(most: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as seen:
            yield
        told = "\n".join(query["sql"][:160] for query in seen.captured_queries)
        assert len(seen) <= most, f"{len(seen)} queries, at most {most}:\n{told}"

    return budget
