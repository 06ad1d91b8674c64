"""What staff work with: escalations, marks, macros, views, changes to many tickets, flags."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.ids import new_public_id


class Escalation(models.Model):
    """A question that one person could not answer, asked in detail of those who can."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        RETURNED = "returned"
        PASSED = "passed"  # up a tier: another question goes on from it

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="escalations")
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
    accepted_at = models.DateTimeField(null=True)  # the specialist looks at it
    asked_back_at = models.DateTimeField(null=True)  # the specialist waits for the one who asked

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="escalation_one_open")
        ]
        indexes = [models.Index(fields=["to_team", "state", "promised_for"], name="escalation_inbox")]


class Satisfaction(models.Model):
    """The requester's mark on a solved ticket; once, and open to second thoughts for a day."""

    ticket = models.OneToOneField("tickets.Ticket", models.CASCADE, related_name="satisfaction")
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="satisfaction_range")
        ]


class MarkAsked(models.Model):
    """The requester was asked for a mark by mail: once for a ticket, however often it is solved."""

    ticket = models.OneToOneField("tickets.Ticket", models.CASCADE, related_name="mark_asked")
    at = models.DateTimeField()


class Macro(models.Model):
    """Words and deeds that are used again and again. `team` null: for everybody; `owner`: somebody's own."""

    name = models.CharField(max_length=80)
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, related_name="+")
    owner = models.ForeignKey("accounts.Person", models.CASCADE, null=True, related_name="+")
    body = models.TextField(blank=True)  # with placeholders such as {{ buyer.name }}
    as_note = models.BooleanField(default=False)
    deeds = models.JSONField(default=dict)  # status, priority, tags, assign ("me" or a team's code)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "name", "id"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A filter with a name. `team` null and `owner` null: everybody's; else a team's, or somebody's own."""

    name = models.CharField(max_length=80)
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, related_name="+")
    owner = models.ForeignKey("accounts.Person", models.CASCADE, null=True, related_name="+")
    filters = models.JSONField(default=dict)
    order = models.CharField(max_length=20, default="due")
    position = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "name", "id"]

    def __str__(self) -> str:
        return self.name


class BulkJob(models.Model):
    """One change to many tickets, carried out in batches; `results` say which were not done and why."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        UNDONE = "undone"

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    actor = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    change = models.JSONField()  # {"status": …} or {"assignee": …}, {"add_tags": […]}, …
    tickets = models.JSONField()  # public ids, in order
    done = models.PositiveIntegerField(default=0)
    results = models.JSONField(default=list)  # [{"ticket", "ok", "code", "message", "before"}]
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Flag(models.Model):
    """A reply that a lead should look at, and why; told to its writer before it was sent."""

    class State(models.TextChoices):
        OPEN = "open"
        FINE = "fine"
        COACHED = "coached"

    message = models.OneToOneField("tickets.Message", models.CASCADE, related_name="flag")
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="flags")
    author = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    reasons = models.JSONField(default=list)  # codes: empty, canned_on_escalated, solved_unanswered
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    reviewer = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="flag_inbox")]
