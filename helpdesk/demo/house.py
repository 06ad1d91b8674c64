"""The demo shop's house: hours, promises, desks, what contacts are about, stores, staff."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from accounts.actions import save_staff, save_team
from accounts.models import Person, Team
from accounts.queries import actor_of_person
from core.actors import SYSTEM, Actor
from helpdesk.demo.logins import give_login
from orders.actions import save_store
from orders.models import Store
from sla.actions import save_calendar, save_policy
from sla.models import Calendar, Metric, Unit
from sla.queries import country_holidays, current_version, work_calendar
from sla.worktime import WorkCalendar
from tickets.actions import save_category
from tickets.actions.rule_keeping import save_first_rules
from tickets.actions.views import save_view
from tickets.models import SavedView

MINUTE, HOUR = 60, 3600
NEW_YORK = "America/New_York"
OFFICE = [(day, "09:00", "18:00") for day in range(5)]
NIGHTS = [(day, *window) for day in range(4) for window in (("01:00", "06:00"), ("21:00", "23:30"))]
ALWAYS = [(day, "00:00", "24:00") for day in range(7)]

# What everything is promised; the policies above it say what is quicker for some.
STANDARD: dict[str, tuple[int, str]] = {
    Metric.FIRST_RESPONSE: (4 * HOUR, Unit.DESK_SECONDS),
    Metric.NEXT_RESPONSE: (4 * HOUR, Unit.DESK_SECONDS),
    Metric.RESOLUTION: (24 * HOUR, Unit.DESK_SECONDS),
    Metric.ESCALATION_ANSWER: (16 * HOUR, Unit.DESK_SECONDS),
    Metric.CHAT_PICKUP: (90, Unit.DESK_SECONDS),
    Metric.DISPATCH: (3, Unit.WORKING_DAYS),
    Metric.DELIVERY: (12, Unit.WORKING_DAYS),
    Metric.REFUND: (10, Unit.WORKING_DAYS),
    Metric.VERIFICATION: (3, Unit.WORKING_DAYS),
    Metric.PRIVACY: (30, Unit.CALENDAR_DAYS),
}
LEAST: dict[str, int] = {Metric.DISPATCH: 1, Metric.DELIVERY: 6, Metric.REFUND: 5}  # "6 to 12 working days"
OWED = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION, Metric.ESCALATION_ANSWER)
HIGHER = {"urgent": "", "high": "urgent"}  # what a broken promise raises a ticket to; "high" under the others
BUSINESS = ["wholesaler", "dropshipper"]
# (code, name, position, match, (first, next, resolution) in seconds)
POLICIES = (
    ("urgent", "Urgent", 10, {"priority": ["urgent"]}, (HOUR, HOUR, 8 * HOUR)),
    ("high", "High priority", 20, {"priority": ["high"]}, (2 * HOUR, 2 * HOUR, 16 * HOUR)),
    ("chat", "Live chat", 30, {"channel": ["chat"]}, (5 * MINUTE, 4 * HOUR, 12 * HOUR)),
    ("complaints", "Complaints", 40, {"category": ["complaint"]}, (2 * HOUR, 3 * HOUR, 18 * HOUR)),
    ("business", "Business buyers", 50, {"member_type": BUSINESS}, (3 * HOUR, 3 * HOUR, 18 * HOUR)),
)  # fmt: skip
# (code, name, tier, calendar, takes chat, needs an order)
TEAMS = (
    ("presales", "Pre-sales", 1, "presales-ny", True, False),
    ("orderhelp", "Order help", 1, "always", True, True),
    ("orders", "Orders", 1, "tickets-ny", False, False),
    ("logistics", "Logistics", 1, "tickets-ny", False, False),
    ("aftersales", "After-sales", 1, "tickets-ny", False, False),
    ("verification", "Verification", 1, "tickets-ny", False, False),
    ("complaints", "Complaints", 1, "tickets-ny", False, False),
    ("specialists", "Specialists", 2, "tickets-ny", False, False),
    ("managers", "Managers", 3, "tickets-ny", False, False),
)
CATEGORIES = (
    ("product", "A product", "orders", "Materials, sizes, use, what goes with what"),
    ("order", "An order", "orders", "Payment, address, cancelling"),
    ("logistics", "A delivery", "logistics", "Where a parcel is, what a carrier says"),
    ("aftersales", "A return or refund", "aftersales", "Something is wrong, or does not fit"),
    ("suggestion", "A suggestion", "orders", "Each has an owner and an outcome"),
    ("complaint", "A complaint", "complaints", "Something went wrong, and we should know"),
    ("account", "My account", "verification", "Sign-in, verification, a forgotten account"),
)
FIRST_VIEWS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (gettext_noop("Unanswered, by due"), {"unanswered": "yes", "status": ["live"]}, "due"),
    (gettext_noop("Escalated"), {"escalated": "yes", "status": ["live"]}, "due"),
    (gettext_noop("Waiting for the buyer"), {"status": ["waiting"]}, "oldest"),
    (gettext_noop("Solved this week"), {"solved": "week"}, "updated"),
)
STORES = {"us": "Minato Lane US", "jp": "Minato Lane Japan"}
# (log-in or blank for one without a known password, name, role, desks)
STAFF = (
    ("agent", "Mia Chen", "agent", ("orders", "orderhelp", "logistics")),
    ("agent2", "Tom Reed", "agent", ("orders", "orderhelp", "aftersales")),
    ("lin", "Lin Nakamura", "agent", ("presales", "orderhelp", "orders")),
    ("priya", "Priya Raman", "agent", ("presales", "logistics", "orderhelp")),
    ("diego", "Diego Álvarez", "agent", ("aftersales", "complaints")),
    ("hana", "Hana Kobayashi", "agent", ("verification", "complaints", "orders")),
    ("specialist", "Sofia Ito", "specialist", ("specialists",)),
    ("jonas", "Jonas Weber", "specialist", ("specialists",)),
    ("manager", "Max Okafor", "manager", ("managers",)),
    ("admin", "Ada Lindqvist", "manager", ("managers",)),
)
KNOWN = ("agent", "agent2", "hana", "specialist", "manager", "admin")


@dataclass(slots=True)
class House:
    """What the rest of the demo works with."""

    rng: random.Random
    present: datetime
    stores: dict[str, Store]
    teams: dict[str, Team]
    staff: dict[str, Actor]
    people: dict[int, Actor]
    office: WorkCalendar
    nights: WorkCalendar

    def members(self, team: str) -> list[Actor]:
        """The staff of a desk, in the order in which they stand above."""
        return [actor for actor in self.staff.values() if team in actor.team_codes]

    def desk_time(self, at: datetime, seconds: float) -> datetime:
        """So many seconds of office hours after an instant; before it when negative."""
        return self.office.add(at, int(seconds))


@dataclass(frozen=True, slots=True)
class Ground:
    """What any shop starts with, the demo's or a real one's."""

    calendars: dict[str, Calendar]
    teams: dict[str, Team]
    stores: dict[str, Store]


def lay_ground(present: datetime, stores: dict[str, str]) -> Ground:
    """Save hours, policies, desks, topics and stores (code: name) through the rooms' actions; again changes nothing."""
    calendars = _calendars(present)
    _policies()
    teams = _teams(calendars)
    for position, (code, name, team, words) in enumerate(CATEGORIES):
        save_category(actor=SYSTEM, code=code, name=name, team=team, description=words, position=position)
    save_first_rules()
    office = calendars["tickets-ny"].pk
    saved = {
        code: save_store(actor=SYSTEM, code=code, name=name, calendar_id=office)
        for code, name in stores.items()
    }
    _views()
    return Ground(calendars, teams, saved)


def _views() -> None:
    """What everybody's queue begins with; a shop that changed or dropped them keeps it so."""
    if SavedView.objects.exists():
        return
    for name, filters, order in FIRST_VIEWS:
        save_view(actor=SYSTEM, name=str(name), filters=filters, order=order, shared="all")


def build(rng: random.Random, present: datetime) -> House:
    """The demo's ground and staff. It stood before the first order: call it far enough back."""
    ground = lay_ground(present, STORES)
    people = _staff()
    return House(
        rng=rng,
        present=present,
        stores=ground.stores,
        teams=ground.teams,
        staff={code: actor_of_person(person) for code, person in people.items()},
        people={},
        office=_sums(ground.calendars["tickets-ny"]),
        nights=_sums(ground.calendars["presales-ny"]),
    )


def _sums(calendar: Calendar) -> WorkCalendar:
    return work_calendar(current_version(calendar.pk))


def _calendars(present: datetime) -> dict[str, Calendar]:
    free = country_holidays("US", range(present.year - 1, present.year + 2))
    shape: dict[str, Any] = {"timezone": NEW_YORK, "holidays": free, "holiday_country": "US"}
    return {
        "tickets-ny": save_calendar(
            actor=SYSTEM, code="tickets-ny", name="Tickets, New York", windows=OFFICE, **shape
        ),
        "presales-ny": save_calendar(
            actor=SYSTEM, code="presales-ny", name="Pre-sales chat, New York", windows=NIGHTS, **shape
        ),
        "always": save_calendar(
            actor=SYSTEM, code="always", name="Always open", timezone="UTC", windows=ALWAYS
        ),
    }  # fmt: skip


def _policies() -> None:
    save_policy(actor=SYSTEM, code="standard", name="Standard", position=100, match={}, targets=_targets({}))
    for code, name, position, match, (first, following, resolution) in POLICIES:
        quicker: dict[str, int] = {
            Metric.FIRST_RESPONSE: first,
            Metric.NEXT_RESPONSE: following,
            Metric.RESOLUTION: resolution,
        }
        save_policy(
            actor=SYSTEM,
            code=code,
            name=name,
            position=position,
            match=match,
            targets=_targets(quicker, HIGHER.get(code, "high")),
        )


def _targets(quicker: dict[str, int], higher: str = "high") -> list[dict[str, object]]:
    return [
        {"metric": str(metric), "amount": quicker.get(str(metric), amount), "unit": str(unit),
         "min_amount": LEAST.get(metric, 0), "levels": _levels(higher) if metric in OWED else []}
        for metric, (amount, unit) in STANDARD.items()
    ]  # fmt: skip


def _levels(higher: str) -> list[dict[str, object]]:
    """When due: one step higher (blank: it cannot rise), and the desk's lead is told."""
    lift = [{"after": 0, "act": "priority", "to": higher}] if higher else []
    return [*lift, {"after": 0, "act": "tell", "to": "lead"}]


def _teams(calendars: dict[str, Calendar]) -> dict[str, Team]:
    return {
        code: save_team(
            actor=SYSTEM, code=code, name=name, calendar_id=calendars[calendar].pk,
            tier=tier, takes_chat=chat, needs_order=needs_order, position=position,
        )
        for position, (code, name, tier, calendar, chat, needs_order) in enumerate(TEAMS)
    }  # fmt: skip


def _staff() -> dict[str, Person]:
    people = {}
    for code, name, role, desks in STAFF:
        email = f"{code}@demo.example"
        person = save_staff(actor=SYSTEM, email=email, name=name, teams=dict.fromkeys(desks, role))
        give_login(person, known=code in KNOWN, admin=code == "admin")
        people[code] = person
    return people


def began(present: datetime) -> datetime:
    """When the house was built: before the first of 90 days of orders."""
    return present - timedelta(days=120)
