"""The dashboard over a range of days: promises kept, first responses in business time, arrivals, satisfaction.

A promise belongs to the range in which it was kept or broken: kept when it was met in time then, broken when
its due passed then. Each promise counts once, also while a broken one still runs.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import ExtractHour, ExtractWeekDay

from accounts.models import Team
from core.errors import NotFound
from orders.models import Store
from sla.models import Clock, ClockState, Metric, Unit
from sla.queries import current_version, work_calendar
from tickets.models import Satisfaction, Ticket

RANGES = (7, 28, 90)
GOOD = 4  # marks from here on are good
TEAM_METRICS = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION, Metric.ESCALATION_ANSWER)
STORE_METRICS = (Metric.DISPATCH, Metric.DELIVERY)
AIM = 90.0  # percent kept that a desk aims at; below it the number is drawn as low


@dataclass(frozen=True, slots=True)
class Range:
    """Whole local days, today the last of them; `before` is the range of the same length before it."""

    days: int
    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def ending(cls, at: datetime, days: int, zone: ZoneInfo) -> Range:
        """So many days up to that of an instant. Raises NotFound for a length that is not offered."""
        if days not in RANGES:
            raise NotFound()
        last = at.astimezone(zone).date()
        return cls(days, last - timedelta(days=days - 1), last, zone)

    @property
    def before(self) -> Range:
        span = timedelta(days=self.days)
        return Range(self.days, self.first - span, self.last - span, self.zone)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=self.zone)

    def covers(self, name: str) -> Q:
        """Rows whose field lies in the range."""
        return Q(**{f"{name}__gte": self.start, f"{name}__lt": self.end})


# Attainment ------------------------------------------------------------------------------------------------


def kept(span: Range) -> Q:
    """Promises met in time in the range."""
    return Q(state=ClockState.MET) & span.covers("ended_at")


def broken(span: Range) -> Q:
    """Promises whose due passed in the range, whatever became of them."""
    return span.covers("breached_at")


@dataclass(frozen=True, slots=True)
class Share:
    """How many promises of a kind were kept, of all that were kept or broken; and in the range before."""

    metric: str
    kept: int
    broken: int
    before: float | None

    @property
    def percent(self) -> float | None:
        whole = self.kept + self.broken
        return 100 * self.kept / whole if whole else None

    @property
    def change(self) -> float | None:
        """In points."""
        return None if self.percent is None or self.before is None else self.percent - self.before

    @property
    def is_low(self) -> bool:
        return self.percent is not None and self.percent < AIM


@dataclass(frozen=True, slots=True)
class Line:
    """A desk or a store with its shares, one for each metric of the table."""

    code: str
    name: str
    shares: list[Share]


def attainment(span: Range) -> list[Line]:
    """By desk: the tickets, chats and escalations whose promise it owned. Two queries."""
    names = list(Team.objects.order_by("position", "id").values_list("code", "name"))
    return _lines(span, "team", names, TEAM_METRICS)


def store_attainment(span: Range) -> list[Line]:
    """By store: the promises on its orders. Two queries."""
    return _lines(
        span, "store", list(Store.objects.order_by("code").values_list("code", "name")), STORE_METRICS
    )


def _lines(span: Range, fact: str, names: list[tuple[str, str]], metrics: Sequence[str]) -> list[Line]:
    before = span.before
    rows = (
        Clock.objects.filter(metric__in=metrics)
        .filter(kept(span) | broken(span) | kept(before) | broken(before))
        .annotate(whose=KeyTextTransform(fact, "facts"))
        .values("whose", "metric")
        .annotate(
            kept=Count("pk", filter=kept(span)),
            broken=Count("pk", filter=broken(span)),
            kept_before=Count("pk", filter=kept(before)),
            broken_before=Count("pk", filter=broken(before)),
        )
    )
    found: dict[Any, Any] = {(row["whose"], row["metric"]): row for row in rows.order_by()}
    lines = [Line(code, name, [_share(found, code, metric) for metric in metrics]) for code, name in names]
    return [line for line in lines if any(share.percent is not None for share in line.shares)]


def _share(found: dict[Any, dict[str, Any]], code: str, metric: str) -> Share:
    row = found.get((code, metric))
    if row is None:
        return Share(metric, 0, 0, None)
    was = row["kept_before"] + row["broken_before"]
    return Share(metric, row["kept"], row["broken"], 100 * row["kept_before"] / was if was else None)


def settled_clocks(span: Range, *, metric: str, fact: str, code: str) -> QuerySet[Clock]:
    """The promises behind one share."""
    rows = Clock.objects.filter(metric=metric).filter(kept(span) | broken(span))
    return rows.filter(**{f"facts__{fact}": code})


# First responses -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the slow end of some durations, in desk seconds; None without any."""

    count: int
    median: float | None
    p90: float | None

    @classmethod
    def of(cls, seconds: Sequence[int]) -> Spread:
        if not seconds:
            return cls(0, None, None)
        if len(seconds) == 1:
            return cls(1, seconds[0], seconds[0])
        nine_tenths = statistics.quantiles(seconds, n=10, method="inclusive")[8]
        return cls(len(seconds), statistics.median(seconds), nine_tenths)


@dataclass(frozen=True, slots=True)
class Day:
    """First responses given on a local date, and on the date as far before the range."""

    day: date
    now: Spread
    before: Spread


@dataclass(frozen=True, slots=True)
class FirstResponses:
    whole: Spread
    before: Spread
    days: list[Day]
    promise: int | None  # seconds that most of them were promised in


def first_response_clocks(span: Range) -> QuerySet[Clock]:
    """First answers given in the range to tickets, not to chats; what they used is counted by the desk's hours."""
    rows = Clock.objects.filter(metric=Metric.FIRST_RESPONSE, unit=Unit.DESK_SECONDS)
    return rows.filter(state__in=(ClockState.MET, ClockState.LATE)).filter(
        span.covers("ended_at") & ~Q(facts__channel="chat")
    )


def first_responses(span: Range) -> FirstResponses:
    """Median and ninth tenth in business time, whole and day by day. Two queries."""
    now, before = _by_day(span), _by_day(span.before)
    shift = timedelta(days=span.days)
    calendar = _tickets_calendar()
    working = work_calendar(current_version(calendar)) if calendar else None
    days = [span.first + timedelta(days=n) for n in range(span.days)]
    shown = [
        day
        for day in days
        if now[day] or working is None or working.workdays_between(day - timedelta(days=1), day)
    ]
    targets = list(first_response_clocks(span).values_list("target", flat=True))
    return FirstResponses(
        whole=Spread.of([s for some in now.values() for s in some]),
        before=Spread.of([s for some in before.values() for s in some]),
        days=[Day(day, Spread.of(now[day]), Spread.of(before[day - shift])) for day in shown],
        promise=statistics.mode(targets) if targets else None,
    )


def _tickets_calendar() -> int | None:
    """The calendar of the desk that has no chat and comes first: the days on which it is closed are left out."""
    rows = Team.objects.filter(takes_chat=False).order_by("position", "id")
    return rows.values_list("calendar_id", flat=True).first()


def _by_day(span: Range) -> dict[date, list[int]]:
    found: dict[date, list[int]] = defaultdict(list)
    for ended_at, used in first_response_clocks(span).values_list("ended_at", "consumed"):
        found[ended_at.astimezone(span.zone).date()].append(used)
    return found


# Arrivals ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Tickets and chats that buyers began, by weekday (Monday first) and hour of the desk's zone."""

    zone: str
    hours: list[list[int]]
    most: int
    whole: int
    while_closed: int


def arrived(span: Range) -> QuerySet[Ticket]:
    """What buyers began in the range."""
    return Ticket.objects.filter(span.covers("created_at"), opened_by_staff=False)


def arrivals(span: Range) -> Arrivals:
    """By hour of the week of the tickets' desk; what came while that desk was closed. Three queries."""
    team = Team.objects.filter(takes_chat=False).select_related("calendar").order_by("position", "id").first()
    zone = ZoneInfo(team.calendar.timezone) if team else span.zone
    rows = arrived(span).annotate(
        weekday=ExtractWeekDay("created_at", tzinfo=zone), hour=ExtractHour("created_at", tzinfo=zone)
    )
    hours = [[0] * 24 for _day in range(7)]
    for weekday, hour, count in rows.values_list("weekday", "hour").annotate(n=Count("pk")).order_by():
        hours[(weekday + 5) % 7][hour] = count
    desk = work_calendar(current_version(team.calendar_id)) if team else None
    moments = arrived(span).values_list("created_at", flat=True).iterator(chunk_size=2000)
    closed = sum(not desk.is_open(at) for at in moments) if desk else 0
    whole = sum(map(sum, hours))
    return Arrivals(zone.key, hours, max(map(max, hours)), whole, closed)


# Satisfaction ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marks:
    """How many rated, how many of them good (4 or 5), the share in percent."""

    rated: int
    good: int
    mean: float | None = None

    @property
    def percent(self) -> float | None:
        return 100 * self.good / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Week:
    first: date
    now: Marks
    before: Marks


@dataclass(frozen=True, slots=True)
class Feedback:
    whole: Marks
    before: Marks
    weeks: list[Week]
    words: list[Satisfaction]


def ratings(span: Range) -> QuerySet[Satisfaction]:
    """Marks given in the range."""
    return Satisfaction.objects.filter(span.covers("at"))


def feedback(span: Range) -> Feedback:
    """The share of good marks, whole and in up to six stretches; the newest words. Three queries and a few."""
    parts = _parts(span)
    before = [
        Range(p.days, p.first - timedelta(days=span.days), p.last - timedelta(days=span.days), p.zone)
        for p in parts
    ]
    counts: dict[str, Any] = {}
    for index, (part, was) in enumerate(zip(parts, before, strict=True)):
        for name, stretch in ((f"now{index}", part), (f"was{index}", was)):
            counts[name] = Count("pk", filter=stretch.covers("at"))
            counts[f"{name}_good"] = Count("pk", filter=stretch.covers("at") & Q(score__gte=GOOD))
    for name, stretch in (("whole", span), ("gone", span.before)):
        counts[name] = Count("pk", filter=stretch.covers("at"))
        counts[f"{name}_good"] = Count("pk", filter=stretch.covers("at") & Q(score__gte=GOOD))
        counts[f"{name}_mean"] = Avg("score", filter=stretch.covers("at"))
    found = Satisfaction.objects.filter(at__gte=span.before.start, at__lt=span.end).aggregate(**counts)
    weeks = [
        Week(
            part.first,
            Marks(found[f"now{i}"], found[f"now{i}_good"]),
            Marks(found[f"was{i}"], found[f"was{i}_good"]),
        )
        for i, part in enumerate(parts)
    ]
    said = ratings(span).exclude(words="").select_related("ticket__requester").order_by("-at")[:3]
    whole = Marks(found["whole"], found["whole_good"], found["whole_mean"])
    return Feedback(whole, Marks(found["gone"], found["gone_good"], found["gone_mean"]), weeks, list(said))


def _parts(span: Range) -> list[Range]:
    """Days for a week, weeks for four, fortnights for a quarter; the last one ends today."""
    length = {7: 1, 28: 7, 90: 15}[span.days]
    count = -(-span.days // length)
    firsts = [span.last - timedelta(days=length * (count - n) - 1) for n in range(count)]
    return [
        Range(length, max(first, span.first), first + timedelta(days=length - 1), span.zone)
        for first in firsts
    ]
