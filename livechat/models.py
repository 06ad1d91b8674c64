"""Being there: a live session on a ticket."""

from __future__ import annotations

from django.db import models

from core.ids import new_public_id


class SessionState(models.TextChoices):
    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"
    BECAME_TICKET = "ticket"  # went on as a ticket
    ABANDONED = "abandoned"


OPEN_STATES = (SessionState.WAITING, SessionState.ACTIVE)


class Session(models.Model):
    """Somebody is present on a ticket. Each step is a compare-and-set on the expected state."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="sessions")
    requester = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=SessionState.choices, default=SessionState.WAITING)
    agent = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, blank=True)
    priority = models.PositiveSmallIntegerField(
        default=0
    )  # 1: it lost its agent and stands before all others
    deadline_at = models.DateTimeField(null=True)  # when the worker looks at it next
    deadline = models.CharField(max_length=14, blank=True)  # and what for: a livechat.life.Step, or "look"
    closes_at = models.DateTimeField(null=True)  # its desk's closing instant; null: never
    hours_version = models.BigIntegerField(null=True)  # the calendar version that said so
    told_closing = models.DateTimeField(null=True)  # the closing instant that both sides know of
    nobody_since = models.DateTimeField(null=True)  # waiting, and nobody of the desk is there
    offered_at = models.DateTimeField(null=True)  # a ticket was offered instead
    told_gone_at = models.DateTimeField(null=True)  # the buyer knows that the agent's line is cut
    warned_at = models.DateTimeField(null=True)  # the silent buyer was asked
    lost_agent = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "team"],
                condition=models.Q(state__in=[s.value for s in OPEN_STATES]),
                name="session_one_open",
            ),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(state__in=[s.value for s in OPEN_STATES]),
                name="session_one_open_on_ticket",
            ),
        ]
        indexes = [
            models.Index(
                fields=["team", "queued_at", "id"],
                name="session_queue",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["deadline_at"], name="session_deadline", condition=models.Q(deadline_at__isnull=False)
            ),
        ]


class SignOfLife(models.Model):
    """When a buyer's page, or a program of theirs, was heard last: as `Presence` for staff, and never locked with
    a chat."""

    person = models.OneToOneField("accounts.Person", models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
