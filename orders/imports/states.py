"""What a file of orders goes through: drafted, tried, brought in."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Import

DRAFT, CHECKING, CHECKED = "draft", "checking", "checked"
QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
ALL = (DRAFT, CHECKING, CHECKED, QUEUED, RUNNING, DONE, FAILED)
CHOICES = [(state, state) for state in ALL]
AT_WORK = (CHECKING, QUEUED, RUNNING)
ENDED = (DONE, FAILED)
STILL = timedelta(seconds=30)  # a worker that lives moves a file much sooner
COUNTED = ("created", "updated", "unchanged", "rejected")


def done_of(run: Import) -> int:
    """How many orders of the file are through: what is taken up again begins after them."""
    if run.state == CHECKING:
        return sum((run.checked or {}).values())
    return run.created + run.updated + run.unchanged + run.rejected


def has_stopped(run: Import, at: datetime) -> bool:
    """Whether nobody is at a file that should be worked on: its process died, or no worker runs."""
    return run.state in AT_WORK and at - (run.moved_at or run.started_at) > STILL
