"""The dashboard's present: counted once, for page, fragment and API alike. Managers see all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound, NotSignedIn
from helpdesk.dashboard import definitions
from helpdesk.dashboard.definitions import ORDER_PROMISES, TO_PEOPLE, condition
from orders.models import Order, ParcelFinding
from orders.watch_words import kind_words
from sla import owners
from sla.models import Clock, ClockState
from sla.queries import read_zone
from tickets.models import Ticket

PAGE = 50
NEXT_SHOWN = 5
STATES = ("fine", "warned", "late", "paused")
DUES = ("due1", "due4", "due24")


def check_manager(actor: Actor) -> None:
    """The dashboard is for managers and admins. Raises NotSignedIn, Forbidden."""
    if not actor.is_known:
        raise NotSignedIn()
    if not (actor.is_staff and actor.is_manager):
        raise Forbidden()


@dataclass(frozen=True, slots=True)
class Now:
    """What is going on at an instant. Times in UTC, waits in seconds."""

    at: datetime
    waiting: int
    waiting_since: datetime | None
    longest_wait: int
    agents_on: int
    agents: int
    places_taken: int
    places: int
    open: int
    states: dict[str, int]
    due: dict[str, int]
    promises: int
    promises_warned: int
    promises_broken: int
    by_metric: dict[str, int] = field(default_factory=dict)
    parcels: int = 0
    escalations: int = 0
    escalations_late: int = 0
    asked: int = 0
    asked_late: int = 0
    asked_by_metric: dict[str, int] = field(default_factory=dict)


def now_at(at: datetime) -> Now:
    """Count everything that runs; eight queries however many tickets there are."""
    chats = _counts(
        "chat", at, ("waiting", "places"), since=Min("queued_at", filter=condition("waiting", at))
    )
    people = _people(at)
    tickets = _counts("ticket", at, ("open", *STATES, *DUES))
    promises = _counts("clock", at, ("promises", "promises-warned", "promises-broken", *ORDER_PROMISES))
    parcels = _counts("parcel", at, ("parcels",))
    questions = _counts("escalation", at, ("escalations", "escalations-late"))
    asked = _counts("asked", at, ("asked", "asked-late", *TO_PEOPLE))
    return Now(
        at=at,
        waiting=chats["waiting"],
        waiting_since=chats["since"],
        longest_wait=int((at - chats["since"]).total_seconds()) if chats["since"] else 0,
        agents_on=people["on"],
        agents=people["all"],
        places_taken=chats["places"],
        places=people["places"] or 0,
        open=tickets["open"],
        states={name: tickets[name] for name in STATES},
        due={name: tickets[name] for name in DUES},
        promises=promises["promises"],
        promises_warned=promises["promises-warned"],
        promises_broken=promises["promises-broken"],
        by_metric={str(metric): promises[metric] for metric in ORDER_PROMISES},
        parcels=parcels["parcels"],
        escalations=questions["escalations"],
        escalations_late=questions["escalations-late"],
        asked=asked["asked"],
        asked_late=asked["asked-late"],
        asked_by_metric={str(metric): asked[metric] for metric in TO_PEOPLE},
    )


def _counts(kind: str, at: datetime, codes: Iterable[str], **more: Any) -> dict[str, Any]:
    """Several numbers over one kind of row, in one query."""
    names = {f"n{index}": str(code) for index, code in enumerate(codes)}
    found = definitions.base(kind, "").aggregate(
        **{name: Count("pk", filter=condition(code, at) or None) for name, code in names.items()}, **more
    )
    return {names.get(name, name): value for name, value in found.items()}


def _people(at: datetime) -> dict[str, int]:
    there = condition("agents", at)
    return definitions.front_desks().aggregate(
        all=Count("pk"), on=Count("pk", filter=there), places=Sum("presence__chat_capacity", filter=there)
    )


# Rows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line behind a number. `state` is fine, warned, late or paused; `at` what it is sorted by."""

    title: str
    url: str
    sub: str
    state: str
    at: datetime | None = None
    label: str = ""


def page_of(rows: QuerySet[Any], *, sort: str, after: str, limit: int = PAGE) -> tuple[list[Any], str]:
    """A keyset page and the key of the next one ("" for none). Raises NotFound for a key that is none."""
    name, descending = sort.lstrip("-"), sort.startswith("-")
    if after:
        value, _bar, pk = after.rpartition("|")
        if not pk.isdigit():
            raise NotFound()
        way = "lt" if descending else "gt"
        try:
            rows = rows.filter(Q(**{f"{name}__{way}": value}) | Q(**{name: value, f"pk__{way}": int(pk)}))
        except (ValueError, TypeError, ValidationError):
            raise NotFound() from None
    found = list(rows.order_by(sort, "-pk" if descending else "pk")[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    key = getattr(last, name)
    return found[:limit], f"{key.isoformat() if isinstance(key, datetime) else key}|{last.pk}"


def shown(kind: str, rows: list[Any], at: datetime) -> list[Row]:
    """Rows of a kind as a list shows them."""
    if kind in ("clock", "asked"):
        return clock_rows(rows, at)
    return [_SHAPES[kind](row, at) for row in rows]


def related(kind: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """With what a list shows of each row."""
    names = {
        "ticket": ("requester", "team", "assignee"),
        "chat": ("requester", "team", "agent", "ticket"),
        "escalation": ("ticket__requester", "to_team"),
        "rating": ("ticket__requester",),
        "parcel": ("order__person", "shipment", "store"),
    }.get(kind)
    return rows.select_related(*names) if names else rows


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; NotFound where there is none, since it comes from an address."""
    try:
        return read_zone(name)
    except Invalid:
        raise NotFound() from None


def _console(number: int) -> str:
    return f"/console/t/{number}/"


def ticket_row(ticket: Ticket, at: datetime) -> Row:
    who = ticket.assignee.display_name if ticket.assignee else _("nobody yet")
    words = {"name": ticket.requester.display_name, "team": ticket.team.name, "who": who}
    sub = _("%(name)s. %(team)s, %(who)s") % words
    state = "paused" if ticket.sla_state == "none" else ticket.sla_state
    due = ticket.due_sort if ticket.due_sort.year < 9999 else None
    return Row(str(ticket), _console(ticket.number), sub, state, due)


def _chat_row(session: Any, at: datetime) -> Row:
    sub = f"{session.requester.display_name}. {session.team.name}"
    if session.agent:
        sub += f", {session.agent.display_name}"
    return Row(str(session.ticket), _console(session.ticket_id), sub, "fine", session.queued_at, _("Queued"))


def _rating_row(mark: Any, at: datetime) -> Row:
    state = "fine" if mark.score >= 4 else "warned" if mark.score == 3 else "late"
    sub = (
        f"{mark.ticket.requester.display_name}. {mark.words}"
        if mark.words
        else mark.ticket.requester.display_name
    )
    return Row(str(mark.ticket), _console(mark.ticket_id), sub, state, mark.at, f"{mark.score} / 5")


def _person_row(person: Person, at: datetime) -> Row:
    return Row(person.display_name, "", person.email or "", "fine")


def _escalation_row(asked: Any, at: datetime) -> Row:
    state = "late" if asked.promised_for < at else "fine"
    sub = f"{asked.ticket.requester.display_name}. {asked.to_team.name}: {asked.question[:120]}"
    return Row(str(asked.ticket), _console(asked.ticket_id), sub, state, asked.promised_for, _("Told for"))


def _parcel_row(found: ParcelFinding, at: datetime) -> Row:
    sub = f"{found.order.person.display_name}. {found.store.name}, {found.shipment.tracking_number}"
    url = reverse("portal:order", args=[found.order.public_id])
    return Row(str(found.order), url, sub, "late", found.found_at, kind_words(found.kind))


_SHAPES: dict[str, Any] = {
    "ticket": ticket_row,
    "chat": _chat_row,
    "person": _person_row,
    "rating": _rating_row,
    "escalation": _escalation_row,
    "parcel": _parcel_row,
}


def clock_rows(clocks: list[Clock], at: datetime) -> list[Row]:
    """Promises with what they are about: at most two queries for each kind of owner."""
    labels = owners.describe((clock.owner_kind, clock.owner_id) for clock in clocks)
    names = _names(clocks)
    found = []
    for clock in clocks:
        label = labels.get((clock.owner_kind, clock.owner_id))
        if label is None:
            continue
        name = names.get((clock.owner_kind, clock.owner_id), "")
        found.append(Row(label.title, label.url, name, _state(clock), clock.due, metric_name(clock.metric)))
    return found


def _names(clocks: list[Clock]) -> dict[tuple[str, int], str]:
    """Whose order it is: the label of an order is its number alone."""
    ids = [clock.owner_id for clock in clocks if clock.owner_kind == "order"]
    if not ids:
        return {}
    rows = Order.objects.filter(pk__in=ids).select_related("person", "store")
    return {("order", row.pk): f"{row.person.display_name}. {row.store.name}" for row in rows}


def _state(clock: Clock) -> str:
    if clock.state in (ClockState.BREACHED, ClockState.LATE):
        return "late"
    if clock.state == ClockState.PAUSED:
        return "paused"
    return "warned" if clock.warned_at and clock.state == ClockState.RUNNING else "fine"


def metric_name(metric: str) -> str:
    """A promise in a word or two."""
    return {
        "first_response": _("First response"),
        "next_response": _("Next response"),
        "resolution": _("Resolution"),
        "escalation_answer": _("Escalation"),
        "chat_pickup": _("Chat pick-up"),
        "dispatch": _("Dispatch"),
        "delivery": _("Delivery"),
        "refund": _("Refund"),
        "verification": _("Verification"),
        "privacy": _("Privacy request"),
    }.get(metric, metric)


def next_to_break(at: datetime, limit: int = NEXT_SHOWN) -> tuple[list[Row], int]:
    """The promises whose due is nearest, and how many run in all."""
    rows = definitions.rows("next", at)
    return clock_rows(list(rows.order_by("due", "pk")[:limit]), at), rows.count()
