"""A list of the queue by a filter: a saved view, or what somebody has just chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Invalid, NotFound
from helpdesk.console.queries.facets import words_of
from helpdesk.console.queries.queue import (
    MOST_SHOWN,
    SHOWN,
    Held,
    Row,
    Waiting,
    queued_for,
    row_of,
    talking_of,
    waiting_of,
)
from livechat.queries import sessions_for_console
from sla.queries import open_hands
from tickets.models import SavedView
from tickets.queries import own_work
from tickets.queries.kept import access_view, views_for
from tickets.queries.viewing import (
    CAP,
    ORDERS,
    Filters,
    clean_filters,
    count_up_to,
    filtered,
    page_of_lines,
)

MANY = ("status", "priority", "category", "team", "store", "sla", "channel", "member_type", "tags")
ONE = ("assignee", "requester", "escalated", "unanswered", "watched", "has_order", "solved")
MOST_VIEWS = 40  # that are counted and offered


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which list: a saved view, or a filter without a name."""

    view: SavedView | None
    filters: Filters
    order: str

    @property
    def title(self) -> str:
        return name_of(self.view) if self.view else _("Filtered")

    @property
    def query(self) -> str:
        """How an address names it."""
        if self.view:
            return f"view={self.view.pk}"
        return urlencode({**self.filters, "order": self.order}, doseq=True)

    @property
    def words(self) -> list[str]:
        """What it lets through, as people say it."""
        return words_of(self.filters)


def name_of(view: SavedView) -> str:
    """A view's name; those that a shop begins with in the reader's language."""
    return _(view.name) if view.owner_id is None and view.team_id is None else view.name


def raw_filters(data: QueryDict) -> dict[str, Any]:
    """The filter's fields of an address or a form, as they came."""
    many = {name: ",".join(data.getlist(name)) for name in MANY if name in data}
    return {**many, **{name: data.get(name, "") for name in ONE if name in data}}


def chosen_of(actor: Actor, data: QueryDict) -> Chosen | None:
    """The list that an address names; None for the inbox. A view that is gone is the inbox too.

    Raises Invalid (fields filters, order) for a filter that says nothing.
    """
    if "view" in data:
        return _saved(actor, str(data["view"]))
    filters = clean_filters(raw_filters(data))
    order = data.get("order") or "due"
    if order not in ORDERS:
        raise Invalid.field("order", _("There is no such order."), code="unknown_order")
    return Chosen(None, filters, order) if filters or "order" in data else None


def _saved(actor: Actor, raw: str) -> Chosen | None:
    try:
        view = access_view(actor, int(raw[:18]))
        return Chosen(view, clean_filters(view.filters), view.order)
    except (ValueError, NotFound):
        return None


@dataclass(frozen=True, slots=True)
class Listing:
    """A view as the left pane shows it; chats that wait stay on top of whatever is looked at."""

    chosen: Chosen
    waiting: list[Waiting]
    talking: list[Held]
    rows: list[Row]
    cursor: str
    most: int
    count: str
    mine: int
    asked: int


def listing(actor: Actor, chosen: Chosen, most: int = SHOWN) -> Listing:
    """The first `most` tickets of a list: a fixed number of queries, however many tickets there are."""
    most = max(SHOWN, min(most, MOST_SHOWN))
    page = page_of_lines(actor, chosen.filters, chosen.order, limit=most)
    sessions = sessions_for_console(actor)
    asked_for = queued_for(sessions, actor)
    talking = talking_of(sessions, actor)
    hands = open_hands({"ticket": [one.pk for one in page.rows], "chat": [one.pk for one in asked_for]})
    mine, asked = own_work(actor, SHOWN)
    return Listing(
        chosen=chosen,
        waiting=waiting_of(asked_for, hands["chat"], actor),
        talking=talking,
        rows=[row_of(ticket, hands["ticket"]) for ticket in page.rows],
        cursor=page.cursor,
        most=most,
        count=capped(count_up_to(filtered(actor, chosen.filters))) if page.cursor else str(len(page.rows)),
        mine=mine + len(talking),
        asked=asked,
    )


def more_of(actor: Actor, chosen: Chosen, cursor: str) -> tuple[list[Row], str]:
    """The next page of a list and where it goes on. Invalid (field cursor) for one that leads nowhere."""
    page = page_of_lines(actor, chosen.filters, chosen.order, cursor, SHOWN)
    clocks = open_hands({"ticket": [one.pk for one in page.rows]})["ticket"]
    return [row_of(ticket, clocks) for ticket in page.rows], page.cursor


def capped(number: int) -> str:
    """“500+” says enough, and costs no more to know."""
    return f"{CAP}+" if number > CAP else str(number)


@dataclass(frozen=True, slots=True)
class Offered:
    """A view in the menu; `count` blank as long as nobody looks."""

    view: SavedView
    name: str
    group: str
    count: str = ""


def offered(actor: Actor, *, counted: bool = False) -> list[Offered]:
    """The views of this member of staff: everybody's, their teams', their own. Counted by one query each."""
    views = list(views_for(actor)[:MOST_VIEWS])
    views.sort(key=lambda view: (view.owner_id is not None, view.team.name if view.team else ""))
    return [Offered(one, name_of(one), _group(one), _count(actor, one) if counted else "") for one in views]


def _group(view: SavedView) -> str:
    if view.owner_id is not None:
        return _("Your own")
    return view.team.name if view.team else _("For everybody")


def _count(actor: Actor, view: SavedView) -> str:
    try:
        return capped(count_up_to(filtered(actor, clean_filters(view.filters))))
    except Invalid:
        return ""  # kept before its values were known otherwise
