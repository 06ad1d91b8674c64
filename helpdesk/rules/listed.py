"""The holidays of a country, to be looked at and chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from core.errors import Invalid
from helpdesk.rules import places, typed
from helpdesk.rules.sheets import Sheet
from sla.queries import country_holidays

YEARS = 5  # from this one on


@dataclass(frozen=True, slots=True)
class Offered:
    """A holiday of a country's list. `is_there`: the calendar has that date already."""

    day: date
    name: str
    is_there: bool

    @property
    def value(self) -> str:
        return f"{self.day.isoformat()} {self.name}"


def listed(sheet: Sheet, post: QueryDict, at: datetime) -> dict[str, Any]:
    """What stands in the list: countries, parts of the chosen one, years, and the days when it was asked for."""
    country, part = _asked(sheet, post)
    this_year = at.year
    years = range(this_year, this_year + YEARS)
    asked_for = typed.number(post.get("years_from", ""), years[-1])
    first = asked_for if asked_for is not None and asked_for in years else this_year
    parts = places.parts(country)
    part = part if part in dict(parts) else ""
    shown: dict[str, Any] = {
        "country": country,
        "part": part,
        "countries": places.countries(),
        "parts": parts,
        "from": first,
        "years": list(years),
        "is_open": "list_open" in post or post.get("op") == "list",
        "days": [],
        "error": "",
    }
    if shown["is_open"] and country:
        there = {row.date for row in sheet.holidays}
        try:
            found = country_holidays(f"{country}-{part}" if part else country, range(first, first + 2))
        except Invalid as error:
            return {**shown, "error": error.message}
        today = at.date()
        shown["days"] = [Offered(day, name, day in there) for day, name in found if day >= today]
    return shown


def _asked(sheet: Sheet, post: QueryDict) -> tuple[str, str]:
    if "country" in post:
        return post.get("country", "")[:2], post.get("part", "")[:40]
    country, _dash, part = sheet.country.partition("-")
    return country, part
