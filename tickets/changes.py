"""What tickets does about proposed changes of orders: each step is a row that the worker tells on the ticket."""

from __future__ import annotations

from typing import Any

from core import outbox
from core.db import retrying
from core.events import inside
from orders.actions.change_steps import INSIDE
from orders.events import ChangeStepped
from tickets.actions.changes import tell_change_step


@inside(ChangeStepped)
def note_step(event: ChangeStepped) -> None:
    """Telling may fail, so it is a row that a job carries out; once for each step."""
    if event.step in INSIDE:
        return
    payload = {"proposal": event.proposal_id, "step": event.step, "seq": event.seq}
    outbox.enqueue("ticket.change_stepped", payload, key=f"change:{event.proposal_id}:{event.step}")


@outbox.handler("ticket.change_stepped")
def tell_step(payload: dict[str, Any]) -> None:
    """On the thread and by mail."""
    retrying(tell_change_step, proposal_id=payload["proposal"], step=payload["step"], seq=payload["seq"])
