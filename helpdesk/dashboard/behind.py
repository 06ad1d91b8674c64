"""Which rows stand behind each number, of the present and of a range of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import ExtractHour, ExtractWeekDay
from django.utils.translation import gettext as _

from core.errors import NotFound
from helpdesk.dashboard import definitions, queries, reports
from sla.models import Metric

Asked = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one kind with their title, what they count in words, and the field that they are sorted by."""

    title: Any
    words: Any
    kind: str
    rows: QuerySet[Any]
    sort: str


def listing(what: str, asked: Asked, span: reports.Range, at: datetime) -> Listing:
    """The rows behind a number. Raises NotFound for one that there is not."""
    if what in definitions.NUMBERS:
        one = definitions.NUMBERS[what]
        found = definitions.rows(what, at)
        return Listing(one.title, one.words, one.kind, found, definitions.SORTS[one.kind])
    if what not in _RANGED:
        raise NotFound()
    return _RANGED[what](asked, span)


def _kept(asked: Asked, span: reports.Range) -> Listing:
    metric, fact = asked.get("metric", ""), "store" if "store" in asked else "team"
    if metric not in Metric.values:
        raise NotFound()
    found = reports.settled_clocks(span, metric=metric, fact=fact, code=asked.get(fact, ""))
    title = _("%(metric)s: kept and broken") % {"metric": queries.metric_name(metric)}
    words = _("Promises that were met in time in these days, and those whose due passed in them.")
    return Listing(title, words, "clock", found, "-id")


def _first(asked: Asked, span: reports.Range) -> Listing:
    words = _("First answers that were given to tickets in these days. Chats stand in a table of their own.")
    return Listing(_("First responses"), words, "clock", reports.first_response_clocks(span), "-id")


def _ratings(asked: Asked, span: reports.Range) -> Listing:
    words = _("Marks that buyers gave in these days. 4 and 5 are good.")
    return Listing(_("Ratings"), words, "rating", reports.ratings(span), "-id")


def _arrivals(asked: Asked, span: reports.Range) -> Listing:
    found = reports.arrived(span)
    weekday, hour = asked.get("weekday", ""), asked.get("hour", "")
    if weekday.isdigit() and hour.isdigit():
        zone = queries.zone_of(asked.get("zone", ""))
        found = found.annotate(
            weekday=ExtractWeekDay("created_at", tzinfo=zone), hour=ExtractHour("created_at", tzinfo=zone)
        ).filter(weekday=(int(weekday) + 1) % 7 + 1, hour=int(hour))
    words = _(
        "Tickets and chats that buyers began in these days, in this hour of the week where one is chosen."
    )
    return Listing(_("Arrivals"), words, "ticket", found, "-id")


_RANGED = {"kept": _kept, "first-responses": _first, "ratings": _ratings, "arrivals": _arrivals}
