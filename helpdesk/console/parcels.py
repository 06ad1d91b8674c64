"""Orders whose parcels are late or stuck: what waits, the longest first, and what is over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from helpdesk.console import queries
from helpdesk.console.views import staff
from helpdesk.templatetags.desk import when
from orders.carriers import CARRIERS, link_of, name_for
from orders.models import ParcelFinding
from orders.queries import visible_stores
from orders.watch import KINDS
from orders.watch_queries import Sieve, page_of_findings, promised_on
from orders.watch_words import kind_words, sentence, status_words
from tickets.queries import visible_tickets


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in words; `ticket`: the number of where it was told or noted, 0 for none that one sees."""

    row: ParcelFinding
    what: str
    said: str
    status: str
    carrier: str
    link: str
    promised: date | None
    ticket: int


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """One page of the list; kind, store and carrier in the address."""
    actor = staff(request)
    asked = request.GET
    sieve = Sieve(
        kind=_one_of(asked.get("kind"), KINDS),
        store=asked.get("store", "")[:50],
        carrier=_one_of(asked.get("carrier"), [one.name for one in CARRIERS.values()]),
        over=asked.get("show") == "over",
    )
    rows, following = page_of_findings(actor, sieve, asked.get("after", ""))
    kept = {name: asked[name] for name in ("kind", "store", "carrier", "show") if asked.get(name)}
    context = {
        "lines": _lines(rows, visible_tickets(actor)),
        "older": "?" + urlencode({**kept, "after": following}) if following else "",
        "sieve": sieve,
        "kinds": [(kind, kind_words(kind)) for kind in KINDS],
        "stores": list(visible_stores(actor)),
        "carriers": sorted({one.name for one in CARRIERS.values()}),
        "section": "parcels",
        "presence": queries.presence_of(actor),
    }
    return render(request, "console/parcels.html", context)


def _one_of(value: str | None, known: Collection[str]) -> str:
    return value if value is not None and value in known else ""


def _lines(rows: list[ParcelFinding], tickets: Any) -> list[Line]:
    """Three queries however many rows: promised days and the tickets' numbers."""
    days = promised_on({row.order_id for row in rows})
    named = {row.ticket for row in rows if row.ticket}
    numbers = dict(tickets.filter(public_id__in=named).values_list("public_id", "pk")) if named else {}
    return [line_of(row, days.get(row.order_id), numbers.get(row.ticket, 0)) for row in rows]


def line_of(row: ParcelFinding, promised: date | None = None, ticket: int = 0) -> Line:
    """A finding in words, its parcel loaded."""
    return Line(
        row=row,
        what=kind_words(row.kind),
        said=sentence(row.kind, when(row.since), row.status),
        status=status_words(row.shipment.status),
        carrier=name_for(row.shipment),
        link=link_of(row.shipment),
        promised=promised,
        ticket=ticket,
    )
