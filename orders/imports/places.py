"""Where this process stands in the files that it brings in: a next step reads on and not from the beginning.

A process that died, or another worker that takes a step, begins anew and passes over what is through; that too ends
in time and goes on in a next step, so that no file keeps a worker from everything else.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from orders.imports.formats import context_of, reader_for
from orders.imports.lines import Source, look_at
from orders.imports.results import Found, Reject
from orders.imports.runner import batches
from orders.imports.states import done_of
from orders.models import Import

MOST_OPEN = 4  # files that one process keeps open between two steps
Batch = list[Found | Reject]


@dataclass(slots=True)
class Place:
    """A file in the middle of being read; `done` orders of it are behind."""

    source: Source
    ahead: Iterator[Batch]
    done: int = 0
    pending: Batch = field(default_factory=list)

    def next_batch(self) -> Batch | None:
        """The next orders, or None at the end. Raises Unreadable."""
        batch, self.pending = self.pending or next(self.ahead, []), []
        self.done += len(batch)
        return batch or None

    def reach(self, done: int, deadline: float) -> bool:
        """Pass over the orders that are through; False where that takes longer than until `deadline`."""
        while self.done < done:
            batch = self.next_batch()
            if batch is None:
                break
            if (over := self.done - done) > 0:
                self.pending, self.done = batch[-over:], done
            elif time.monotonic() > deadline:
                return self.done >= done
        return True

    def close(self) -> None:
        """Let the file go."""
        with contextlib.suppress(Exception):
            self.ahead.close()  # type: ignore[attr-defined]  # a generator, whose own file ends with it
        self.source.file.close()


Key = tuple[object, ...]
_kept: dict[Key, Place] = {}
_lock = threading.Lock()


def _key(run: Import) -> Key:
    """A file and all that says how it is read: columns that were matched anew are another reading."""
    return run.public_id, run.state, run.format, run.dates, *sorted(run.mapping.items())


def take(run: Import, size: int) -> Place:
    """The place of a run, taken out of those that are kept; at the file's beginning when there is none.

    `size`: orders of a batch. Raises Unreadable, and FileNotFoundError when the file is gone.
    """
    from orders.actions.import_jobs import open_file

    with _lock:
        place = _kept.pop(_key(run), None)
    if place is not None:
        if place.done <= done_of(run):
            return place
        place.close()  # what it stands behind was never kept
    source = Source(open_file(run), run.filename)
    try:
        look_at(source)
        reader = reader_for(source, run.format)
        items = reader.read(source, context_of(run.store, run.mapping, run.dates))
        return Place(source, batches(items, size))
    except BaseException:
        source.file.close()
        raise


def keep(run: Import, place: Place) -> None:
    """For the next step of this process; the oldest is let go when there are too many."""
    with _lock:
        old = [_kept.pop(_key(run), None)]
        _kept[_key(run)] = place
        if len(_kept) > MOST_OPEN:
            old.append(_kept.pop(next(iter(_kept))))
    for one in old:
        if one is not None:
            one.close()
