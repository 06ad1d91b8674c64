"""What the page about feeds shows: messages of shops' systems, the newest first, and what became of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet

from core.clock import now
from core.errors import NotFound
from orders.actions.hook_keeping import BODY_KEPT
from orders.models import IncomingHook

PAGE = 50
MOST_COUNTED = timedelta(days=7)
MOST_SHOWN = 200_000  # characters of a body on the page
S = IncomingHook.State
STATES = [(state.value, state.label) for state in (S.FAILED, S.WAITING, S.QUEUED, S.DONE, S.IGNORED)]
SOURCES = IncomingHook.Source.choices


def listed(state: str, source: str, after: str) -> tuple[list[IncomingHook], str]:
    """A page of messages without their bodies, and what leads to the next one ("" at its end)."""
    rows: QuerySet[IncomingHook] = IncomingHook.objects.select_related("store", "order").defer(
        "body", "headers"
    )
    if state in S.values:
        rows = rows.filter(state=state)
    if source in IncomingHook.Source.values:
        rows = rows.filter(source=source)
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def counts() -> dict[str, int]:
    """How many failed, wait or stand in the queue: of the last seven days."""
    rows = IncomingHook.objects.filter(
        state__in=(S.FAILED, S.WAITING, S.QUEUED), received_at__gte=now() - MOST_COUNTED
    )
    return dict(rows.order_by().values_list("state").annotate(n=Count("pk")))


def shown(public_id: str) -> dict[str, Any]:
    """One message: what it was, what came of it, its body as text. Raises NotFound."""
    hook = IncomingHook.objects.select_related("store", "order").filter(public_id=public_id).first()
    if hook is None:
        raise NotFound()
    text = as_text(bytes(hook.body))
    return {
        "hook": hook,
        "text": text[:MOST_SHOWN],
        "cut": len(text) > MOST_SHOWN,
        "size": len(bytes(hook.body)),
        "headers": sorted(hook.headers.items()),
        "may_retry": hook.state in (S.FAILED, S.WAITING) and bool(hook.body),
        "days": BODY_KEPT.get(S(hook.state)),
    }


def as_text(body: bytes) -> str:
    """A body for reading: JSON indented, anything else as it is, broken letters marked."""
    plain = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(plain), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return plain
