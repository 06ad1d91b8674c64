"""Tickets by a filter, in an order, page by page; and how many there are, up to a cap."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Invalid
from tickets.models import LIVE_STATUSES, Channel, Escalation, Priority, Status, Ticket
from tickets.queries.access import visible_tickets
from tickets.queries.lists import Line, lines_of

CAP = 500
PAGE = 50
# name -> fields of the key, each with its direction; the key is unique and never null.
ORDERS: dict[str, tuple[str, ...]] = {
    "due": ("due_sort", "pk"),
    "newest": ("-pk",),
    "oldest": ("pk",),
    "updated": ("-updated_at", "-pk"),
}
SLA = ("late", "warned", "fine", "paused", "none")
SINCE = {"day": 1, "week": 7, "month": 30}  # days back from now
Filters = dict[str, Any]


RowT = TypeVar("RowT", Ticket, Line)


@dataclass(frozen=True, slots=True)
class Listed(Generic[RowT]):
    """A page of tickets; `cursor` leads to the next one, blank on the last."""

    rows: list[RowT]
    cursor: str


def _many(known: tuple[str, ...]) -> Callable[[str, Any], list[str]]:
    def clean(name: str, value: Any) -> list[str]:
        values = value.split(",") if isinstance(value, str) else list(value)
        wanted = sorted({str(one).strip() for one in values if str(one).strip()})
        for one in wanted:
            if known and one not in known:
                _refuse(name, one, known)
        return wanted

    return clean


def _yes(name: str, value: Any) -> str:
    return "yes" if value in (True, "yes", "on", "1", "true") else _one(("yes", "no"))(name, value)


def _one(known: tuple[str, ...]) -> Callable[[str, Any], str]:
    def clean(name: str, value: Any) -> str:
        if known and str(value) not in known:
            _refuse(name, value, known)
        return str(value)[:100]

    return clean


def _refuse(name: str, value: Any, known: tuple[str, ...]) -> None:
    words = _("“%(value)s” is nothing to filter %(name)s by; choose of %(known)s.")
    said = words % {"value": value, "name": name, "known": ", ".join(known)}
    raise Invalid.field("filters", said, code="unknown_choice")


_CLEAN: dict[str, Callable[[str, Any], Any]] = {
    "status": _many((*Status.values, "live")),
    "priority": _many(tuple(Priority.values)),
    "channel": _many(tuple(Channel.values)),
    "sla": _many(SLA),
    "category": _many(()),
    "team": _many(()),
    "store": _many(()),
    "member_type": _many(()),
    "tags": _many(()),
    "assignee": _one(()),
    "requester": _one(()),
    "escalated": _yes,
    "unanswered": _yes,
    "watched": _yes,
    "has_order": _yes,
    "solved": _one(tuple(SINCE)),
}


def clean_filters(raw: Mapping[str, Any]) -> Filters:
    """A filter as it is kept: known names and values, blank ones left out. Invalid (field filters) otherwise.

    Lists may be written with commas. `status` knows "live"; `assignee` is me, none or a public id; `team` knows
    "mine"; `tags` must all be there; `solved` in the last day, week or month.
    """
    if not isinstance(raw, Mapping):
        raise Invalid.field("filters", _("A filter is named fields."), code="bad_filters")
    unknown = sorted(set(raw) - set(_CLEAN))
    if unknown:
        _refuse(_("tickets"), unknown[0], tuple(_CLEAN))
    cleaned = {name: _CLEAN[name](name, value) for name, value in raw.items() if value not in ("", None, [])}
    return {name: value for name, value in sorted(cleaned.items()) if value}


def filtered(actor: Actor, filters: Filters) -> QuerySet[Ticket]:
    """The visible tickets that a cleaned filter lets through, unordered."""
    rows = visible_tickets(actor).filter(is_spam=False)
    for name, value in filters.items():
        rows = rows.filter(_PARTS[name](actor, value))
    return rows


def _status(actor: Actor, value: list[str]) -> Q:
    wanted = set(value) - {"live"} | ({s.value for s in LIVE_STATUSES} if "live" in value else set())
    return Q(status__in=sorted(wanted))


def _team(actor: Actor, value: list[str]) -> Q:
    found = Q(team__code__in=[one for one in value if one != "mine"])
    return found | Q(team_id__in=actor.team_ids) if "mine" in value else found


def _assignee(actor: Actor, value: str) -> Q:
    if value == "none":
        return Q(assignee=None)
    return Q(assignee_id=actor.id) if value == "me" else Q(assignee__public_id=value)


def _either(found: Callable[[Actor], Q]) -> Callable[[Actor, str], Q]:
    return lambda actor, value: found(actor) if value == "yes" else ~found(actor)


def _asked(actor: Actor) -> Q:
    return Q(pk__in=Escalation.objects.filter(state=Escalation.State.OPEN).values("ticket_id"))


def _tags(actor: Actor, value: list[str]) -> Q:
    found = Q()
    for name in value:
        found &= Q(pk__in=Ticket.objects.filter(tagged__tag__name=name).values("pk"))
    return found


_PARTS: dict[str, Callable[[Actor, Any], Q]] = {
    "status": _status,
    "priority": lambda actor, value: Q(priority__in=value),
    "channel": lambda actor, value: Q(channel__in=value),
    "sla": lambda actor, value: Q(sla_state__in=value),
    "category": lambda actor, value: Q(category__code__in=value),
    "team": _team,
    "store": lambda actor, value: Q(store__code__in=value),
    "member_type": lambda actor, value: Q(requester__member_type__in=value),
    "tags": _tags,
    "assignee": _assignee,
    "requester": lambda actor, value: Q(requester__public_id=value),
    "escalated": _either(_asked),
    "unanswered": _either(lambda actor: Q(unanswered_since__isnull=False)),
    "watched": _either(lambda actor: Q(watchers__person_id=actor.id)),
    "has_order": _either(lambda actor: Q(order__isnull=False)),
    "solved": lambda actor, value: Q(solved_at__gte=now() - timedelta(days=SINCE[value])),
}


def count_up_to(rows: QuerySet[Any], cap: int = CAP) -> int:
    """How many there are, counting no further than one beyond the cap."""
    return rows.order_by()[: cap + 1].count()


def page_of_tickets(
    actor: Actor, filters: Filters, order: str = "due", cursor: str = "", limit: int = PAGE
) -> Listed[Ticket]:
    """One page by keyset: its cost does not grow with what was paged over. Invalid (field cursor) for a bad one."""
    rows = _page(actor, filters, order, cursor, limit)
    return _listed([(row, [getattr(row, key) for key in _fields(order)]) for row in rows], limit)


def page_of_lines(
    actor: Actor, filters: Filters, order: str = "due", cursor: str = "", limit: int = PAGE
) -> Listed[Line]:
    """The same page as `page_of_tickets`, with what a list shows of each alone."""
    return _listed(lines_of(_page(actor, filters, order, cursor, limit), *_fields(order)), limit)


def _page(actor: Actor, filters: Filters, order: str, cursor: str, limit: int) -> QuerySet[Ticket]:
    """One row more than the page holds, to know whether there is another."""
    keys = ORDERS[order]
    rows = filtered(actor, filters)
    if cursor:
        rows = rows.filter(_beyond(keys, _read(cursor, keys)))
    return rows.order_by(*keys)[: limit + 1]


def _fields(order: str) -> list[str]:
    return [key.removeprefix("-") for key in ORDERS[order]]


def _listed(found: list[tuple[RowT, list[Any]]], limit: int) -> Listed[RowT]:
    """The page of rows that each came with the values of the order's key."""
    more = len(found) > limit
    return Listed([row for row, _key in found[:limit]], _write(found[limit - 1][1]) if more else "")


def _beyond(keys: tuple[str, ...], values: list[Any]) -> Q:
    """Past these values in this order; the first key alone bounds the range, for the index."""
    first = keys[0].removeprefix("-")
    bound = Q(**{f"{first}__{'lte' if keys[0].startswith('-') else 'gte'}": values[0]})
    found, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        name = key.removeprefix("-")
        found |= equal & Q(**{f"{name}__{'lt' if key.startswith('-') else 'gt'}": value})
        equal &= Q(**{name: value})
    return bound & found


def _write(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


def _read(cursor: str, keys: tuple[str, ...]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        read = [_value(key, value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Invalid.field("cursor", _("This cursor leads nowhere."), code="bad_cursor") from None
    return read


def _value(key: str, value: Any) -> Any:
    if key.removeprefix("-") == "pk":
        if not isinstance(value, int) or abs(value) >= 2**63:
            raise ValueError
        return value
    moment = parse_datetime(value)
    if moment is None or moment.tzinfo is None:
        raise ValueError
    return moment
