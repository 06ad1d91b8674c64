"""The whole life of clocks: why each is due when it is, and every step that it made, with who, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person
from core.actors import Actor
from helpdesk.console.queries import METRICS
from helpdesk.portal.promises import state_of
from helpdesk.templatetags.desk import in_two_zones
from livechat.models import Session
from sla.models import Clock, ClockState, ClockTransition, Metric, Unit
from sla.queries import visible_clocks
from sla.reasons import reason_words
from sla.receipts import Line, receipt
from sla.words import duration
from tickets.models import Escalation, Ticket

VERBS = {
    "started": gettext_lazy("Started"),
    "warned": gettext_lazy("Warned"),
    "breached": gettext_lazy("Missed"),
    "escalated": gettext_lazy("Escalated"),
    "paused": gettext_lazy("Paused"),
    "resumed": gettext_lazy("Goes on"),
    "met": gettext_lazy("Met"),
    "cancelled": gettext_lazy("Called off"),
    "retargeted": gettext_lazy("New target"),
    "moved": gettext_lazy("New opening hours"),
    "recounted": gettext_lazy("Counted anew"),
}
STATES = {
    "ok": gettext_lazy("runs"),
    "warn": gettext_lazy("due soon"),
    "late": gettext_lazy("late"),
    "paused": gettext_lazy("paused"),
    "kept": gettext_lazy("met"),
    "kept-late": gettext_lazy("met late"),
    "off": gettext_lazy("called off"),
}
SHAPES = {
    "kept": "ok",
    "kept-late": "warn",
    "off": "none",
}  # an ended clock is drawn in the shape of how it ended


@dataclass(frozen=True, slots=True)
class Step:
    """A transition for people. `moment`: in the desk's zone and the reader's; `who` "" for the machine."""

    at: datetime
    verb: str
    moment: str
    who: str
    why: str
    due: str
    used: str


@dataclass(frozen=True, slots=True)
class Life:
    """A clock from its start to now."""

    clock: Clock
    label: str
    state: str
    state_words: str
    due: str
    lines: list[Line]
    steps: list[Step]

    @property
    def shape(self) -> str:
        return SHAPES.get(self.state, self.state)


def lives_of(actor: Actor, ticket: Ticket) -> list[Life]:
    """All clocks of an accessed ticket, those that run first: its own, its questions', its chats', its order's
    promises, as far as the actor sees them. Three queries, however many clocks and steps.
    """
    ids = {
        "ticket": [ticket.pk],
        "escalation": Escalation.objects.filter(ticket=ticket).values("pk"),
        "chat": Session.objects.filter(ticket=ticket).values("pk"),
        "order": [ticket.order_id] if ticket.order_id else [],
    }
    owned = Q(pk__in=())
    for kind, owners in ids.items():
        owned |= Q(owner_kind=kind, owner_id__in=owners)
    clocks = list(visible_clocks(actor).filter(owned).order_by("pk"))
    found = lives(clocks)
    return sorted(found, key=lambda life: (not life.clock.is_open, life.clock.owner_kind == "order"))


def lives(clocks: list[Clock]) -> list[Life]:
    """The lives of these clocks: two queries for all their steps and the people in them."""
    prefetch_related_objects(clocks, "transitions")
    rows = [row for clock in clocks for row in clock.transitions.all()]
    names = _names(row.actor_id for row in rows if row.actor_id)
    return [_life(clock, names) for clock in clocks]


def _names(ids: Iterable[int]) -> dict[int, str]:
    wanted = set(ids)
    return (
        {person.pk: person.display_name for person in Person.objects.filter(pk__in=wanted)} if wanted else {}
    )


def _life(clock: Clock, names: dict[int, str]) -> Life:
    zone = clock.calendar_version.calendar.timezone
    state = "paused" if clock.state == ClockState.PAUSED else state_of(clock)
    rows = sorted(clock.transitions.all(), key=lambda row: row.pk)
    return Life(
        clock=clock,
        label=label_of(clock.metric),
        state=state,
        state_words=str(STATES[state]),
        due=in_two_zones(clock.due, zone) if clock.due else "",
        lines=receipt(clock, zone=timezone.get_current_timezone_name()),
        steps=list(_steps(clock, rows, zone, names)),
    )


def label_of(metric: str) -> str:
    """A metric in words."""
    return str(METRICS.get(Metric(metric), metric))


def _steps(clock: Clock, rows: list[ClockTransition], zone: str, names: dict[int, str]) -> Iterator[Step]:
    """Each with the due after it where that is another one than before."""
    due: datetime | None = None
    for row in rows:
        told = in_two_zones(row.due, zone) if row.due and row.due != due and row.verb != "breached" else ""
        due = row.due or due
        used = duration(row.consumed) if row.consumed and clock.unit == Unit.DESK_SECONDS else ""
        yield Step(
            at=row.at,
            verb=str(VERBS.get(row.verb, row.verb)),
            moment=in_two_zones(row.at, zone),
            who=_who(row, names),
            why=reason_words(row.reason),
            due=told,
            used=used,
        )


def _who(row: ClockTransition, names: dict[int, str]) -> str:
    if row.actor_kind == "system":
        return _("the clock itself") if row.verb in ("warned", "breached", "escalated") else _("the system")
    return names.get(row.actor_id or 0) or _("somebody")
