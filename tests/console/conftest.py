"""An agent of the orders' desk, a colleague of another desk, a buyer with an order, a ticket with a note."""

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
from tests.factories import House, actor, log_in, make_buyer, make_house, make_order, make_ticket
from tickets.actions import post_message
from tickets.models import Ticket


@dataclass(frozen=True)
class Scene:
    """Who is there, signed in each in a browser of their own."""

    house: House
    buyer: Person
    order: Order
    ticket: Ticket
    agent: Client
    foreign: Client
    specialist: Client
    manager: Client
    customer: Client
    visitor: Client

    @property
    def page(self) -> str:
        return f"/console/t/{self.ticket.number}/"


@pytest.fixture
def scene(db: None) -> Scene:
    """The buyer is in Manila, the desk in New York."""
    cache.clear()
    house = make_house()
    buyer = make_buyer("Ana Reyes", timezone="Asia/Manila")
    order = make_order(buyer, number="2041")
    ticket = make_ticket(buyer, order=order, subject="Can it go to the front desk?")
    post_message(
        actor=actor(house.agent2), ticket=ticket.public_id, kind="note", body="Stock says no blue M."
    )
    return Scene(
        house=house,
        buyer=buyer,
        order=order,
        ticket=ticket,
        agent=log_in(Client(), house.agent),
        foreign=log_in(Client(), house.other_agent),
        specialist=log_in(Client(), house.specialist),
        manager=log_in(Client(), house.manager),
        customer=log_in(Client(), buyer),
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
        told = "\n".join(query["sql"][:200] for query in seen.captured_queries)
        assert len(seen) <= most, f"{len(seen)} queries, at most {most}:\n{told}"

    return budget
