"""Log-ins of the demo shop. Only the seven that the banner names have a known password."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.actions import join_person
from accounts.models import Person, User
from core.actors import SYSTEM
from core.clock import now

PASSWORD = "demo-pass-1"


def give_login(person: Person, *, known: bool = False, admin: bool = False, phone: str | None = None) -> User:
    """A log-in with a confirmed address for this person; without a known password nobody can use it."""
    user = User.objects.create_user(
        person.email or "",
        PASSWORD if known else None,
        name=person.name,
        phone=phone,
        phone_verified=bool(phone),
        is_staff=admin,
        is_superuser=admin,
        date_joined=now(),
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    join_person(actor=SYSTEM, user=user)
    return user
