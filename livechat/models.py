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
    deadline_at = models.DateTimeField(null=True)

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
