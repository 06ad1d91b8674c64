"""The round that moves chats on."""

from __future__ import annotations

from datetime import datetime

from core import worker
from core.clock import now
from livechat import actions
from livechat.limits import NOT_WATCHED


class Watch:
    """Since when this process has seen every round: while nothing ran, nobody could give a sign of life either.

    Only a grace for those who were cut off with us; every deadline is a row.
    """

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.last: datetime | None = None

    def look(self, at: datetime) -> datetime:
        """A round at this instant; from when on absence counts."""
        if self.since is None or self.last is None or not self.last <= at <= self.last + NOT_WATCHED:
            self.since = at
        self.last = at
        return self.since


_watch = Watch()


@worker.every(1)
def move_chats_on() -> int:
    """One round; any number of workers may run it at once."""
    return actions.sweep(watched_since=_watch.look(now()))
