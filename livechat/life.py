"""What a chat's next step is and when: pure sums over what is known of it. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from livechat import limits
from livechat.models import SessionState

LOOK = "look"  # a deadline that only asks who is there


class Step(StrEnum):
    """What time alone does to a chat."""

    CLOSE = "close"  # the desk closed: it goes on as a ticket
    MISSED = "missed"  # an offer was not answered: as before, that agent skipped
    TEAM_GONE = "team_gone"  # where it waits to be handed over is nobody: a ticket there
    STAYS = "stays"  # the desk closed: nobody new takes it over
    WRAPPED = "wrapped"  # the time for writing it up is over
    NOBODY = "nobody"  # nobody came: a ticket
    BUYER_GONE = "buyer_gone"  # a ticket
    AGENT_LOST = "agent_lost"  # back into the queue, before all others
    SILENT = "silent"  # the buyer says nothing any more: ended
    TELL_CLOSING = "tell_closing"
    TELL_LONGER = "tell_longer"  # the closing that was told has moved
    OFFER = "offer"
    TELL_GONE = "tell_gone"
    WARN_SILENT = "warn_silent"


ENDING = (
    Step.CLOSE,
    Step.MISSED,
    Step.TEAM_GONE,
    Step.STAYS,
    Step.WRAPPED,
    Step.NOBODY,
    Step.BUYER_GONE,
    Step.AGENT_LOST,
    Step.SILENT,
)


@dataclass(frozen=True, slots=True)
class Known:
    """All that a chat's steps follow from. Instants in UTC; None for what is not, or is not known.

    `agent_seen`, `buyer_seen`: the newest sign of life; None is nobody's absence. `silent_since`: the buyer
    has had an answer since then and says nothing. `offer_until`: somebody is asked to take it. `is_handed`: it
    goes on while it is being handed over; `team_gone_at`: the team that it waits for is closed or empty since.
    """

    state: str
    closes_at: datetime | None = None
    told_closing: datetime | None = None
    nobody_since: datetime | None = None
    offered_at: datetime | None = None
    buyer_seen: datetime | None = None
    agent_seen: datetime | None = None
    told_gone_at: datetime | None = None
    silent_since: datetime | None = None
    warned_at: datetime | None = None
    offer_until: datetime | None = None
    is_handed: bool = False
    team_gone_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A step and its instant."""

    at: datetime
    step: Step


def closing_of(state: str, closes_at: datetime) -> datetime:
    """When a chat in this state is closed: a talk may go on for a quarter of an hour."""
    return closes_at + limits.GOES_ON if state == SessionState.ACTIVE else closes_at


def moves(known: Known, at: datetime) -> Iterator[Move]:
    """Every step that lies ahead or is overdue, with its instant, as things are."""
    if known.state == SessionState.WRAPUP:
        if known.ended_at is not None:
            yield Move(known.ended_at + limits.WRAP_UP, Step.WRAPPED)
        return
    yield from _closing(known, at)
    yield from _asked(known)
    yield from _talking(known) if known.state == SessionState.ACTIVE else _waiting(known)


def _asked(known: Known) -> Iterator[Move]:
    """Somebody else is asked to take it: in the queue, or while its agent still talks."""
    if known.offer_until is not None:
        yield Move(known.offer_until, Step.MISSED)
    if known.is_handed and known.closes_at is not None:
        yield Move(known.closes_at, Step.STAYS)
    if known.team_gone_at is not None:
        yield Move(known.team_gone_at, Step.TEAM_GONE)


def _closing(known: Known, at: datetime) -> Iterator[Move]:
    if known.told_closing is not None and known.told_closing != known.closes_at:
        far = known.closes_at is None or at < known.closes_at - limits.TELL_BEFORE
        if far:
            yield Move(at, Step.TELL_LONGER)
    if known.closes_at is None:
        return
    if known.told_closing != known.closes_at:
        yield Move(known.closes_at - limits.TELL_BEFORE, Step.TELL_CLOSING)
    yield Move(closing_of(known.state, known.closes_at), Step.CLOSE)


def _waiting(known: Known) -> Iterator[Move]:
    if known.nobody_since is not None:
        if known.offered_at is None:
            yield Move(known.nobody_since + limits.OFFER_AFTER, Step.OFFER)
        yield Move(known.nobody_since + limits.TICKET_AFTER, Step.NOBODY)
    if known.buyer_seen is not None:
        yield Move(known.buyer_seen + limits.BUYER_AWAY + limits.BUYER_GRACE, Step.BUYER_GONE)


def _talking(known: Known) -> Iterator[Move]:
    if known.agent_seen is not None:
        gone = known.agent_seen + limits.AGENT_AWAY
        if known.told_gone_at is None:
            yield Move(gone + limits.AGENT_GONE_TOLD, Step.TELL_GONE)
        lost = gone + limits.AGENT_GRACE
        if known.closes_at is None or lost < known.closes_at:  # nobody is given anything new after closing
            yield Move(lost, Step.AGENT_LOST)
    if known.silent_since is not None:
        if known.warned_at is None or known.warned_at < known.silent_since:
            yield Move(known.silent_since + limits.SILENCE_WARNED, Step.WARN_SILENT)
        yield Move(known.silent_since + limits.SILENCE_ENDS, Step.SILENT)


def next_step(known: Known, at: datetime) -> Step | None:
    """What is due by now. An end comes before what would only be said, the earliest end first."""
    due = [move for move in moves(known, at) if move.at <= at]
    ends = [move for move in due if move.step in ENDING]
    chosen = min(ends or due, key=lambda move: move.at, default=None)
    return chosen.step if chosen else None


def deadline_of(known: Known, at: datetime) -> tuple[datetime, str]:
    """When to look at it next and what for; overdue steps are due now. At least every fifteen seconds."""
    latest = at + limits.LOOK_EVERY
    first = min(moves(known, at), key=lambda move: move.at, default=None)
    if first is None or first.at >= latest:
        return latest, LOOK
    return max(first.at, at), first.step.value


def closing_after(
    before: datetime | None, closes: datetime | None, made_at: datetime, notice: timedelta = limits.NOTICE
) -> datetime | None:
    """The closing instant once the hours were changed at `made_at`; `closes`: what the new ones say.

    Longer hours count at once. Shorter ones give notice, and never more time than there was. A closing that
    had come before the change stands.
    """
    if before is not None and before <= made_at:
        return before
    if closes is None:
        return None
    if before is not None and closes >= before:
        return closes
    told = made_at + notice
    return max(closes, told if before is None else min(told, before))
