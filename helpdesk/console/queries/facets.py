"""What tickets can be filtered by: the fields of the form with their choices, and a filter in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person, Team
from core.actors import Actor
from core.errors import Invalid
from helpdesk.console.queries.conversation import priority_label, status_labels
from orders.models import Store
from tickets.models import Category, Priority, SavedView
from tickets.queries.viewing import Filters

LABELS = {
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "category": gettext_lazy("About"),
    "team": gettext_lazy("Team"),
    "assignee": gettext_lazy("Assignee"),
    "requester": gettext_lazy("Buyer"),
    "tags": gettext_lazy("Tags"),
    "sla": gettext_lazy("Clock"),
    "channel": gettext_lazy("Came by"),
    "store": gettext_lazy("Store"),
    "member_type": gettext_lazy("Buyers"),
    "escalated": gettext_lazy("Escalated"),
    "unanswered": gettext_lazy("Unanswered"),
    "watched": gettext_lazy("Watched by you"),
    "has_order": gettext_lazy("With an order"),
    "solved": gettext_lazy("Solved"),
}
YES_NO = ("unanswered", "escalated", "watched", "has_order")
ORDER_LABELS = {
    "due": gettext_lazy("by due"),
    "newest": gettext_lazy("newest first"),
    "oldest": gettext_lazy("oldest first"),
    "updated": gettext_lazy("last changed first"),
}
_SLA = {
    "late": gettext_lazy("Late"),
    "warned": gettext_lazy("Due soon"),
    "fine": gettext_lazy("On time"),
    "paused": gettext_lazy("Paused"),
    "none": gettext_lazy("Nothing is due"),
}
_CHANNELS = {
    "web": gettext_lazy("Page"),
    "chat": gettext_lazy("Chat"),
    "email": gettext_lazy("E-mail"),
    "api": gettext_lazy("API"),
    "system": gettext_lazy("By itself"),
}
_SOLVED = {
    "day": gettext_lazy("in the last day"),
    "week": gettext_lazy("in the last 7 days"),
    "month": gettext_lazy("in the last 30 days"),
}
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facet:
    """A field of the form. `kind`: many (ticked), one (chosen), words (typed)."""

    name: str
    label: str
    kind: str
    choices: Choices
    chosen: list[str]


def facets(actor: Actor, filters: Filters) -> list[Facet]:
    """Everything one can filter by, with what is chosen; four queries."""
    teams = [(team.code, team.name) for team in Team.objects.all()]
    staff = Person.objects.filter(kind=Person.Kind.STAFF).order_by("name", "pk")
    people = [(person.public_id, person.display_name) for person in staff]
    yes_no = [("yes", _("yes")), ("no", _("no"))]
    fields: list[tuple[str, str, Choices]] = [
        ("status", "many", [("live", _("Not solved yet")), *_plain(status_labels())]),
        ("priority", "many", [(p.value, priority_label(p)) for p in Priority]),
        ("sla", "many", _plain(_SLA.items())),
        ("unanswered", "one", yes_no),
        ("escalated", "one", yes_no),
        ("watched", "one", yes_no),
        ("has_order", "one", yes_no),
        ("assignee", "one", [("me", _("Me")), ("none", _("Nobody")), *people]),
        ("team", "many", [("mine", _("My teams")), *teams]),
        ("category", "many", [(one.code, one.label) for one in Category.objects.all()]),
        ("channel", "many", _plain(_CHANNELS.items())),
        ("store", "many", [(one.code, one.name) for one in Store.objects.all()]),
        ("member_type", "many", _plain(Person.MemberType.choices)),
        ("solved", "one", _plain(_SOLVED.items())),
        ("tags", "words", []),
    ]
    return [
        Facet(name, str(LABELS[name]), kind, choices, _listed(filters.get(name)))
        for name, kind, choices in fields
    ]


def _plain(pairs: Iterable[tuple[Any, Any]]) -> Choices:
    return [(str(value), str(label)) for value, label in pairs]


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [str(value)] if value else []


def words_of(filters: Filters) -> list[str]:
    """A filter as people say it, a line for each field. Looks up names only for the fields that hold codes."""
    return [f"{LABELS[name]}: {', '.join(_names(name, value))}" for name, value in filters.items()]


def _names(name: str, value: Any) -> list[str]:
    known: dict[str, Callable[[], Any]] = {
        "status": lambda: [("live", _("not solved yet")), *status_labels()],
        "priority": lambda: [(p.value, priority_label(p)) for p in Priority],
        "sla": _SLA.items,
        "channel": _CHANNELS.items,
        "solved": _SOLVED.items,
        "member_type": lambda: Person.MemberType.choices,
        "team": lambda: [("mine", _("my teams")), *Team.objects.values_list("code", "name")],
        "category": lambda: [(one.code, one.label) for one in Category.objects.all()],
        "store": lambda: Store.objects.values_list("code", "name"),
        "assignee": lambda: [("me", _("me")), ("none", _("nobody")), *_person(value)],
        "requester": lambda: _person(value),
    }
    if name in YES_NO:
        return [_("yes") if value == "yes" else _("no")]
    labels = {str(code): str(label) for code, label in known[name]()} if name in known else {}
    return [labels.get(one, one) for one in _listed(value)]


def _person(public_id: Any) -> Choices:
    rows = Person.objects.filter(public_id=public_id) if public_id not in ("me", "none") else []
    return [(row.public_id, row.display_name) for row in rows]


def check_codes(filters: Filters) -> None:
    """Raise Invalid (field filters) for a team, topic or store that is none."""
    for name, model, more in (
        ("team", Team, {"mine"}),
        ("category", Category, set()),
        ("store", Store, set()),
    ):
        wanted = set(filters.get(name, ())) - more
        if not wanted:
            continue
        gone = sorted(wanted - set(model.objects.filter(code__in=wanted).values_list("code", flat=True)))
        if gone:
            words = _("“%(value)s” is nothing to filter %(name)s by.")
            said = words % {"value": gone[0], "name": LABELS[name]}
            raise Invalid.field("filters", said, code="unknown_choice")


def sharing(view: SavedView | None) -> str:
    """For whom a view is kept: me, team or all."""
    if view is None or view.owner_id is not None:
        return "me"
    return "team" if view.team_id else "all"
