"""What people read about a chat: when its desk opens, and the lines of its steps."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django.utils import dateparse, formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.clock import now
from livechat import limits
from livechat.models import Session


def city(zone: str) -> str:
    """A zone as people call it: "America/New_York" is New York."""
    return zone.rpartition("/")[2].replace("_", " ")


def moment(at: datetime, zone: str, *, since: datetime) -> str:
    """An instant on the wall clock of a zone: the weekday within six days, the date beyond."""
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    days = (local.date() - since.astimezone(local.tzinfo).date()).days
    if days == 0:
        return _hour(local)
    return _hour_of_weekday(local) if days <= 6 else _hour_of_date(local)


def _hour(local: datetime) -> str:
    return formats.date_format(local, pgettext("date", "g:i A"))


def _hour_of_weekday(local: datetime) -> str:
    return formats.date_format(local, pgettext("date", "l g:i A"))


def _hour_of_date(local: datetime) -> str:
    return formats.date_format(local, pgettext("date", "l, j F, g:i A"))


def moment_in(at: datetime, zone: str) -> str:
    """The date and hour of an instant on the wall clock of a zone."""
    return _hour_of_date(at.astimezone(zoneinfo.ZoneInfo(zone)))


def in_both(at: datetime, desk_zone: str, reader_zone: str, *, since: datetime) -> str:
    """An instant at the desk and, where their clocks differ, for the reader.

    "Monday 1:00 AM in New York (2:00 PM for you)"; the reader's weekday is named where it is another.
    """
    there = at.astimezone(zoneinfo.ZoneInfo(desk_zone))
    here = at.astimezone(zoneinfo.ZoneInfo(reader_zone))
    desk = _("%(when)s in %(city)s") % {"when": moment(at, desk_zone, since=since), "city": city(desk_zone)}
    if there.replace(tzinfo=None) == here.replace(tzinfo=None):
        return desk
    same_day = there.date() == here.date()
    mine = _hour(here) if same_day else moment_with_day(here, since)
    return _("%(desk)s (%(mine)s for you)") % {"desk": desk, "mine": mine}


def moment_with_day(local: datetime, since: datetime) -> str:
    """An instant with its weekday, and with its date from a week on."""
    far = local - since.astimezone(local.tzinfo) > timedelta(days=6)
    return _hour_of_date(local) if far else _hour_of_weekday(local)


def closed(opens_at: datetime | None, desk_zone: str, reader_zone: str, *, since: datetime) -> str:
    """Why no chat can be started now, and when one can."""
    if opens_at is None:
        return _("Chat is closed.")
    when = in_both(opens_at, desk_zone, reader_zone, since=since)
    return _("Chat is closed. It opens %(when)s.") % {"when": when}


# --- lines of a chat's steps in the thread ---------------------------------------------------------------
def waiting(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(who)s is waiting for %(team)s") % {"who": who, "team": data.get("team_name", "")}


def joined(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(who)s joined the chat") % {"who": data.get("agent_name") or who}


def ended(data: dict[str, Any], who: str, zone: str) -> str:
    if data.get("state") == "ticket":
        return _became_ticket(data, zone)
    if data.get("why") == "silent":
        return _("The chat ended: nothing was said for a while. Write here when you like.")
    if data.get("by") == "system":
        return _("The chat ended")
    return _("%(who)s ended the chat") % {"who": who}


WHY = {
    "closed": lambda: _("The desk has closed."),
    "nobody": lambda: _("Nobody was free to chat."),
    "buyer_gone": lambda: _("The page was closed while waiting."),
    "team": lambda: _("Who can answer this is not there just now."),
}


def _became_ticket(data: dict[str, Any], zone: str) -> str:
    why = WHY.get(str(data.get("why")))
    if why is None and not data.get("number"):
        return _("The chat ended before someone came. We answer here.")
    first = why() if why else _("The chat ended before someone came.")
    promised = _read(data.get("promised"))
    if promised is None:
        return _("%(why)s This chat is ticket #%(number)s now.") % {"why": first, "number": data["number"]}
    when = _told(promised, data, zone)
    told = _("%(why)s This chat is ticket #%(number)s now, answered by %(when)s.")
    return told % {"why": first, "number": data["number"], "when": when}


def _read(raw: object) -> datetime | None:
    return dateparse.parse_datetime(str(raw)) if raw else None


def _told(at: datetime, data: dict[str, Any], zone: str) -> str:
    """With its weekday or date: a line is read again on other days."""
    desk = str(data.get("zone") or "UTC")
    local = at.astimezone(zoneinfo.ZoneInfo(desk))
    return in_both(at, desk, zone or desk, since=local - timedelta(days=1))


def closing(data: dict[str, Any], who: str, zone: str) -> str:
    """The hour alone: it lies minutes ahead of the line."""
    at = _read(data.get("closes_at"))
    return closes(at, str(data.get("zone") or "UTC"), zone) if at else ""


def closes(at: datetime, desk_zone: str, reader_zone: str) -> str:
    """When a chat closes, at the desk and for the reader."""
    when = in_both(at, desk_zone, reader_zone or desk_zone, since=at)
    return _("This chat closes at %(when)s") % {"when": when}


def closing_words(session: Session, reader_zone: str) -> str:
    """What stands above a chat from ten minutes before its desk closes; blank until then."""
    at, zone = now(), session.team.calendar.timezone
    if session.closes_at is None or at < session.closes_at - limits.TELL_BEFORE:
        return ""
    if at < session.closes_at:
        return closes(session.closes_at, zone, reader_zone)
    when = in_both(session.closes_at + limits.GOES_ON, zone, reader_zone, since=at)
    return _("The desk has closed. This chat ends at %(when)s; then we answer here.") % {"when": when}


def longer(data: dict[str, Any], who: str, zone: str) -> str:
    at = _read(data.get("closes_at"))
    if at is None:
        return _("This chat stays open")
    when = in_both(at, str(data.get("zone") or "UTC"), zone or "UTC", since=at)
    return _("This chat stays open until %(when)s") % {"when": when}


def offered(data: dict[str, Any], who: str, zone: str) -> str:
    return _("Nobody is free just now. Wait if you like, or leave: then we answer here and by mail.")


def agent_gone(data: dict[str, Any], who: str, zone: str) -> str:
    name = data.get("agent_name") or who
    return _("%(name)s seems to have lost the connection. Please stay for a moment.") % {"name": name}


def agent_lost(data: dict[str, Any], who: str, zone: str) -> str:
    name = data.get("agent_name") or who
    return _("%(name)s lost the connection. You are first in the queue for somebody else.") % {"name": name}


def agent_left(data: dict[str, Any], who: str, zone: str) -> str:
    name = data.get("agent_name") or who
    return _("%(name)s had to leave. You are first in the queue for somebody else.") % {"name": name}


def silent(data: dict[str, Any], who: str, zone: str) -> str:
    return _("Are you still there? Without a word from you this chat ends in five minutes.")


def transferred(data: dict[str, Any], who: str, zone: str) -> str:
    names = {"name": data.get("agent_name") or who, "before": data.get("from_name") or _("Somebody")}
    return _("%(name)s goes on from here; %(before)s handed the chat over") % names


def taken_over(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(name)s took over the chat") % {"name": data.get("agent_name") or who}


def voice_left(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(name)s left the chat") % {"name": data.get("agent_name") or who}


# --- among staff -----------------------------------------------------------------------------------------
def assigned(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(name)s is asked to take the chat") % {"name": data.get("to_name", "")}


def _came_to_nothing(words: str, data: dict[str, Any]) -> str:
    if data.get("stays_with"):
        return _("%(words)s; it stays with %(name)s") % {"words": words, "name": data["stays_with"]}
    return words


def missed(data: dict[str, Any], who: str, zone: str) -> str:
    words = _("%(name)s did not answer in time") % {"name": data.get("to_name", "")}
    return _came_to_nothing(words, data)


def declined(data: dict[str, Any], who: str, zone: str) -> str:
    return _came_to_nothing(_("%(name)s declined the chat") % {"name": data.get("to_name", "")}, data)


def away(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(name)s missed two chats and is away now") % {"name": data.get("to_name", "")}


def handing(data: dict[str, Any], who: str, zone: str) -> str:
    return _("%(who)s hands the chat over to %(name)s") % {"who": who, "name": data.get("to_name", "")}


def stays(data: dict[str, Any], who: str, zone: str) -> str:
    return _("The hand-over was called back: the chat stays with %(name)s") % {
        "name": data.get("stays_with", "")
    }


def wrapped(data: dict[str, Any], who: str, zone: str) -> str:
    return _("The chat is written up")
