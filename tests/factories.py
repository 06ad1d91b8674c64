"""Small worlds for tests: rows made directly where an action would only cost time, tickets by the real action.

    house = make_house()                       # calendars, policies, teams, categories, store and one of each staff
    buyer = make_buyer()                       # a person with a log-in; `actor(buyer)` acts, `log_in(client, buyer)`
    order = make_order(buyer)
    ticket = make_ticket(buyer, order=order)   # tickets.actions.open_ticket as that buyer

Everything is get-or-create by code, so helpers may be called in any order and more than once.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Person, PersonalShopper, Team, User
from accounts.queries import actor_of_person
from core.actors import Actor
from core.clock import now
from orders.models import Order, OrderLine, OrderStatus, Store
from sla.models import Calendar, CalendarVersion, Metric, Policy, PolicyVersion, Target, Unit, Window
from tickets.models import Category, Ticket

PASSWORD = "demo-pass-1"
HOUR = 3600
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekly = dict[str, list[tuple[str, str]]]
ALWAYS: Weekly = {day: [("00:00", "24:00")] for day in DAYS}
OFFICE: Weekly = {day: [("09:00", "18:00")] for day in DAYS[:5]}
NIGHTS: Weekly = {day: [("01:00", "06:00"), ("21:00", "23:30")] for day in DAYS[:4]}
_count = itertools.count(1)

# (metric, amount, unit): what the one policy that matches everything promises.
STANDARD = (
    (Metric.FIRST_RESPONSE, 4 * HOUR, Unit.DESK_SECONDS),
    (Metric.NEXT_RESPONSE, 4 * HOUR, Unit.DESK_SECONDS),
    (Metric.RESOLUTION, 24 * HOUR, Unit.DESK_SECONDS),
    (Metric.CHAT_PICKUP, 60, Unit.DESK_SECONDS),
    (Metric.DISPATCH, 3, Unit.WORKING_DAYS),
    (Metric.DELIVERY, 12, Unit.WORKING_DAYS),
    (Metric.REFUND, 10, Unit.WORKING_DAYS),
)
URGENT = (
    (Metric.FIRST_RESPONSE, HOUR, Unit.DESK_SECONDS),
    (Metric.NEXT_RESPONSE, HOUR, Unit.DESK_SECONDS),
    (Metric.RESOLUTION, 8 * HOUR, Unit.DESK_SECONDS),
)
# (code, tier, calendar, takes chat, needs an order)
TEAMS = (
    ("presales", 1, "presales-ny", True, False),
    ("orderhelp", 1, "always", True, True),
    ("orders", 1, "tickets-ny", False, False),
    ("logistics", 1, "tickets-ny", False, False),
    ("aftersales", 1, "tickets-ny", False, False),
    ("complaints", 1, "tickets-ny", False, False),
    ("verification", 1, "tickets-ny", False, False),
    ("specialists", 2, "tickets-ny", False, False),
    ("managers", 3, "tickets-ny", False, False),
)
# (name in House, name, role, teams)
EVERYBODY = (
    ("agent", "Mia Chen", "agent", ("orders", "orderhelp")),
    ("agent2", "Tom Reed", "agent", ("orders", "orderhelp")),
    ("other_agent", "Lee Park", "agent", ("logistics",)),
    ("specialist", "Sofia Ito", "specialist", ("specialists",)),
    ("manager", "Max Weber", "manager", ("managers",)),
    ("admin", "Ada Root", "manager", ("managers",)),
)
CATEGORIES = (
    ("product", "orders"),
    ("order", "orders"),
    ("logistics", "logistics"),
    ("aftersales", "aftersales"),
    ("suggestion", "orders"),
    ("complaint", "complaints"),
    ("account", "verification"),
)


@dataclass(frozen=True)
class House:
    """What `make_house` made. Staff: agent and agent2 of orders + orderhelp, other_agent of logistics alone."""

    store: Store
    teams: dict[str, Team]
    agent: Person
    agent2: Person
    other_agent: Person
    specialist: Person
    manager: Person
    admin: Person


def make_calendar(
    code: str = "tickets-ny", zone: str = "America/New_York", weekly: Weekly | None = None
) -> Calendar:
    """A calendar with its rows and its first version; no holidays. Default: 09:00-18:00, Monday to Friday."""
    found = Calendar.objects.filter(code=code).first()
    if found:
        return found
    weekly = OFFICE if weekly is None else weekly
    calendar = Calendar.objects.create(code=code, name=code, timezone=zone, version=1)
    Window.objects.bulk_create(
        Window(calendar=calendar, weekday=DAYS.index(day), start=start, end=end)
        for day, windows in weekly.items()
        for start, end in windows
    )
    spec = {
        "timezone": zone,
        "weekly": {day: [list(window) for window in windows] for day, windows in weekly.items()},
        "holidays": [],
        "extra": {},
        "tzdata": "",
    }
    CalendarVersion.objects.create(
        calendar=calendar, number=1, spec=spec, created_at=now(), actor_kind="system", actor_id=None
    )
    return calendar


def make_calendars() -> dict[str, Calendar]:
    """tickets-ny, presales-ny and always (open at every instant, UTC)."""
    wanted = {
        "tickets-ny": ("America/New_York", OFFICE),
        "presales-ny": ("America/New_York", NIGHTS),
        "always": ("UTC", ALWAYS),
    }
    there = Calendar.objects.in_bulk(wanted, field_name="code")
    return {code: there.get(code) or make_calendar(code, *how) for code, how in wanted.items()}


def make_policy(
    code: str, position: int, match: dict[str, list[str]], targets: tuple[tuple[str, int, str], ...]
) -> Policy:
    """A policy with one version; warns at 75 %."""
    found = Policy.objects.filter(code=code).first()
    if found:
        return found
    policy = Policy.objects.create(code=code, name=code.title(), position=position, version=1)
    version = PolicyVersion.objects.create(
        policy=policy, number=1, match=match, created_at=now(), actor_kind="system"
    )
    Target.objects.bulk_create(
        Target(policy_version=version, metric=metric, amount=amount, unit=unit)
        for metric, amount, unit in targets
    )
    return policy


def make_policies() -> None:
    """Urgent first (1 h, 1 h, 8 h), then everything (4 h, 4 h, 24 h and the orders' promises)."""
    make_policy("urgent", 10, {"priority": ["urgent"]}, URGENT)
    make_policy("standard", 100, {}, STANDARD)


def make_team(code: str = "orders", *, tier: int = 1, calendar: str = "tickets-ny", **fields: Any) -> Team:
    """A team by code; `calendar` is one of `make_calendars`."""
    if found := Team.objects.filter(code=code).first():
        return found
    given = {"name": code.title(), "tier": tier, "calendar": make_calendars()[calendar], **fields}
    return Team.objects.create(code=code, **given)


def make_teams() -> dict[str, Team]:
    """The demo shop's teams and the ticket categories that they own."""
    calendars = make_calendars()
    teams = Team.objects.in_bulk([team[0] for team in TEAMS], field_name="code")
    made = Team.objects.bulk_create(
        Team(
            code=code, name=code.title(), tier=tier, calendar=calendars[calendar], takes_chat=chat,
            needs_order=needs_order, position=position,
        )
        for position, (code, tier, calendar, chat, needs_order) in enumerate(TEAMS)
        if code not in teams
    )  # fmt: skip
    teams |= {team.code: team for team in made}
    there = set(Category.objects.values_list("code", flat=True))
    Category.objects.bulk_create(
        Category(code=code, name=code.title(), team=teams[team], position=position)
        for position, (code, team) in enumerate(CATEGORIES)
        if code not in there
    )
    return {team[0]: teams[team[0]] for team in TEAMS}


def make_person(kind: str = "buyer", name: str = "", email: str = "", **fields: Any) -> Person:
    """A person without a log-in; name and address are made up where not given."""
    n = next(_count)
    name = name or f"{kind.title()} {n}"
    return Person.objects.create(kind=kind, name=name, email=email or f"{kind}{n}@example.com", **fields)


def make_user(person: Person, **fields: Any) -> User:
    """A log-in for this person, password PASSWORD."""
    return User.objects.create_user(person.email or "", PASSWORD, name=person.name, person=person, **fields)


def make_buyer(name: str = "", **fields: Any) -> Person:
    """A buyer with a log-in."""
    person = make_person("buyer", name, **fields)
    make_user(person)
    return person


def make_guest(**fields: Any) -> Person:
    """A person whom orders know by e-mail, without a log-in."""
    return make_person("guest", **fields)


def make_staff(
    *teams: str, role: str = "agent", name: str = "", superuser: bool = False, **fields: Any
) -> Person:
    """A member of these teams with a log-in."""
    person = make_person("staff", name, **fields)
    make_user(person, is_superuser=superuser, is_staff=superuser)
    there = Team.objects.in_bulk(teams, field_name="code")
    Membership.objects.bulk_create(
        Membership(team=there.get(code) or make_team(code), person=person, role=role) for code in teams
    )
    return person


def make_shopper(buyer: Person, shopper: Person) -> None:
    """Make a member of staff the buyer's personal shopper."""
    PersonalShopper.objects.create(buyer=buyer, shopper=shopper, since=now())


def make_store(code: str = "us") -> Store:
    """A store on the office calendar."""
    if found := Store.objects.filter(code=code).first():
        return found
    return Store.objects.create(code=code, name=code.upper(), calendar=make_calendars()["tickets-ny"])


def make_house() -> House:
    """Everything that a story needs but buyers and orders."""
    make_policies()
    teams = make_teams()
    return House(store=make_store(), teams=teams, **_make_everybody(teams))


def _make_everybody(teams: dict[str, Team]) -> dict[str, Person]:
    """The house's staff at once, as `make_staff` makes them one by one; by their names in House."""
    people = Person.objects.bulk_create(
        Person(kind="staff", name=name, email=f"staff{next(_count)}@example.com")
        for _, name, _, _ in EVERYBODY
    )
    password = make_password(PASSWORD)
    User.objects.bulk_create(
        User(
            email=person.email, name=person.name, person=person, password=password,
            is_superuser=who == "admin", is_staff=who == "admin",
        )
        for (who, *_), person in zip(EVERYBODY, people, strict=True)
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(team=teams[code], person=person, role=role)
        for (_, _, role, codes), person in zip(EVERYBODY, people, strict=True)
        for code in codes
    )
    return {who: person for (who, *_), person in zip(EVERYBODY, people, strict=True)}


def make_order(
    person: Person,
    *,
    status: str = OrderStatus.AWAITING_SHIPPING,
    number: str = "",
    store: str = "us",
    **fields: Any,
) -> Order:
    """An order with one line of $19.99 and no record rows."""
    at: datetime = fields.pop("placed_at", now() - timedelta(days=1))
    order = Order.objects.create(
        store=make_store(store),
        number=number or str(2000 + next(_count)),
        person=person,
        status=status,
        email=person.email or "",
        subtotal=Decimal("19.99"),
        total=Decimal("19.99"),
        placed_at=at,
        paid_at=fields.pop("paid_at", at),
        source="test",
        created_at=at,
        updated_at=at,
        **fields,
    )
    OrderLine.objects.create(
        order=order, position=1, sku="SKU-1", name="Blue mug", quantity=1, price=Decimal("19.99")
    )
    return order


def actor(person: Person, *, scopes: frozenset[str] | None = None) -> Actor:
    """The actor that this person is, as a door would make it."""
    user = User.objects.filter(person=person).first()
    return actor_of_person(person, user, scopes)


def log_in(client: Any, person: Person) -> Any:
    """Sign this person's log-in in on a Django test client; returns the client."""
    client.force_login(
        User.objects.get(person=person), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def make_ticket(requester: Person | None = None, *, as_actor: Actor | None = None, **fields: Any) -> Ticket:
    """A ticket by the real action; by the requester unless `as_actor` opens it. Needs `make_house` before."""
    from tickets.actions import open_ticket

    requester = requester or make_buyer()
    by = as_actor or actor(requester)
    if as_actor is not None:
        fields["requester"] = requester
    given = {"category": "order", "subject": "Where is it?", "body": "I ordered a mug and wonder.", **fields}
    return open_ticket(actor=by, **given)
