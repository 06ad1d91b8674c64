"""Messages of shops' systems: kept as they came, then taken in by a job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked, retrying
from core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from orders import permissions
from orders.actions.hook_keeping import JOB, queue_again
from orders.actions.hook_news import Waiting, take_in
from orders.hooks.models import IncomingHook
from orders.hooks.reading import load
from orders.hooks.sources import SOURCES
from orders.models import Store

S = IncomingHook.State


@dataclass(frozen=True, slots=True)
class Message:
    """One signed message as it came: raw body, and the headers that are kept."""

    source: str
    topic: str
    delivery_id: str
    body: bytes
    headers: Mapping[str, str]


def keep_hook(*, actor: Actor, store: Store, message: Message) -> tuple[IncomingHook, bool]:
    """Keep a message and leave the work to a job; the row and whether it is new. The same delivery is kept once.

    A topic that nothing is done with is kept all the same. Raises Forbidden.
    """
    if not actor.is_system:
        raise Forbidden()
    source, at = SOURCES[message.source], now()
    known = message.topic in source.TOPICS
    delivery = message.delivery_id[:100] or f"sha256:{hashlib.sha256(message.body).hexdigest()}"
    row = IncomingHook(
        store=store,
        source=message.source,
        topic=message.topic[:80].replace("\x00", ""),
        delivery_id=delivery.replace("\x00", ""),
        received_at=at,
        body=message.body,
        headers=dict(message.headers),
        state=S.QUEUED if known else S.IGNORED,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if known:
                outbox.enqueue(JOB, {"hook": row.pk})
    except IntegrityError:
        came = IncomingHook.objects.filter(store=store, source=row.source, delivery_id=row.delivery_id)
        return came.get(), False
    return row, True


def run_hook(*, hook_id: int) -> None:
    """Take one message in. What it says wrongly is kept with the words; a fault of ours is kept and raised."""
    try:
        retrying(_take, hook_id=hook_id)
    except Waiting as words:
        _close(hook_id, S.WAITING, str(words), ref=words.ref)
    except DeskError as error:
        _close(hook_id, S.FAILED, words_of(error))
    except Exception:
        _close(hook_id, S.FAILED, _("This could not be taken in through a fault of ours; it is tried again."))
        raise


def _take(*, hook_id: int) -> None:
    with transaction.atomic():
        hook = locked(IncomingHook.objects.filter(pk=hook_id).select_related("store")).first()
        if hook is None or hook.state in (S.DONE, S.IGNORED):
            return
        source = SOURCES[hook.source]
        told = source.read(hook.topic, load(bytes(hook.body)))
        hook.ref = told.key[:100]
        news = take_in(actor=SYSTEM, store=hook.store, source=hook.source, told=told)
        hook.order_id, hook.state, hook.error, hook.done_at = news.order_id, S.DONE, "", now()
        hook.attempts += 1
        hook.save(update_fields=["ref", "order", "state", "error", "done_at", "attempts"])
        if news.refs:
            queue_again(IncomingHook.objects.filter(store=hook.store, state=S.WAITING, ref__in=news.refs))


def _close(hook_id: int, state: str, words: str, ref: str = "") -> None:
    with transaction.atomic():
        hook = locked(IncomingHook.objects.filter(pk=hook_id)).first()
        if hook is None:
            return
        hook.state, hook.error, hook.attempts = state, words[:500], hook.attempts + 1
        hook.ref = ref[:100] or hook.ref
        hook.save(update_fields=["state", "error", "attempts", "ref"])


def words_of(error: DeskError) -> str:
    """An error in one line, with the field that it is about."""
    fields = [f"{name}: {' '.join(map(str, words))}" for name, words in error.fields.items()]
    return " ".join(fields) or str(error.message)


def retry_hook(*, actor: Actor, hook: str) -> IncomingHook:
    """Put a message that failed or waits into the queue again. Raises NotFound, Forbidden, Conflict, Invalid."""
    with transaction.atomic():
        row = locked(IncomingHook.objects.filter(public_id=hook)).first()
        if not permissions.sees_hooks(actor):
            raise Forbidden()
        if row is None:
            raise NotFound()
        if row.state == S.QUEUED:
            return row
        if row.state not in (S.FAILED, S.WAITING):
            raise Conflict(_("This message is taken in already, or nothing is done with its topic."))
        if not row.body:
            raise Invalid(_("Its text is no longer kept: ask the shop's system to send it again."))
        queue_again([row])
        row.state = S.QUEUED
        return row
