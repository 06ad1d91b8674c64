"""A desk for tests of clocks: an owner of the kind "test", the hours of the demo shop, and news as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from core.actors import SYSTEM, Actor
from core.db import locked
from core.models import Outbox
from sla import actions, owners
from sla.models import Calendar, Clock, Target

NY = ZoneInfo("America/New_York")
HOUR = 3600
OFFICE = [(day, "09:00", "18:00") for day in range(5)]
NIGHTS = [(day, start, end) for day in range(4) for start, end in (("01:00", "06:00"), ("21:00", "23:30"))]
ALWAYS = [(day, "00:00", "24:00") for day in range(7)]
MANAGER = Actor(kind="staff", id=7, name="Max", role="manager")
TARGETS = [
    {"metric": "first_response", "amount": 2 * HOUR},
    {"metric": "next_response", "amount": 2 * HOUR},
    {"metric": "resolution", "amount": 8 * HOUR},
    {"metric": "dispatch", "amount": 3, "min_amount": 1, "unit": "working_days"},
    {"metric": "privacy", "amount": 30, "unit": "calendar_days"},
]


def ny(day: int, hour: int, minute: int = 0, second: int = 0, *, month: int = 11) -> datetime:
    """A wall clock instant in New York, 2026 (19 November is a Thursday, 26 November is Thanksgiving)."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=NY).astimezone(UTC)


def make_owner() -> int:
    """A row that stands for a ticket or an order."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Outbox.objects.create(kind="owner", state=Outbox.State.DONE, run_after=at, created_at=at).pk


def lock_owner(owner_id: int, *, skip_locked: bool) -> bool:
    return locked(Outbox.objects.filter(pk=owner_id), skip_locked=skip_locked).first() is not None


def lock_owners(owner_ids: list[int]) -> set[int]:
    rows = locked(Outbox.objects.filter(pk__in=owner_ids).order_by("pk"), skip_locked=True)
    return set(rows.values_list("pk", flat=True))


def register_owner(
    kind: str = "test", seen_by: Callable[[Actor], Q] | None = None, *, in_bulk: bool = True
) -> None:
    owners.register(
        kind,
        lock=lock_owner,
        lock_many=lock_owners if in_bulk else None,
        visible_to=seen_by or (lambda actor: Q() if actor.is_staff else Q(pk__in=[])),
        describe=lambda ids: {one: owners.OwnerLabel(f"Owner {one}", f"/owners/{one}/") for one in ids},
    )


def save_office(**changes: Any) -> Calendar:
    given = {"code": "office", "name": "Office", "timezone": "America/New_York", "windows": OFFICE}
    return actions.save_calendar(**{"actor": SYSTEM, **given, **changes})


def save_nights() -> Calendar:
    return actions.save_calendar(
        actor=SYSTEM, code="nights", name="Nights", timezone="America/New_York", windows=NIGHTS
    )


def save_standard(**changes: Any) -> None:
    given = {"code": "standard", "name": "Standard", "position": 100, "match": {}, "targets": TARGETS}
    actions.save_policy(**{"actor": SYSTEM, **given, **changes})


def give_levels(metric: str, *levels: tuple[int, str, str]) -> None:
    """Levels for every target of a metric, as (seconds after, act, to)."""
    rows = [{"after": after, "act": act, "to": to} for after, act, to in levels]
    Target.objects.filter(metric=metric).update(levels=rows)


def save_urgent(first: int = HOUR, resolution: int = 4 * HOUR) -> None:
    targets = [
        {"metric": "first_response", "amount": first},
        {"metric": "resolution", "amount": resolution},
    ]
    actions.save_policy(
        actor=SYSTEM,
        code="urgent",
        name="Urgent",
        position=10,
        match={"priority": ["urgent"]},
        targets=targets,
    )


@dataclass
class Desk:
    """One owner and its clocks, through the real actions, each in a transaction that holds the owner's lock."""

    calendar: Calendar
    owner_id: int
    kind: str = "test"
    news: list[Any] = field(default_factory=list)

    @property
    def owner(self) -> tuple[str, int]:
        return (self.kind, self.owner_id)

    @contextmanager
    def locked(self) -> Iterator[None]:
        with transaction.atomic():
            assert owners.lock(*self.owner)
            yield

    def start(self, metric: str, at: datetime, **more: Any) -> Clock | None:
        given = {"facts": {"priority": "normal"}, "calendar_id": self.calendar.pk, **more}
        with self.locked():
            return actions.start_clock(actor=SYSTEM, owner=self.owner, metric=metric, at=at, **given)

    def meet(self, metric: str, at: datetime) -> Clock | None:
        with self.locked():
            return actions.meet_clock(actor=MANAGER, owner=self.owner, metric=metric, at=at)

    def pause(self, at: datetime, *metrics: str) -> list[Clock]:
        with self.locked():
            return actions.pause_clocks(actor=MANAGER, owner=self.owner, at=at, metrics=metrics)

    def resume(self, at: datetime, *metrics: str) -> list[Clock]:
        with self.locked():
            return actions.resume_clocks(actor=MANAGER, owner=self.owner, at=at, metrics=metrics)

    def cancel(self, at: datetime, metrics: list[str] | None = None) -> list[Clock]:
        with self.locked():
            return actions.cancel_clocks(
                actor=MANAGER, owner=self.owner, at=at, metrics=metrics, reason="spam"
            )

    def retarget(self, at: datetime, calendar: Calendar | None = None, **facts: str) -> list[Clock]:
        with self.locked():
            return actions.retarget_clocks(
                actor=MANAGER,
                owner=self.owner,
                facts=facts,
                calendar_id=(calendar or self.calendar).pk,
                at=at,
                reason="priority",
            )

    def clock(self, metric: str) -> Clock:
        return Clock.objects.get(owner_kind=self.kind, owner_id=self.owner_id, metric=metric)

    def verbs(self, metric: str) -> list[str]:
        return list(self.clock(metric).transitions.order_by("id").values_list("verb", flat=True))

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.news if isinstance(event, kind)]
