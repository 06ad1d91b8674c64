"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import outbox, worker
from core.db import retrying
from orders.actions import changes, hook_keeping, hooks, import_jobs, import_steps, mailed, watching
from orders.actions.return_photos import forget_unsent_photos
from orders.anchors import add_anchor


@worker.every(3600, shared=True)
def forget_photos() -> None:
    """Photographs that nobody sent."""
    forget_unsent_photos()


@outbox.handler(hook_keeping.JOB)
def run_hook(payload: dict[str, Any]) -> None:
    """One message of a shop's system."""
    hooks.run_hook(hook_id=int(payload["hook"]))


@outbox.handler(changes.LAPSE)
def lapse_change(payload: dict[str, Any]) -> None:
    """Nobody answered in the time told."""
    retrying(changes.lapse_change, proposal_id=int(payload["proposal"]))


@worker.every(3600, shared=True)
def anchor_record() -> None:
    """The record's signed sum, once a day."""
    add_anchor()


@worker.every(3600, shared=True)
def look_again() -> None:
    """Messages whose order came by another way."""
    hook_keeping.look_again()


@worker.every(3600, shared=True)
def forget_hooks() -> None:
    """Messages whose time is over."""
    hook_keeping.forget_hooks()


@outbox.handler(import_jobs.JOB)
def carry_on_import(payload: dict[str, Any]) -> None:
    """A file of orders, from where it stands."""
    import_steps.carry_on(run_id=int(payload["run"]))


@worker.every(3600, shared=True)
def forget_imports() -> None:
    """Files that nobody brought in, rejected rows whose time is over."""
    import_jobs.forget_imports()


@worker.every(2)
def look_at_parcels() -> None:
    """Parcels whose time has come: late, stuck, or moving again."""
    watching.look_at_due()


@outbox.handler(mailed.KEEP_MAIL)
def keep_mail(payload: dict[str, Any]) -> None:
    """A mail about an order left for its buyer."""
    at = datetime.fromisoformat(payload["at"])
    told = {name: payload[name] for name in ("ticket", "what", "seq")}
    retrying(mailed.keep_mail, order_id=payload["order"], at=at, **told)


@outbox.handler(watching.AGAIN)
def look_at_store_again(payload: dict[str, Any]) -> None:
    """A store's rules about late parcels changed."""
    watching.look_again(store_id=int(payload["store"]), after=int(payload["after"]))
