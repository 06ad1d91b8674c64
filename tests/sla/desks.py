"""Weeks, zones and instants that the tables of worktime share."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

HOUR = 3600
ALWAYS = {day: [("00:00", "24:00")] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OFFICE = {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
NY, LONDON = "America/New_York", "Europe/London"
US_HOLIDAYS = [
    "2026-01-01",
    "2026-05-25",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
    "2027-01-01",
]
EVENING, NIGHT = ("21:00", "23:30"), ("01:00", "06:00")
CALENDAR_DAYS = {day: [EVENING, NIGHT] for day in ("mon", "tue", "wed", "thu")}
NIGHTS = {
    "mon": [EVENING],
    "tue": [NIGHT, EVENING],
    "wed": [NIGHT, EVENING],
    "thu": [NIGHT, EVENING],
    "fri": [NIGHT],
}


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    """ "2026-03-05 22:30" on the wall of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(*windows: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
    return dict.fromkeys(ALWAYS, list(windows))
