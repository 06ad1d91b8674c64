"""Who: persons, their log-ins, teams and presence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.appendonly import protect
from core.ids import new_public_id


def shown_name(name: str | None, email: str | None, *, erased: bool) -> str:
    """How a person is called, for lists that read no more of one than these three; see `Person.display_name`."""
    if erased:
        return gettext("Erased person")
    return name or (email or "").partition("@")[0] or "Guest"


def initials_of(shown: str) -> str:
    """At most two letters of a name, for a face without a picture."""
    words = shown.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


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
    erased_at = models.DateTimeField(null=True, editable=False)  # what named this person was taken away then

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]
        indexes = [
            models.Index(Lower("name"), name="person_name"),
            models.Index(fields=["mobile"], condition=models.Q(mobile__isnull=False), name="person_mobile"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The contact name, else the part of the address before the @, else a plain word."""
        return shown_name(self.name, self.email, erased=self.erased_at is not None)

    @property
    def initials(self) -> str:
        """At most two letters for a face without a picture."""
        return initials_of(self.display_name)


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

    class Assignment(models.TextChoices):
        MANUAL = "manual"
        ROUND_ROBIN = "round_robin"
        LEAST_BUSY = "least_busy"

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.FRONT)
    store_code = models.SlugField(blank=True)  # blank: every store
    calendar = models.ForeignKey("sla.Calendar", models.PROTECT, related_name="+")
    takes_chat = models.BooleanField(default=False)
    needs_order = models.BooleanField(default=False)  # a chat here hangs on an order
    queue_limit = models.PositiveSmallIntegerField(default=50)
    position = models.PositiveSmallIntegerField(default=0)
    assignment = models.CharField(  # how tickets of nobody are given out
        max_length=12, choices=Assignment.choices, default=Assignment.MANUAL
    )
    auto_accept = models.BooleanField(default=False)  # chats go to its people without being asked

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
    switched_at = models.DateTimeField(null=True)  # on, the last time
    chat_capacity = models.PositiveSmallIntegerField(default=3)  # one's own choice, up to
    chat_capacity_max = models.PositiveSmallIntegerField(default=3)  # what a manager allows
    auto_accept = models.BooleanField(default=False)  # chats come without being asked
    misses = models.PositiveSmallIntegerField(default=0)  # offers in a row that were not answered
    last_chat_at = models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC))  # idle in chat since
    ticket_capacity = models.PositiveSmallIntegerField(default=40)
    last_given_at = models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC))  # whose turn it is


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


class Verification(models.Model):
    """A buyer's application to be verified. Deciding it meets its clock; asking again ends that clock too."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not sent yet")
        SUBMITTED = "submitted", _("Being checked")
        APPROVED = "approved", _("Verified")
        REFUSED = "refused", _("Not verified")
        ASKED_AGAIN = "asked_again", _("We need something more")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Reason(models.TextChoices):
        COMPLETE = "complete", _("Everything fits")
        UNREADABLE = "unreadable", _("A document cannot be read")
        EXPIRED = "expired", _("A document has expired")
        MISMATCH = "mismatch", _("Documents and data differ")
        INCOMPLETE = "incomplete", _("Something is missing")
        NOT_ACCEPTED = "not_accepted", _("This kind of document is not accepted")
        DOUBTFUL = "doubtful", _("A document does not seem genuine")
        OTHER = "other", _("Another reason")

    OPEN = (State.DRAFT, State.SUBMITTED, State.ASKED_AGAIN)
    CHANGEABLE = (State.DRAFT, State.ASKED_AGAIN)  # by the buyer: files and sending

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="verifications")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    words = models.TextField(blank=True)  # to the buyer
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state__in=["draft", "submitted", "asked_again"]),
                name="verification_one_open",
            )
        ]
        indexes = [models.Index(fields=["state", "-decided_at"], name="verification_state")]


class VerificationStep(models.Model):
    """What happened to an application, one row each; never changed. Its words are kept apart, to be erasable."""

    verification = models.ForeignKey(Verification, models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=12)  # submitted, approved, refused, asked_again, withdrawn, purged
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=12, blank=True)
    documents = models.PositiveSmallIntegerField(default=0)  # how many there were then


class VerificationDocument(models.Model):
    """A file that shows who somebody is. The row stays when its file is gone: looks at it point here."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    verification = models.ForeignKey(Verification, models.PROTECT, related_name="documents")
    file = models.CharField(max_length=200, blank=True)  # the storage's key; blank once removed
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)  # by content, never by name
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class DocumentLook(models.Model):
    """Somebody opened a document: one row for every time, never changed."""

    document = models.ForeignKey(VerificationDocument, models.PROTECT, related_name="looks")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["document", "-at"], name="look_document")]


class PrivacyRequest(models.Model):
    """A person asks for what is held about them: to have it, to have it corrected, to have it deleted."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("A copy of my data")
        CORRECT = "correct", _("Correct my data")
        DELETE = "delete", _("Delete my data")

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Waits for your confirmation")
        OPEN = "open", _("Being worked on")
        APPROVED = "approved", _("Being carried out")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    PENDING = (State.UNCONFIRMED, State.OPEN, State.APPROVED)
    WITHDRAWABLE = (State.UNCONFIRMED, State.OPEN)

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="privacy_requests")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    words = models.TextField(blank=True)  # of the person
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)  # to the person
    result = models.CharField(max_length=200, blank=True)  # the storage's key of an export
    result_size = models.BigIntegerField(default=0)
    result_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=models.Q(state__in=["unconfirmed", "open", "approved"]),
                name="privacy_one_pending",
            )
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="privacy_state"),
            models.Index(
                fields=["result_until"], name="privacy_result", condition=models.Q(result_until__isnull=False)
            ),
        ]


protect("accounts_documentlook")
protect("accounts_verificationstep")
