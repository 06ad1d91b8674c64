"""What time alone does to chats. The timers are rows: any number of workers look, each step is taken once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from core.actors import SYSTEM
from core.clock import now
from core.db import retrying
from core.events import publish
from livechat import life, limits, queries
from livechat.actions._rows import fresh, known_of, lock_ticket, move, write_line
from livechat.actions.ending import end_as
from livechat.actions.hours import closing_now
from livechat.actions.leaving import back_in_queue
from livechat.actions.offers import give_back
from livechat.actions.presence import There
from livechat.actions.transferring import call_back, team_gone
from livechat.actions.wrapping import wrapped
from livechat.events import ChatTold
from livechat.life import Known, Step
from livechat.models import OPEN_STATES, TIMED_STATES, Offer, Session, SessionState
from sla.models import CalendarVersion
from tickets.models import Ticket

log = logging.getLogger(__name__)
BATCH = 200
PUT_OFF = timedelta(seconds=30)
STEPS_LIMIT = 6  # of one chat in a row; more than any chat has overdue


def sweep(*, watched_since: datetime | None = None) -> int:
    """One round: every chat whose deadline has come or whose desk's hours were changed; the steps that were taken.

    Each in a transaction of its own, the longest overdue first. `watched_since`: from when on signs of life
    could be written; absence before that is nobody's. One bad row is put off and stops no other.
    """
    due = list(_due(now())[:BATCH])
    there = There.of(due) if due else None
    return sum(_tend(session, there, watched_since) for session in due if there is not None)


def _due(at: datetime) -> QuerySet[Session]:
    newest = CalendarVersion.objects.filter(
        calendar_id=OuterRef("team__calendar_id"), number=OuterRef("team__calendar__version")
    )
    # Every chat that time moves on has a deadline and no other: the index on it holds these alone.
    rows = Session.objects.filter(deadline_at__isnull=False, state__in=TIMED_STATES)
    rows = rows.annotate(newest=Subquery(newest.values("pk")[:1])).select_related(*queries.RELATED)
    changed = Q(state__in=OPEN_STATES) & (Q(hours_version__isnull=True) | ~Q(hours_version=F("newest")))
    return rows.filter(Q(deadline_at__lte=at) | changed).order_by("deadline_at", "pk")


def _tend(session: Session, there: There, watched_since: datetime | None) -> int:
    try:
        if _only_look(session, there, watched_since):
            return 0
        taken = 0
        while taken < STEPS_LIMIT and retrying(
            take_step, session_id=session.pk, there=there, watched_since=watched_since
        ):
            taken += 1
        return taken
    except Exception:
        log.exception("chat %s could not be moved on; trying again later", session.pk)
        postpone(session.pk)
        return 0


def postpone(session_id: int) -> None:
    """Put a chat off whose step failed."""
    Session.objects.filter(pk=session_id, state__in=TIMED_STATES).update(deadline_at=now() + PUT_OFF)


def _only_look(session: Session, there: There, watched_since: datetime | None) -> bool:
    """Nothing to do but to look again later: one compare-and-set, no lock. False when there is a step."""
    at = now()
    if session.state in OPEN_STATES and session.hours_version != session.newest:  # type: ignore[attr-defined]
        return False
    known = look_at(session, there, at, watched_since)
    if life.next_step(known, at) is not None:
        return False
    when, what = life.deadline_of(known, at)
    back = session.told_gone_at is not None and known.told_gone_at is None
    Session.objects.filter(pk=session.pk, state=session.state, deadline_at=session.deadline_at).update(
        deadline_at=when,
        deadline=what,
        nobody_since=known.nobody_since,
        **({"told_gone_at": None} if back else {}),
    )
    return True


def look_at(session: Session, there: There, at: datetime, watched_since: datetime | None) -> Known:
    """What is known of a chat now: its row, and who is there."""
    known = known_of(session)
    agent = _heard(there.agent_seen(session), watched_since)
    nobody = None
    if session.state == SessionState.WAITING and not there.somebody_for(session, session.team_id):
        nobody = known.nobody_since or at
    is_back = agent is None or at < agent + limits.AGENT_AWAY
    return replace(
        known,
        agent_seen=agent,
        buyer_seen=_heard(there.buyer_seen(session), watched_since),
        nobody_since=nobody,
        told_gone_at=None if is_back else known.told_gone_at,
        silent_since=_silent_since(session),
        team_gone_at=at if _team_is_gone(session, there, at) else None,
    )


def _team_is_gone(session: Session, there: There, at: datetime) -> bool:
    """It waits to be handed to a team that is closed, or of which nobody is there."""
    team = session.to_team
    if team is None or session.offered_to_id is not None or session.state != SessionState.ACTIVE:
        return False
    return not (there.somebody_for(session, team.pk) and queries.desk_state(team, at).open)


def _heard(last: datetime | None, watched_since: datetime | None) -> datetime | None:
    """Nobody is absent for a time in which nobody looked."""
    return last if last is None or watched_since is None else max(last, watched_since)


def _silent_since(session: Session) -> datetime | None:
    """Since when the buyer owes a word: the last one was the desk's, and it answered all."""
    ticket = session.ticket
    if session.state != SessionState.ACTIVE or ticket.unanswered_since or ticket.first_response_at is None:
        return None
    began = session.accepted_at or session.queued_at
    return max(began, ticket.last_message_at or began)


def take_step(*, session_id: int, there: There, watched_since: datetime | None = None) -> bool:
    """The next step that time asks of a chat, once, whoever else tries. False when there is none, or its
    ticket is in other hands just now."""
    with transaction.atomic():
        seen = Session.objects.filter(pk=session_id, state__in=TIMED_STATES).first()
        ticket = lock_ticket(seen, skip_locked=True) if seen is not None else None
        if ticket is None:
            return False
        session, at = fresh(session_id), now()
        if session.state == SessionState.WRAPUP:
            over = life.next_step(known_of(session), at) == Step.WRAPPED
            return over and wrapped(SYSTEM, session, ticket, at)
        if session.state not in OPEN_STATES:
            return False
        session.ticket = ticket
        closing = closing_now(session, at)
        moved = closing.version != session.hours_version
        session.closes_at, session.hours_version = closing.at, closing.version
        known = look_at(session, there, at, watched_since)
        step = life.next_step(known, at)
        if step is not None:
            return _STEPS[step](session, ticket, known, at)
        if moved:
            move(session, session.state, at, **closing.fields())
        return False


# --- the steps ---------------------------------------------------------------------------------------------
def _close(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return end_as(SYSTEM, session, ticket, at, SessionState.BECAME_TICKET, why="closed")


def _nobody(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return end_as(SYSTEM, session, ticket, at, SessionState.BECAME_TICKET, why="nobody")


def _buyer_gone(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    """Something was said, always: a chat begins with words. So they are answered, on the ticket."""
    return end_as(SYSTEM, session, ticket, at, SessionState.BECAME_TICKET, why="buyer_gone")


def _silent(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return end_as(SYSTEM, session, ticket, at, SessionState.ENDED, why="silent")


def _agent_lost(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return back_in_queue(session, ticket, at, verb="chat.agent_lost")


def _hours(session: Session) -> dict[str, object]:
    return {"closes_at": session.closes_at, "hours_version": session.hours_version}


def _missed(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return give_back(SYSTEM, session, ticket, at, Offer.Outcome.MISSED)


def _team_gone(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return team_gone(session, ticket, at)


def _stays(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return call_back(SYSTEM, session, ticket, at)


def _tell_closing(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    told = {"closes_at": known.closes_at, "goes_on": known.state == SessionState.ACTIVE}
    return _tell(session, ticket, at, "chat.closing", told, told_closing=known.closes_at)


def _tell_longer(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return _tell(session, ticket, at, "chat.longer", {"closes_at": known.closes_at}, told_closing=None)


def _offer(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    return _tell(session, ticket, at, "chat.offered", {}, offered_at=at, nobody_since=known.nobody_since)


def _tell_gone(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    name = session.agent.display_name if session.agent else ""
    return _tell(session, ticket, at, "chat.agent_gone", {"agent_name": name}, told_gone_at=at)


def _warn_silent(session: Session, ticket: Ticket, known: Known, at: datetime) -> bool:
    ends = (known.silent_since or at) + limits.SILENCE_ENDS
    return _tell(session, ticket, at, "chat.silent", {"ends_at": ends}, warned_at=at)


def _tell(
    session: Session, ticket: Ticket, at: datetime, verb: str, told: Mapping[str, Any], **fields: Any
) -> bool:
    """A line that both sides read, and nothing else changes."""
    if not move(session, session.state, at, **_hours(session), **fields):
        return False
    write_line(ticket, session, verb, actor=SYSTEM, zone=session.team.calendar.timezone, **told)
    publish(ChatTold(session.pk, ticket.pk))
    return True


_STEPS = {
    Step.CLOSE: _close,
    Step.MISSED: _missed,
    Step.TEAM_GONE: _team_gone,
    Step.STAYS: _stays,
    Step.NOBODY: _nobody,
    Step.BUYER_GONE: _buyer_gone,
    Step.AGENT_LOST: _agent_lost,
    Step.SILENT: _silent,
    Step.TELL_CLOSING: _tell_closing,
    Step.TELL_LONGER: _tell_longer,
    Step.OFFER: _offer,
    Step.TELL_GONE: _tell_gone,
    Step.WARN_SILENT: _warn_silent,
}
