"""Who takes part in the story, and what its steps hand on to one another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.journeys.conftest import People
from tests.servers import Shop

QUESTION = "Can I change the address of my order?"
HELLO = "Is it sent today?"
SECRET = "wolpertinger"


@dataclass
class Story:
    """Four people side by side; where there are two servers, the buyer is on the first and staff on the last."""

    shop: Shop
    people: People
    shot: Callable[[Page, str], None]
    buyer: Page
    agent: Page
    specialist: Page
    manager: Page
    ticket: str = ""
    later: str = ""  # the ticket that was a refused chat

    @classmethod
    def begin(cls, shop: Shop, people: People, shot: Callable[[Page, str], None]) -> Story:
        """Open their browsers: a buyer in Manila, staff in New York."""
        staff = [people.open(timezone_id="America/New_York") for _ in range(3)]
        return cls(shop, people, shot, people.open(timezone_id="Asia/Manila"), *staff)

    def tell(self, *steps: Callable[[Story], None]) -> None:
        """One step after the other, each with the time that it took."""
        for step in steps:
            began = time.monotonic()
            step(self)
            print(f"{step.__name__}: {time.monotonic() - began:.1f} s")

    def server_of(self, page: Page) -> int:
        """The index of the server that a page talks to."""
        on_the_last = page in (self.agent, self.specialist, self.manager)
        return len(self.shop.ports) - 1 if on_the_last else 0

    def url(self, page: Page, path: str) -> str:
        """An address at the server of this page."""
        return self.shop.url(path, self.server_of(page))

    def sign_in(self, page: Page, login: str) -> None:
        """Through the form, at the server of this page."""
        self.people.sign_in(page, self.url(page, "/"), login)

    def number_of(self, ticket: str) -> int:
        """What staff and the API call a ticket."""
        return int(self.shop.sql(f"SELECT id FROM tickets_ticket WHERE public_id = '{ticket}'")[0][0])
