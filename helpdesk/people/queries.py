"""What the desk's pages about people show: who waits, what they sent, who looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import PrivacyRequest, User, Verification
from accounts.permissions import can_verify
from accounts.queries import requests as queries
from core import privacy
from core.actors import Actor
from core.clock import now
from core.filetypes import INLINE
from sla.models import Unit
from sla.receipts import receipt

MOST = 100
STATES = {"breached": "late", "running": "fine"}
Shown = dict[str, Any]


def lists(actor: Actor) -> Shown:
    """Both queues, the nearest due first, and what was decided lately."""
    return {
        "verifications": [_waiting(row) for row in queries.verification_queue(actor)[:MOST]],
        "requests": [_waiting(row) for row in queries.privacy_queue(actor)[:MOST]],
        "decided": queries.decided_lately(actor),
    }


def _waiting(row: Any) -> Shown:
    late = row.due is not None and row.due < now()
    # The end of a day belongs to that day: what is due at midnight is to be done the day before.
    return {"row": row, "sla": "late" if late else "ok", "due": row.due and row.due - timedelta(seconds=1)}


def verification_shown(actor: Actor, found: Verification) -> Shown:
    """One application: the person's data, documents with their looks, steps, the promise."""
    user = User.objects.filter(person_id=found.person_id).first()
    verifies = can_verify(actor) and found.person_id != actor.id
    # What was taken back before anybody saw it is nobody's business.
    kept = Q(removed_at=None) | Q(seen__gt=0)
    documents = found.documents.annotate(seen=Count("looks")).filter(kept).order_by("removed_at", "pk")
    return {
        "verification": found,
        "person": found.person,
        "user": user,
        "missing": queries.missing_of(found.person, user),
        "documents": documents,
        "inline": INLINE,
        "looks": list(queries.looks_at(found)[:MOST]),
        "steps": queries.steps_of(found),
        "may_decide": verifies and found.state == Verification.State.SUBMITTED,
        "may_look": verifies,
        "reasons": [
            choice for choice in Verification.Reason.choices if choice[0] != Verification.Reason.COMPLETE
        ],
        **_promise(queries.VERIFICATION, found.pk),
    }


def request_shown(actor: Actor, found: PrivacyRequest) -> Shown:
    """One privacy request: what is asked, what is held, the promise."""
    open_now = found.state == PrivacyRequest.State.OPEN and found.kind != PrivacyRequest.Kind.EXPORT
    return {
        "asked": found,
        "person": found.person,
        "held": privacy.held_about(found.person_id),
        "may_decide": open_now and found.person_id != actor.id,
        **_promise(queries.PRIVACY, found.pk),
    }


def _promise(kind: str, owner_id: int) -> Shown:
    clock = queries.last_clock(kind, owner_id)
    zone = timezone.get_current_timezone_name()
    in_days = clock is not None and clock.unit == Unit.CALENDAR_DAYS
    return {
        "clock": clock,
        "last_day": clock.due - timedelta(seconds=1) if clock and clock.due and in_days else None,
        "lines": receipt(clock, zone=zone) if clock else [],
        "desk_zone": clock.calendar_version.calendar.timezone if clock else "",
    }
