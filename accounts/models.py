"""Who: persons, their log-ins, teams and presence."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.ids import new_public_id


class Person(models.Model):
    """Whom orders and tickets point to, with or without a log-in."""

    class Kind(models.TextChoices):
        BUYER = "buyer"
        GUEST = "guest"
        STAFF = "staff"

    class MemberType(models.TextChoices):
        RETAIL = "retail", _("Retail")
        WHOLESALER = "wholesaler", _("Wholesaler")
        DROPSHIPPER = "dropshipper", _("Dropshipper")
        AFFILIATE = "affiliate", _("Affiliate")

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.GUEST)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(null=True, blank=True)  # lower case
    mobile = PhoneNumberField(null=True, blank=True)
    company = models.CharField(max_length=150, blank=True)
    website = models.URLField(blank=True)
    member_type = models.CharField(max_length=12, choices=MemberType.choices, default=MemberType.RETAIL)
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]
        indexes = [models.Index(Lower("name"), name="person_name")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The contact name, else the part of the address before the @, else a plain word."""
        return self.name or (self.email or "").partition("@")[0] or "Guest"

    @property
    def initials(self) -> str:
        """At most two letters for a face without a picture."""
        words = self.display_name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class UserManager(BaseUserManager["User"]):
    """Creates log-ins; addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A log-in. Joined to a person only by a confirmed e-mail."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    phone = PhoneNumberField(null=True, blank=True, unique=True)
    phone_verified = models.BooleanField(default=False)
    person = models.OneToOneField(Person, models.PROTECT, null=True, blank=True, related_name="user")
    is_staff = models.BooleanField(
        default=False
    )  # asked for by the log-in library; staff are persons with teams
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0]


class Team(models.Model):
    """A desk: people of one tier with hours. `chat` teams take live sessions, all take tickets."""

    class Tier(models.IntegerChoices):
        FRONT = 1
        SPECIALIST = 2
        MANAGER = 3

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.FRONT)
    store_code = models.SlugField(blank=True)  # blank: every store
    calendar = models.ForeignKey("sla.Calendar", models.PROTECT, related_name="+")
    takes_chat = models.BooleanField(default=False)
    needs_order = models.BooleanField(default=False)  # a chat here hangs on an order
    queue_limit = models.PositiveSmallIntegerField(default=50)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who works in a team, as what."""

    class Role(models.TextChoices):
        AGENT = "agent"
        SPECIALIST = "specialist"
        LEAD = "lead"
        MANAGER = "manager"

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    skills = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="membership_once")]


class Presence(models.Model):
    """Whether a member of staff is there. Lives by heartbeat: `last_seen` older than 45 s is gone."""

    class Switch(models.TextChoices):
        ON = "on"
        AWAY = "away"
        OFF = "off"

    person = models.OneToOneField(Person, models.CASCADE, related_name="presence")
    switch = models.CharField(max_length=4, choices=Switch.choices, default=Switch.OFF)
    last_seen = models.DateTimeField(null=True)
    chat_capacity = models.PositiveSmallIntegerField(default=3)
    ticket_capacity = models.PositiveSmallIntegerField(default=40)


class PersonalShopper(models.Model):
    """The member of staff who follows a buyer's orders."""

    buyer = models.ForeignKey(Person, models.CASCADE, related_name="shopper_rows")
    shopper = models.ForeignKey(Person, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"], condition=models.Q(until__isnull=True), name="shopper_one_current"
            )
        ]


class ApiToken(models.Model):
    """A machine's key. Only its digest is kept; scopes say what it may do in its person's name."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class LiveTicket(models.Model):
    """A single-use pass for the socket: 60 s, bound to a session; only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
