"""What this room holds about a person: profile, log-in, verification, what was asked about privacy."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.actions import erasing
from accounts.models import (
    Person,
    PersonalShopper,
    PrivacyRequest,
    User,
    Verification,
    VerificationDocument,
)
from core import privacy
from core.privacy import Held, Part

PROFILE = (
    "public_id",
    "kind",
    "name",
    "email",
    "mobile",
    "company",
    "website",
    "member_type",
    "language",
    "timezone",
)


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    files = VerificationDocument.objects.filter(verification__person_id=person_id, removed_at=None)
    return [
        Held(_("Profile and contact data"), 1),
        Held(_("Log-in"), User.objects.filter(person_id=person_id).count()),
        Held(_("Applications for verification"), Verification.objects.filter(person_id=person_id).count()),
        Held(_("Identity documents"), files.count()),
        Held(_("Privacy requests"), PrivacyRequest.objects.filter(person_id=person_id).count()),
    ]


def export(person_id: int) -> Part:
    """Everything of it, and the documents themselves."""
    person = Person.objects.get(pk=person_id)
    applications = (
        Verification.objects.filter(person_id=person_id).order_by("pk").prefetch_related("documents")
    )
    files = [
        (f"{document.pk}-{document.name}", document.file)
        for one in applications
        for document in one.documents.all()
        if document.file
    ]
    return Part(
        {
            "profile": {
                **{name: str(getattr(person, name) or "") for name in PROFILE},
                "since": person.created_at,
            },
            "log_in": _log_in(person_id),
            "verification": [_application(one) for one in applications],
            "privacy_requests": list(
                PrivacyRequest.objects.filter(person_id=person_id)
                .order_by("pk")
                .values("kind", "state", "words", "answer", "created_at", "confirmed_at", "handled_at")
            ),
            "personal_shoppers": list(
                PersonalShopper.objects.filter(buyer_id=person_id)
                .order_by("pk")
                .values("shopper__name", "since", "until")
            ),
        },
        tuple(files),
    )


def _log_in(person_id: int) -> dict[str, Any]:
    user = User.objects.filter(person_id=person_id).first()
    if user is None:
        return {}
    plain = model_to_dict(user, fields=("email", "name", "phone", "phone_verified"))
    sessions = UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at", "last_seen_at")
    return {
        **{name: str(value) for name, value in plain.items()},
        "joined": user.date_joined,
        "last_login": user.last_login,
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "sessions": list(sessions),
    }


def _application(one: Verification) -> dict[str, Any]:
    return {
        "state": one.state,
        "submitted_at": one.submitted_at,
        "decided_at": one.decided_at,
        "reason": one.reason,
        "words": one.words,
        "documents": [
            {
                "name": d.name,
                "type": d.content_type,
                "size": d.size,
                "sha256": d.digest,
                "removed_at": d.removed_at,
            }
            for d in one.documents.all()
        ],
    }


privacy.register("accounts", held=held, export=export, erase=erasing.erase_person)
