"""A chat's closing instant: from its desk's hours, moved on with each change of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Team
from livechat import limits
from livechat.life import closing_after
from livechat.models import Session
from sla import queries as sla
from sla.models import CalendarVersion, DeskClosing


@dataclass(frozen=True, slots=True)
class Closing:
    """When a chat closes (UTC; None: never), and the calendar version that was asked last."""

    at: datetime | None
    version: int

    def fields(self) -> dict[str, Any]:
        """As the session keeps it."""
        return {"closes_at": self.at, "hours_version": self.version}


def first_closing(team: Team, at: datetime) -> Closing:
    """For a chat that starts now, at a desk that is open."""
    version = sla.current_version(team.calendar_id)
    return Closing(_closes(version, at), version.pk)


def closing_now(session: Session, at: datetime) -> Closing:
    """Under the hours as they are now: each version since the chat was looked at moves the instant in its turn.

    A version that closes the desk at once counts from the instant at which it was made, with notice.
    """
    calendar_id = session.team.calendar_id
    newest = sla.current_version(calendar_id)
    found, seen = session.closes_at, session.hours_version
    if seen == newest.pk:
        return Closing(found, newest.pk)
    if seen is None:
        return Closing(_closes(newest, session.accepted_at or session.queued_at), newest.pk)
    of_desk = CalendarVersion.objects.filter(calendar_id=calendar_id)
    if not of_desk.filter(pk=seen).exists():
        # The desk was given another calendar: its hours count from now on.
        return Closing(closing_after(found, _closes(newest, at), at), newest.pk)
    for version in of_desk.filter(pk__gt=seen).order_by("number"):
        made_at = version.created_at
        closes = _closes(version, made_at)
        found = closing_after(found, closes, made_at, _notice(calendar_id, closes))
    return Closing(found, newest.pk)


def _notice(calendar_id: int, closes: datetime | None) -> timedelta:
    """What running chats are given when hours are cut. Whoever closes a desk by hand has chosen it: no more then."""
    if closes is None:
        return limits.NOTICE
    by_hand = DeskClosing.objects.filter(calendar_id=calendar_id, starts_at__lte=closes, until__gt=closes)
    return timedelta() if by_hand.exists() else limits.NOTICE


def _closes(version: CalendarVersion, at: datetime) -> datetime | None:
    """The first closed instant from `at` on; `at` itself when it is closed then."""
    calendar = sla.work_calendar(version)
    return calendar.next_close(at) if calendar.is_open(at) else at
