"""Past days lived through in their order: lives of orders and talks, clocks that run out, what follows from it.

The house's clock is led from instant to instant, so that every row, clock and transition is stamped with
the time at which it would have happened. Nobody looks on: nothing is pushed and no mail leaves.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace

import core.clock
import sla.queries
from core import outbox
from core.events import history
from core.models import Outbox
from sla.actions import fire_clock
from sla.models import Clock, PolicyVersion

Life = Iterator[datetime]  # yields the instant at which it wants to go on
SECOND = timedelta(seconds=1)
MAILS = (
    "chat.mail",
    "mail.send",
    "ticket.ask_mark",
    "ticket.level_mail",
    "ticket.link",
    "ticket.mail",
    "ticket.received",
    "ticket.rule_mail",
)


class Timeline:
    """Lives that take turns by their instants, up to the present."""

    def __init__(self, present: datetime) -> None:
        self.present = present
        self._turns: list[tuple[datetime, int, Life]] = []
        self._count = itertools.count()
        self._at = present

    def add(self, life: Life) -> None:
        """Let a life begin; its first instant says when. What lies in the future never happens."""
        at = next(life, None)
        if at is not None and at <= self.present:
            heapq.heappush(self._turns, (at, next(self._count), life))

    @contextlib.contextmanager
    def journey(self) -> Iterator[None]:
        """The house's clock stands where the timeline is; effects and mails stay away."""
        kept = core.clock.timezone, core.clock.offset
        core.clock.timezone = SimpleNamespace(now=lambda: self._at)  # type: ignore[assignment]
        core.clock.offset = timedelta
        try:
            with history(), outbox.unsent(MAILS), _unchanging_rules():
                yield
        finally:
            core.clock.timezone, core.clock.offset = kept

    def move(self, at: datetime) -> None:
        """Go to an instant, backwards too."""
        self._at = at

    def run(self, look: Callable[[datetime], None], progress: Callable[[float], None]) -> None:
        """Live through it all. `look` is called after whatever the machine did, with the instant."""
        began, total = (self._turns[0][0] if self._turns else self.present), timedelta()
        total = self.present - began
        while self._turns:
            at, _n, life = heapq.heappop(self._turns)
            self._fire_until(at, look)
            self.move(at)
            following = next(life, None)
            self._follow_up(look)
            if following is not None and following <= self.present:
                heapq.heappush(self._turns, (max(following, at), next(self._count), life))
            progress((at - began) / total if total else 1.0)
        self._fire_until(self.present, look)
        self.move(self.present)

    def _fire_until(self, at: datetime, look: Callable[[datetime], None]) -> None:
        """Warn and breach what is due before an instant, each at its own; a second later, since due is kept.

        What the worker was told to do at a later hour has its turn at that hour.
        """
        while True:
            due = Clock.objects.filter(next_fire_at__lt=at - SECOND).order_by("next_fire_at", "id")
            clock = due.values_list("id", "next_fire_at").first()
            until = clock[1] + SECOND if clock and clock[1] else at
            put_off = self._put_off(until)
            if put_off is not None:
                self.move(put_off)
            elif clock is None or clock[1] is None:
                return
            else:
                self.move(until)
                fire_clock(clock[0])
            self._follow_up(look)

    def _put_off(self, until: datetime) -> datetime | None:
        """When the first effect is to be carried out that waits for its hour before an instant."""
        rows = Outbox.objects.filter(state=Outbox.State.READY, run_after__lt=until)
        return rows.order_by("run_after").values_list("run_after", flat=True).first()

    def _follow_up(self, look: Callable[[datetime], None]) -> None:
        if not Outbox.objects.filter(state=Outbox.State.READY, run_after__lte=self._at).exists():
            return
        while outbox.run_due():
            pass
        look(self._at)


@contextlib.contextmanager
def _unchanging_rules() -> Iterator[None]:
    """Nobody edits a policy in these ninety days, so which one rules what is asked once for each kind of facts."""
    ask: Callable[[Mapping[str, str]], PolicyVersion | None] = sla.queries.match_policy
    known: dict[tuple[tuple[str, str], ...], PolicyVersion | None] = {}

    def match_policy(facts: Mapping[str, str]) -> PolicyVersion | None:
        key = tuple(sorted(facts.items()))
        if key not in known and (found := ask(facts)) is not None:
            known[key] = found
        return known.get(key)

    places = (sla.queries, sla.queries.policies)
    for place in places:
        place.match_policy = match_policy  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for place in places:
            place.match_policy = ask  # type: ignore[attr-defined]
