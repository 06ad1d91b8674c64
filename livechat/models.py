"""Being there: a live session on a ticket."""

from __future__ import annotations

from django.db import models

from core.ids import new_public_id
from livechat.widget import models as widget

# A room's tables are found here: a shop's widget has a module of its own.
WidgetSite, Visitor = widget.WidgetSite, widget.Visitor


class SessionState(models.TextChoices):
    WAITING = "waiting"
    ASSIGNED = "assigned"  # offered to an agent, who has half a minute to accept
    ACTIVE = "active"
    WRAPUP = "wrapup"  # over for the buyer; its agent writes it up, and the place still counts
    ENDED = "ended"
    BECAME_TICKET = "ticket"  # went on as a ticket
    ABANDONED = "abandoned"


OPEN_STATES = (SessionState.WAITING, SessionState.ASSIGNED, SessionState.ACTIVE)
QUEUED_STATES = (SessionState.WAITING, SessionState.ASSIGNED)  # nobody has accepted it yet
TIMED_STATES = (*OPEN_STATES, SessionState.WRAPUP)  # these and no others have a deadline


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
    # Who held it and holds it no more: what they still send is refused until they come back by a step of theirs.
    lost_agent = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    waited = models.PositiveIntegerField(null=True)  # seconds until somebody came first
    queued_place = models.PositiveSmallIntegerField(default=1)  # where in the queue it began
    # Offered: to this agent, until then. With state active it is a hand-over: the agent stays until it is accepted.
    offered_to = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    offer_until = models.DateTimeField(null=True)
    to_team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, related_name="+")  # waits there
    handed_at = models.DateTimeField(null=True)  # since when it is being handed over
    handed_words = models.TextField(blank=True)  # what whoever takes it should know

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
            models.Index(
                fields=["agent"],
                name="session_held",
                condition=models.Q(state__in=["active", "wrapup"]),
            ),
            models.Index(
                fields=["offered_to"],
                name="session_offered",
                condition=models.Q(offered_to__isnull=False),
            ),
        ]


class SignOfLife(models.Model):
    """When a buyer's page, or a program of theirs, was heard last: as `Presence` for staff, and never locked with
    a chat."""

    person = models.OneToOneField("accounts.Person", models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()


class Offer(models.Model):
    """A chat that was offered to an agent, and what came of it. Whoever missed or declined it is not asked again."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        MISSED = "missed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"  # somebody else took it, it ended, or it was called back

    session = models.ForeignKey(Session, models.CASCADE, related_name="offers")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")  # null: the router
    at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.OPEN)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=models.Q(outcome="open"), name="offer_one_open"
            )
        ]


class Voice(models.Model):
    """A second voice in a chat: a colleague or a lead who joined it. It takes no place."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="voices")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], condition=models.Q(left_at__isnull=True), name="voice_once"
            )
        ]
