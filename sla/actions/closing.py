"""Closing a desk by hand, with notice, and opening it again: special days, each time a version of the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, NotFound
from sla import clocks
from sla._windows import DAY, merge
from sla.actions.calendars import store_draft
from sla.closed_spans import spans_on, wall_spans, with_spans, within, without
from sla.drafts import LONGEST_NAME, CalendarDraft, draft_of
from sla.models import Calendar, DeskClosing
from sla.problems import Problems
from sla.zones import read_zone

MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
LONGEST_NOTICE = 24 * 60
LONGEST_CLOSING = timedelta(days=92)


def close_desk(
    *, actor: Actor, code: str, until: datetime | None, notice_minutes: int = 10, reason: str
) -> Calendar:
    """Close the desks of a calendar from now + notice (up to the next whole minute) until an aware instant.

    `until` None: to the end of the local date on which the closing begins. Written as special days named by the
    reason, so that every door and every clock sees it; other special days stay. What is closed already stays
    closed: where nothing would be open, nothing changes. A second closing adds to the first. A time of day that
    comes twice, when clocks go back, is closed both times.
    Raises Forbidden unless a manager acts, NotFound, Invalid (`until`, `notice_minutes`, `reason`).
    """
    if not actor.is_manager:
        raise Forbidden()
    at = clocks.whole(now())
    _check(at, until, notice_minutes, reason)
    with transaction.atomic():
        calendar = _lock(code)
        draft = draft_of(calendar)
        start = _next_minute(now() + notice_minutes * MINUTE)
        end = _end(draft, start, until)
        closed = _without_stretch(draft, start, end, reason.strip())
        if closed is not draft:
            store_draft(calendar, closed, actor)
            _record(calendar, actor, draft, closed, (start, end, reason.strip()))
    return calendar


def reopen_desk(*, actor: Actor, code: str) -> Calendar:
    """Take back what `close_desk` wrote, for the time still ahead: the desk has its hours again from this minute.

    Special days that someone changed since are left as they are. Where no closing lies ahead, nothing changes.
    Raises Forbidden unless a manager acts, NotFound.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        calendar = _lock(code)
        closing = _live(calendar)
        if closing is not None:
            draft = draft_of(calendar)
            opened = _with_time_ahead(draft, closing, clocks.whole(now()))
            if opened != draft:
                store_draft(calendar, opened, actor)
            _end_closing(closing, now())
    return calendar


def _lock(code: str) -> Calendar:
    calendar = locked(Calendar.objects.filter(code=code)).first()
    if calendar is None:
        raise NotFound()
    return calendar


def _check(at: datetime, until: datetime | None, notice_minutes: int, reason: str) -> None:
    problems = Problems()
    if not reason.strip() or len(reason.strip()) > LONGEST_NAME:
        problems.add("reason", _("Say why, in at most 100 characters."))
    whole = isinstance(notice_minutes, int) and not isinstance(notice_minutes, bool)
    if not whole or not 0 <= notice_minutes <= LONGEST_NOTICE:
        problems.add("notice_minutes", _("The notice is a number of minutes, from 0 to a day."))
    elif until is not None and until <= _next_minute(at + notice_minutes * MINUTE):
        problems.add("until", _("The closing must end after it begins: look at the notice too."))
    if until is not None and until > at + LONGEST_CLOSING:
        problems.add("until", _("A desk is closed by hand for 92 days at most. Give it other hours instead."))
    problems.refuse()


def _next_minute(at: datetime) -> datetime:
    """This minute when it just begins, else the next."""
    at = at.astimezone(clocks.UTC)
    return at if at.second == at.microsecond == 0 else at.replace(second=0, microsecond=0) + MINUTE


def _end(draft: CalendarDraft, start: datetime, until: datetime | None) -> datetime:
    """Up to the next whole minute; without one the local midnight after the start."""
    if until is not None:
        return _next_minute(until)
    zone = read_zone(draft.timezone)
    tomorrow = start.astimezone(zone).date() + ONE_DAY
    return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(clocks.UTC)


def _without_stretch(draft: CalendarDraft, start: datetime, end: datetime, reason: str) -> CalendarDraft:
    """The draft with special days that close it from start to end; itself when it is closed then anyway."""
    stretch = wall_spans(read_zone(draft.timezone), start, end)
    open_then = {day: spans_on(draft, day) for day in _with_next(stretch)}
    wanted = {day: without(spans, stretch.get(day, ())) for day, spans in open_then.items()}
    if wanted == open_then:
        return draft
    names = {day: reason for day in stretch if wanted[day] != open_then[day]}
    return with_spans(draft, wanted, {**_names_lent(draft, open_then), **names})


def _with_next(days: Any) -> list[date]:
    """Dates and the one after each: a special day may reach into it."""
    return sorted({one for day in days for one in (day, day + ONE_DAY)})


def _names_lent(draft: CalendarDraft, days: Any) -> dict[date, str]:
    """For a date that must say itself what the special day before lent it: that day's name."""
    names = {day: name for day, name, _opens in draft.special_days}
    return {day: names.get(day) or names.get(day - ONE_DAY, "") for day in days}


# What was closed, to be taken back ------------------------------------------------------------------------


Row = list[Any]  # [name, [[start, end], …]]: a special day as the closing's record keeps it


def _rows(draft: CalendarDraft) -> dict[str, Row]:
    return {
        day.isoformat(): [name, [list(pair) for pair in opens]] for day, name, opens in draft.special_days
    }


def _live(calendar: Calendar) -> DeskClosing | None:
    """The closing that is in force or lies ahead; one that is over is filed away."""
    closing = calendar.closings.filter(ended_at=None).first()
    if closing is not None and closing.until <= now():
        _end_closing(closing, closing.until)
        return None
    return closing


def _end_closing(closing: DeskClosing, at: datetime) -> None:
    closing.ended_at = at
    closing.save(update_fields=["ended_at"])


def _record(
    calendar: Calendar,
    actor: Actor,
    draft: CalendarDraft,
    closed: CalendarDraft,
    stretch: tuple[datetime, datetime, str],
) -> None:
    """Keep what the special days were; a second closing keeps what they were before the first."""
    before, after = _rows(draft), _rows(closed)
    live = _live(calendar)
    start, end, reason = stretch
    if live is None:
        live = DeskClosing(calendar=calendar, starts_at=start, until=end)
    for day in sorted(day for day in after if after[day] != before.get(day)):
        known = live.days.get(day)
        mine = known is not None and known["after"] == before.get(day)
        live.days[day] = {"before": known["before"] if mine else before.get(day), "after": after[day]}
    live.starts_at, live.until, live.reason = min(live.starts_at, start), max(live.until, end), reason
    live.created_at, live.actor_kind, live.actor_id = now(), actor.kind, actor.id
    live.save()


def _with_time_ahead(draft: CalendarDraft, closing: DeskClosing, at: datetime) -> CalendarDraft:
    """The draft with its hours of before, from this minute on."""
    zone = read_zone(draft.timezone)
    today = at.astimezone(zone).date()
    mine = _still_mine(draft, closing, today)
    full = _restored(draft, closing, mine)
    midnight = datetime.combine(today + ONE_DAY, time(), tzinfo=zone).astimezone(clocks.UTC)
    ahead = wall_spans(zone, at.replace(second=0), midnight).get(today, ())
    days = _with_next(mine)
    wanted = {day: spans_on(full if day in mine else draft, day) for day in days if day >= today}
    if today in mine:
        was_open = within(spans_on(draft, today), without(((0, DAY),), ahead))
        wanted[today] = merge([*was_open, *within(wanted[today], ahead)])
    return with_spans(full, wanted, {**_names_lent(draft, days), today: closing.reason})


def _still_mine(draft: CalendarDraft, closing: DeskClosing, today: date) -> list[date]:
    """The dates from today on whose special day is as the closing left it."""
    rows = _rows(draft)
    return [
        date.fromisoformat(day)
        for day, kept in sorted(closing.days.items())
        if date.fromisoformat(day) >= today and rows.get(day) == kept["after"]
    ]


def _restored(draft: CalendarDraft, closing: DeskClosing, days: list[date]) -> CalendarDraft:
    kept = [row for row in draft.special_days if row[0] not in days]
    for day in days:
        if was := closing.days[day.isoformat()]["before"]:
            name, opens = was
            kept.append((day, name, tuple((start, end) for start, end in opens)))
    return replace(draft, special_days=tuple(sorted(kept)))
