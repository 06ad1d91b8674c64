"""Dates, weekdays and durations in words, in the active language; receipts, drafts and versions share them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def day_words(day: date, *, year: bool = False) -> str:
    """ "Sun 8 Mar", with its year if asked for."""
    return format_date(day, pgettext("date", "D j M Y") if year else pgettext("date", "D j M"))


def weekday_words(weekday: int) -> str:
    """The name of a weekday, Monday = 0."""
    return str(WEEKDAYS[weekday])


def time_words(at: datetime) -> str:
    """ "22:30"; seconds where there are any."""
    return format_date(at, "H:i:s" if at.second else "H:i")


def place_words(zone: ZoneInfo) -> str:
    """ "New York" for America/New_York."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def duration(seconds: int) -> str:
    """Desk time in words: "2 h", "1 h 30 min", "45 s"."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, _("%(n)d h")), (minutes, _("%(n)d min")), (left, _("%(n)d s")))
    return " ".join(words % {"n": n} for n, words in parts if n) or _("%(n)d s") % {"n": 0}
