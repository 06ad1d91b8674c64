"""A question on its way to an answer: accepted, asked back, told more, passed up a tier."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Team
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.text import clean_body
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import add_event
from tickets.actions.escalations import WORDS_LIMIT, find_team, open_one
from tickets.events import EscalationRaised
from tickets.models import Escalation, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket


def accept_escalation(*, actor: Actor, ticket: str) -> Escalation:
    """A specialist says "I look at it"; the one who asked sees who. Again by the same one changes nothing.

    Raises NotFound, Forbidden, Conflict `not_escalated`.
    """
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        found, at = open_one(actor, row), now()
        if found.accepted_at is not None and found.specialist_id == actor.id:
            return found
        found.accepted_at, found.specialist_id = at, actor.id
        found.save(update_fields=["accepted_at", "specialist"])
        add_event(row, actor=actor, verb="escalation.accepted", stream="staff", at=at)
        _tell(found, row, found.from_person_id)
    return found


def ask_back(*, actor: Actor, ticket: str, words: str) -> Escalation:
    """The specialist asks the one who asked. The buyer's promise runs on: only the buyer's wait counts.

    Raises Invalid (field words), NotFound, Forbidden, Conflict `not_escalated`.
    """
    said = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        found, at = open_one(actor, row), now()
        found.asked_back_at, found.specialist_id = at, actor.id
        found.accepted_at = found.accepted_at or at
        found.save(update_fields=["asked_back_at", "specialist", "accepted_at"])
        add_event(row, actor=actor, verb="escalation.asked_back", data={"words": said}, stream="staff", at=at)
        _tell(found, row, found.from_person_id)
    return found


def tell_more(*, actor: Actor, ticket: str, words: str) -> Escalation:
    """What the specialist asked back, answered by whoever works on the ticket; it joins what was checked.

    Raises Invalid (field words), NotFound, Forbidden, Conflict `not_asked_back`.
    """
    said = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_work_on(actor, row):
            raise Forbidden()
        waiting = Escalation.objects.filter(
            ticket=row, state=Escalation.State.OPEN, asked_back_at__isnull=False
        )
        found, at = locked(waiting).first(), now()
        if found is None:
            raise Conflict(_("Nothing was asked back."), code="not_asked_back")
        found.checked, found.asked_back_at = f"{found.checked}\n\n{said}", None
        found.save(update_fields=["checked", "asked_back_at"])
        add_event(row, actor=actor, verb="escalation.told", data={"words": said}, stream="staff", at=at)
        _tell(found, row, found.specialist_id)
    return found


def pass_up(
    *, actor: Actor, ticket: str, words: str, to_team: str, promised_for: datetime | None = None
) -> Escalation:
    """Those who were asked pass the question to a higher tier, with all that is known. What the buyer was told
    stands; `promised_for` (aware, ahead) is for when that time is over, and the buyer is told it.

    Raises Invalid (fields words, to_team, promised_for), NotFound, Forbidden, Conflict `not_escalated`.
    """
    said = clean_body(words, field="words", limit=WORDS_LIMIT)
    team = find_team(to_team)
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        found, at = open_one(actor, row), now()
        if team.tier <= found.to_team.tier:
            raise Invalid.field("to_team", _("Choose a team above the one that was asked."), code="not_above")
        until = _still_ahead(found, promised_for, at)
        _hand_up(actor, row, found, team, said, at)
        fresh = _ask_anew(actor, row, found, team, said, until, at)
        if until != found.promised_for:
            told = {"promised_for": until.isoformat()}
            add_event(row, actor=actor, verb="ticket.escalated", data=told, at=at)
        publish(EscalationRaised(row.pk, fresh.pk))
        pushes.changed_everywhere(row, also_teams=[team.pk], also_people=[found.from_person_id])
    return fresh


def _still_ahead(found: Escalation, wanted: datetime | None, at: datetime) -> datetime:
    if wanted is None and found.promised_for > at:
        return found.promised_for
    if wanted is None or wanted.utcoffset() is None or wanted <= at:
        words = _(
            "The time that the buyer was told is over. Choose one that lies ahead: the buyer is told it."
        )
        raise Invalid.field("promised_for", words, code="past")
    return wanted


def _hand_up(actor: Actor, ticket: Ticket, found: Escalation, team: Team, said: str, at: datetime) -> None:
    found.state, found.answered_at, found.specialist_id = Escalation.State.PASSED, at, actor.id
    found.save(update_fields=["state", "answered_at", "specialist"])
    clocks.cancel_escalation(actor, found, at, "passed")
    data = {"words": said, "team": team.code, "team_name": team.name}
    add_event(ticket, actor=actor, verb="escalation.passed", data=data, stream="staff", at=at)


def _ask_anew(
    actor: Actor, ticket: Ticket, found: Escalation, team: Team, said: str, until: datetime, at: datetime
) -> Escalation:
    """The answer still goes to the one who asked first."""
    fresh = Escalation.objects.create(
        ticket=ticket,
        question=found.question,
        checked=f"{found.checked}\n\n{said}",
        from_person_id=found.from_person_id,
        to_team=team,
        promised_for=until,
        created_at=at,
    )
    clocks.start_escalation(actor, fresh, at)
    return fresh


def _tell(escalation: Escalation, ticket: Ticket, person_id: int | None) -> None:
    people = [person_id] if person_id else []
    for one in people:
        pushes.person_told(one, ticket)
    pushes.changed_everywhere(ticket, also_teams=[escalation.to_team_id], also_people=people)
