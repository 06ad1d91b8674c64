"""Windows that meet a change of the zone's clocks: which date, and what happens then, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from sla._edges import EPOCH, pieces, utc_year
from sla._windows import DAY, day_date, day_number, read_time
from sla.words import day_words
from sla.zones import read_zone

if TYPE_CHECKING:
    from sla.drafts import CalendarDraft

AHEAD = timedelta(days=400)


class Change(NamedTuple):
    """The wall clock jumps from `before` to `after`: local seconds since 1970."""

    before: int
    after: int


class Span(NamedTuple):
    """One window of one date in local seconds since 1970, and how it is told."""

    start: int
    end: int
    words: str


def edge_warnings(draft: CalendarDraft, *, at: datetime) -> list[str]:
    """Words for each window with an edge in an hour that a change of clocks skips or repeats, 400 days ahead.

    Expects a draft without problems and an aware instant. Changes without such an edge are not told: then only
    the length of the day differs.
    """
    told = []
    for change in _changes(draft.timezone, at):
        around = range(change.before // DAY - 2, max(change) // DAY + 1)
        spans = [span for day in around for span in _spans_of(draft, day_date(day))]
        tell = _skipped if change.after > change.before else _repeated
        told += [words for span in sorted(spans) if (words := tell(change, span))]
    return list(dict.fromkeys(told))


def _changes(timezone: str, at: datetime) -> Iterator[Change]:
    zone = read_zone(timezone)
    start, end = (at - EPOCH) // timedelta(seconds=1), (at + AHEAD - EPOCH) // timedelta(seconds=1)
    stretches = [piece for year in range(utc_year(start), utc_year(end) + 1) for piece in pieces(zone, year)]
    for old, new in pairwise(stretches):
        if old.offset != new.offset and start < new.start <= end:
            yield Change(new.start + old.offset, new.start + new.offset)


def _spans_of(draft: CalendarDraft, day: date) -> Iterator[Span]:
    """The windows that begin on a date, each cut at midnight where the other date has a word of its own."""
    special = {one: opens for one, _name, opens in draft.special_days}
    closed = {one for one, _name in draft.holidays}
    midnight, tomorrow = day_number(day) * DAY, day + timedelta(days=1)
    goes_on = tomorrow not in special and tomorrow not in closed
    own = [(start, end) for weekday, start, end in draft.windows if weekday == day.weekday()]
    for pair in own:
        yield from _span(midnight, pair, head=day not in special and day not in closed, tail=goes_on)
    for pair in special.get(day, ()):
        yield from _span(midnight, pair, head=True, tail=goes_on)


def _span(midnight: int, pair: tuple[str, str], *, head: bool, tail: bool) -> Iterator[Span]:
    start, end = read_time(pair[0]), read_time(pair[1], end=True)
    over = end < start
    first = start if head else DAY
    last = end + DAY if over and tail else DAY if over else end
    if first < last:
        yield Span(midnight + first, midnight + last, f"{pair[0]}–{pair[1]}")


def _skipped(change: Change, span: Span) -> str:
    """What becomes of a window with an edge in a stretch of the wall clock that does not exist."""
    gap_start, gap_end = change
    told = {**_told(change), "window": span.words}
    if gap_start <= span.start and span.end <= gap_end:
        return (
            _("%(day)s: clocks go forward from %(from)s to %(to)s, so the window %(window)s does not open.")
            % told
        )
    if gap_start <= span.start < gap_end:
        words = _(
            "%(day)s: clocks go forward from %(from)s to %(to)s, so %(edge)s does not exist. "
            "The window %(window)s opens at %(to)s."
        )
        return words % {**told, "edge": _wall(span.start)}
    if gap_start < span.end < gap_end:
        words = _(
            "%(day)s: clocks go forward from %(from)s to %(to)s, so %(edge)s does not exist. "
            "The window %(window)s closes at %(from)s."
        )
        return words % {**told, "edge": _wall(span.end)}
    return ""


def _repeated(change: Change, span: Span) -> str:
    """What becomes of a window with an edge in a stretch of the wall clock that comes twice."""
    again, until = change.after, change.before
    told = {
        **_told(change),
        "window": span.words,
        "start": _wall(span.start),
        "end": _wall(span.end, end=True),
    }
    starts, ends = again < span.start < until, again < span.end < until
    if (starts and span.end <= until) or (ends and again <= span.start):
        return (
            _(
                "%(day)s: clocks go back from %(from)s to %(to)s, so %(start)s to %(end)s comes twice. "
                "The window %(window)s opens twice."
            )
            % told
        )
    if starts:
        words = _(
            "%(day)s: clocks go back from %(from)s to %(to)s, so %(start)s comes twice. The window %(window)s "
            "opens at the first %(start)s, closes when clocks go back and opens again at the second %(start)s."
        )
        return words % told
    if ends:
        words = _(
            "%(day)s: clocks go back from %(from)s to %(to)s, so %(end)s comes twice. The window %(window)s "
            "closes at the first %(end)s and opens again from %(to)s until the second %(end)s."
        )
        return words % told
    return ""


def _told(change: Change) -> dict[str, str]:
    """The date whose clock jumps, and from where to where."""
    day = day_date(min(change) // DAY)
    return {
        "day": day_words(day, year=True),
        "from": _wall(change.before, end=change.after < change.before),
        "to": _wall(change.after),
    }


def _wall(second: int, *, end: bool = False) -> str:
    """The time of day; midnight is 24:00 where it ends something."""
    minutes = second % DAY // 60
    if end and minutes == 0:
        minutes = 24 * 60
    return f"{minutes // 60:02}:{minutes % 60:02}"
