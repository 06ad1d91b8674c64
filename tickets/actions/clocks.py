"""Which clocks of a ticket start, stop and wait, and what the ticket keeps of them.

All of it runs under the ticket's lock, after rows of streams were written. Rules: a response is a public
message by a human of staff; only resolution is ever paused; the next response counts from the oldest
unanswered message and never while a chat is on.
"""

from __future__ import annotations

from datetime import datetime

from core.actors import Actor
from sla.actions import (
    cancel_clocks,
    meet_clock,
    pause_clocks,
    resume_clocks,
    retarget_clocks,
    start_clock,
    start_clocks,
)
from sla.clocks import FAR_FUTURE
from sla.models import TICKING_STATES, ClockState, Metric
from sla.queries import Hand, open_hands
from tickets import pushes
from tickets.models import Escalation, Ticket

RESPONSES = [Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE]
RESOLUTION = [Metric.RESOLUTION]
PARKED = ("waiting", "on_hold")


def owner_of(ticket: Ticket) -> tuple[str, int]:
    """The ticket as an owner of clocks."""
    return ("ticket", ticket.pk)


def ticket_behind(owner_kind: str, owner_id: int) -> int | None:
    """The ticket that an owner of clocks is, or belongs to; None for owners of other rooms."""
    if owner_kind == "ticket":
        return owner_id
    if owner_kind == "escalation":
        return Escalation.objects.filter(pk=owner_id).values_list("ticket_id", flat=True).first()
    return None


def facts_of(ticket: Ticket) -> dict[str, str]:
    """What policies match."""
    return {
        "category": ticket.category.code,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "member_type": ticket.requester.member_type,
        "team": ticket.team.code,
        "store": ticket.store.code if ticket.store else "",
    }


def _start(actor: Actor, ticket: Ticket, metrics: list[Metric], at: datetime) -> None:
    start_clocks(
        actor=actor,
        owner=owner_of(ticket),
        metrics=metrics,
        facts=facts_of(ticket),
        calendar_id=ticket.team.calendar_id,
        at=at,
    )


def start_opening(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """A buyer's ticket promises a first response and a resolution; one that the shop opened, no response."""
    promised = [] if ticket.opened_by_staff else [Metric.FIRST_RESPONSE]
    _start(actor, ticket, [*promised, Metric.RESOLUTION], at)


def staff_answered(actor: Actor, ticket: Ticket, at: datetime, *, is_first: bool) -> None:
    """A human of staff said something that the buyer reads."""
    if is_first:
        meet_clock(actor=actor, owner=owner_of(ticket), metric=Metric.FIRST_RESPONSE, at=at)
    meet_clock(actor=actor, owner=owner_of(ticket), metric=Metric.NEXT_RESPONSE, at=at)


def start_next_response(actor: Actor, ticket: Ticket, since: datetime) -> None:
    """From the buyer's oldest unanswered message. The caller knows that none is running."""
    _start(actor, ticket, [Metric.NEXT_RESPONSE], since)


def park(actor: Actor, ticket: Ticket, at: datetime, reason: str) -> None:
    """Waiting on somebody else stops the resolution and nothing else."""
    pause_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=RESOLUTION, reason=reason)


def unpark(actor: Actor, ticket: Ticket, at: datetime, reason: str) -> None:
    """The resolution runs on with what was used."""
    resume_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=RESOLUTION, reason=reason)


def stop(actor: Actor, ticket: Ticket, at: datetime, reason: str) -> None:
    """Solved or closed: the resolution is reached, responses that run are called off."""
    meet_clock(actor=actor, owner=owner_of(ticket), metric=Metric.RESOLUTION, at=at, reason=reason)
    cancel_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=RESPONSES, reason=reason)


def reopen(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """The resolution that was reached counts on with what was used; the time solved is not counted."""
    resume_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=RESOLUTION, reason="reopened")


def suspend_next_response(actor: Actor, ticket: Ticket, at: datetime, reason: str = "chat") -> None:
    """A chat is on: it is answered there, and what stays unanswered counts again when the chat ends."""
    metrics = [Metric.NEXT_RESPONSE]
    cancel_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=metrics, reason=reason)


def call_off(actor: Actor, ticket: Ticket, at: datetime, reason: str) -> None:
    """Merged or spam: nothing is owed here any more."""
    cancel_clocks(actor=actor, owner=owner_of(ticket), at=at, reason=reason)


def restart(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """What was called off is owed again, each from its own first instant: no promise is won by a detour."""
    if ticket.first_response_at is None and not ticket.opened_by_staff:
        _start(actor, ticket, [Metric.FIRST_RESPONSE], ticket.created_at)
    elif ticket.unanswered_since is not None:
        _start(actor, ticket, [Metric.NEXT_RESPONSE], ticket.unanswered_since)
    _start(actor, ticket, RESOLUTION, ticket.created_at)
    if ticket.status in PARKED:
        park(actor, ticket, at, ticket.status)


def promise_as_ticket(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """A chat that nobody answered is a ticket now: its minutes fall away, what a ticket is promised counts from
    the oldest unanswered message. The chat's own pick-up keeps what was late."""
    metrics = [Metric.FIRST_RESPONSE]
    cancel_clocks(actor=actor, owner=owner_of(ticket), at=at, metrics=metrics, reason="became a ticket")
    retarget(actor, ticket, at, "became a ticket")
    _start(actor, ticket, metrics, ticket.unanswered_since or at)


def retarget(actor: Actor, ticket: Ticket, at: datetime, reason: str) -> None:
    """Priority, category or team changed: new targets and hours, used time kept."""
    retarget_clocks(
        actor=actor,
        owner=owner_of(ticket),
        facts=facts_of(ticket),
        calendar_id=ticket.team.calendar_id,
        at=at,
        reason=reason,
    )


def start_escalation(actor: Actor, escalation: Escalation, at: datetime) -> None:
    """The complete answer is due when the buyer was told, counted at the desk that was asked."""
    start_clock(
        actor=actor,
        owner=("escalation", escalation.pk),
        metric=Metric.ESCALATION_ANSWER,
        facts=facts_of(escalation.ticket),
        calendar_id=escalation.to_team.calendar_id,
        at=at,
        ref=escalation.ticket_id,
        due=escalation.promised_for,
    )


def meet_escalation(actor: Actor, escalation: Escalation, at: datetime) -> None:
    """The buyer has the answer."""
    meet_clock(actor=actor, owner=("escalation", escalation.pk), metric=Metric.ESCALATION_ANSWER, at=at)


def cancel_escalation(actor: Actor, escalation: Escalation, at: datetime, reason: str) -> None:
    """Nobody waits for the answer any more."""
    cancel_clocks(actor=actor, owner=("escalation", escalation.pk), at=at, reason=reason)


def state_of(clocks: list[Hand]) -> str:
    """late, warned or fine by the clocks that tick; paused when all wait; none without one."""
    ticking = [clock for clock in clocks if clock.state in TICKING_STATES]
    if any(clock.state == ClockState.BREACHED for clock in ticking):
        return "late"
    if any(clock.warned for clock in ticking):
        return "warned"
    if ticking:
        return "fine"
    return "paused" if clocks else "none"


def refresh_due(ticket_id: int) -> None:
    """Keep the earliest due of what ticks for a ticket, its escalations included; tell who lists by it."""
    asked = dict(Escalation.objects.filter(ticket_id=ticket_id).values_list("pk", "to_team_id"))
    hands = open_hands({"ticket": [ticket_id], "escalation": asked})
    clocks = [hand for of_kind in hands.values() for mine in of_kind.values() for hand in mine]
    dues = [clock.due for clock in clocks if clock.state in TICKING_STATES and clock.due]
    kept = {"due_sort": min(dues, default=FAR_FUTURE), "sla_state": state_of(clocks)}
    changed = Ticket.objects.filter(pk=ticket_id).exclude(**kept).update(**kept)
    if changed:
        ticket = Ticket.objects.select_related("order").get(pk=ticket_id)
        pushes.changed_everywhere(ticket, also_teams=asked.values())
