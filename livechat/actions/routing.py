"""The router: who waits is offered to who is there. Any number of routers at once; no one gets more than they hold."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Person, Presence, Team
from accounts.queries import staff_on
from core.actors import SYSTEM
from core.clock import now
from core.db import retrying
from livechat import agents, queries, routing
from livechat.actions._rows import fresh, lock_ticket
from livechat.actions.accepting import take, take_handed
from livechat.actions.hours import closing_now
from livechat.actions.offers import hold_place, offer_to
from livechat.models import Session, SessionState

log = logging.getLogger(__name__)
MOST = 100  # chats of one look


def route() -> int:
    """Offer every chat that waits to an agent who can take it, those with priority first, then the longest wait.

    How many were offered. One that fails is logged and stops no other; who is looked at by another router is left
    to it. One query when nobody waits.
    """
    desks = _desks_that_wait()
    there = (
        {team: desk for team, desk in agents.desks(desks, now()).items() if desk.has_room} if desks else {}
    )
    waiting, taken = _waiting(there) if there else [], Counter[int]()
    if not waiting:
        return 0
    skipped = agents.not_again(one.pk for one in waiting)
    shoppers = agents.shoppers(one.requester_id for one in waiting)
    done = 0
    for session in waiting:
        desk = there[_team_of(session).pk]
        candidates = desk.candidates(shoppers.get(session.requester_id), taken)
        chosen = routing.in_order(candidates, agents.needs_of(session), agents.not_for(session, skipped))
        got = _try(session.pk, [one.person_id for one in chosen]) if chosen else None
        if got is not None:
            taken[got] += 1
            done += 1
    return done


def _rows() -> QuerySet[Session]:
    """Those who wait, and the talks that are handed to a team; `desk`: for whom, see `_team_of`."""
    handed = Q(state=SessionState.ACTIVE, to_team__isnull=False, offered_to=None)
    rows = Session.objects.filter(Q(state=SessionState.WAITING) | handed)
    return rows.annotate(desk=Coalesce("to_team_id", "team_id"))


def _desks_that_wait() -> set[int]:
    return set(_rows().order_by().values_list("desk", flat=True).distinct())


def _waiting(desks: Iterable[int]) -> list[Session]:
    """Of these desks only: however many wait where nobody is, or nobody has room, they stand in nobody's way."""
    rows = _rows().filter(desk__in=list(desks)).select_related("team", "to_team", "ticket__category")
    return list(rows.order_by("-priority", "queued_at", "pk")[:MOST])


def _team_of(session: Session) -> Team:
    """For whom it waits: its desk, or the team that it is handed to."""
    return session.to_team or session.team


def _try(session_id: int, people: list[int]) -> int | None:
    try:
        return retrying(offer_chat, session_id=session_id, people=people)
    except Exception:
        log.exception("chat %s could not be offered; the next round tries again", session_id)
        return None


def offer_chat(*, session_id: int, people: Iterable[int]) -> int | None:
    """Offer a chat to the first of these people who can take it now; who it was, None for nobody.

    Whether they can is asked again under the lock of their presence, so that no two chats take one place. Where
    chats come without being asked it is theirs at once. Nobody is given anything from the desk's closing on.
    """
    with transaction.atomic():
        seen = Session.objects.filter(pk=session_id).first()
        ticket = lock_ticket(seen, skip_locked=True) if seen is not None else None
        if ticket is None:
            return None
        session, at = fresh(session_id), now()
        session.ticket = ticket
        if not _may_be_given(session, at):
            return None
        for person_id in people:
            try:
                with (
                    transaction.atomic()
                ):  # who is full is let go of at once: two routers never hold two of them
                    _give(session, _who_has_room(person_id, at), at)
                    return person_id
            except _Full:
                continue
    return None


class _Full(Exception):
    """They can take nothing now."""


def _who_has_room(person_id: int, at: datetime) -> Presence:
    """Counted under the lock of their presence."""
    presence = hold_place(person_id)
    if presence is None or not staff_on().filter(pk=presence.pk).exists():
        raise _Full
    if agents.loads([person_id], at)[person_id] >= presence.chat_capacity:
        raise _Full
    return presence


def _may_be_given(session: Session, at: datetime) -> bool:
    handed = session.state == SessionState.ACTIVE and session.to_team is not None
    if session.offered_to_id is not None or not (handed or session.state == SessionState.WAITING):
        return False
    closing = closing_now(session, at)
    session.closes_at, session.hours_version = closing.at, closing.version
    # Whoever waits at a desk has its hours, with the notice that a change of them gave; a hand-over those of now.
    in_hours = closing.at is None or at < closing.at
    return in_hours and (not handed or queries.desk_state(_team_of(session), at).open)


def _give(session: Session, presence: Presence, at: datetime) -> bool:
    person = Person.objects.get(pk=presence.person_id)
    hours: dict[str, Any] = {"closes_at": session.closes_at, "hours_version": session.hours_version}
    if not (presence.auto_accept or _team_of(session).auto_accept):
        return offer_to(session, session.ticket, person, at, **hours)
    if session.state == SessionState.ACTIVE:
        return take_handed(SYSTEM, session, session.ticket, person, at)
    return take(SYSTEM, session, session.ticket, person, at)
