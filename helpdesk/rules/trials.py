"""Trying a sheet out before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from helpdesk.rules import typed
from helpdesk.rules.sheets import Sheet
from sla.queries import HoursTried, try_hours


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial: the answer, or in words why there is none, by field."""

    answer: HoursTried | None = None
    at: datetime | None = None
    seconds: int = 0
    zone: str = ""
    problems: dict[str, str] | None = None


def tried(sheet: Sheet, post: QueryDict, desk: ZoneInfo, at: datetime) -> Tried | None:
    """Open at that moment? When next? When are so many hours used up? None when nobody asked."""
    if post.get("op") != "try" and "tried" not in post:
        return None
    local, seconds = typed.moment(post.get("try_at", "")), typed.hours(post.get("try_hours", ""))
    problems = {}
    if local is None:
        problems["at"] = _("Give a date and a time.")
    if seconds is None:
        problems["hours"] = _("Give hours, like 4 or 1.5 or 0:45, up to 10000.")
    if local is None or seconds is None:
        return Tried(problems=problems)
    usable = sheet.sums()
    if sheet.wrong or usable is None:
        return Tried(problems={"": _("These hours cannot be counted yet. See what is marked.")})
    zone = timezone.get_current_timezone() if post.get("try_zone") == "reader" else desk
    moment = local.replace(tzinfo=zone)
    try:
        answer = try_hours(usable[0], at=moment, seconds=seconds, zone=timezone.get_current_timezone_name())
    except Invalid as error:
        return Tried(
            problems={"": str(next(iter(error.fields.values()))[0] if error.fields else error.message)}
        )
    return Tried(answer, moment, seconds, desk.key)
