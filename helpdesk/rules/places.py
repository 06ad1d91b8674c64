"""Zones and countries to choose from."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache

import holidays
from holidays.registry import COUNTRIES

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SMALL = {"And": "and", "Of": "of", "The": "the"}


@cache
def zones() -> tuple[str, ...]:
    """Every zone that is named after a place, and UTC."""
    found = (z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith(("Etc", "posix")))
    return ("UTC", *sorted(found))


def zones_at(at: datetime) -> tuple[tuple[str, str], ...]:
    """Every zone with how far it is off at an instant; counted once an hour."""
    return _zones_at(at.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=4)
def _zones_at(hour: datetime) -> tuple[tuple[str, str], ...]:
    return tuple((zone, offset(zone, hour)) for zone in zones())


def offset(zone: str, at: datetime) -> str:
    """UTC−5, UTC+5:30: how far a zone is off at an instant."""
    shift = at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
    minutes = int(shift.total_seconds() // 60) if shift else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """(code, name) of every country with known holidays, by name."""
    known = holidays.list_supported_countries()
    named = ((codes[1], _spaced(codes[0])) for codes in COUNTRIES.values() if codes[1] in known)
    return tuple(sorted(named, key=lambda pair: pair[1]))


def _spaced(name: str) -> str:
    """`UnitedStates` as "United States"; the library knows no other name."""
    words = _HUMP.split(name)
    return " ".join([words[0], *(_SMALL.get(word, word) for word in words[1:])])


@cache
def parts(country: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of a country's parts with holidays of their own; none for an unknown country."""
    codes: Iterable[str] = holidays.list_supported_countries(include_aliases=False).get(country, ())
    if not codes:
        return ()
    aliases = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    names = {code: alias for alias, code in reversed(list(aliases.items()))}
    return tuple(sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1]))
