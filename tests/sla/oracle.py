"""The naive judge of worktime: looks at the wall clock of one instant after another and counts.

Shares no code with what it judges and knows nothing of edges or offsets. An instant is whole seconds since
1970 UTC. `step` is how far the oracle strides; it must divide every window edge and every offset of the zone,
so that nothing can change within a stride. With step=1 it needs no such promise.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ONE_DAY = timedelta(days=1)


def seconds_of(text: str) -> int:
    """ "06:30" as seconds."""
    return int(text[:2]) * 3600 + int(text[3:]) * 60


class Oracle:
    def __init__(self, timezone: str, weekly, holidays=(), extra=None, step: int = 60) -> None:
        self.zone = ZoneInfo(timezone)
        self.weekly, self.holidays, self.extra = weekly, set(holidays), extra or {}
        self.step = step
        self._said: dict[date, tuple[list, list]] = {}

    def wall(self, u: int) -> datetime:
        return datetime.fromtimestamp(u, self.zone)

    def said_for(self, day: date) -> tuple[list, list]:
        """(windows that begin on the date, windows that came over midnight) in force on it."""
        if day not in self._said:
            self._said[day] = self._look_up(day)
        return self._said[day]

    def _look_up(self, day: date) -> tuple[list, list]:
        if day in self.extra:
            return self._heads(self.extra[day]), []
        if day in self.holidays:
            return [], []
        before = day - ONE_DAY
        evening = list(self.weekly.get(NAMES[before.weekday()], [])) + list(self.extra.get(before, []))
        return self._heads(self.weekly.get(NAMES[day.weekday()], [])), [(0, e) for e in self._over(evening)]

    @staticmethod
    def _heads(windows) -> list:
        pairs = [(seconds_of(a), seconds_of(b)) for a, b in windows]
        return [(a, b if a <= b else 86_400) for a, b in pairs]

    @staticmethod
    def _over(windows) -> list[int]:
        return [seconds_of(b) for a, b in windows if seconds_of(b) < seconds_of(a)]

    def is_open(self, u: int) -> bool:
        wall = self.wall(u)
        clock = wall.hour * 3600 + wall.minute * 60 + wall.second
        own, over = self.said_for(wall.date())
        return any(a <= clock < b for a, b in own) or any(a <= clock < b for a, b in over)

    def strides(self, u: int, end: int):
        """[u, end) in strides that never cross a multiple of the step."""
        while u < end:
            v = min(end, u - u % self.step + self.step)
            yield u, v
            u = v

    def between(self, start: int, end: int) -> int:
        if end < start:
            return -self.between(end, start)
        return sum(v - u for u, v in self.strides(start, end) if self.is_open(u))

    def next_open(self, start: int, limit: int) -> int | None:
        return next((u for u, _ in self.strides(start, limit) if self.is_open(u)), None)

    def next_close(self, start: int, limit: int) -> int | None:
        opens = self.next_open(start, limit)
        if opens is None:
            return None
        return next((u for u, _ in self.strides(opens, limit) if not self.is_open(u)), None)

    def add(self, start: int, seconds: int, limit: int) -> int | None:
        """Walk on until the time is used up; None when that is not before the limit."""
        for u, v in self.strides(start, limit):
            if self.is_open(u):
                if seconds <= v - u:
                    return u + seconds
                seconds -= v - u
        return None

    def subtract(self, start: int, seconds: int, limit: int) -> int | None:
        """Walk back until the time is used up; None when that is not after the limit."""
        v = start
        while v > limit:
            u = (v - 1) - (v - 1) % self.step
            if self.is_open(u):
                if seconds <= v - u:
                    return v - seconds
                seconds -= v - u
            v = u
        return None

    # Working days: each instant of a local date is looked at, in the order of time.

    def instants_of(self, day: date):
        noon = int((datetime(day.year, day.month, day.day, 12) - datetime(1970, 1, 1)).total_seconds())
        for u in range(noon - 30 * 3600, noon + 30 * 3600, self.step):
            if self.wall(u).date() == day:
                yield u

    def is_workday(self, day: date) -> bool:
        own, _ = self.said_for(day)
        for u in self.instants_of(day):
            wall = self.wall(u)
            clock = wall.hour * 3600 + wall.minute * 60 + wall.second
            if any(a <= clock < b for a, b in own):
                return True
        return False

    def day_close(self, day: date) -> int:
        return max(u for u in self.instants_of(day) if self.is_open(u)) + self.step

    def add_workdays(self, day: date, days: int, limit: int) -> date | None:
        """None when it takes more than `limit` calendar days."""
        stride = ONE_DAY if days >= 0 else -ONE_DAY
        left = abs(days)
        for _ in range(limit):
            if self.is_workday(day):
                if left == 0:
                    return day
                left -= 1
            day += stride
        return None

    def workdays_between(self, start: date, end: date) -> int:
        if end < start:
            return -self.workdays_between(end, start)
        return sum(self.is_workday(start + ONE_DAY * n) for n in range(1, (end - start).days + 1))

    def promise(self, u: int, days: int, cutoff: str, limit: int) -> date | None:
        day = self.wall(u).date()
        if not self.is_workday(day) or self.too_late(u, day, cutoff):
            day += ONE_DAY
        zero = self.add_workdays(day, 0, limit)
        return zero and self.add_workdays(zero, days, limit)

    def too_late(self, u: int, day: date, cutoff: str) -> bool:
        if cutoff == "close":
            return u >= self.day_close(day)
        latest = seconds_of(cutoff)
        return any(
            v <= u and self.wall(v).hour * 3600 + self.wall(v).minute * 60 >= latest
            for v in self.instants_of(day)
        )
