"""The conversation itself: tickets, what they are about, how they hang together."""

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
    assignee = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="assigned_tickets"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(max_length=10, default="en")
    due_sort = models.DateTimeField()  # earliest due of its ticking clocks, FAR_FUTURE without one
    sla_state = models.CharField(max_length=8, default="fine")  # fine, warned, late, paused, none
    chatting = models.BooleanField(default=False)  # a live session is open on it
    is_spam = models.BooleanField(default=False)  # closed as spam: no clocks, no mail, out of every count
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged_from")
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


class Tag(models.Model):
    """A word that staff put on tickets, to find and count them."""

    name = models.SlugField(max_length=40, unique=True, allow_unicode=True)

    def __str__(self) -> str:
        return self.name


class TicketTag(models.Model):
    """A tag on a ticket; who put it there is told by the timeline."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="tagged")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "tag"], name="ticket_tag_once")]


class Watcher(models.Model):
    """Staff who hear of everything on a ticket that is not theirs."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="watchers")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="watcher_once")]


class Copy(models.Model):
    """An address that gets a copy of each public reply, named by the requester or by staff."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="copies")
    email = models.EmailField()
    added_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "email"], name="copy_once")]


class MailOff(models.Model):
    """The requester wants no mail about this ticket; the answers wait on its page."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="mail_off")
    at = models.DateTimeField()


class Link(models.Model):
    """How two tickets belong together. `data` is what an undo needs (ids of moved messages, statuses before)."""

    class Kind(models.TextChoices):
        MERGE = "merge"  # source went into target
        SPLIT = "split"  # source was split out of target
        FOLLOW_UP = "follow_up"  # source follows the closed target
        PROBLEM = "problem"  # source is an incident of the problem target

    kind = models.CharField(max_length=9, choices=Kind.choices)
    source = models.ForeignKey(Ticket, models.CASCADE, related_name="links_out")
    target = models.ForeignKey(Ticket, models.CASCADE, related_name="links_in")
    data = models.JSONField(default=dict)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "target"], condition=Q(undone_at=None), name="link_once"
            ),
            models.CheckConstraint(condition=~Q(source=models.F("target")), name="link_of_two"),
        ]
