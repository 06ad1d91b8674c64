"""A small shop for the tests of this room: two chat desks, their people, two buyers with an order each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts import actions as accounts
from accounts.models import Person, Team, User
from accounts.queries import actor_for
from core.actors import SYSTEM, Actor
from core.clock import now
from orders.models import Order, OrderStatus, Store
from sla.actions import save_calendar, save_policy
from tickets import queries as tickets
from tickets.models import Category, Ticket

NEW_YORK = "America/New_York"
NIGHTS = [(day, *window) for day in range(4) for window in (("21:00", "23:30"), ("01:00", "06:00"))]
ALWAYS = [(day, "00:00", "24:00") for day in range(7)]


@dataclass
class World:
    """Who and what there is, by name."""

    users: dict[str, User]
    orders: dict[str, Order]
    teams: dict[str, Team]

    def actor(self, name: str) -> Actor:
        return actor_for(User.objects.select_related("person").get(pk=self.users[name].pk))

    def order(self, name: str) -> Order:
        return self.orders[name]

    def session(self, name: str) -> str:
        """A browser's session that this person is signed in on."""
        return sign_in(self.users[name])

    def pass_for(self, name: str) -> str:
        """A single-use ticket for the socket, on a session of its own."""
        return accounts.issue_live_ticket(user=self.users[name], session_key=self.session(name))


def sign_in(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def _user(email: str, name: str, zone: str) -> User:
    user = User.objects.create_user(email, "pass-word-1", name=name)
    person = Person.objects.filter(email=email).first() or accounts.join_person(actor=SYSTEM, user=user)
    user.person = person
    user.save(update_fields=["person"])
    Person.objects.filter(pk=person.pk).update(timezone=zone)
    return user


def build() -> World:
    """Write it all into an empty database."""
    always = save_calendar(actor=SYSTEM, code="always", name="Always", timezone=NEW_YORK, windows=ALWAYS)
    nights = save_calendar(actor=SYSTEM, code="presales-ny", name="Nights", timezone=NEW_YORK, windows=NIGHTS)
    targets: list[dict[str, Any]] = [
        {"metric": "first_response", "amount": 3600, "unit": "desk_seconds"},
        {"metric": "next_response", "amount": 3600, "unit": "desk_seconds"},
        {"metric": "resolution", "amount": 86400, "unit": "desk_seconds"},
        {"metric": "chat_pickup", "amount": 60, "unit": "desk_seconds"},
    ]
    save_policy(actor=SYSTEM, code="all", name="Everything", position=1, match={}, targets=targets)
    teams = {
        "orderhelp": accounts.save_team(
            actor=SYSTEM,
            code="orderhelp",
            name="Order help",
            calendar_id=always.pk,
            takes_chat=True,
            needs_order=True,
        ),
        "presales": accounts.save_team(
            actor=SYSTEM, code="presales", name="Pre-sales", calendar_id=nights.pk, takes_chat=True
        ),
        "orders": accounts.save_team(actor=SYSTEM, code="orders", name="Orders", calendar_id=always.pk),
    }
    for code in ("order", "product"):
        Category.objects.get_or_create(code=code, defaults={"name": code.title(), "team": teams["orders"]})
    desks = {
        "lin": {"orderhelp": "agent", "presales": "agent"},
        "bo": {"orderhelp": "agent"},
        "cy": {"orders": "agent"},
    }
    for name, roles in desks.items():
        accounts.save_staff(actor=SYSTEM, email=f"{name}@shop.example", name=name.title(), teams=roles)
    accounts.save_staff(actor=SYSTEM, email="max@shop.example", name="Max", teams={"orders": "manager"})
    users = {name: _user(f"{name}@shop.example", name.title(), NEW_YORK) for name in (*desks, "max")}
    users |= {name: _user(f"{name}@mail.example", name.title(), "Asia/Tokyo") for name in ("ana", "eve")}
    store = Store.objects.create(code="us", name="US", calendar=always)
    at = now()
    orders = {
        name: Order.objects.create(
            store=store,
            number=f"20{n}",
            person=users[name].person,
            status=OrderStatus.AWAITING_DELIVERY,
            placed_at=at,
            source="test",
            created_at=at,
            updated_at=at,
        )
        for n, name in enumerate(("ana", "eve"))
    }
    return World(users, orders, teams)


def streams(ticket: Ticket) -> dict[str, str]:
    """The public ids of both streams of a ticket."""
    return {kind: stream.public_id for kind, stream in tickets.streams_of(SYSTEM, ticket).items()}
