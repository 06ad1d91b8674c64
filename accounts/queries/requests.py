"""Reads about verification and privacy requests. `access_*` are the only ways to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import (
    DocumentLook,
    Person,
    PrivacyRequest,
    Team,
    User,
    Verification,
    VerificationDocument,
    VerificationStep,
)
from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from sla.models import OPEN_STATES, Clock
from sla.queries import Quote, quote

VERIFICATION, PRIVACY = "verification", "privacy"  # kinds of clock owners
BUSINESS = (Person.MemberType.WHOLESALER, Person.MemberType.DROPSHIPPER)


# Whose, and by when -------------------------------------------------------------------------------------


def desk() -> Team:
    """The desk that verifies and answers privacy requests; its calendar counts both promises. NotFound without it."""
    team = Team.objects.select_related("calendar").filter(code=permissions.DESK).first()
    if team is None:
        raise NotFound()
    return team


def facts_of(person: Person) -> dict[str, str]:
    """What policies match for a promise to a person."""
    return {
        "category": "account",
        "priority": "normal",
        "channel": "web",
        "member_type": person.member_type,
        "team": permissions.DESK,
        "store": "",
    }


def promise_to(person: Person, metric: str, at: datetime) -> Quote | None:
    """By when it would be done if it were asked at `at`; None where no policy promises anything."""
    team = Team.objects.filter(code=permissions.DESK).first()
    if team is None:
        return None
    return quote(facts=facts_of(person), calendar_id=team.calendar_id, metric=metric, at=at)


def with_due(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """The rows with the due of their open clock as `due` and its state as `clock_state` (None without one)."""
    states = [str(state) for state in OPEN_STATES]
    mine = Clock.objects.filter(owner_kind=kind, owner_id=OuterRef("pk"), state__in=states)
    return rows.annotate(due=Subquery(mine.values("due")[:1]), clock_state=Subquery(mine.values("state")[:1]))


def last_clock(kind: str, owner_id: int) -> Clock | None:
    """The newest promise of an owner, for its receipt."""
    rows = Clock.objects.filter(owner_kind=kind, owner_id=owner_id).select_related(
        "calendar_version__calendar", "policy_version__policy"
    )
    return rows.order_by("-pk").first()


# Verification -------------------------------------------------------------------------------------------


def access_verification(actor: Actor, public_id: str, *, lock: bool = False) -> Verification:
    """An application that this actor may see: one's own, or one that was sent, for the desk. NotFound otherwise."""
    rows = Verification.objects.filter(permissions.visible_verifications(actor), public_id=public_id)
    found = (locked(rows) if lock else rows.select_related("person", "decided_by")).first()
    if found is None:
        raise NotFound()
    return found


def current_verification(person_id: int) -> Verification | None:
    """The newest application that was not withdrawn."""
    rows = Verification.objects.filter(person_id=person_id).exclude(state=Verification.State.WITHDRAWN)
    return rows.order_by("-pk").first()


def is_verified(person_id: int) -> bool:
    """Whether the newest decision about a person says so."""
    decided = (Verification.State.APPROVED, Verification.State.REFUSED)
    newest = Verification.objects.filter(person_id=person_id, state__in=decided).order_by("-pk").first()
    return newest is not None and newest.state == Verification.State.APPROVED


def documents_of(verification: Verification) -> QuerySet[VerificationDocument]:
    """The files that belong to it now, oldest first."""
    return verification.documents.filter(removed_at=None).order_by("pk")


def access_document(actor: Actor, public_id: str) -> VerificationDocument:
    """A document that the verifying staff may open: sent in, still kept, and not their own. NotFound otherwise."""
    rows = VerificationDocument.objects.select_related("verification")
    found = rows.filter(
        public_id=public_id, removed_at=None, verification__submitted_at__isnull=False
    ).first()
    if found is None or not permissions.can_verify(actor) or found.verification.person_id == actor.id:
        raise NotFound()
    return found


def looks_at(verification: Verification) -> QuerySet[DocumentLook]:
    """Who opened which document of an application when, newest first."""
    rows = DocumentLook.objects.filter(document__verification=verification)
    return rows.select_related("document", "person").order_by("-at", "-pk")


def steps_of(verification: Verification) -> list[dict[str, Any]]:
    """What happened to an application, oldest first, with the names of staff."""
    rows = list(VerificationStep.objects.filter(verification=verification).order_by("pk"))
    people = Person.objects.in_bulk([row.actor_id for row in rows if row.actor_id])
    return [
        {"verb": row.verb, "at": row.at, "by": people.get(row.actor_id or 0), "reason": row.reason}
        for row in rows
    ]


def verification_queue(actor: Actor) -> QuerySet[Any]:
    """What waits for a decision, the nearest due first, with `due`, `clock_state` and the number of `files`."""
    rows = Verification.objects.filter(
        permissions.visible_verifications(actor), state=Verification.State.SUBMITTED
    ).exclude(person_id=actor.id)
    files = Count("documents", filter=Q(documents__removed_at=None))
    return with_due(rows.annotate(files=files), VERIFICATION).select_related("person").order_by("due", "pk")


def decided_lately(actor: Actor, limit: int = 10) -> list[Verification]:
    """The newest decisions that this actor may see."""
    rows = Verification.objects.filter(permissions.visible_verifications(actor), decided_at__isnull=False)
    rows = rows.exclude(state=Verification.State.SUBMITTED).exclude(person_id=actor.id)
    return list(rows.select_related("person", "decided_by").order_by("-decided_at", "-pk")[:limit])


def missing_of(person: Person, user: User | None = None) -> list[Any]:
    """What a complete profile would still have, in words. A complete one is verified faster."""
    lacks = []
    if not person.name:
        lacks.append(_("your name"))
    if not person.email:
        lacks.append(_("a confirmed e-mail address"))
    if not (person.mobile or (user and user.phone)):
        lacks.append(_("a mobile number"))
    if person.member_type in BUSINESS and not person.company:
        lacks.append(_("your company"))
    if person.member_type in BUSINESS and not person.website:
        lacks.append(_("your company’s web site"))
    return lacks


# Privacy ------------------------------------------------------------------------------------------------


def access_request(actor: Actor, public_id: str, *, lock: bool = False) -> PrivacyRequest:
    """A request that this actor may see: one's own, or a confirmed one for those who answer. NotFound otherwise."""
    rows = PrivacyRequest.objects.filter(permissions.visible_requests(actor), public_id=public_id)
    found = (locked(rows) if lock else rows.select_related("person", "handled_by")).first()
    if found is None:
        raise NotFound()
    return found


def requests_of(person_id: int) -> QuerySet[Any]:
    """One's own requests with `due`, newest first."""
    return with_due(PrivacyRequest.objects.filter(person_id=person_id), PRIVACY).order_by("-pk")


def privacy_queue(actor: Actor) -> QuerySet[Any]:
    """What waits for staff or runs, the nearest due first, with `due` and `clock_state`."""
    waiting = (PrivacyRequest.State.OPEN, PrivacyRequest.State.APPROVED)
    rows = PrivacyRequest.objects.filter(permissions.visible_requests(actor), state__in=waiting)
    return with_due(rows.exclude(person_id=actor.id), PRIVACY).select_related("person").order_by("due", "pk")


__all__ = [
    "PRIVACY",
    "VERIFICATION",
    "access_document",
    "access_request",
    "access_verification",
    "current_verification",
    "decided_lately",
    "desk",
    "documents_of",
    "facts_of",
    "is_verified",
    "last_clock",
    "looks_at",
    "missing_of",
    "privacy_queue",
    "promise_to",
    "requests_of",
    "steps_of",
    "verification_queue",
    "with_due",
]
