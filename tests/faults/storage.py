"""What a browser keeps of a person: the outbox, and for the test all that was ever written and acknowledged."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.client import Tab

Frame = dict[str, Any]


@dataclass
class Entry:
    """A message on its way."""

    id: str
    stream: str
    body: str
    kind: str = "reply"
    error: Frame | None = None


class Storage:
    """One person's outbox, by stream, and what was ever acknowledged to them."""

    def __init__(self) -> None:
        self.outbox: dict[str, list[Entry]] = defaultdict(list)
        self.written: dict[str, list[str]] = defaultdict(list)  # ids in the order they were written
        self.acked: dict[str, int] = {}  # id: seq
        self.acked_at: dict[str, float] = {}
        self.failed: list[Entry] = []
        self.tabs: list[Tab] = []

    def write(self, stream: str, body: str, **more: Any) -> Entry:
        """Into the outbox first; it goes out by itself."""
        entry = Entry(str(more.pop("id", uuid.uuid4())), stream, body, **more)
        self.outbox[stream].append(entry)
        self.written[stream].append(entry.id)
        for tab in self.tabs:
            tab.wake_sender(stream)
        return entry

    def drop(self, stream: str, id: str) -> Entry | None:
        found = next((entry for entry in self.outbox[stream] if entry.id == id), None)
        if found is not None:
            self.outbox[stream].remove(found)
            for tab in self.tabs:
                tab.wake_sender(stream)
        return found

    def forget_all_but(self, ids: set[str | None]) -> None:
        """What a restored back-up does not hold was never written, as far as anybody can know."""
        self.acked = {id: seq for id, seq in self.acked.items() if id in ids}
        for stream, written in self.written.items():
            unsent = {entry.id for entry in self.outbox[stream]}
            self.written[stream] = [id for id in written if id in ids or id in unsent]

    def note_ack(self, id: str, seq: int) -> None:
        self.acked[id] = seq
        self.acked_at.setdefault(id, time.monotonic())

    @property
    def unsent(self) -> int:
        return sum(map(len, self.outbox.values()))
