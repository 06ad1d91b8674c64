"""The core: tickets, their streams and messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from core.ids import new_public_id


class Category(models.Model):
    """What a contact can be about, and whose work it is."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    on_contact_form = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language where the catalogues know it; a name of the shop's own stays."""
        return gettext(self.name) if self.name else ""

    @property
    def hint(self) -> str:
        """Its description, likewise."""
        return gettext(self.description) if self.description else ""


class Priority(models.TextChoices):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Status(models.TextChoices):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"  # on the buyer
    ON_HOLD = "on_hold"  # on a third party
    SOLVED = "solved"
    CLOSED = "closed"


LIVE_STATUSES = (Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD)


class Channel(models.TextChoices):
    WEB = "web"
    CHAT = "chat"
    EMAIL = "email"
    API = "api"
    SYSTEM = "system"


class Ticket(models.Model):
    """One conversation, whatever the channel. Its number (people say it aloud) is its primary key."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    subject = models.CharField(max_length=200)
    requester = models.ForeignKey("accounts.Person", models.PROTECT, related_name="tickets")
    store = models.ForeignKey("orders.Store", models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="tickets")
    category = models.ForeignKey(Category, models.PROTECT, related_name="tickets")
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    assignee = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(max_length=10, default="en")
    due_sort = models.DateTimeField()  # earliest due of its ticking clocks, FAR_FUTURE without one
    sla_state = models.CharField(max_length=8, default="fine")  # fine, warned, late, paused, none
    chatting = models.BooleanField(default=False)  # a live session is open on it
    opened_by_staff = models.BooleanField(default=False)
    first_response_at = models.DateTimeField(null=True)
    unanswered_since = models.DateTimeField(null=True)  # the buyer's oldest unanswered message
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    client_id = models.UUIDField(null=True)  # of the form that opened it: a replay gives the first result

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "client_id"], name="ticket_opened_once"),
        ]
        indexes = [
            models.Index(
                fields=["team", "due_sort", "id"],
                name="ticket_team_due",
                condition=Q(status__in=[s.value for s in LIVE_STATUSES]),
            ),
            models.Index(
                fields=["assignee", "due_sort", "id"],
                name="ticket_assignee_due",
                condition=Q(status__in=[s.value for s in LIVE_STATUSES]),
            ),
            models.Index(
                fields=["due_sort", "id"],
                name="ticket_due",
                condition=Q(status__in=[s.value for s in LIVE_STATUSES]),
            ),
            models.Index(fields=["requester", "-last_message_at", "-id"], name="ticket_requester"),
            models.Index(fields=["order"], name="ticket_order"),
            models.Index(fields=["status", "id"], name="ticket_status"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def number(self) -> int:
        return self.pk

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STATUSES


class Stream(models.Model):
    """An ordered log of a ticket. `last_seq` is its counter: the row's lock makes seq order commit order."""

    class Kind(models.TextChoices):
        PUBLIC = "public"
        STAFF = "staff"

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="streams")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    last_seq = models.PositiveIntegerField(default=0)
    epoch = models.CharField(max_length=20, default=new_public_id)
    buyer_read = models.PositiveIntegerField(default=0)
    agent_read = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "kind"], name="stream_once")]


class MessageKind(models.TextChoices):
    REPLY = "reply"
    NOTE = "note"
    EVENT = "event"


class Message(models.Model):
    """A row of a stream: what was said, noted or done. The only timeline of a ticket."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    after_public = models.PositiveIntegerField(null=True)  # staff rows: the public head at that moment
    author = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    author_kind = models.CharField(max_length=8)  # buyer, staff, system
    kind = models.CharField(max_length=5, choices=MessageKind.choices)
    verb = models.CharField(max_length=40)  # ticket.opened, message.replied, ticket.assigned …
    data = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    client_id = models.UUIDField(null=True)
    digest = models.CharField(
        max_length=64, blank=True
    )  # of what the client sent, tells a replay from a clash
    channel = models.CharField(max_length=8, choices=Channel.choices)
    created_at = models.DateTimeField()
    amended_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["stream", "author", "client_id"], name="message_client_id"),
        ]


class Attachment(models.Model):
    """A file, stored before it is bound to a message; served only through the access check."""

    class Scan(models.TextChoices):
        CLEAN = "clean"
        PENDING = "pending"
        REFUSED = "refused"

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    uploader = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)  # by content, never by name
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    scan = models.CharField(max_length=8, choices=Scan.choices, default=Scan.CLEAN)
    created_at = models.DateTimeField()


class Escalation(models.Model):
    """A question that one person could not answer, asked in detail of those who can."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        RETURNED = "returned"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="escalations")
    question = models.TextField()
    checked = models.TextField()  # what was checked already
    from_person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    to_team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="escalations")
    specialist = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    promised_for = models.DateTimeField()  # what the buyer was told
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="escalation_one_open")
        ]
        indexes = [models.Index(fields=["to_team", "state", "promised_for"], name="escalation_inbox")]


class Satisfaction(models.Model):
    """The requester's mark on a solved ticket; once."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="satisfaction")
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="satisfaction_range")
        ]
